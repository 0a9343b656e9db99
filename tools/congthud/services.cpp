// Store, policy, queue, the two servers, and what the admin handlers may ask of them.
#include <unistd.h>

#include <thread>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "tools/admin/use.hpp"
#include "tools/congthud/admin_server.hpp"
#include "tools/congthud/dry_run.hpp"
#include "tools/congthud/environment.hpp"
#include "tools/congthud/letters.hpp"
#include "tools/congthud/master_keys.hpp"
#include "tools/congthud/page_server.hpp"
#include "tools/congthud/parts.hpp"
#include "tools/congthud/policy_state.hpp"
#include "tools/congthud/secrets.hpp"
#include "tools/congthud/simulate.hpp"

namespace tools {
namespace {

constexpr const char* kSecretKey = "auth-secret";

unsigned cores() { return std::max(1u, std::thread::hardware_concurrency()); }

std::string with_advice(const base::Error& error, const std::string& directory) {
  std::string text = "server.data_dir " + directory + ": " + error.detail();
  if (error.code() == base::Errc::unavailable) text += "; is another congthud (or congthu with the store open) running?";
  if (error.code() == base::Errc::limit) text += "; lower store.map_size";
  return text;
}

smtp::client::Relay relay_of(const base::SmtpConfig& c, std::string password) {
  using smtp::proto::TlsUse;
  smtp::client::Relay relay;
  relay.host = c.relay_host;
  relay.port = c.relay_port;
  relay.user = c.relay_user;
  relay.password = std::move(password);
  relay.tls = c.relay_tls == base::RelayTls::off ? TlsUse::none
              : c.relay_tls == base::RelayTls::opportunistic ? TlsUse::opportunistic
              : c.relay_port == 465 ? TlsUse::implicit : TlsUse::required;
  return relay;
}

net::Awaitable<void> ask_mx(net::Resolver& resolver, std::string domain, MxFacts::Answer answer) {
  const auto found = co_await resolver.mx(domain);
  if (!found) co_return answer(found.error());
  std::vector<std::string> hosts;
  for (const net::MailHost& h : *found) hosts.push_back(h.host);
  answer(std::move(hosts));
}

// Delivered means that the next server took it (2xx); what it says later comes as a report.
store::RecordRule recipients_settled(base::QueueId id, const std::vector<smtp::proto::RecipientResult>& settled, bool last) {
  std::vector<registers::News> news;
  for (const smtp::proto::RecipientResult& r : settled) {
    const auto receipt = r.fate == smtp::proto::Fate::delivered ? registers::Receipt::delivered : registers::Receipt::refused;
    news.push_back({r.address, receipt, "smtp", (r.code == 0 ? "" : std::to_string(r.code) + " ") + r.text});
  }
  return registers::news_of_queue(id, std::move(news), last);
}

}  // namespace

namespace {
// What mailboxes are used for is known from the first start on.
base::Result<void> begin_use_record(store::Store& store) {
  {
    const auto snapshot = store.snapshot();
    if (!snapshot) return snapshot.error();
    if (admin::use_began(*snapshot)) return {};
  }
  if (auto begun = store.run(store::ApplyRules{{admin::begin_use(base::system_clock().now())}}); !begun) return begun.error();
  return {};
}
}  // namespace

base::Result<void> Daemon::Parts::open_store() {
  const std::string directory = config->server.data_dir.string();
  store::Options o;
  o.env.map_size = config->store.map_size;
  o.env.max_readers = config->store.max_readers;
  o.env.sync = options.sync;
  o.collector.undelete = std::chrono::hours(24) * config->store.undelete_days;
  o.collector.every = config->store.collect_every;
  if (auto keys = load_master_keys(config->encryption, o); !keys) return keys;
  auto opened = store::Store::open(directory, o);
  if (!opened) return base::fail(opened.error().code(), with_advice(opened.error(), directory));
  store = *std::move(opened);
  if (auto told = audit_config(*store, base::system_clock(), *config, "start"); !told) return base::fail(told.error().code(), "audit: " + told.error().detail());
  if (auto begun = begin_use_record(*store); !begun) return begun;
  backups = std::make_unique<BackupSchedule>(*store, config->backup);
  site = std::make_unique<StoreSite>(*store);
  recorder = std::make_unique<Recorder>(*store);
  indexer::Options index;
  index.directory = directory + "/index";
  index.interval = config->indexer.interval;
  index.encrypted = config->encryption.index_plain;
  auto made = indexer::Indexer::open(*store, index);
  if (!made) return base::fail(made.error().code(), index.directory + ": " + made.error().detail());
  indexing = *std::move(made);
  holds = std::make_unique<HoldWatch>(*store);
  retention = std::make_unique<RetentionWatch>(*store, base::system_clock());
  if (auto set = retention->configure(config->retention); !set) return base::fail(set.error().code(), "retention: " + set.error().detail());
  trust_watch = std::make_unique<TrustWatch>(*store, base::system_clock(), config->signature.warn_days);
  text_index = std::make_unique<ImapTextIndex>(indexing->text_index());
  return {};
}

base::Result<void> Daemon::Parts::make_policy() {
  auto snapshot = store->snapshot();
  if (!snapshot) return snapshot.error();
  auto loaded = load_policy(*snapshot, *config, *site);
  if (!loaded) return base::fail(loaded.error().code(), "policy: " + loaded.error().detail());
  policy::inspect::PoolOptions o;
  o.worker_path = !config->inspect.path.empty() ? config->inspect.path.string()
                  : !options.worker_path.empty() ? options.worker_path : own_directory() + "/congthu-inspect";
  if (::access(o.worker_path.c_str(), X_OK) != 0)
    return base::fail(base::Errc::not_found, "inspect.path: " + o.worker_path + " is not there or cannot be run; it is built beside congthud");
  o.workers = std::max(1u, config->inspect.workers);
  o.time_limit = config->inspect.time_limit;
  o.memory_mib = std::uint32_t(config->inspect.memory_limit >> 20);
  o.judging = loaded->judging;
  o.generation = generation;
  inspector = std::make_unique<policy::inspect::InspectPool>(std::move(o));
  ingest = std::make_unique<Ingest>(*store, *site, *inspector, base::system_clock(), config->server.hostname);
  ingest->set_state(loaded->state);
  judgements = std::make_unique<Judgements>(*store, *site, *ingest, base::system_clock());
  fetcher = std::make_unique<RevocationFetcher>(*store, base::system_clock(), [this] { take_fetched(); });
  fetcher->configure(config->signature);
  ingest->set_fetch([this](const auto& sources) { fetcher->want(sources); });
  late_verdicts = std::make_unique<LateVerdicts>(*store, *judgements, *fetcher, base::system_clock());
  late_verdicts->configure(config->signature);
  guard = std::make_unique<base::AuthGuard>();
  judging = std::make_unique<net::Pool>("judging", cores() + config->inspect.workers, 2000);
  passwords = std::make_unique<net::Pool>("passwords", cores(), 200);
  readers = std::make_unique<net::Pool>("readers", 2 * cores(), 4000);
  admins = std::make_unique<net::Pool>("admin", 4, 50);
  pages = std::make_unique<net::Pool>("pages", 4, 100);  // of its own: who floods the page does not keep admins out
  return {};
}

base::Result<void> Daemon::Parts::make_queue() {
  net::ResolverOptions dns;
  dns.offline = !options.resolve;
  auto made = net::Resolver::make(dns);
  if (!made) return base::fail(made.error().code(), "DNS: " + made.error().detail());
  resolver = *std::move(made);
  smtp::client::Options o;
  o.hostname = config->server.hostname;
  if (!config->smtp.relay_host.empty()) {
    std::string password;
    if (!config->smtp.relay_password_file.empty()) {
      auto read = read_secret_file(config->smtp.relay_password_file);
      if (!read) return base::fail(read.error().code(), "smtp.relay_password_file: " + read.error().detail());
      password = *std::move(read);
    }
    o.relay = relay_of(config->smtp, std::move(password));
  }
  for (const std::string& address : config->smtp.listen) o.own.push_back({address, config->smtp.port});
  auto client_tls = net::TlsContext::client("");
  if (!client_tls) return base::fail(client_tls.error().code(), "trusted CAs of the system: " + client_tls.error().detail());
  deliverer = std::make_unique<smtp::client::Deliverer>(*runtime, *resolver, *std::move(client_tls), std::move(o));
  smtp::queue::RunnerOptions r;
  r.hostname = config->server.hostname;
  if (!config->smtp.retry.empty()) r.retry = config->smtp.retry;
  r.lifetime = config->smtp.queue_lifetime;
  r.record = recipients_settled;
  runner = smtp::queue::Runner::start(*runtime, *store, *deliverer, *readers, base::system_clock(), std::move(r));
  const std::weak_ptr<smtp::queue::Runner> queue = runner;
  heads = std::make_unique<AuditHeads>(*store, base::system_clock(), config, [queue] {
    if (const auto live = queue.lock()) live->wake();
  });
  report_schedule = std::make_unique<ReportSchedule>(*store, base::system_clock(), config, [queue] {
    if (const auto live = queue.lock()) live->wake();
  });
  notices = std::make_unique<ReceiptNotices>(*store, base::system_clock(), config->server.hostname, [queue] {
    if (const auto live = queue.lock()) live->wake();
  });
  deadlines = std::make_unique<DeadlineWatch>(*store, *ingest, base::system_clock(), config->server.hostname, [queue] {
    if (const auto live = queue.lock()) live->wake();
  });
  late_secrecy = std::make_unique<LateSecrecy>(*store, base::system_clock(), config->server.hostname, [queue] {
    if (const auto live = queue.lock()) live->wake();
  });
  ingest->set_secret_refused([this](std::string_view channel, std::string_view stamp) { late_secrecy->refused(channel, stamp); });
  reads = std::make_unique<ReadWatch>(*store, [this] {
    auto told = notices->run_once();
    return told ? deadlines->run_once() : told;
  });
  return {};
}

// Made once for a store: fake salts of unknown users must not change with a restart.
base::Result<std::string> Daemon::Parts::auth_secret() {
  {
    auto snapshot = store->snapshot();
    if (!snapshot) return snapshot.error();
    if (const auto row = snapshot->entry(store::Entry::policy, kSecretKey)) return base::hex_decode(*row);
  }
  const std::string secret = base::random_bytes(32);
  const auto put = store->run(store::PutEntry{store::Entry::policy, kSecretKey, base::hex_encode(secret)});
  if (!put) return put.error();
  return secret;
}

base::Result<void> Daemon::Parts::make_servers() {
  auto secret = auth_secret();
  if (!secret) return base::fail(secret.error().code(), "the store's secret: " + secret.error().detail());
  const std::weak_ptr<smtp::queue::Runner> queue = runner;
  SmtpBackendParts parts{*store, *site, *ingest, *recorder, *judging, base::system_clock(), config->server.hostname};
  parts.queue_changed = [queue] {
    if (const auto live = queue.lock()) live->wake();
  };
  auto wake_queue = parts.queue_changed;
  if (!config->receipt.key.empty()) {
    auto made = Receipts::make(*store, *config, base::system_clock());
    if (!made) return base::fail(made.error().code(), "receipt: " + made.error().detail());
    receipts = *std::move(made);
    parts.receipt = [this](const smtp::Envelope& envelope, const std::string& bytes) -> SmtpBackendParts::MakeReceipt {
      return [this, receipt = receipts->describe(envelope, bytes), connection = envelope.client.connection] { return receipts->issue(receipt, connection); };
    };
  }
  if (options.resolve) {
    mx_facts = std::make_unique<MxFacts>(base::system_clock(), [this](std::string domain, MxFacts::Answer answer) {
      auto asked = ask_mx(*resolver, std::move(domain), std::move(answer));
      runtime->spawn(runtime->next_executor(), "mx", std::move(asked));
    }, MxFacts::Limits{});
    parts.mx = mx_facts.get();
  }
  smtp_backend = std::make_unique<SmtpBackend>(std::move(parts));
  quarantine = std::make_unique<Quarantine>(*store, *smtp_backend, base::system_clock(), config->server.hostname, config->quarantine.keep_days, std::move(wake_queue));
  imap_backend = std::make_unique<ImapBackend>(*store, *ingest, *recorder, text_index.get());

  smtp::ServerOptions so;
  so.hostname = config->server.hostname;
  so.limits.message = config->store.max_message_size;
  so.limits.recipients = config->smtp.max_recipients;
  so.limits.errors = config->smtp.max_errors;
  so.plaintext_loopback = config->imap.plaintext_loopback;
  so.sasl.secret = *secret;
  so.sasl.cost = options.password_cost;
  so.command_timeout = config->smtp.command_timeout;
  so.data_timeout = config->smtp.data_timeout;
  smtp_server = std::make_unique<smtp::Server>(*smtp_backend, *passwords, *guard, tls, base::system_clock(), std::move(so));

  imap::Settings is;
  is.hostname = config->server.hostname;
  is.plaintext_loopback = config->imap.plaintext_loopback;
  is.append_limit = config->store.max_message_size;
  is.guard = guard.get();
  is.sasl_secret = *secret;
  is.password_cost = options.password_cost;
  is.idle_timeout = config->imap.idle_timeout;
  imap_server = std::make_unique<imap::Server>(*store, *imap_backend, imap::Pools{*readers, *passwords, *judging}, tls, std::move(is));

  using smtp::proto::Kind;
  const ContextMaker context_now = [this] {
    const std::lock_guard lock(mutex);
    return context;
  };
  for (Port& p : mx) *p.behind = smtp_server->handler(Kind::mx);
  for (Port& p : submission) *p.behind = smtp_server->handler(Kind::submission);
  for (Port& p : submissions) *p.behind = smtp_server->handler(Kind::submissions);
  for (Port& p : imap_plain) *p.behind = imap_server->handler(false);
  for (Port& p : imaps) *p.behind = imap_server->handler(true);
  const auto page = std::make_shared<web::Site>(context_now, base::system_clock(), page_options(*config));
  const auto page_tls = config->http.tls ? tls : nullptr;
  for (Port& p : http) *p.behind = page_handler(page, *pages, metrics_handler(context_now, *pages), page_tls, config->http.proxied);
  *admin_socket.behind = admin_handler(context_now, *admins, config->store.max_message_size);
  return {};
}

namespace {

admin::Json report_json(const policy::VerifyReport& report) { return admin::Json::parse(policy::to_json(report, base::Lang::vi)); }

admin::Result<admin::Json> repeated_verdict(Judgements& judgements, const std::string& digest) {
  auto again = judgements.repeat(digest);
  if (!again) return again.error();
  admin::Json out{{"at", base::rfc3339(again->at)}, {"decided", base::rfc3339(again->decided)}, {"objects", again->objects},
                  {"objects_missing", again->missing}, {"report", report_json(again->mail)}, {"attachments", admin::Json::array()}};
  for (const auto& [file, report] : again->attachments) out["attachments"].push_back({{"file", file}, {"report", report_json(report)}});
  return out;
}

admin::Result<admin::Json> judged_again(Judgements& judgements, const std::string& digest, const std::string& who, bool dry) {
  const auto again = judgements.again(digest, false, who, "signature.recheck", dry);
  if (!again) return again.error();
  return admin::Json{{"gone", again->gone}, {"waiting", again->waiting}, {"changed", again->changed}, {"before", again->before}, {"after", again->after}};
}

void line(std::string& out, std::string_view name, std::string_view type, std::uint64_t value) {
  out.append("# TYPE congthu_").append(name).append(" ").append(type).append("\ncongthu_").append(name).append(" ");
  out += std::to_string(value) + "\n";
}

std::size_t connections(const std::vector<Port>& ports) {
  std::size_t sum = 0;
  for (const Port& p : ports) sum += p.listener->connections();
  return sum;
}

}  // namespace

void Daemon::Parts::make_context() {
  const auto settings = current();
  admin::Services s;
  s.password_cost = options.password_cost;
  s.guard = guard.get();
  s.policy_test = [this](const admin::PolicyTest& test) -> base::Result<admin::Json> {
    return dry_run(*ingest, *site, test, base::system_clock().now());
  };
  s.policy_simulate = [this](const admin::PolicyChange& change, const std::function<bool(std::uint64_t, std::uint64_t)>& progress) {
    return simulate(*store, *ingest, *site, *current(), change, progress);
  };
  s.import_message = [this](std::string_view address, std::string bytes) {
    return prepare_stored(*ingest, policy::Channel::import, std::string(address), std::move(bytes), [this](store::Put put) { recorder->add(std::move(put)); });
  };
  s.search = [this](store::AccountId account, std::string_view query, std::size_t limit) {
    return search_mail(*store, indexing->text_index(), account, query, limit);
  };
  s.check_index = [this](bool repair) { return check_index(*indexing, repair); };
  s.letter = [this](const store::Snapshot& snapshot, const admin::Letter& letter) {
    return make_letter(snapshot, current()->server.hostname, base::system_clock().now(), letter);
  };
  s.report_problems = [this] { return report_schedule->problems(); };
  s.run_report = [this](const base::ReportSchedule& schedule, const std::string& from, const std::string& to, const std::string& who) {
    return report_schedule->send_now(schedule, from, to, who);
  };
  s.queue_view = queue_view;
  s.queue_change = [this](store::QueueId id, std::string_view verb) {
    if (verb == "hold") return runner->hold(id);
    if (verb == "release") return runner->release(id);
    return verb == "drop" ? runner->drop(id) : runner->retry_now(id);
  };
  s.repeat_verdict = [this](const std::string& digest) { return repeated_verdict(*judgements, digest); };
  s.judge_again = [this](const std::string& digest, const std::string& who, bool dry) { return judged_again(*judgements, digest, who, dry); };
  s.quarantine = [this](store::QueueId id, admin::QuarantineVerb verb, const std::string& reason, const std::string& payload) {
    return quarantine->decide(id, verb, reason, payload);
  };
  s.changed = [this](admin::Changed what) {
    if (what == admin::Changed::queue) return runner->wake();
    const std::lock_guard one_at_a_time(reloading);
    if (const auto done = refresh_policy(*current()); !done) base::log_error("policy_refresh", {{"error", done.error()}});
    if (what == admin::Changed::trust) trust_watch->changed(current()->signature.warn_days);
  };
  s.closing = [this] { return closed.load(); };
  s.backup_status = [this] { return backups->status(); };
  s.health = [this] {
    const auto c = inspector->counters();
    return admin::Json{{"smtp_connections", connections(mx) + connections(submission) + connections(submissions)},
                       {"imap_connections", connections(imap_plain) + connections(imaps)},
                       {"queue_active", runner->active()},
                       {"inspect", {{"requests", c.requests}, {"cache_hits", c.cache_hits}, {"crashed", c.crashed}, {"timed_out", c.timed_out}}},
                       {"audit_heads", heads->status()},
                       {"report_schedule", report_schedule->status()},
                       {"decisions_dropped", recorder->dropped()},
                       {"certificate_expires", tls->expires() == base::Time::max() ? admin::Json(nullptr) : admin::Json(base::rfc3339(tls->expires()))}};
  };
  s.metrics = [this] {
    std::string out;
    const auto c = inspector->counters();
    line(out, "smtp_connections", "gauge", connections(mx) + connections(submission) + connections(submissions));
    line(out, "imap_connections", "gauge", connections(imap_plain) + connections(imaps));
    line(out, "queue_active", "gauge", runner->active());
    line(out, "inspect_requests_total", "counter", c.requests);
    line(out, "inspect_crashed_total", "counter", c.crashed);
    line(out, "inspect_timed_out_total", "counter", c.timed_out);
    line(out, "decisions_dropped_total", "counter", recorder->dropped());
    line(out, "secrecy_refused_total", "counter", late_secrecy->refusals());
    line(out, "revocation_fetched_total", "counter", fetcher->counters().got);
    if (receipts) {
      line(out, "receipts_issued_total", "counter", receipts->counters().issued);
      line(out, "receipts_failed_total", "counter", receipts->counters().failed);
      line(out, "receipts_stamped_total", "counter", receipts->counters().stamped);
    }
    line(out, "revocation_fetch_failed_total", "counter", fetcher->counters().failed);
    return out + trust_watch->metrics();
  };
  // The context refers to the configuration: one block keeps both.
  struct Kept {
    std::shared_ptr<const base::Config> config;
    admin::Context context;
  };
  auto kept = std::make_shared<Kept>(Kept{settings, admin::Context{*store, *settings, base::system_clock(), std::move(s), started}});
  const std::lock_guard lock(mutex);
  context = std::shared_ptr<const admin::Context>(kept, &kept->context);
}

}  // namespace tools
