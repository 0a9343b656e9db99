// The members of Daemon, in the order in which they are made; close() undoes them so that nothing runs without what it uses.
#pragma once
#include <atomic>
#include <mutex>
#include <vector>

#include "base/auth_guard.hpp"
#include "base/net/listener.hpp"
#include "base/net/resolver.hpp"
#include "base/net/tls_context.hpp"
#include "imap/server.hpp"
#include "policy/inspect/pool.hpp"
#include "smtp/client/deliverer.hpp"
#include "smtp/queue/runner.hpp"
#include "smtp/server.hpp"
#include "tools/admin/context.hpp"
#include "tools/congthud/audit_heads.hpp"
#include "tools/congthud/backup_schedule.hpp"
#include "tools/congthud/daemon.hpp"
#include "tools/congthud/deadline_watch.hpp"
#include "tools/congthud/hold_watch.hpp"
#include "tools/congthud/imap_backend.hpp"
#include "tools/congthud/late_secrecy.hpp"
#include "tools/congthud/late_verdicts.hpp"
#include "tools/congthud/quarantine.hpp"
#include "tools/congthud/read_watch.hpp"
#include "tools/congthud/receipt_notices.hpp"
#include "tools/congthud/receipts.hpp"
#include "tools/congthud/recorder.hpp"
#include "tools/congthud/report_schedule.hpp"
#include "tools/congthud/retention_watch.hpp"
#include "tools/congthud/site.hpp"
#include "tools/congthud/smtp_backend.hpp"
#include "tools/congthud/text_search.hpp"
#include "tools/congthud/trust_watch.hpp"

namespace tools {

// A port is bound before there is anything behind it: its handler comes later.
struct Port {
  std::shared_ptr<net::Handler> behind = std::make_shared<net::Handler>();
  std::shared_ptr<net::Listener> listener;
};

struct Daemon::Parts {
  std::shared_ptr<const base::Config> config;
  DaemonOptions options;
  base::Time started{};

  std::unique_ptr<net::Runtime> runtime;
  std::shared_ptr<net::TlsContext> tls;
  std::vector<Port> mx, submission, submissions, imap_plain, imaps, http;
  Port admin_socket;

  std::unique_ptr<store::Store> store;
  std::unique_ptr<BackupSchedule> backups;
  std::unique_ptr<indexer::Indexer> indexing;
  std::unique_ptr<HoldWatch> holds;
  std::unique_ptr<RetentionWatch> retention;
  std::unique_ptr<TrustWatch> trust_watch;
  std::unique_ptr<ImapTextIndex> text_index;
  std::unique_ptr<StoreSite> site;
  std::unique_ptr<policy::inspect::InspectPool> inspector;
  std::unique_ptr<Ingest> ingest;
  std::unique_ptr<Judgements> judgements;
  std::unique_ptr<RevocationFetcher> fetcher;
  std::unique_ptr<LateVerdicts> late_verdicts;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Receipts> receipts;  // none unless configured
  std::unique_ptr<base::AuthGuard> guard;
  std::unique_ptr<net::Pool> judging, passwords, readers, admins, pages;
  std::unique_ptr<net::Resolver> resolver;
  std::unique_ptr<smtp::client::Deliverer> deliverer;
  std::shared_ptr<smtp::queue::Runner> runner;
  std::unique_ptr<AuditHeads> heads;
  std::unique_ptr<ReportSchedule> report_schedule;
  std::unique_ptr<ReceiptNotices> notices;
  std::unique_ptr<DeadlineWatch> deadlines;
  std::unique_ptr<LateSecrecy> late_secrecy;
  std::unique_ptr<ReadWatch> reads;
  std::unique_ptr<MxFacts> mx_facts;
  std::unique_ptr<SmtpBackend> smtp_backend;
  std::unique_ptr<Quarantine> quarantine;
  std::unique_ptr<ImapBackend> imap_backend;
  std::unique_ptr<smtp::Server> smtp_server;
  std::unique_ptr<imap::Server> imap_server;

  std::mutex mutex;  // config, context
  std::shared_ptr<const admin::Context> context;
  std::mutex reloading;
  std::atomic<std::uint64_t> generation{1};
  std::atomic<bool> closed{false};

  // daemon.cpp
  void close();
  base::Result<void> reload();
  base::Result<void> refresh_policy(const base::Config& config);
  void take_fetched();
  std::shared_ptr<const base::Config> current();

  // ports.cpp
  base::Result<void> load_tls();
  base::Result<void> bind();
  base::Result<void> bind_one(std::vector<Port>& ports, const std::string& name, const std::vector<std::string>& addresses,
                              std::uint16_t port, unsigned max, unsigned per_peer, const std::string& refusal);
  void start_ports();

  // services.cpp
  base::Result<void> open_store();
  base::Result<void> make_policy();
  base::Result<void> make_queue();
  base::Result<void> make_servers();
  void make_context();
  base::Result<std::string> auth_secret();
};

}  // namespace tools
