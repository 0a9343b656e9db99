// The live SMTP server: gives a net::Listener the handler for one of the three kinds of port. One short coroutine a connection
// (connection.cpp) reads, asks the Session what to do, does it through the Backend, and writes each group of replies at once.
// Thread rule: made and asked for handlers on the main thread; handlers run on the network threads and share what is here,
// so Backend, pool, guard and clock must outlive the Runtime's stop.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/auth_guard.hpp"
#include "base/net/listener.hpp"
#include "base/net/pool.hpp"
#include "base/sasl/sasl.hpp"
#include "smtp/backend.hpp"

namespace smtp {

struct ServerOptions {
  std::string hostname;  // greeting, EHLO, Received
  proto::Limits limits;
  std::vector<std::string> mechanisms{"SCRAM-SHA-256", "PLAIN", "LOGIN"};
  bool plaintext_loopback = false;  // CONTRACT 1: AUTH without TLS, from 127.0.0.0/8 and ::1 only
  bool dsn = false;
  sasl::ServerOptions sasl;
  net::Duration command_timeout = proto::kServerTimeout;          // for a whole command, however slowly its bytes drip
  net::Duration data_timeout = proto::kDataBlockTimeout;          // between two blocks of content
  net::Duration content_timeout = std::chrono::hours(1);          // for one whole message
  net::Duration write_timeout = proto::kServerTimeout;
  net::Duration handshake_timeout = std::chrono::minutes(1);
  net::Duration submit_timeout = proto::kDataTerminationTimeout;  // then 451; the Backend may still finish it
  std::uint64_t buffered = 1ull << 30;  // octets of unfinished messages of all connections; beyond, DATA gets 452
};

class Server {
 public:
  // tls: null = no STARTTLS (then only the MX port, or submission with plaintext_loopback, makes sense).
  Server(Backend& backend, net::Pool& passwords, base::AuthGuard& guard, std::shared_ptr<net::TlsContext> tls,
         const base::Clock& clock, ServerOptions options);
  net::Handler handler(proto::Kind kind) const;

  struct Setup {
    Backend& backend;
    net::Pool& passwords;
    base::AuthGuard& guard;
    std::shared_ptr<net::TlsContext> tls;
    const base::Clock& clock;
    ServerOptions options;
    mutable std::atomic<std::uint64_t> buffered{0};
  };

 private:
  std::shared_ptr<const Setup> setup_;
};

}  // namespace smtp
