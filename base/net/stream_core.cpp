#include "base/net/stream_core.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/net/connection_id.hpp"
#include "base/net/openssl_error.hpp"

namespace net {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kMaxPieces = 64;          // of one sendmsg
// What a connection may do without waiting for its peer; then the others of the thread get their turn. By time too: an operation may have
// a page of answers to make before it, and a peer that reads as fast as it is written to would hold the thread for all of a large FETCH.
constexpr unsigned kInlineOperations = 32;
constexpr auto kTurn = std::chrono::milliseconds(2);
constexpr std::size_t kMaxDrained = 256 * 1024; // bytes thrown away while waiting for the peer's FIN

base::Error system_error(const char* doing, int code) { return fail(Errc::io, std::string(doing) + ": " + std::strerror(code)); }
bool would_block(int code) { return code == EAGAIN || code == EWOULDBLOCK; }

// Without the first skip bytes of the first piece. Not part of the coroutine: its frame need not hold the array.
ssize_t send_pieces(int fd, std::span<const std::string_view> pieces, std::size_t skip) {
  std::array<iovec, kMaxPieces> parts;
  const std::size_t count = std::min(kMaxPieces, pieces.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view piece = i == 0 ? pieces[0].substr(skip) : pieces[i];
    parts[i] = iovec{const_cast<char*>(piece.data()), piece.size()};
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = count;
  return ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

base::Error outcome_error(StreamCore::Outcome outcome, const char* doing) {
  using enum StreamCore::Outcome;
  if (outcome == timed_out) return fail(Errc::timed_out, std::string(doing) + ": deadline passed");
  if (outcome == cancelled) return fail(Errc::unavailable, std::string(doing) + ": cancelled");
  return fail(Errc::io, std::string(doing) + ": connection closed");
}

std::shared_ptr<StreamCore> StreamCore::make(Executor executor, int socket) {
  int family = AF_INET;
  socklen_t size = sizeof family;
  ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size);
  auto core = std::make_shared<StreamCore>(std::move(executor), socket, family);
  core->wake->waker = [raw = core.get()] { raw->on_wake(); };
  return core;
}

StreamCore::StreamCore(Executor on, int socket, int family)
    : wake(std::make_shared<detail::Wake>(on)),
      executor(std::move(on)),
      id(next_connection_id()),
      socket_(executor, asio::generic::stream_protocol(family, 0), socket),
      timer_(executor) {}

StreamCore::~StreamCore() {
  wake->close();
  close();
}

void StreamCore::close() {
  if (closed && !socket_.is_open()) return;
  closed = true;
  ssl_.reset();
  secure = false;
  boost::system::error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

// --- waiting ---------------------------------------------------------------------------------------------------------

void StreamCore::arm(Clock::time_point deadline) {
  deadline_ = deadline;
  if (deadline == Clock::time_point::max() || (armed_ && armed_until_ <= deadline)) return;
  armed_ = true;
  armed_until_ = deadline;
  timer_.expires_at(deadline);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    if (error) return;  // armed anew, or closed
    if (const auto core = weak.lock()) core->on_timer();
  });
}

void StreamCore::on_timer() {
  armed_ = false;
  if (!waiting_) return;
  if (Clock::now() < deadline_) return arm(deadline_);
  reason_ = Outcome::timed_out;
  socket_.cancel();
}

void StreamCore::on_wake() {
  const unsigned flags = wake->flags();
  if (flags & kAbort) {
    closed = true;
    if (socket_.is_open()) ::shutdown(socket_.native_handle(), SHUT_RDWR);
  }
  if (!waiting_ || !socket_.is_open()) return;
  if (flags & kAbort) reason_ = Outcome::lost;
  else if (interruptible_) reason_ = Outcome::cancelled;
  else return;
  socket_.cancel();
}

Awaitable<StreamCore::Outcome> StreamCore::wait(Want want, Clock::time_point deadline, bool interruptible, Event* event) {
  struct Scope {  // also when the frame is destroyed while it waits
    StreamCore& core;
    Event* event;
    ~Scope() {
      core.waiting_ = false;
      if (event) event->state_->waker = nullptr;
    }
  };
  const unsigned flags = wake->flags();
  if (closed || (flags & kAbort)) co_return Outcome::lost;
  if (interruptible && (flags & kCancel)) co_return Outcome::cancelled;
  if (event && event->take()) co_return Outcome::event;
  arm(deadline);
  reason_ = Outcome::ready;
  interruptible_ = interruptible;
  waiting_ = true;
  if (event) {
    event->state_->waker = [this, event] {
      if (!waiting_ || !event->take()) return;
      reason_ = Outcome::event;
      socket_.cancel();
    };
  }
  const Scope scope{*this, event};
  const auto type = want == Want::read ? asio::socket_base::wait_read : asio::socket_base::wait_write;
  const auto [error] = co_await socket_.async_wait(type, asio::as_tuple(asio::use_awaitable));
  begin_turn();
  // An event that was consumed must be reported even when bytes came in the same moment; they stay in the socket.
  if (reason_ == Outcome::event) co_return Outcome::event;
  if (!error) co_return Outcome::ready;
  co_return reason_ == Outcome::ready ? Outcome::lost : reason_;
}

void StreamCore::begin_turn() {
  inline_operations_ = 0;
  turn_began_ = Clock::now();
}

bool StreamCore::had_its_turn() { return ++inline_operations_ > kInlineOperations || Clock::now() - turn_began_ > kTurn; }

Awaitable<void> StreamCore::be_fair() {
  co_await asio::post(executor, asio::use_awaitable);
  begin_turn();
}

Awaitable<Stream::Woken> StreamCore::wait_readable_or(Event& event, Duration limit) {
  if (event.take()) co_return Stream::Woken::event;
  if (tls_has_bytes()) co_return Stream::Woken::readable;
  const auto deadline = after(limit);
  const Outcome outcome = co_await wait(Want::read, deadline, true, &event);
  switch (outcome) {
    case Outcome::event: co_return Stream::Woken::event;
    case Outcome::timed_out: co_return Stream::Woken::timeout;
    case Outcome::cancelled: co_return Stream::Woken::cancelled;
    default: drained_ = false; co_return Stream::Woken::readable;
  }
}

// --- plain bytes -----------------------------------------------------------------------------------------------------

Awaitable<Result<std::size_t>> StreamCore::read_some(std::span<char> into) {
  if (closed) co_return outcome_error(Outcome::lost, "read");
  if (cancelled()) co_return outcome_error(Outcome::cancelled, "read");
  if (into.empty()) co_return fail(Errc::internal, "read into an empty buffer");
  if (had_its_turn()) co_await be_fair();
  const auto deadline = after(each_operation);
  if (secure) co_return co_await read_tls(into, deadline);
  co_return co_await read_plain(into, deadline);
}

Awaitable<Result<std::size_t>> StreamCore::read_plain(std::span<char> into, Clock::time_point deadline) {
  while (true) {
    if (!drained_) {
      const ssize_t got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
      if (got >= 0) {
        drained_ = std::size_t(got) < into.size() && got > 0;
        co_return std::size_t(got);
      }
      if (errno == EINTR) continue;
      if (!would_block(errno)) co_return system_error("read", errno);
    }
    const Outcome outcome = co_await wait(Want::read, deadline, true);
    if (outcome != Outcome::ready) co_return outcome_error(outcome, "read");
    drained_ = false;
  }
}

Awaitable<Result<void>> StreamCore::write(std::string_view bytes) {
  if (secure) co_return co_await write_tls(bytes);
  const std::span<const std::string_view> one(&bytes, 1);
  co_return co_await write_all(one);
}

Awaitable<Result<void>> StreamCore::write_all(std::span<const std::string_view> pieces) {
  if (closed) co_return outcome_error(Outcome::lost, "write");
  if (had_its_turn()) co_await be_fair();
  if (secure) co_return co_await write_gathered_tls(pieces);
  std::size_t next = 0, skip = 0;  // pieces[next] from byte skip on is unsent
  while (true) {
    while (next < pieces.size() && skip == pieces[next].size()) { ++next; skip = 0; }
    if (next == pieces.size()) co_return Result<void>();
    const ssize_t sent = send_pieces(socket_.native_handle(), pieces.subspan(next), skip);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (!would_block(errno)) co_return system_error("write", errno);
      const Outcome outcome = co_await wait(Want::write, after(each_operation), false);
      if (outcome != Outcome::ready) co_return outcome_error(outcome, "write");
      continue;
    }
    for (auto left = std::size_t(sent); left > 0;) {
      const std::size_t step = std::min(left, pieces[next].size() - skip);
      skip += step;
      left -= step;
      if (skip == pieces[next].size()) { ++next; skip = 0; }
    }
  }
}

