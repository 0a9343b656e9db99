// The live IMAP server: gives a net::Listener the handler for port 143 (STARTTLS) or 993 (implicit TLS). One coroutine a connection
// (connection.cpp) reads, runs the Session's commands, and writes each group of answers at once.
// Limits of connections, in all and per peer, are the Listener's: use kRefusal as its refusal.
// Thread rule: made on the main thread; handlers run on the network threads and share what is here, so everything that is
// referred to must outlive the Runtime's stop. A graceful stop cancels the streams: each connection says BYE and closes.
#pragma once
#include <memory>

#include "base/net/listener.hpp"
#include "base/net/pool.hpp"
#include "imap/session.hpp"

namespace imap {

inline constexpr const char* kRefusal = "* BYE Too many connections, try again later.\r\n";

struct Pools {
  net::Pool& readers;    // store reads that may fault from disk
  net::Pool& passwords;  // argon2
  net::Pool& ingest;     // scan and policy of appended mail
};

class Server {
 public:
  // tls: null = no STARTTLS; then only plaintext_loopback lets anybody in.
  Server(store::Store& store, Backend& backend, Pools pools, std::shared_ptr<net::TlsContext> tls, Settings settings);
  net::Handler handler(bool implicit_tls) const;

  struct Setup {
    store::Store& store;
    Backend& backend;
    Pools pools;
    std::shared_ptr<net::TlsContext> tls;
    Settings settings;
  };

 private:
  std::shared_ptr<const Setup> setup_;
};

}  // namespace imap
