#include "tools/cli/imap_wire.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <future>
#include <vector>

#include "base/handle.hpp"
#include "base/net/runtime.hpp"

namespace cli {
namespace {

using base::Errc;
using base::Result;

constexpr auto kConnect = std::chrono::seconds(20);
constexpr auto kSilence = std::chrono::minutes(3);  // a server that gathers a large mailbox may think for a while

Result<std::vector<std::string>> addresses_of(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &raw);
  if (error != 0) return base::fail(Errc::not_found, host + ": " + ::gai_strerror(error));
  const base::Handle<addrinfo, ::freeaddrinfo> list(raw);
  std::vector<std::string> out;
  for (const addrinfo* a = list.get(); a != nullptr; a = a->ai_next) {
    char text[NI_MAXHOST];
    if (::getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0) out.emplace_back(text);
  }
  return out;
}

// Each operation is a coroutine on the runtime's one thread; the caller waits for its end. What they use outlives them.
class NetWire final : public transfer::Wire {
 public:
  NetWire(const WireOptions& options, std::shared_ptr<net::TlsContext> tls) : options_(options), tls_(std::move(tls)), runtime_(1) { runtime_.start(); }
  ~NetWire() override {
    wait<void>([this](Promise<void>& p) { return close(p); });
    runtime_.stop(net::Duration::zero());
  }

  Result<void> connect(const std::string& address) {
    return wait<void>([this, &address](Promise<void>& p) { return do_connect(address, p); });
  }
  Result<std::size_t> read(std::span<char> into) override {
    return wait<std::size_t>([this, into](Promise<std::size_t>& p) { return do_read(into, p); });
  }
  Result<void> write(std::string_view bytes) override {
    return wait<void>([this, bytes](Promise<void>& p) { return do_write(bytes, p); });
  }
  Result<void> start_tls() override {
    return wait<void>([this](Promise<void>& p) { return do_tls(p); });
  }

 private:
  template <class T>
  using Promise = std::promise<Result<T>>;

  template <class T, class F>
  Result<T> wait(F make) {
    Promise<T> promise;
    auto future = promise.get_future();
    runtime_.spawn(runtime_.executor(0), "imap_wire", make(promise));
    return future.get();
  }

  net::Awaitable<void> do_connect(const std::string& address, Promise<void>& p) {
    auto made = co_await net::Stream::connect(address, options_.port, kConnect);
    if (!made) {
      p.set_value(made.error());
      co_return;
    }
    stream_ = *std::move(made);
    stream_.set_deadline(kSilence);
    if (options_.implicit_tls) co_await do_tls(p);
    else p.set_value(Result<void>());
  }
  net::Awaitable<void> do_tls(Promise<void>& p) {
    auto done = co_await stream_.start_tls_client(*tls_, options_.host, net::Verify::peer);
    p.set_value(std::move(done));
  }
  net::Awaitable<void> do_read(std::span<char> into, Promise<std::size_t>& p) {
    auto got = co_await stream_.read_some(into);
    p.set_value(std::move(got));
  }
  net::Awaitable<void> do_write(std::string_view bytes, Promise<void>& p) {
    auto done = co_await stream_.write(bytes);
    p.set_value(std::move(done));
  }
  net::Awaitable<void> close(Promise<void>& p) {
    if (stream_) stream_.close();
    stream_ = net::Stream();
    p.set_value(Result<void>());
    co_return;
  }

  WireOptions options_;
  std::shared_ptr<net::TlsContext> tls_;
  net::Runtime runtime_;
  net::Stream stream_;
};

}  // namespace

Result<std::unique_ptr<transfer::Wire>> connect_wire(const WireOptions& options) {
  auto tls = net::TlsContext::client(options.ca_file);
  if (!tls) return tls.error();
  const auto addresses = addresses_of(options.host);
  if (!addresses) return addresses.error();
  base::Error last = base::fail(Errc::not_found, options.host + ": no address");
  for (const std::string& address : *addresses) {
    auto wire = std::make_unique<NetWire>(options, *tls);
    const auto connected = wire->connect(address);
    if (connected) return std::unique_ptr<transfer::Wire>(std::move(wire));
    last = base::fail(connected.error().code(), options.host + " port " + std::to_string(options.port) + ": " + connected.error().detail());
    if (connected.error().code() == Errc::denied) break;  // a wrong certificate is wrong at every address
  }
  return last;
}

}  // namespace cli
