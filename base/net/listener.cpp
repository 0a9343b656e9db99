#include "base/net/listener.hpp"

#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstring>

#include "base/log.hpp"
#include "base/net/address.hpp"

namespace net {
namespace asio = boost::asio;
namespace {

constexpr unsigned kAcceptsInARow = 64;
constexpr auto kPause = std::chrono::milliseconds(200);  // without descriptors: long enough not to spin, short for clients
constexpr auto kQuiet = std::chrono::seconds(5);

base::Error cannot_listen(const std::string& where, int code) {
  const Errc kind = code == EACCES || code == EPERM ? Errc::denied : code == EADDRINUSE ? Errc::exists : Errc::io;
  return fail(kind, "cannot listen on " + where + ": " + std::strerror(code));
}

}  // namespace

class Listener::Ticket {
 public:
  Ticket(std::shared_ptr<Counters> counters, std::string peer) : counters_(std::move(counters)), peer_(std::move(peer)) {}
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    --counters_->total;
    if (peer_.empty()) return;
    const std::lock_guard lock(counters_->mutex);
    const auto it = counters_->by_peer.find(peer_);
    if (it != counters_->by_peer.end() && --it->second == 0) counters_->by_peer.erase(it);
  }

 private:
  std::shared_ptr<Counters> counters_;
  std::string peer_;
};

Listener::Listener(Runtime& runtime, ListenerOptions options, Handler handler)
    : runtime_(runtime),
      options_(std::move(options)),
      handler_(std::make_shared<const Handler>(std::move(handler))),
      counters_(std::make_shared<Counters>()),
      stop_(std::make_shared<detail::Wake>(runtime.executor(0))) {}

Listener::~Listener() {
  if (fd_ >= 0) ::close(fd_);
  if (!path_.empty()) ::unlink(path_.c_str());
  stop_->close();
}

Result<void> Listener::listen_on(int fd, std::string where) {
  fd_ = fd;
  where_ = std::move(where);
  if (::listen(fd, options_.backlog) != 0) return cannot_listen(where_, errno);
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  if (::getsockname(fd, bound.get(), &bound.size) == 0) port_ = port_of(bound);
  runtime_.on_stop([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->close();
  });
  return {};
}

Result<std::shared_ptr<Listener>> Listener::tcp(Runtime& runtime, const std::string& address, std::uint16_t port,
                                                ListenerOptions options, Handler handler) {
  const auto at = parse_address(address, port);
  if (!at) return fail(at.error().code(), "cannot listen: " + at.error().detail());
  const int family = at->storage.ss_family;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return cannot_listen(to_text(*at), errno);
  std::shared_ptr<Listener> listener(new Listener(runtime, std::move(options), std::move(handler)));
  listener->fd_ = fd;
  const int yes = 1, only6 = address == "*" ? 0 : 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only6, sizeof only6);
  if (::bind(fd, at->get(), at->size) != 0) return cannot_listen(to_text(*at), errno);
  if (auto ok = listener->listen_on(fd, to_text(*at)); !ok) return ok.error();
  return listener;
}

Result<std::shared_ptr<Listener>> Listener::unix_socket(Runtime& runtime, const std::string& path, unsigned mode,
                                                        ListenerOptions options, Handler handler) {
  const auto at = unix_address(path);
  if (!at) return fail(at.error().code(), "cannot listen: " + at.error().detail());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return cannot_listen(path, errno);
  std::shared_ptr<Listener> listener(new Listener(runtime, std::move(options), std::move(handler)));
  listener->fd_ = fd;
  struct stat old{};
  if (::lstat(path.c_str(), &old) == 0) {
    if (!S_ISSOCK(old.st_mode)) return fail(Errc::exists, "cannot listen on " + path + ": a file of another kind is there");
    const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool dead = probe >= 0 && ::connect(probe, at->get(), at->size) != 0 && errno == ECONNREFUSED;
    if (probe >= 0) ::close(probe);
    if (!dead) return fail(Errc::exists, "cannot listen on " + path + ": another server listens there");
    ::unlink(path.c_str());
  }
  if (::bind(fd, at->get(), at->size) != 0) return cannot_listen(path, errno);
  listener->path_ = path;
  // Nobody can connect before listen(), so the mode is right from the first connection on.
  if (::chmod(path.c_str(), mode_t(mode)) != 0) return cannot_listen(path, errno);
  if (auto ok = listener->listen_on(fd, path); !ok) return ok.error();
  return listener;
}

