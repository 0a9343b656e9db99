#include "base/net/resolver.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "base/ascii.hpp"
#include "base/handle.hpp"
#include "base/net/await_callback.hpp"
#include "base/net/dns_rdata.hpp"

namespace net {
namespace {

constexpr int kA = 1, kPtr = 12, kMx = 15, kTxt = 16, kAaaa = 28, kClassIn = 1;  // RFC 1035 3.2.2, RFC 3596 2.1
constexpr int kServFail = 2, kNxDomain = 3;
using Answer = Result<std::vector<std::string>>;
using Callback = std::function<void(Answer)>;
using UbResult = base::Handle<ub_result, ub_resolve_free>;

Answer read_answer(int error, const ub_result* result) {
  if (error != 0) return fail(Errc::unavailable, std::string("DNS: ") + ub_strerror(error));
  const std::string name = result->qname ? result->qname : "";
  if (result->bogus) return fail(Errc::unavailable, "DNS: DNSSEC says the answer for " + name + " is forged");
  if (result->nxdomain || result->rcode == kNxDomain) return fail(Errc::not_found, "DNS: " + name + " does not exist");
  if (result->rcode != 0) {
    const char* what = result->rcode == kServFail ? "SERVFAIL" : "an error";
    return fail(Errc::unavailable, std::string("DNS: ") + what + " for " + name);
  }
  std::vector<std::string> records;
  for (int i = 0; result->data && result->data[i]; ++i) records.emplace_back(result->data[i], std::size_t(result->len[i]));
  return records;  // empty: the name has no such records
}

}  // namespace

// The unbound context and the thread that hands its answers out. ub_resolve_async may be called from any thread.
struct Resolver::Engine {
  struct Query {
    Engine* engine;
    Callback callback;
  };

  base::Handle<ub_ctx, ub_ctx_delete> context{ub_ctx_create()};
  std::mutex mutex;
  std::set<Query*> open;
  int wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::atomic<bool> ending{false};
  std::thread thread;

  Result<void> start(const ResolverOptions& options) {
    if (!context || wake < 0) return fail(Errc::internal, "cannot make a DNS resolver");
    ub_ctx_async(context.get(), 1);  // its worker is a thread, not a fork
    int error = 0;
    if (options.forwarder.empty()) {
      error = ub_ctx_resolvconf(context.get(), nullptr);
      if (error == 0) ub_ctx_hosts(context.get(), nullptr);
    } else {
      if (options.forwarder.starts_with("127.") || options.forwarder.starts_with("::1")) {
        ub_ctx_set_option(context.get(), "do-not-query-localhost:", "no");
      }
      error = ub_ctx_set_fwd(context.get(), options.forwarder.c_str());
    }
    if (error != 0) return fail(Errc::invalid, "DNS resolver '" + options.forwarder + "': " + ub_strerror(error));
    thread = std::thread([this] { run(); });
    return {};
  }

  void run() {
    while (!ending) {
      pollfd ready[2] = {{ub_fd(context.get()), POLLIN, 0}, {wake, POLLIN, 0}};
      if (::poll(ready, 2, -1) > 0 && (ready[0].revents & POLLIN)) ub_process(context.get());
    }
  }

  static void answered(void* data, int error, ub_result* raw) {
    const UbResult result(raw);
    const std::unique_ptr<Query> query(static_cast<Query*>(data));
    {
      const std::lock_guard lock(query->engine->mutex);
      query->engine->open.erase(query.get());
    }
    query->callback(read_answer(error, result.get()));
  }

  void ask(const std::string& name, int type, const Callback& callback) {
    auto query = std::make_unique<Query>(Query{this, callback});
    Query* const raw = query.get();
    {
      const std::lock_guard lock(mutex);
      open.insert(raw);
    }
    const int error = ub_resolve_async(context.get(), name.c_str(), type, kClassIn, raw, &Engine::answered, nullptr);
    if (error == 0) {
      query.release();  // answered() owns it now
      return;
    }
    {
      const std::lock_guard lock(mutex);
      open.erase(raw);
    }
    callback(fail(Errc::unavailable, std::string("DNS: ") + ub_strerror(error)));
  }

