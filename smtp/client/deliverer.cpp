#include "smtp/client/deliverer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"

namespace smtp::client {
namespace {

using proto::Fate;
using proto::RecipientResult;
using proto::TlsUse;

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "0.0.0.0" || address == "::" || address.starts_with("::ffff:127.");
}

RecipientResult failure(Fate fate, proto::Enhanced enhanced, std::string text) {
  RecipientResult r;
  r.fate = fate;
  r.enhanced = enhanced;
  r.text = std::move(text);
  return r;
}

// RFC 5321 5.1 and RFC 7505 4: what is not there will not come by waiting; what did not answer may.
RecipientResult dns_failure(const base::Error& error, const std::string& name) {
  switch (error.code()) {
    case base::Errc::not_found: return failure(Fate::permanent, {5, 1, 2}, "The domain " + name + " does not exist");
    case base::Errc::unsupported: return failure(Fate::permanent, {5, 1, 10}, "The domain " + name + " accepts no mail (null MX)");
    case base::Errc::invalid: return failure(Fate::permanent, {5, 1, 2}, "The domain " + name + " has no usable mail servers");
    default: return failure(Fate::temporary, {4, 4, 3}, "The name server gave no answer for " + name);
  }
}

bool more_to_do(const Report& report) {
  return std::any_of(report.results.begin(), report.results.end(), [](const RecipientResult& r) { return r.fate == Fate::temporary; });
}

// A later host's results replace only what an earlier one left open: what is delivered or refused for good stays so.
void merge(Report& into, Report&& from, const std::vector<std::size_t>& positions) {
  for (std::size_t i = 0; i < positions.size(); ++i) into.results[positions[i]] = std::move(from.results[i]);
  if (!from.host.empty()) into.host = std::move(from.host);
  into.tls = into.tls || from.tls;
}

}  // namespace

Deliverer::Deliverer(net::Runtime& runtime, net::Resolver& resolver, std::shared_ptr<net::TlsContext> tls, Options options)
    : runtime_(runtime), resolver_(resolver), tls_(std::move(tls)), options_(std::move(options)) {}

bool Deliverer::is_ours(const std::string& address, std::uint16_t port) const {
  return std::any_of(options_.own.begin(), options_.own.end(), [&](const Endpoint& e) { return e.port == port && e.address == address; });
}

bool Deliverer::forbidden(const Target& target) const {
  if (is_ours(target.address, target.port)) return true;
  // A domain that points at loopback would have us talk to ourselves or to what listens only for this machine.
  return !options_.relay && !options_.allow_loopback && is_loopback(target.address);
}

net::Awaitable<std::optional<base::Error>> Deliverer::add_addresses(std::string host, std::uint16_t port, Plan& plan) {
  const auto addresses = co_await resolver_.addresses(host);
  if (!addresses) co_return addresses.error();
  for (const std::string& address : *addresses) plan.targets.push_back(Target{host, address, port});
  co_return std::nullopt;
}

net::Awaitable<Deliverer::Plan> Deliverer::plan(std::string domain) {
  Plan plan;
  std::vector<net::MailHost> hosts;
  if (options_.relay) {
    hosts.push_back(net::MailHost{0, options_.relay->host, options_.relay->port});
  } else if (domain.starts_with('[') && domain.ends_with(']')) {
    const bool v6 = base::istarts_with(domain, "[IPv6:");
    const std::size_t skip = v6 ? 6 : 1;
    hosts.push_back(net::MailHost{0, domain.substr(skip, domain.size() - skip - 1), 25});
  } else {
    auto found = co_await resolver_.mx(domain);
    if (!found) {
      plan.failure = dns_failure(found.error(), domain);
      co_return plan;
    }
    hosts = std::move(*found);
    // 5.1: when we are one of the MX, only those with a lower preference number than ours may be used
    for (const net::MailHost& h : hosts) {
      if (!base::iequals(h.host, options_.hostname)) continue;
      const unsigned ours = h.preference;
      std::erase_if(hosts, [ours](const net::MailHost& other) { return other.preference >= ours; });
      break;
    }
    if (hosts.empty()) {
      plan.failure = failure(Fate::permanent, {5, 4, 6}, "Mail for " + domain + " loops back to this server");
      co_return plan;
    }
  }
  std::optional<base::Error> last;
  for (const net::MailHost& host : hosts) {
    if (plan.targets.size() >= 2 * options_.attempts) break;
    const auto error = co_await add_addresses(host.host, host.port, plan);
    if (error && (!last || error->code() != base::Errc::not_found)) last = *error;
  }
  const bool any = !plan.targets.empty();
  std::erase_if(plan.targets, [this](const Target& t) { return forbidden(t); });
  if (!plan.targets.empty()) co_return plan;
  if (any) plan.failure = failure(Fate::permanent, {5, 4, 6}, "Mail for " + domain + " would loop back to this server");
  else if (options_.relay) plan.failure = failure(Fate::temporary, {4, 4, 3}, "The relay's name has no address");
  else plan.failure = dns_failure(last.value_or(base::fail(base::Errc::not_found, "no address")), domain);
  co_return plan;
}

