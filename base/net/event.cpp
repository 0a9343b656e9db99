#include "base/net/event.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace net {
namespace asio = boost::asio;

Event::Event(Executor executor) : state_(std::make_shared<detail::Wake>(std::move(executor))) {}
Event::~Event() { state_->close(); }

Awaitable<bool> Event::wait(Duration limit) {
  struct Scope {  // the timer lives in this frame; a frame destroyed while waiting must leave no waker behind
    detail::Wake& state;
    ~Scope() { state.waker = nullptr; }
  };
  asio::steady_timer timer(state_->executor());
  timer.expires_at(after(limit));
  state_->waker = [&timer] { timer.cancel(); };
  const Scope scope{*state_};
  while (!take()) {
    const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!error) co_return take();
  }
  co_return true;
}

Awaitable<void> sleep_for(Duration time) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_at(after(time));
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace net
