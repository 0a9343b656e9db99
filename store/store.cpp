#include "store/store.hpp"

#include "base/log.hpp"
#include "store/rows.hpp"

namespace store {

Result<std::unique_ptr<Store>> Store::open(const std::string& directory, const Options& options) {
  auto env = Env::open(directory, options.env);
  if (!env) return env.error();
  std::unique_ptr<Store> store(new Store);
  store->env_ = std::move(*env);
  const base::Clock& clock = options.clock != nullptr ? *options.clock : base::system_clock();
  store->commits_ = std::make_unique<CommitLog>(*store->env_, store->bus_, clock, options.commit);
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
  for (const Table t : {Table::blobs, Table::inline_bytes}) out.content_bytes += snap->txn().bytes(t);
  return out;
}

}  // namespace store
