// The coroutine of a command: free of Asio, so that a test runs it without a socket. It starts when it is awaited (or start()ed),
// suspends only in an awaiter of Session (flush, commit, blocking, line ...), and the driver resumes it there.
//   imap::Task<Reply> noop(Session& s) { co_await s.flush_if_full(); co_return Reply{}; }
// A Task that ends without suspending costs no stack, so loops may await Tasks. Exceptions travel to whoever awaits.
// Destroying a Task destroys what it awaits; nothing else may hold its handle. Thread rule: one thread, the session's.
// g++ 12.2: in a statement with co_await no braces and no capturing lambda as arguments; name them on the line above.
#pragma once
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace imap {
namespace detail {

struct PromiseBase {
  std::coroutine_handle<> caller;  // set only while it waits for us
  std::exception_ptr error;

  std::suspend_always initial_suspend() noexcept { return {}; }
  struct Final {
    bool await_ready() const noexcept { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> self) const noexcept {
      // Not symmetric transfer: g++ makes it a real call without optimisation, and a loop of awaits would eat the stack.
      if (auto caller = self.promise().caller) caller.resume();
    }
    void await_resume() const noexcept {}
  };
  Final final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  template <class U>
  void return_value(U&& u) { value.emplace(std::forward<U>(u)); }
  T take() {
    if (error) std::rethrow_exception(error);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  void return_void() noexcept {}
  void take() {
    if (error) std::rethrow_exception(error);
  }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : detail::Promise<T> {
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
  };

  Task() = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  // For the one that drives: start() once, then resume what the session says until done().
  void start() { handle_.resume(); }
  bool done() const { return handle_.done(); }
  T result() { return handle_.promise().take(); }  // REQUIRES: done()
  explicit operator bool() const { return bool(handle_); }

  // For a Task that awaits this one.
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> caller) {
    handle_.resume();
    if (handle_.done()) return false;
    handle_.promise().caller = caller;
    return true;
  }
  T await_resume() { return handle_.promise().take(); }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

}  // namespace imap
