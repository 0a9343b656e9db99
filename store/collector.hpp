// Removes what nobody can ask for any more, in slices of bounded size, each an ordinary operation of the commit log: messages
// of deleted mailboxes become tombstones, old tombstones go, blobs without a reference for an hour go, the journal is trimmed.
// Holds stop it. Thread rule: one background thread; collect_now() from any thread but the writer's.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "store/types.hpp"

namespace store {

class CommitLog;
class WriteContext;

struct CollectorOptions {
  std::chrono::hours undelete{24 * 30};             // expunged messages stay recoverable so long
  std::chrono::minutes blob_grace{60};              // a blob without a reference stays so long
  std::chrono::hours remember_ids{24};              // idempotency ids
  std::uint64_t journal_rows = 1'000'000;           // a consumer further behind is marked "rebuild"
  std::chrono::milliseconds every{60'000};
};

struct CollectCounts {
  std::uint64_t entombed = 0, tombstones = 0, expunged = 0, blobs = 0, mailboxes = 0, ids = 0, journal = 0;
  std::uint64_t total() const { return entombed + tombstones + expunged + blobs + mailboxes + ids + journal; }
};

struct CollectSlice {  // the operation: at most `at_most` rows of each kind
  using Outcome = CollectCounts;
  CollectorOptions options;
  std::size_t at_most = 1000;
  bool keep_blobs = false;  // a backup is reading them
  Result<Outcome> apply(WriteContext& w) const;
};

class Collector {
 public:
  Collector(CommitLog& log, const CollectorOptions& options, bool run);
  ~Collector();
  Result<CollectCounts> collect_now();  // slice after slice until nothing is left
  void stop();

 private:
  friend class CollectionPause;
  void loop();
  Result<CollectCounts> collect_slice();
  CommitLog& log_;
  CollectorOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::mutex slice_mutex_;   // held while a slice is under way
  unsigned paused_ = 0;      // by slice_mutex_; in memory only, so that a crash leaves nothing suspended
  std::thread thread_;
};

// While one lives, no blob is destroyed for want of references (Purge still does): what a snapshot taken after names stays readable.
class CollectionPause {
 public:
  explicit CollectionPause(Collector& collector);
  ~CollectionPause();
  CollectionPause(const CollectionPause&) = delete;

 private:
  Collector& collector_;
};

}  // namespace store
