// Sends one message to the servers of one domain, or to a relay: MX and address look-up (RFC 5321 5.1), fall-over, TLS, and
// the dialogue of proto::Client over a net::Stream. Every recipient gets a result; nothing is retried later here (smtp/queue).
// Thread rule: deliver() on any network thread, several at a time; the Deliverer, its resolver and contexts outlive them.
// TLS between mail servers is opportunistic and unverified (RFC 7435): it stops listeners, not impostors. A relay's is verified.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/net/resolver.hpp"
#include "base/net/runtime.hpp"
#include "base/net/stream.hpp"
#include "smtp/proto/client.hpp"
#include "smtp/proto/limits.hpp"

namespace smtp::client {

struct Relay {
  std::string host;
  std::uint16_t port = 587;
  std::string user, password;                          // empty user = no AUTH
  proto::TlsUse tls = proto::TlsUse::required;         // required and implicit: the certificate must hold
  bool plaintext_auth = false;                         // a relay on this machine
};

struct Endpoint {
  std::string address;  // empty = any of ours
  std::uint16_t port = 0;
};

struct Options {
  std::string hostname;                // EHLO name; an MX of this name is ourselves
  std::optional<Relay> relay;          // everything goes there
  bool clear_fallback = true;          // opportunistic TLS failed: try once more in clear
  bool allow_loopback = false;         // an MX may be 127.0.0.0/8 or ::1 (tests, a content filter)
  std::vector<Endpoint> own;           // where we listen: never connected to (ATTACKS: loops)
  std::string source;                  // local address to send from; empty = any
  unsigned attempts = 6;               // connections tried for one message
  net::Duration connect_timeout = std::chrono::seconds(30);
  net::Duration greeting_timeout = proto::kGreetingTimeout;
  net::Duration command_timeout = proto::kRcptTimeout;
  net::Duration data_timeout = proto::kDataBlockTimeout;
  net::Duration final_timeout = proto::kDataTerminationTimeout;
};

struct Job {
  std::string domain;                  // canonical, or an address literal "[192.0.2.1]"
  std::string sender;
  std::vector<std::string> recipients;
  std::shared_ptr<const std::string> content;
  bool utf8_header = false;
  std::string id;                      // for the log
};

struct Report {
  std::vector<proto::RecipientResult> results;  // as Job::recipients
  std::string host;                             // that gave them, "mx1.vidu.vn [192.0.2.1]"; empty when none was reached
  bool tls = false;
};

class Deliverer {
 public:
  // tls: a client context (its CAs verify a relay); null = no TLS at all.
  Deliverer(net::Runtime& runtime, net::Resolver& resolver, std::shared_ptr<net::TlsContext> tls, Options options);
  [[nodiscard]] net::Awaitable<Report> deliver(Job job);
  const Options& options() const { return options_; }

 private:
  struct Target {
    std::string host, address;
    std::uint16_t port = 25;
  };
  struct Plan {
    std::vector<Target> targets;
    std::optional<proto::RecipientResult> failure;  // a template, when there is nobody to connect to
  };
  struct Attempt {
    Report report;
    bool next_host = false;
    bool tls_failed = false;
  };

  net::Awaitable<Plan> plan(std::string domain);
  net::Awaitable<std::optional<base::Error>> add_addresses(std::string host, std::uint16_t port, Plan& plan);
  bool forbidden(const Target& target) const;
  bool is_ours(const std::string& address, std::uint16_t port) const;
  net::Awaitable<Attempt> attempt(const Job& job, const Target& target, proto::TlsUse tls);
  net::Awaitable<Attempt> converse(const Job& job, const Target& target, proto::TlsUse tls, net::Stream stream);
  net::Awaitable<bool> handshake(net::Stream& stream, const Target& target, proto::TlsUse tls, const base::Log& log);
  proto::ClientConfig config_for(proto::TlsUse tls) const;
  net::Duration patience(const proto::Client& client) const;

  net::Runtime& runtime_;
  net::Resolver& resolver_;
  std::shared_ptr<net::TlsContext> tls_;
  Options options_;
};

}  // namespace smtp::client