void Listener::start() {
  if (started_.exchange(true)) return;
  runtime_.spawn(runtime_.executor(0), "listener " + where_, accept_loop(shared_from_this()));
}

void Listener::close() {
  closed_ = true;
  // Refuses new connections at once, also those in the backlog, and wakes the loop, which then drops the descriptor.
  ::shutdown(fd_, SHUT_RDWR);
  if (!path_.empty()) ::unlink(path_.c_str());
  stop_->raise(1);
}

Awaitable<void> Listener::accept_loop(std::shared_ptr<Listener> self) {
  asio::posix::stream_descriptor descriptor(self->runtime_.executor(0), self->fd_);
  struct Scope {  // the Listener owns the socket, so that close() may use fd_ from any thread at any time
    Listener& listener;
    asio::posix::stream_descriptor& borrowed;
    ~Scope() {
      listener.stop_->waker = nullptr;
      borrowed.release();
    }
  };
  self->stop_->waker = [&descriptor] { descriptor.cancel(); };
  const Scope scope{*self, descriptor};
  while (!self->closed_) {
    const auto [error] = co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                                        asio::as_tuple(asio::use_awaitable));
    if (error || self->closed_) break;
    if (!self->accept_ready()) co_await sleep_for(kPause);
  }
}

bool Listener::accept_ready() {
  for (unsigned i = 0; i < kAcceptsInARow && !closed_; ++i) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      take(fd);
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINVAL) return true;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      base::log_error("accept_failed", {{"listener", options_.name}, {"at", where_}, {"reason", std::strerror(errno)}});
      return false;
    }
    // Anything else (ECONNABORTED, EPROTO ...) is about that one connection: accept(2).
  }
  return true;
}

std::unique_ptr<Listener::Ticket> Listener::admit(const std::string& peer) {
  if (counters_->total.load() >= options_.max_connections) return nullptr;
  const std::string group = options_.max_per_peer == 0 ? std::string() : peer_group(peer);
  if (!group.empty()) {
    const std::lock_guard lock(counters_->mutex);
    std::size_t& count = counters_->by_peer[group];
    if (count >= options_.max_per_peer) return nullptr;
    ++count;
  }
  ++counters_->total;
  return std::make_unique<Ticket>(counters_, group);
}

void Listener::take(int fd) {
  SocketAddress peer;
  peer.size = sizeof peer.storage;
  ::getpeername(fd, peer.get(), &peer.size);
  const std::string host = host_text(peer);
  std::unique_ptr<Ticket> ticket = admit(host);
  if (!ticket) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= quiet_until_) {
      quiet_until_ = now + kQuiet;
      base::log_warn("connection_refused", {{"listener", options_.name}, {"peer", host}, {"open", connections()}});
    }
    if (!options_.refusal.empty()) {
      [[maybe_unused]] const ssize_t sent = ::send(fd, options_.refusal.data(), options_.refusal.size(), MSG_NOSIGNAL);
    }
    ::close(fd);
    return;
  }
  const Executor executor = runtime_.next_executor();
  Stream stream(executor, fd);
  runtime_.spawn(executor, options_.name,
                 serve(runtime_, options_.name, handler_, std::move(stream), std::move(ticket)));
}

Awaitable<void> Listener::serve(Runtime& runtime, std::string name, std::shared_ptr<const Handler> handler, Stream stream,
                                std::unique_ptr<Ticket> ticket) {
  const std::unique_ptr<Ticket> held = std::move(ticket);
  const Runtime::Tracked tracked = runtime.track(stream);
  const std::string id(stream.id());
  try {
    co_await (*handler)(std::move(stream));
  } catch (const std::exception& e) {
    base::log_error("connection_threw", {{"conn", id}, {"listener", name}, {"what", e.what()}});
  }
}

}  // namespace net
