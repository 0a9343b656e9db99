// The store as the rest of the program holds it: environment, commit log, change bus and collector under one roof.
// Everything is thread-safe. close() (and the destructor) finishes what is queued and syncs.
#pragma once
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "store/change_bus.hpp"
#include "store/collector.hpp"
#include "store/commit_log.hpp"
#include "store/directory.hpp"
#include "store/env.hpp"
#include "store/keyring.hpp"
#include "store/operations.hpp"
#include "store/snapshot.hpp"

namespace store {

struct Options {
  EnvOptions env;
  CommitLogOptions commit;
  CollectorOptions collector;
  const base::Clock* clock = nullptr;  // nullptr = the system's
  bool collect = true;                 // false: tests call collect_now()
  std::shared_ptr<const MasterKey> master, previous_master;  // of encrypted domains; previous: until RewrapKeys
  bool allow_locked = false;           // open although keys cannot be unwrapped: what they sealed is Errc::unavailable
};

// Of some thousand blobs, evenly spread: ids are hashes, so where they begin says nothing about what they hold.
struct ContentSample {
  std::uint64_t blobs = 0, plain_bytes = 0, stored_bytes = 0;         // stored: with what sealing adds, without page ends
  std::uint64_t packed_bytes = 0, shared_bytes = 0, sealed_bytes = 0;  // of the plain ones: in packed chunks; with several references
};
ContentSample sample_content(const Txn& txn, std::uint64_t most_blobs = 2000);

struct StoreStats {
  EnvInfo env;
  CommitStats commit;
  std::vector<std::pair<std::string_view, std::uint64_t>> rows;  // by table
  std::uint64_t logical_bytes = 0;   // what users see, every copy counted
  std::uint64_t content_bytes = 0;   // stored chunks and inline bytes
  ContentSample sample;
};

std::string origin_of(const Txn& txn, const Env& env);

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

  // Encryption at rest. Each takes effect for mail committed from then on; what is stored is never rewritten.
  // denied: no master key is configured, or (rewrap) the old one is missing; not_found: no such domain; exists: it is on already (enable), off (the others).
  Result<KeyId> enable_encryption(const std::string& domain);
  Result<KeyId> rotate_key(const std::string& domain);
  Result<void> stop_encryption(const std::string& domain);
  Result<std::uint64_t> rewrap_keys();  // every key that another master wrapped, now by the configured one; gives how many
  Result<std::vector<KeyInfo>> keys() const;
  const MasterKey* master() const { return master_.get(); }

  std::string origin() const;  // the first incarnation: what a restore hands on

  StoreStats stats() const;  // walks the account states and counts pages: milliseconds
  void close();

 private:
  Store() = default;
  Result<void> load_keys(const Options& options);
  Result<KeyId> new_key(const std::string& domain, KeyId replaces);
  std::optional<KeyId> current_of(const std::string& domain) const;
  const base::Clock* clock_ = nullptr;
  std::shared_ptr<const MasterKey> master_;
  std::unique_ptr<Env> env_;
  ChangeBus bus_;
  std::unique_ptr<CommitLog> commits_;
  std::unique_ptr<Collector> collector_;
};

}  // namespace store
