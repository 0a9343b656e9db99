#include "base/net/runtime.hpp"

#include <pthread.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <csignal>
#include <thread>

#include "base/log.hpp"

namespace net {
namespace asio = boost::asio;
namespace {
constexpr auto kAfterAbort = std::chrono::seconds(1);
}

struct Runtime::Thread {
  asio::io_context context{1};  // one thread runs it
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::unique_ptr<asio::signal_set> signals;
  std::thread thread;
};

Runtime::Tracked::~Tracked() {
  if (!runtime_) return;
  const std::lock_guard lock(runtime_->mutex_);
  runtime_->live_.erase(key_);
  if (runtime_->stopping_) runtime_->changed_.notify_all();
}

Runtime::Runtime(unsigned threads) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets with write(2)
  for (unsigned i = 0; i < std::max(1U, threads); ++i) threads_.push_back(std::make_unique<Thread>());
}

Runtime::~Runtime() {
  stop(Duration::zero());
  // Coroutines that still wait die with their io_context and take themselves off the list.
  threads_.clear();
}

void Runtime::start() {
  if (std::exchange(started_, true)) return;
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    Thread& thread = *threads_[i];
    thread.thread = std::thread([&thread] {
      while (true) {
        try {
          thread.context.run();
          return;
        } catch (const std::exception& e) {  // a handler of ours never throws; one that does must not end the thread
          base::log_error("net_handler_threw", {{"what", e.what()}});
        }
      }
    });
    pthread_setname_np(thread.thread.native_handle(), ("net" + std::to_string(i)).c_str());
  }
}

void Runtime::handle_signals(std::function<void()> reload) {
  reload_ = std::move(reload);
  Thread& first = *threads_.front();
  first.signals = std::make_unique<asio::signal_set>(first.context, SIGTERM, SIGINT, SIGHUP);
  wait_for_signal();
}

void Runtime::wait_for_signal() {
  threads_.front()->signals->async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    base::log_info("signal", {{"number", number}});
    if (number != SIGHUP) request_stop();
    else if (reload_) reload_();
    wait_for_signal();
  });
}

void Runtime::request_stop() {
  const std::lock_guard lock(mutex_);
  requested_ = true;
  changed_.notify_all();
}

void Runtime::run(Duration grace) {
  start();
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return requested_; });
  }
  stop(grace);
}

void Runtime::stop(Duration grace) {
  std::unique_lock lock(mutex_);
  if (stopped_) return;
  stopping_ = true;
  std::vector<std::function<void()>> hooks;
  hooks.swap(hooks_);
  lock.unlock();
  for (const auto& hook : hooks) hook();
  lock.lock();
  const auto all_gone = [this] { return live_.empty(); };
  if (started_) {
    for (const auto& [key, control] : live_) control.cancel();
    if (!changed_.wait_until(lock, std::min(after(grace), after(std::chrono::hours(1))), all_gone)) {
      base::log_warn("net_stop_forced", {{"connections", live_.size()}});
      for (const auto& [key, control] : live_) control.abort();
      changed_.wait_for(lock, kAfterAbort, all_gone);
    }
  }
  stopped_ = true;
  lock.unlock();
  for (const auto& thread : threads_) thread->context.stop();
  for (const auto& thread : threads_) {
    if (thread->thread.joinable()) thread->thread.join();
  }
}

bool Runtime::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_ || requested_;
}

void Runtime::on_stop(std::function<void()> hook) {
  const std::lock_guard lock(mutex_);
  hooks_.push_back(std::move(hook));
}

Runtime::Tracked Runtime::track(const Stream& stream) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t key = ++last_key_;
  const Stream::Control control = stream.control();
  live_.emplace(key, control);
  if (stopping_) control.cancel();
  return Tracked(this, key);
}

std::size_t Runtime::tracked() const {
  const std::lock_guard lock(mutex_);
  return live_.size();
}

unsigned Runtime::size() const { return unsigned(threads_.size()); }
Executor Runtime::executor(unsigned thread) const { return threads_.at(thread)->context.get_executor(); }
Executor Runtime::next_executor() { return executor(next_.fetch_add(1, std::memory_order_relaxed) % size()); }

void Runtime::spawn(Executor executor, std::string name, Awaitable<void> task) {
  auto done = [name = std::move(name)](std::exception_ptr thrown) {
    if (!thrown) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      base::log_error("task_threw", {{"task", name}, {"what", e.what()}});
    } catch (...) {
      base::log_error("task_threw", {{"task", name}});
    }
  };
  asio::co_spawn(std::move(executor), std::move(task), std::move(done));
}

}  // namespace net
