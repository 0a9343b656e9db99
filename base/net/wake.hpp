// How another thread reaches an object that lives on one network thread: raise() sets bits and posts the object's waker
// there, at most one post at a time. Shared by Event and Stream; the owner calls close() before it dies, so a signal that
// comes later (from a writer thread, the change bus) finds a dead letter box and not a dead io_context.
// Thread rule: raise, flags and take from any thread; waker and close only on the owner's thread.
#pragma once
#include <functional>
#include <memory>
#include <mutex>

#include "base/net/types.hpp"

namespace net::detail {

class Wake : public std::enable_shared_from_this<Wake> {
 public:
  explicit Wake(Executor executor) : executor_(std::move(executor)) {}
  void raise(unsigned bits);
  unsigned flags() const;
  bool take(unsigned bits);  // clears them; true when one was set
  void close();
  const Executor& executor() const { return executor_; }  // owner's thread, before close()

  std::function<void()> waker;

 private:
  void run();

  mutable std::mutex mutex_;
  Executor executor_;
  unsigned flags_ = 0;
  bool posted_ = false;
  bool open_ = true;
};

}  // namespace net::detail
