// The network threads: N io_contexts with one thread each; every connection stays on the one it was given (round-robin), so
// session code needs no locks. Also signals and the graceful stop.
//   Runtime runtime(2); ... Listener::tcp(runtime, ...); runtime.handle_signals(reload); runtime.run(std::chrono::seconds(20));
// Graceful stop: stop hooks run (listeners close), every tracked connection is cancelled (its reads end with
// Errc::unavailable, it may still write a last line), after the grace period they are aborted, then the threads end.
// Thread rule: run/stop on the main thread; request_stop, track, spawn, next_executor from any.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/net/stream.hpp"

namespace net {

class Runtime {
 public:
  // A live connection or task that the graceful stop knows of; leaving scope takes it off the list.
  class Tracked {
   public:
    Tracked(Tracked&& other) noexcept : runtime_(std::exchange(other.runtime_, nullptr)), key_(other.key_) {}
    Tracked& operator=(Tracked&&) = delete;
    ~Tracked();

   private:
    friend class Runtime;
    Tracked(Runtime* runtime, std::uint64_t key) : runtime_(runtime), key_(key) {}
    Runtime* runtime_;
    std::uint64_t key_;
  };

  explicit Runtime(unsigned threads);
  ~Runtime();  // stops without grace when it still runs
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  void start();
  void handle_signals(std::function<void()> reload);  // SIGTERM, SIGINT: request_stop; SIGHUP: reload, on network thread 0
  void request_stop();                                // any thread; run() returns after the graceful stop
  void run(Duration grace);                           // start(), wait for request_stop(), stop(grace)
  void stop(Duration grace);                          // blocks; idempotent; not from a network thread
  bool stopping() const;

  void on_stop(std::function<void()> hook);           // called once, at the begin of the stop, on the stopping thread
  Tracked track(const Stream& stream);
  std::size_t tracked() const;

  unsigned size() const;
  Executor executor(unsigned thread) const;
  Executor next_executor();
  // Starts a coroutine on an executor of this runtime; what it throws is logged under this name.
  void spawn(Executor executor, std::string name, Awaitable<void> task);

 private:
  struct Thread;
  void wait_for_signal();

  std::vector<std::unique_ptr<Thread>> threads_;
  std::atomic<unsigned> next_{0};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<std::uint64_t, Stream::Control> live_;
  std::vector<std::function<void()>> hooks_;
  std::function<void()> reload_;
  std::uint64_t last_key_ = 0;
  bool started_ = false;
  bool requested_ = false;
  bool stopping_ = false;
  bool stopped_ = false;
};

}  // namespace net
