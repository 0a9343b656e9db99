// Named threads with a bounded queue for blocking work, and offload(), which runs a function there.
//   auto work = [&password] { return verify(password); };              // named: g++ 12.2, STYLE.md "Coroutines"
//   const Result<bool> ok = co_await net::offload(pool, std::move(work));
// A full queue is Errc::unavailable at once, an exception Errc::internal with its text; a function that returns Result<T>
// is passed through. Should the waiting coroutine be destroyed while the function runs, its destruction waits for the
// function, so references into the coroutine stay valid. Pools may be destroyed before or after the Runtime.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/net/event.hpp"

namespace net {

class Pool {
 public:
  struct Task {
    virtual ~Task() = default;
    virtual void run() noexcept = 0;
    virtual void drop() noexcept = 0;  // the pool ends before its turn
  };

  Pool(std::string name, unsigned threads, std::size_t max_queued);  // name: at most 15 bytes show in ps and gdb
  ~Pool();  // lets running tasks finish, drops the queued ones
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  bool submit(std::shared_ptr<Task> task);  // any thread; false when the queue is full or the pool ends
  const std::string& name() const { return name_; }
  std::size_t queued() const;

 private:
  void work();

  const std::string name_;
  const std::size_t max_queued_;
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::shared_ptr<Task>> queue_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

namespace detail {

template <class T>
struct Flat { using type = Result<T>; };
template <class T>
struct Flat<Result<T>> { using type = Result<T>; };

template <class F>
class Job : public Pool::Task {
 public:
  using Value = std::invoke_result_t<F&>;
  using Answer = typename Flat<Value>::type;

  Job(F function, Event::Signal signal) : function_(std::move(function)), signal_(std::move(signal)) {}

  void run() noexcept override {
    int expected = kQueued;
    if (!state_.compare_exchange_strong(expected, kRunning)) return;
    answer_.emplace(call());
    function_.reset();  // what it captured dies here, before the caller goes on
    finish();
  }
  void drop() noexcept override {
    int expected = kQueued;
    if (!state_.compare_exchange_strong(expected, kRunning)) return;
    answer_.emplace(fail(Errc::unavailable, "the worker pool is shutting down"));
    finish();
  }
  void abandon() {  // the caller's frame goes away
    int state = kQueued;
    if (state_.compare_exchange_strong(state, kAbandoned)) return;
    while (state == kRunning) {
      state_.wait(kRunning);
      state = state_.load();
    }
  }
  Answer take() { return std::move(*answer_); }

 private:
  enum : int { kQueued, kRunning, kDone, kAbandoned };

  Answer call() noexcept {
    try {
      if constexpr (std::is_void_v<Value>) {
        (*function_)();
        return Answer();
      } else {
        return Answer((*function_)());
      }
    } catch (const std::exception& e) {
      return fail(Errc::internal, e.what());
    } catch (...) {
      return fail(Errc::internal, "unknown exception in a worker");
    }
  }
  void finish() noexcept {
    state_.store(kDone);
    state_.notify_all();
    signal_();
  }

  std::optional<F> function_;
  Event::Signal signal_;
  std::optional<Answer> answer_;
  std::atomic<int> state_{kQueued};
};

template <class F>
struct JobScope {
  std::shared_ptr<Job<F>> job;
  ~JobScope() { job->abandon(); }
};

}  // namespace detail

template <class F>
Awaitable<typename detail::Job<F>::Answer> offload(Pool& pool, F function) {
  Event event(co_await boost::asio::this_coro::executor);
  auto job = std::make_shared<detail::Job<F>>(std::move(function), event.signal());
  if (!pool.submit(job)) co_return fail(Errc::unavailable, "worker pool " + pool.name() + " is full");
  const detail::JobScope<F> scope{job};
  co_await event.wait();
  co_return job->take();
}

}  // namespace net