Awaitable<Result<void>> StreamCore::finish_connect() {
  const Outcome outcome = co_await wait(Want::write, after(each_operation), true);
  if (outcome != Outcome::ready) co_return outcome_error(outcome, "connect");
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) co_return system_error("connect", error);
  co_return Result<void>();
}

Awaitable<void> StreamCore::shutdown(Duration limit) {
  if (closed) co_return close();
  if (secure && !tls_broken_) {
    detail::clear_openssl_errors();
    SSL_shutdown(ssl_.get());  // our close_notify; the peer's is not waited for
    detail::clear_openssl_errors();
  }
  ::shutdown(socket_.native_handle(), SHUT_WR);
  const auto deadline = after(limit);
  std::array<char, 4096> waste;
  for (std::size_t total = 0; total < kMaxDrained;) {
    const ssize_t got = ::recv(socket_.native_handle(), waste.data(), waste.size(), MSG_DONTWAIT);
    if (got > 0) { total += std::size_t(got); continue; }
    if (got == 0 || (!would_block(errno) && errno != EINTR)) break;
    if (cancelled()) break;  // a server that stops does not linger
    const Outcome outcome = co_await wait(Want::read, deadline, true);
    if (outcome != Outcome::ready) break;
  }
  close();
}

}  // namespace net
