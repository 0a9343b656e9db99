// await_callback<T>(initiate): suspends until the callback handed to initiate(std::function<void(T)>) was called, from any
// thread, and resumes on the caller's own executor. The first call counts, later ones are ignored. The shared slot outlives
// both sides: a callback that comes after the coroutine is gone falls into the void. When every copy of the callback is
// destroyed without a call, the wait throws (a bug or a shutdown of the other side), so nobody waits for ever.
// Give initiate a name on the line above the co_await (g++ 12.2).
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/net/event.hpp"

namespace net {
namespace detail {

template <class T>
struct Slot {
  std::atomic_flag filled = ATOMIC_FLAG_INIT;
  std::optional<T> value;  // written before the signal, read after it
};

template <class T>
class Promise {  // what all copies of a callback share
 public:
  Promise(std::shared_ptr<Slot<T>> slot, Event::Signal signal) : slot_(std::move(slot)), signal_(std::move(signal)) {}
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;
  ~Promise() { signal_(); }  // no harm when the value came: the signal merges or nobody waits
  void fill(T value) {
    if (slot_->filled.test_and_set()) return;
    slot_->value.emplace(std::move(value));
    signal_();
  }

 private:
  std::shared_ptr<Slot<T>> slot_;
  Event::Signal signal_;
};

template <class T>
struct Limited { using type = Result<T>; };
template <class T>
struct Limited<Result<T>> { using type = Result<T>; };  // one error channel, not two

template <class T, class Initiate>
void initiate_with(Initiate& initiate, const std::shared_ptr<Slot<T>>& slot, Event::Signal signal) {
  auto promise = std::make_shared<Promise<T>>(slot, std::move(signal));
  initiate(std::function<void(T)>([promise](T value) { promise->fill(std::move(value)); }));
}

}  // namespace detail

// As below with a limit: Errc::timed_out when it passes first. A T that is a Result is handed on as it is.
template <class T, class Initiate>
Awaitable<typename detail::Limited<T>::type> await_callback_for(Duration limit, Initiate initiate) {
  Event event(co_await boost::asio::this_coro::executor);
  auto slot = std::make_shared<detail::Slot<T>>();
  detail::initiate_with<T>(initiate, slot, event.signal());
  const bool signalled = co_await event.wait(limit);
  if (!signalled) co_return fail(Errc::timed_out, "no answer in time");
  if (!slot->value) throw std::runtime_error("await_callback: the callback was dropped without a call");
  co_return std::move(*slot->value);
}

template <class T, class Initiate>
Awaitable<T> await_callback(Initiate initiate) {
  Event event(co_await boost::asio::this_coro::executor);
  auto slot = std::make_shared<detail::Slot<T>>();
  detail::initiate_with<T>(initiate, slot, event.signal());
  co_await event.wait();
  if (!slot->value) throw std::runtime_error("await_callback: the callback was dropped without a call");
  co_return std::move(*slot->value);
}

}  // namespace net
