#include "store/store.hpp"

#include "base/log.hpp"
#include "store/backup_format.hpp"
#include "store/copy_job.hpp"
#include "store/rows.hpp"

namespace store {
namespace {

// A COPY that the last program died in; the mailboxes are as they were before it, when the first session asks.
Result<void> undo_copies(Store& store, Time now) {
  if (auto look = store.snapshot(); !look || !unfinished_copies(look->txn())) return {};  // the usual case writes nothing
  for (bool more = true; more;) {
    const auto slice = store.run(UndoCopies{now});
    if (!slice) return slice.error();
    more = *slice;
    if (more) base::log_info("store_copy_undone", {{"directory", store.env().directory()}});
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& directory, const Options& options) {
  auto env = Env::open(directory, options.env);
  if (!env) return env.error();
  std::unique_ptr<Store> store(new Store);
  store->env_ = std::move(*env);
  if (auto loaded = store->load_keys(options); !loaded) return loaded.error();
  const base::Clock& clock = options.clock != nullptr ? *options.clock : base::system_clock();
  store->clock_ = &clock;
  store->commits_ = std::make_unique<CommitLog>(*store->env_, store->bus_, clock, options.commit);
  if (auto undone = undo_copies(*store, clock.now()); !undone) base::log_error("store_copy_undo_failed", {{"error", undone.error()}});
  store->collector_ = std::make_unique<Collector>(*store->commits_, options.collector, options.collect);
  base::log_info("store_open", {{"directory", directory}, {"incarnation", store->env_->incarnation()}});
  return store;
}

Store::~Store() { close(); }

void Store::close() {
  if (collector_) collector_->stop();
  if (commits_) commits_->close();
}

Result<Snapshot> Store::snapshot() const {
  auto txn = env_->read();
  if (!txn) return txn.error();
  return Snapshot(std::move(*txn));
}

StoreStats Store::stats() const {
  StoreStats out;
  out.env = env_->info();
  out.commit = commits_->stats();
  const auto snap = snapshot();
  if (!snap) return out;
  for (std::size_t i = 0; i < kTables; ++i) out.rows.emplace_back(table_name(Table(i)), snap->txn().rows(Table(i)));
  snap->for_each_account([&](const Account& a) {
    out.logical_bytes += snap->account_state(a.id).bytes;
    return true;
  });
  out.sample = sample_content(snap->txn());
  for (const Table t : {Table::blobs, Table::inline_bytes}) out.content_bytes += snap->txn().bytes(t);
  return out;
}

// The first incarnation of the store: restores hand it on, so that their backups may go on in the same directory.
std::string origin_of(const Txn& txn, const Env& env) {
  const auto row = txn.get(Table::meta, backups::kOriginKey);
  return row ? std::string(*row) : env.incarnation();
}

std::string Store::origin() const {
  const auto txn = env_->read();
  return txn ? origin_of(*txn, *env_) : env_->incarnation();
}

}  // namespace store
