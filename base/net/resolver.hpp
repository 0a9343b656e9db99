// DNS for mail through libunbound, on a thread of its own, cached there; callers on any network thread await the answer.
// Errors: not_found = the name or its records do not exist (permanent) · unsupported = null MX (RFC 7505), the domain takes
// no mail (permanent) · unavailable, timed_out = ask again later · invalid = records that no mail can follow.
// Static entries go first; with offline, nothing else is asked (tests, isolated networks). Add them before the first query.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/net/types.hpp"

namespace net {

struct MailHost {
  unsigned preference = 0;
  std::string host;
  std::uint16_t port = 25;
};

struct ResolverOptions {
  std::string forwarder;  // "192.0.2.53" or "192.0.2.53@5353" (unbound's notation); empty: /etc/resolv.conf
  bool offline = false;
  Duration timeout = std::chrono::seconds(30);
};

class Resolver {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Resolver>> make(ResolverOptions options);
  ~Resolver();  // queries still open end with Errc::unavailable
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  void add_static_mx(const std::string& domain, std::vector<MailHost> hosts);  // an empty list: null MX
  void add_static_address(const std::string& host, std::vector<std::string> addresses);
  void add_static_txt(const std::string& name, std::vector<std::string> texts);
  void add_static_ptr(const std::string& address, std::vector<std::string> names);

  // In the order to try (RFC 5321 5.1): by preference, equals shuffled; no MX at all: the domain itself. domain: A-labels.
  [[nodiscard]] Awaitable<Result<std::vector<MailHost>>> mx(std::string domain);
  // AAAA and A; an address stands for itself.
  [[nodiscard]] Awaitable<Result<std::vector<std::string>>> addresses(std::string host);
  [[nodiscard]] Awaitable<Result<std::vector<std::string>>> txt(std::string name);
  [[nodiscard]] Awaitable<Result<std::vector<std::string>>> ptr(std::string address);

 private:
  using Records = std::vector<std::string>;  // record data as on the wire
  struct Engine;
  explicit Resolver(ResolverOptions options);
  Awaitable<Result<Records>> query(std::string name, int type);

  ResolverOptions options_;
  std::unique_ptr<Engine> engine_;
  std::map<std::string, std::vector<MailHost>, std::less<>> static_mx_;
  std::map<std::string, std::vector<std::string>, std::less<>> static_address_, static_txt_, static_ptr_;
};

// Sorts by preference and shuffles equals (RFC 5321 5.1 "MUST randomize"). For static lists and relays too.
void order_mail_hosts(std::vector<MailHost>& hosts);

}  // namespace net