  ~Engine() {
    ending = true;
    const std::uint64_t one = 1;
    if (wake >= 0) [[maybe_unused]] const ssize_t written = ::write(wake, &one, sizeof one);
    if (thread.joinable()) thread.join();
    context.reset();  // no callback after this
    for (Query* query : open) {
      query->callback(fail(Errc::unavailable, "DNS: the resolver is shutting down"));
      delete query;
    }
    if (wake >= 0) ::close(wake);
  }
};

Resolver::Resolver(ResolverOptions options) : options_(std::move(options)) {}
Resolver::~Resolver() = default;

Result<std::unique_ptr<Resolver>> Resolver::make(ResolverOptions options) {
  std::unique_ptr<Resolver> resolver(new Resolver(std::move(options)));
  if (resolver->options_.offline) return resolver;
  resolver->engine_ = std::make_unique<Engine>();
  if (auto ok = resolver->engine_->start(resolver->options_); !ok) return ok.error();
  return resolver;
}

void Resolver::add_static_mx(const std::string& domain, std::vector<MailHost> hosts) {
  static_mx_[base::lower_ascii(domain)] = std::move(hosts);
}
void Resolver::add_static_address(const std::string& host, std::vector<std::string> addresses) {
  static_address_[base::lower_ascii(host)] = std::move(addresses);
}
void Resolver::add_static_txt(const std::string& name, std::vector<std::string> texts) {
  static_txt_[base::lower_ascii(name)] = std::move(texts);
}
void Resolver::add_static_ptr(const std::string& address, std::vector<std::string> names) {
  static_ptr_[address] = std::move(names);
}

Awaitable<Answer> Resolver::query(std::string name, int type) {
  if (!engine_) co_return fail(Errc::not_found, "DNS: " + name + " is not listed and the resolver is offline");
  Engine* const engine = engine_.get();
  auto initiate = [engine, &name, type](Callback callback) { engine->ask(name, type, callback); };
  auto answer = co_await await_callback_for<Answer>(options_.timeout, initiate);
  if (!answer && answer.error().code() == Errc::timed_out) co_return fail(Errc::timed_out, "DNS: no answer about " + name);
  co_return answer;
}

void order_mail_hosts(std::vector<MailHost>& hosts) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::shuffle(hosts.begin(), hosts.end(), random);
  std::stable_sort(hosts.begin(), hosts.end(), [](const MailHost& a, const MailHost& b) { return a.preference < b.preference; });
}

Awaitable<Result<std::vector<MailHost>>> Resolver::mx(std::string domain) {
  domain = base::lower_ascii(domain);
  const base::Error refused = fail(Errc::unsupported, domain + " takes no mail (null MX)");
  if (const auto it = static_mx_.find(domain); it != static_mx_.end()) {
    if (it->second.empty()) co_return refused;
    std::vector<MailHost> hosts = it->second;
    order_mail_hosts(hosts);
    co_return hosts;
  }
  std::vector<MailHost> hosts;
  if (!engine_ && static_address_.contains(domain)) {
    hosts.push_back(MailHost{0, domain, 25});
    co_return hosts;
  }
  const Answer records = co_await query(domain, kMx);
  if (!records) co_return records.error();
  for (const std::string& record : *records) {
    const auto parsed = dns_mx(record);
    if (!parsed) continue;  // one broken record does not silence the others
    // RFC 7505 3: a root MX means no mail, but only when it is alone.
    if (parsed->second.empty() && records->size() == 1) co_return refused;
    if (!parsed->second.empty()) hosts.push_back(MailHost{parsed->first, parsed->second, 25});
  }
  if (hosts.empty() && !records->empty()) co_return fail(Errc::invalid, "DNS: no MX record of " + domain + " is usable");
  if (hosts.empty()) hosts.push_back(MailHost{0, domain, 25});  // RFC 5321 5.1: implicit MX, preference 0
  order_mail_hosts(hosts);
  co_return hosts;
}

Awaitable<Answer> Resolver::addresses(std::string host) {
  host = base::lower_ascii(host);
  if (const auto it = static_address_.find(host); it != static_address_.end()) co_return it->second;
  std::vector<std::string> found;
  if (reverse_name(host)) {
    found.push_back(host);
    co_return found;
  }
  base::Error last = fail(Errc::not_found, "DNS: " + host + " has no address");
  for (const int type : {kAaaa, kA}) {
    const Answer records = co_await query(host, type);
    if (!records) {
      last = records.error();
      if (last.code() == Errc::not_found) break;  // the name itself: the other type does not exist either
      continue;
    }
    for (const std::string& record : *records) {
      if (auto text = dns_address(record)) found.push_back(std::move(*text));
    }
  }
  if (found.empty()) co_return last;
  co_return found;
}

Awaitable<Answer> Resolver::txt(std::string name) {
  name = base::lower_ascii(name);
  if (const auto it = static_txt_.find(name); it != static_txt_.end()) co_return it->second;
  const Answer records = co_await query(name, kTxt);
  if (!records) co_return records.error();
  std::vector<std::string> texts;
  for (const std::string& record : *records) {
    if (auto text = dns_txt(record)) texts.push_back(std::move(*text));
  }
  co_return texts;
}

Awaitable<Answer> Resolver::ptr(std::string address) {
  if (const auto it = static_ptr_.find(address); it != static_ptr_.end()) co_return it->second;
  const auto name = reverse_name(address);
  if (!name) co_return name.error();
  std::string asked = *name;
  const Answer records = co_await query(std::move(asked), kPtr);
  if (!records) co_return records.error();
  std::vector<std::string> names;
  for (const std::string& record : *records) {
    if (auto host = dns_name(record); host && !host->empty()) names.push_back(std::move(*host));
  }
  co_return names;
}

}  // namespace net
