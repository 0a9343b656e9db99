#include "tools/congthud/daemon.hpp"

#include <csignal>
#include <thread>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "tools/congthud/environment.hpp"
#include "tools/congthud/parts.hpp"
#include "tools/congthud/policy_state.hpp"
#include "tools/congthud/post.hpp"

namespace tools {
namespace {
constexpr auto kGrace = std::chrono::seconds(20);  // of connections at a stop: a line to say and a commit to finish
}

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Daemon::~Daemon() {
  if (parts_) parts_->close();
}

base::Result<std::unique_ptr<Daemon>> Daemon::make(base::Config config, DaemonOptions options) {
  auto parts = std::make_unique<Parts>();
  Parts& p = *parts;
  p.config = std::make_shared<const base::Config>(std::move(config));
  p.options = std::move(options);
  p.started = base::system_clock().now();
  p.runtime = std::make_unique<net::Runtime>(p.config->server.threads != 0 ? p.config->server.threads : std::max(1u, std::thread::hardware_concurrency()));
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(parts)));  // from here on its destructor undoes what was done
  if (auto done = p.load_tls(); !done) return done.error();
  if (auto done = p.bind(); !done) return done.error();
  if (auto done = drop_privileges(p.config->server.user); !done) return done.error();
  if (auto done = p.open_store(); !done) return done.error();
  if (auto done = p.make_policy(); !done) return done.error();
  if (auto done = p.make_queue(); !done) return done.error();
  if (auto done = p.make_servers(); !done) return done.error();
  p.make_context();
  return daemon;
}

void Daemon::start() {
  parts_->runtime->start();
  parts_->indexing->start();
  parts_->backups->start();
  parts_->holds->start();
  parts_->retention->start();
  parts_->reads->start();
  parts_->fetcher->start();
  if (parts_->receipts) parts_->receipts->start();
  parts_->late_verdicts->start();
  parts_->trust_watch->start();
  parts_->heads->start();
  parts_->report_schedule->start();
  parts_->quarantine->start();
  parts_->start_ports();
  base::log_info("ready", {{"hostname", parts_->config->server.hostname}});
}

void Daemon::run() {
  Parts& p = *parts_;
  if (p.options.signals) {
    p.runtime->handle_signals([&p] {
      (void)post(*p.admins, [&p] { (void)p.reload(); });  // it reads files: not on a network thread
    });
    // Whoever asks twice does not want to wait: the default action ends the process, and the store bears it.
    p.runtime->on_stop([] { std::signal(SIGTERM, SIG_DFL); });
  }
  start();
  notify_ready();
  p.runtime->run(kGrace);
  p.close();
  base::log_info("stopped");
}

// It may come while run() is ending, or after.
void Daemon::stop() {
  const std::lock_guard lock(parts_->mutex);
  if (parts_->runtime) parts_->runtime->request_stop();
}
base::Result<void> Daemon::reload() { return parts_->reload(); }

std::shared_ptr<const base::Config> Daemon::Parts::current() {
  const std::lock_guard lock(mutex);
  return config;
}

base::Result<void> Daemon::Parts::refresh_policy(const base::Config& fresh) {
  auto snapshot = store->snapshot();
  if (!snapshot) return snapshot.error();
  auto loaded = load_policy(*snapshot, fresh, *site);
  if (!loaded) return loaded.error();
  ingest->set_state(loaded->state);
  inspector->reconfigure(std::move(loaded->judging), ++generation);
  late_verdicts->trust_changed();
  return {};
}

// On a thread of the fetcher.
void Daemon::Parts::take_fetched() {
  const std::lock_guard one_at_a_time(reloading);
  if (const auto done = refresh_policy(*current()); !done) base::log_error("revocation_data_unusable", {{"error", done.error()}});
}

base::Result<void> Daemon::Parts::reload() {
  const std::lock_guard one_at_a_time(reloading);
  const auto failed = [](std::string_view what, const base::Error& error) -> base::Result<void> {
    for (std::string_view line : base::split(error.detail(), '\n'))
      if (!line.empty()) base::log_error("reload_failed", {{"what", what}, {"problem", line}, {"kept", "the old one"}});
    return error;
  };
  auto fresh = base::load_config(current()->file);
  if (!fresh) return failed("configuration", fresh.error());
  if (auto done = refresh_policy(*fresh); !done) return failed("policy", done.error());
  if (auto done = retention->configure(fresh->retention); !done) return failed("retention", done.error());
  if (auto done = audit_config(*store, base::system_clock(), *fresh, "reload"); !done) return failed("audit", done.error());
  base::set_log_level(fresh->server.log_level);
  backups->configure(fresh->backup);
  fetcher->configure(fresh->signature);
  late_verdicts->configure(fresh->signature);
  trust_watch->changed(fresh->signature.warn_days);
  {
    const std::lock_guard lock(mutex);
    config = std::make_shared<const base::Config>(*std::move(fresh));
  }
  heads->configure(current());
  report_schedule->configure(current());
  quarantine->configure(current()->quarantine.keep_days);
  make_context();
  if (tls)
    if (auto done = tls->reload(); !done) return failed("certificate", done.error());
  base::log_info("reloaded");
  return {};
}

void Daemon::Parts::close() {
  if (closed.exchange(true)) return;
  if (runtime) runtime->stop(std::chrono::milliseconds(0));
  // Nothing new comes; what pools still do is finished, then what it recorded, then the last commits.
  for (auto* pool : {&judging, &passwords, &readers, &admins, &pages}) pool->reset();
  for (auto* ports : {&mx, &submission, &submissions, &imap_plain, &imaps, &http}) ports->clear();
  admin_socket = {};
  runner.reset();
  std::unique_ptr<net::Runtime> ended;
  {
    const std::lock_guard lock(mutex);
    ended = std::move(runtime);
  }
  ended.reset();  // and with it what was left of connections, while store and backends are still there
  if (backups) backups->stop();
  if (indexing) indexing->stop();
  if (heads) heads->stop();
  if (report_schedule) report_schedule->stop();
  if (quarantine) quarantine->stop();
  if (holds) holds->stop();
  if (retention) retention->stop();
  if (reads) reads->stop();
  if (late_verdicts) late_verdicts->stop();
  if (receipts) receipts->stop();
  if (fetcher) fetcher->stop();
  if (trust_watch) trust_watch->stop();
  if (recorder) recorder->flush();
  if (store) store->close();
}

}  // namespace tools
