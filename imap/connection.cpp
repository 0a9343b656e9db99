#include "imap/connection.hpp"

#include <algorithm>
#include <stdexcept>

namespace imap {
namespace {

bool is_loopback(std::string_view address) { return address == "::1" || address.starts_with("127."); }

Peer peer_of(const net::Stream& stream) {
  Peer peer;
  peer.id = std::string(stream.id());
  peer.address = stream.peer_address();
  peer.loopback = is_loopback(stream.peer_address());
  return peer;
}

}  // namespace

Connection::Connection(std::shared_ptr<const Server::Setup> setup, bool implicit_tls, net::Stream stream)
    : setup_(std::move(setup)), implicit_tls_(implicit_tls), stream_(std::move(stream)), log_("conn", stream_.id()),
      session_(setup_->store, setup_->backend, setup_->settings, peer_of(stream_)), changed_(stream_.executor()),
      since_(std::chrono::steady_clock::now()) {
  session_.on_change = [signal = changed_.signal()] { signal(); };
}

net::Awaitable<void> Connection::run() {
  log_.info("imap_connect", {{"peer", stream_.peer_address()}, {"tls", implicit_tls_}});
  if (implicit_tls_) {
    const bool established = co_await handshake();
    if (!established) co_return stream_.close();
  }
  session_.greet();
  bool broken = false;
  try {
    while (session_.state() != Session::State::logout) {
      const bool more = co_await next_frame();
      if (!more) break;
    }
  } catch (const std::exception& e) {  // a bug, memory, or a store that cannot be read: this connection only
    log_.error("imap_exception", {{"error", e.what()}});
    broken = true;
  }
  if (broken) session_.say_bye("Internal error.");
  co_await close();
}

net::Awaitable<void> Connection::close() {
  const bool written = co_await flush();
  log_.info("imap_close", {{"login", session_.state() == Session::State::not_authenticated ? std::string() : session_.address()}});
  if (written) co_await stream_.shutdown();
  stream_.close();
}

net::Awaitable<bool> Connection::handshake() {
  stream_.set_deadline(setup_->settings.login_timeout);
  const auto done = co_await stream_.start_tls_server(*setup_->tls);
  if (!done) {
    log_.info("imap_tls_failed", {{"peer", stream_.peer_address()}, {"error", done.error()}});
    co_return false;
  }
  session_.started_tls();
  co_return true;
}

net::Awaitable<bool> Connection::start_tls() {
  const bool written = co_await flush();
  if (!written) co_return false;
  const bool done = co_await handshake();
  if (!done) {
    session_.log_out();
    stream_.close();
  }
  framer_ = proto::Framer();
  co_return done;
}

net::Awaitable<bool> Connection::next_frame() {
  proto::Frame frame = framer_.next();
  using Kind = proto::Frame::Kind;
  switch (frame.kind) {
    case Kind::need_more: {
      const bool written = co_await flush();  // pipelined commands are answered in one write
      if (!written) co_return false;
      co_return co_await read();
    }
    case Kind::command: co_return co_await command(frame);
    case Kind::continuation:
      co_return continuation(frame);
    case Kind::bad: session_.refuse(frame.text, proto::Condition::bad, {}, frame.why); break;
    case Kind::too_big: {
      const std::string_view code = frame.for_message ? "TOOBIG" : "LIMIT";
      session_.refuse(frame.text, proto::Condition::no, code, frame.why);
      break;
    }
    case Kind::close:
      log_.warn("imap_bad_input", {{"peer", stream_.peer_address()}, {"why", frame.why}});
      session_.say_bye(frame.why);
      co_return false;
  }
  co_return true;
}

bool Connection::continuation(const proto::Frame& frame) {
  if (frame.for_message) {
    if (const auto refused = session_.early_refusal(frame.text)) {
      session_.refuse(frame.text, refused->condition, refused->code, refused->text);
      framer_.refuse();
      return true;
    }
  }
  proto::continuation(session_.out(), "OK");
  return true;
}

net::Awaitable<bool> Connection::command(proto::Frame& frame) {
  session_.begin(frame.text, std::move(frame.messages), framer_.buffered() != 0);
  const bool done = co_await perform_waits();
  if (!done) co_return false;
  since_ = std::chrono::steady_clock::now();
  if (session_.take_login()) framer_.set_limits(proto::FramerLimits::authenticated(setup_->settings.append_limit));
  if (session_.tls_requested()) co_return co_await start_tls();
  if (session_.out().size() > Session::kFull) co_return co_await flush();
  co_return true;
}

net::Awaitable<bool> Connection::perform_waits() {
  while (!session_.idle()) {
    const Wait wait = session_.wait();
    bool go_on = true;
    switch (wait.kind) {
      case Wait::Kind::none: throw std::logic_error("a command suspended without saying what for");
      case Wait::Kind::flush: go_on = co_await flush(); break;
      case Wait::Kind::external: {
        net::Event done(stream_.executor());
        wait.work->begin([signal = done.signal()] { signal(); });
        co_await done.wait();
        break;
      }
      case Wait::Kind::blocking: go_on = co_await blocking(wait.work, wait.pool); break;
      case Wait::Kind::line: go_on = co_await line(); break;
      case Wait::Kind::change: go_on = co_await line_or_change(wait.limit); break;
      case Wait::Kind::sleep:
        go_on = co_await flush();
        if (go_on) co_await net::sleep_for(wait.limit);
        break;
    }
    if (!go_on) co_return false;
    session_.resume();
  }
  co_return true;
}

net::Awaitable<bool> Connection::blocking(std::shared_ptr<Wait::Work> work, Pool pool) {
  net::Pool& threads = pool == Pool::passwords ? setup_->pools.passwords
                       : pool == Pool::ingest  ? setup_->pools.ingest
                                               : setup_->pools.readers;
  auto job = [work] { work->run(); };
  auto done = co_await net::offload(threads, std::move(job));
  if (!done) work->fail(done.error());
  co_return true;
}

// One line that is not a command: an answer to AUTHENTICATE.
net::Awaitable<bool> Connection::line() {
  for (;;) {
    proto::Frame frame = framer_.next_line();
    if (frame.kind == proto::Frame::Kind::command) {
      session_.give_line(std::string(frame.text));
      co_return true;
    }
    if (frame.kind != proto::Frame::Kind::need_more) {
      session_.say_bye(frame.why);
      co_return false;
    }
    bool go_on = co_await flush();
    if (go_on) go_on = co_await read();
    if (!go_on) co_return false;
  }
}

net::Awaitable<bool> Connection::line_or_change(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (;;) {
    proto::Frame frame = framer_.next_line();
    if (frame.kind == proto::Frame::Kind::command) {
      session_.give_line(std::string(frame.text));
      co_return true;
    }
    if (frame.kind != proto::Frame::Kind::need_more) {
      session_.say_bye(frame.why);
      co_return false;
    }
    const bool written = co_await flush();
    if (!written) co_return false;
    const net::Duration left = std::max(end - std::chrono::steady_clock::now(), net::Duration::zero());
    const net::Stream::Woken woken = co_await stream_.wait_readable_or(changed_, left);
    since_ = std::chrono::steady_clock::now();
    switch (woken) {
      case net::Stream::Woken::event: session_.give_change(Woken::change); co_return true;
      case net::Stream::Woken::timeout: session_.give_change(Woken::timeout); co_return true;
      case net::Stream::Woken::cancelled: session_.say_bye("The server is shutting down."); co_return false;
      case net::Stream::Woken::readable: break;
    }
    // What woke us may be less than bytes for us (a part of a TLS record, a wake-up that was late): to wait for the rest in read()
    // would be deaf to changes.
    const bool got = co_await read(net::Duration::zero());
    if (!got) co_return false;
  }
}

// RFC 9051 5.4: a silent client is logged out; before login much earlier. The clock runs from the last whole command, so that
// one octet now and then keeps no connection; the bytes of a large message count as progress.
net::Duration Connection::patience() const {
  const Settings& s = setup_->settings;
  const auto spent = std::chrono::steady_clock::now() - since_;
  const bool known = session_.state() != Session::State::not_authenticated;
  return (known ? s.idle_timeout : s.login_timeout) - spent;
}

net::Awaitable<bool> Connection::read() {
  const net::Duration limit = patience();
  if (limit > net::Duration::zero()) co_return co_await read(limit);
  session_.say_bye("Silent for too long.");
  co_return false;
}

net::Awaitable<bool> Connection::read(net::Duration limit) {
  const std::span<char> room = framer_.prepare();
  stream_.set_deadline(limit);
  const base::Result<std::size_t> got = co_await stream_.read_some(room);
  if (got && *got > 0) {
    framer_.commit(*got);
    if (session_.state() != Session::State::not_authenticated) since_ = std::chrono::steady_clock::now();
    co_return true;
  }
  if (got) co_return false;  // the client hung up without LOGOUT
  if (limit == net::Duration::zero() && got.error().code() == base::Errc::timed_out) co_return true;
  if (got.error().code() == base::Errc::timed_out) session_.say_bye("Silent for too long.");
  else if (got.error().code() == base::Errc::unavailable) session_.say_bye("The server is shutting down.");
  else log_.info("imap_lost", {{"while", "reading"}, {"error", got.error()}});
  co_return false;
}

net::Awaitable<bool> Connection::flush() {
  if (session_.out().empty()) co_return true;
  if (!stream_.open()) co_return false;
  stream_.set_deadline(setup_->settings.write_timeout);
  const auto written = co_await stream_.write(session_.out().view());
  session_.out().clear();
  if (!written) log_.info("imap_lost", {{"while", "writing"}, {"error", written.error()}});
  co_return written.has_value();
}

}  // namespace imap
