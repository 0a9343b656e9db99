#include "base/net/stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "base/net/address.hpp"
#include "base/net/stream_core.hpp"

namespace net {

void Stream::Control::cancel() const { wake_->raise(StreamCore::kCancel); }
void Stream::Control::abort() const { wake_->raise(StreamCore::kAbort); }

Stream::Stream(Executor executor, int socket) : core_(StreamCore::make(std::move(executor), socket)) { core_->name_peer(); }
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

namespace {

Awaitable<Result<Stream>> connect_to(SocketAddress to, SocketAddress from, Duration limit, std::string name) {
  const Executor executor = co_await boost::asio::this_coro::executor;
  const int fd = ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) co_return fail(Errc::io, "cannot make a socket: " + std::string(std::strerror(errno)));
  if (from.size > 0 && ::bind(fd, from.get(), from.size) != 0) {
    const base::Error error = fail(Errc::io, "cannot use source address " + to_text(from) + ": " + std::strerror(errno));
    ::close(fd);
    co_return error;
  }
  const int started = ::connect(fd, to.get(), to.size);
  if (started != 0 && errno != EINPROGRESS) {
    const Errc code = errno == ENOENT || errno == ECONNREFUSED ? Errc::unavailable : Errc::io;
    const base::Error error = fail(code, "cannot connect to " + name + ": " + std::strerror(errno));
    ::close(fd);
    co_return error;
  }
  const std::shared_ptr<StreamCore> core = StreamCore::make(executor, fd);
  if (started != 0) {
    core->each_operation = limit;
    auto done = co_await core->finish_connect();
    if (!done) {
      const Errc code = done.error().code() == Errc::io ? Errc::unavailable : done.error().code();
      co_return fail(code, "cannot connect to " + name + ": " + done.error().detail());
    }
  }
  co_return Stream::adopt(core);
}

}  // namespace

Stream Stream::adopt(std::shared_ptr<StreamCore> core) {
  core->name_peer();
  core->each_operation = std::chrono::seconds(60);
  Stream stream;
  stream.core_ = std::move(core);
  return stream;
}

Awaitable<Result<Stream>> Stream::connect(std::string address, std::uint16_t port, Duration limit, std::string source) {
  const auto to = parse_address(address, port);
  if (!to) co_return to.error();
  SocketAddress from;
  if (!source.empty()) {
    const auto parsed = parse_address(source, 0);
    if (!parsed) co_return parsed.error();
    from = *parsed;
  }
  std::string name = address + ":" + std::to_string(port);
  co_return co_await connect_to(*to, from, limit, std::move(name));
}

Awaitable<Result<Stream>> Stream::connect_unix(std::string path, Duration limit) {
  const auto to = unix_address(path);
  if (!to) co_return to.error();
  const SocketAddress none;
  co_return co_await connect_to(*to, none, limit, std::move(path));
}

void StreamCore::name_peer() {
  SocketAddress local, peer;
  local.size = peer.size = sizeof local.storage;
  const int fd = socket_.native_handle();
  if (::getsockname(fd, local.get(), &local.size) != 0 || ::getpeername(fd, peer.get(), &peer.size) != 0) return;
  local_address = host_text(local);
  local_port = port_of(local);
  peer_address = host_text(peer);
  peer_port = port_of(peer);
  if (local.storage.ss_family == AF_UNIX) {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0) {
      credentials = PeerCredentials{who.uid, who.gid, who.pid};
    }
    return;
  }
  const int yes = 1;  // replies are written whole; Nagle would only delay the last piece
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
}

Awaitable<Result<std::size_t>> Stream::read_some(std::span<char> into) { return core_->read_some(into); }
Awaitable<Result<void>> Stream::write(std::string_view bytes) { return core_->write(bytes); }
Awaitable<Result<void>> Stream::write_all(std::span<const std::string_view> pieces) { return core_->write_all(pieces); }
Awaitable<Stream::Woken> Stream::wait_readable_or(Event& event, Duration limit) {
  return core_->wait_readable_or(event, limit);
}
Awaitable<Result<void>> Stream::start_tls_server(const TlsContext& context) { return core_->start_tls_server(context); }
Awaitable<Result<void>> Stream::start_tls_client(const TlsContext& context, std::string host, Verify verify) {
  return core_->start_tls_client(context, std::move(host), verify);
}
Awaitable<void> Stream::shutdown(Duration limit) { return core_->shutdown(limit); }
void Stream::close() {
  if (core_) core_->close();
}

void Stream::set_deadline(Duration each_operation) { core_->each_operation = each_operation; }
bool Stream::cancelled() const { return core_->cancelled(); }
Stream::Control Stream::control() const { return Control(core_->wake); }
Executor Stream::executor() const { return core_->executor; }
bool Stream::open() const { return core_ && !core_->closed; }
std::string_view Stream::id() const { return core_->id; }
const std::string& Stream::peer_address() const { return core_->peer_address; }
std::uint16_t Stream::peer_port() const { return core_->peer_port; }
const std::string& Stream::local_address() const { return core_->local_address; }
std::uint16_t Stream::local_port() const { return core_->local_port; }
const std::optional<PeerCredentials>& Stream::peer_credentials() const { return core_->credentials; }
bool Stream::is_tls() const { return core_->secure; }
TlsInfo Stream::tls() const { return core_->tls(); }

}  // namespace net
