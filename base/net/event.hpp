// Event: one coroutine waits, any thread signals; signals that come before the wait or while one is pending merge into one.
// Made and awaited on one network thread. Signal is a copyable handle that may outlive the Event and its io_context.
#pragma once
#include <memory>

#include "base/net/wake.hpp"

namespace net {

class Event {
 public:
  class Signal {
   public:
    void operator()() const { state_->raise(1); }  // any thread

   private:
    friend class Event;
    explicit Signal(std::shared_ptr<detail::Wake> state) : state_(std::move(state)) {}
    std::shared_ptr<detail::Wake> state_;
  };

  explicit Event(Executor executor);  // that of the coroutine which will wait
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  Signal signal() const { return Signal(state_); }
  void set() const { state_->raise(1); }
  bool take() { return state_->take(1); }  // consumes a pending signal
  // True: signalled (and consumed). False: the limit passed.
  Awaitable<bool> wait(Duration limit = kForever);

 private:
  friend class StreamCore;
  std::shared_ptr<detail::Wake> state_;
};

// Sleeps on the caller's executor.
Awaitable<void> sleep_for(Duration time);

}  // namespace net
