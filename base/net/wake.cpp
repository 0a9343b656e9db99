#include "base/net/wake.hpp"

#include <boost/asio/post.hpp>

namespace net::detail {

void Wake::raise(unsigned bits) {
  const std::lock_guard lock(mutex_);
  if (!open_ || (flags_ & bits) == bits) return;
  flags_ |= bits;
  if (posted_) return;
  posted_ = true;
  // Under the lock: close() takes it too, so the io_context is alive while we post.
  boost::asio::post(executor_, [self = shared_from_this()] { self->run(); });
}

unsigned Wake::flags() const {
  const std::lock_guard lock(mutex_);
  return flags_;
}

bool Wake::take(unsigned bits) {
  const std::lock_guard lock(mutex_);
  const bool any = (flags_ & bits) != 0;
  flags_ &= ~bits;
  return any;
}

void Wake::close() {
  const std::lock_guard lock(mutex_);
  open_ = false;
  waker = nullptr;
  executor_ = Executor();
}

void Wake::run() {
  {
    const std::lock_guard lock(mutex_);
    posted_ = false;
  }
  if (waker) waker();
}

}  // namespace net::detail
