// Follows the store's journal and keeps one Xapian database per account in `directory`, on one thread of low priority, never on
// the way of a delivery. Everything in the directory may be deleted at any time: what is missing, foreign (another store
// incarnation) or damaged is built again. Thread rule: public functions from any thread.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "indexer/text_index.hpp"

namespace indexer {

inline constexpr std::string_view kConsumer = "indexer";  // its checkpoint in the store's journal

struct Options {
  std::string directory;                     // <data_dir>/index
  std::chrono::milliseconds interval{2000};  // changes wait at most so long for a batch
  std::size_t batch_changes = 5000;          // journal rows of one batch
  std::size_t batch_messages = 500;          // messages of one Xapian commit
  std::size_t batch_bytes = 32u << 20;       // text of one Xapian commit
  bool encrypted = false;                    // index encrypted domains too: Xapian keeps their words as they are
};

struct AccountStatus {
  store::AccountId account{};
  bool ready = false;          // false: missing, foreign, damaged or being built
  store::JournalSeq done{};
  std::uint64_t lag = 0;       // journal rows of any account not yet looked at
  std::uint64_t documents = 0;
};

struct IndexFinding {
  store::AccountId account{};
  std::string code;            // "not_ready", "missing", "stale"
  std::uint64_t messages = 0;
};

class Indexer {
 public:
  using Progress = std::function<void(store::AccountId account, std::uint64_t done, std::uint64_t total)>;

  // REQUIRES: the store outlives it. Creates the directory. Errc::io when that fails. At most one Indexer per directory.
  [[nodiscard]] static base::Result<std::unique_ptr<Indexer>> open(store::Store& store, const Options& options);
  ~Indexer();  // stops

  void start();  // the thread
  void stop();   // waits for the message at hand; what is not committed is done again next time

  // Indexes all that the journal holds now, missing databases too. For the command line and tests; start() does the same.
  [[nodiscard]] base::Result<void> catch_up();
  // Anew from the store: one account, or (nullopt) all and what belongs to no account is removed. Blocks.
  [[nodiscard]] base::Result<void> rebuild(std::optional<store::AccountId> account, const Progress& progress = {});
  void request_rebuild(store::AccountId account);  // by the thread, soon

  std::vector<AccountStatus> status() const;
  // Every live message has a document and every document a live message. Meaningful when caught up (status().lag == 0).
  [[nodiscard]] base::Result<std::vector<IndexFinding>> check() const;

  // REQUIRES: the Indexer outlives it.
  TextIndex text_index() { return TextIndex(store_, options_.directory, [this](store::AccountId a) { request_rebuild(a); }); }

 private:
  struct AccountBatch;
  Indexer(store::Store& store, const Options& options) : store_(store), options_(options) {}
  void loop();
  base::Result<void> prepare();              // checkpoint and databases that have to be built
  base::Result<bool> step();                 // one batch; false: nothing was waiting
  base::Result<void> run_requests();
  base::Result<void> apply(store::AccountId account, const AccountBatch& batch, store::JournalSeq upto);
  base::Result<void> build(store::AccountId account, const Progress& progress);
  base::Result<void> start_over();
  base::Result<void> remove_unwanted();
  bool unwanted(const store::Snapshot& snapshot, store::AccountId account) const;  // its mail is sealed, so no database is kept
  base::Result<void> set_checkpoint(store::JournalSeq done);

  store::Store& store_;
  Options options_;
  std::mutex work_;                // one batch or rebuild at a time
  bool prepared_ = false;
  store::JournalSeq done_{};
  std::mutex mutex_;               // of what follows
  std::condition_variable wake_;
  std::set<store::AccountId> requests_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace indexer
