// The store as the rest of the program holds it: environment, commit log, change bus and collector under one roof.
// Everything is thread-safe. close() (and the destructor) finishes what is queued and syncs.
#pragma once
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "store/change_bus.hpp"
#include "store/collector.hpp"
#include "store/commit_log.hpp"
#include "store/directory.hpp"
#include "store/env.hpp"
#include "store/operations.hpp"
#include "store/snapshot.hpp"

namespace store {

struct Options {
  EnvOptions env;
  CommitLogOptions commit;
  CollectorOptions collector;
  const base::Clock* clock = nullptr;  // nullptr = the system's
  bool collect = true;                 // false: tests call collect_now()
};

struct StoreStats {
  EnvInfo env;
  CommitStats commit;
  std::vector<std::pair<std::string_view, std::uint64_t>> rows;  // by table
  std::uint64_t logical_bytes = 0;   // what users see, every copy counted
  std::uint64_t content_bytes = 0;   // stored chunks and inline bytes
};

class Store {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(const std::string& directory, const Options& options = {});
  ~Store();
  Store(const Store&) = delete;

  Result<Snapshot> snapshot() const;
  CommitLog& commits() { return *commits_; }
  ChangeBus& bus() { return bus_; }
  Env& env() { return *env_; }
  const Env& env() const { return *env_; }
  Collector& collector() { return *collector_; }

  // Submits and waits. For the command line, tools and tests: never on a network thread, never in a completion.
  template <class Op>
  Result<typename Op::Outcome> run(Op op) {
    std::promise<Result<typename Op::Outcome>> promise;
    auto future = promise.get_future();
    auto queued = commits_->submit(std::move(op), [&promise](Result<typename Op::Outcome> r) { promise.set_value(std::move(r)); });
    if (!queued) return queued.error();
    return future.get();
  }

  StoreStats stats() const;  // walks the account states and counts pages: milliseconds
  void close();

 private:
  Store() = default;
  std::unique_ptr<Env> env_;
  ChangeBus bus_;
  std::unique_ptr<CommitLog> commits_;
  std::unique_ptr<Collector> collector_;
};

}  // namespace store