net::Awaitable<Report> Deliverer::deliver(Job job) {
  Report report;
  for (const std::string& address : job.recipients) {
    report.results.push_back(failure(Fate::temporary, {4, 4, 1}, "No server could be reached"));
    report.results.back().address = address;
  }
  const Plan where = co_await plan(job.domain);
  if (where.failure) {
    for (RecipientResult& r : report.results) {
      const std::string address = std::move(r.address);
      r = *where.failure;
      r.address = address;
    }
    co_return report;
  }
  unsigned tries = 0;
  for (const Target& target : where.targets) {
    if (tries++ >= options_.attempts || !more_to_do(report)) break;
    Job rest = job;
    std::vector<std::size_t> positions;
    rest.recipients.clear();
    for (std::size_t i = 0; i < report.results.size(); ++i) {
      if (report.results[i].fate != Fate::temporary) continue;
      positions.push_back(i);
      rest.recipients.push_back(job.recipients[i]);
    }
    const TlsUse wanted = options_.relay ? options_.relay->tls : tls_ ? TlsUse::opportunistic : TlsUse::none;
    Attempt result = co_await attempt(rest, target, wanted);
    const bool again = result.tls_failed && wanted == TlsUse::opportunistic && options_.clear_fallback && more_to_do(result.report);
    if (again) result = co_await attempt(rest, target, TlsUse::none);  // RFC 7435 3: encryption where it can be had
    merge(report, std::move(result.report), positions);
    if (!result.next_host) break;
  }
  co_return report;
}

proto::ClientConfig Deliverer::config_for(TlsUse tls) const {
  proto::ClientConfig c;
  c.hello = options_.hostname;
  c.tls = tls;
  if (!options_.relay) return c;
  c.user = options_.relay->user;
  c.password = options_.relay->password;
  c.plaintext_auth = options_.relay->plaintext_auth;
  return c;
}

net::Awaitable<Deliverer::Attempt> Deliverer::attempt(const Job& job, const Target& target, TlsUse tls) {
  auto stream = co_await net::Stream::connect(target.address, target.port, options_.connect_timeout, options_.source);
  Attempt none;
  none.next_host = true;
  std::string why;
  if (!stream) {
    why = "Cannot connect to " + target.host + " [" + target.address + "]: " + stream.error().detail();
  } else if (stream->peer_address() == stream->local_address() && is_ours("", target.port)) {
    why = "Not connecting to myself at " + target.address;
  } else {
    co_return co_await converse(job, target, tls, std::move(*stream));
  }
  base::Log("queue", job.id).info("smtp_out_unreachable", {{"host", target.host}, {"address", target.address}, {"error", why}});
  for (const std::string& address : job.recipients) {
    none.report.results.push_back(failure(Fate::temporary, {4, 4, 1}, proto::safe_text(why, proto::Charset::utf8)));
    none.report.results.back().address = address;
  }
  co_return none;
}

net::Awaitable<bool> Deliverer::handshake(net::Stream& stream, const Target& target, TlsUse tls, const base::Log& log) {
  if (!tls_) co_return false;
  const bool verify = tls == TlsUse::required || tls == TlsUse::implicit;
  const net::TlsContext& context = *tls_;
  stream.set_deadline(options_.command_timeout);
  const auto done = co_await stream.start_tls_client(context, target.host, verify ? net::Verify::peer : net::Verify::none);
  if (!done) log.warn("smtp_out_tls_failed", {{"host", target.host}, {"error", done.error()}});
  co_return done.has_value();
}

net::Duration Deliverer::patience(const proto::Client& client) const {
  switch (client.phase()) {
    case proto::Client::Phase::greeting: return options_.greeting_timeout;
    case proto::Client::Phase::data: return options_.data_timeout;
    case proto::Client::Phase::final: return options_.final_timeout;
    default: return options_.command_timeout;
  }
}

net::Awaitable<Deliverer::Attempt> Deliverer::converse(const Job& job, const Target& target, TlsUse tls, net::Stream stream) {
  using Action = proto::Client::Action;
  const net::Runtime::Tracked tracked = runtime_.track(stream);
  const base::Log log("queue", job.id);
  proto::Outgoing message;
  message.sender = job.sender;
  message.recipients = job.recipients;
  message.content = *job.content;
  message.utf8_header = job.utf8_header;
  proto::Client client(config_for(tls), std::move(message));
  std::array<char, 8192> buffer;
  std::string_view input;
  if (tls == TlsUse::implicit) {
    const bool established = co_await handshake(stream, target, tls, log);
    if (!established) client.on_closed("TLS handshake failed");
  }
  for (;;) {
    const Action action = client.next(input);
    if (action == Action::done) break;
    const std::string output = client.take_output();
    if (!output.empty()) {
      stream.set_deadline(options_.data_timeout);
      const auto written = co_await stream.write(output);
      if (!written) {
        client.on_closed("Connection lost while writing: " + written.error().detail());
        continue;
      }
    }
    if (action == Action::start_tls) {
      input = {};
      const bool established = co_await handshake(stream, target, tls, log);
      client.on_tls(established);
    } else if (action == Action::read) {
      const std::span<char> room(buffer);
      stream.set_deadline(patience(client));
      const auto got = co_await stream.read_some(room);
      if (got && *got > 0) input = std::string_view(buffer.data(), *got);
      else client.on_closed(got ? "Server closed the connection" : "Connection lost: " + got.error().detail());
    }
  }
  Attempt result;
  result.report.results = client.results();
  result.report.host = target.host + " [" + target.address + "]";
  result.report.tls = client.tls();
  result.next_host = client.try_next_host();
  result.tls_failed = client.tls_failed();
  co_await stream.shutdown(std::chrono::seconds(1));
  co_return result;
}

}  // namespace smtp::client
