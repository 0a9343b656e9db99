#include "store/collector.hpp"

#include <algorithm>
#include <future>

#include "base/codec.hpp"
#include "base/log.hpp"
#include "store/commit_log.hpp"
#include "store/copy_job.hpp"
#include "store/hold.hpp"
#include "store/operations.hpp"
#include "store/retention.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

// Rows of each kind in a slice of the running collector: the writer serves everybody, and a message costs up to 50 us (tests/bench/scale).
constexpr std::size_t kFairSlice = 250;
constexpr std::string_view kCollectFrom = "collect.from";  // row of meta

// One slice. Keys are gathered first and erased after: no cursor lives across a write.
class Slice {
 public:
  Slice(WriteContext& w, const CollectSlice& op)
      : w_(w), options_(op.options), at_most_(std::clamp<std::size_t>(op.at_most, 1, kMaxSlice)), keep_blobs_(op.keep_blobs) {}

  CollectCounts run() {
    deleted_mailboxes();
    old_tombstones();
    if (!keep_blobs_) orphans();
    old_ids();
    out_.ids += forget_lifted(w_, at_most_);
    return out_;
  }

 private:
  template <class Wanted>
  std::vector<std::string> keys_until(Table table, Time until, Wanted wanted) const {
    std::vector<std::string> keys;
    Key end;
    end.time(until);
    Cursor c = w_.txn.cursor(table);
    for (bool more = c.first(); more && c.key().substr(0, 8) <= end.view() && keys.size() < at_most_; more = c.next())
      if (wanted(c.key())) keys.emplace_back(c.key());
    return keys;
  }

  std::vector<std::string> keys_below(Table table, std::string_view prefix, std::size_t at_most) const {
    std::vector<std::string> keys;
    Cursor c = w_.txn.cursor(table);
    for (bool more = c.seek(prefix); more && c.key().starts_with(prefix) && keys.size() < at_most; more = c.next()) keys.emplace_back(c.key());
    return keys;
  }

  // Messages of deleted mailboxes become tombstones; a deleted mailbox without messages and tombstones goes, and at last the
  // counters of an account that the directory no longer has.
  void deleted_mailboxes() {
    std::vector<std::string> keys;
    {
      Cursor c = w_.txn.cursor(Table::graveyard);
      for (bool more = c.first(); more && keys.size() < at_most_; more = c.next()) keys.emplace_back(c.key());
    }
    for (auto key = keys.rbegin(); key != keys.rend(); ++key) {  // mailboxes before the account they belong to (mailbox 0)
      const AccountId a = key_account(*key);
      const MailboxId id = key_mailbox(*key);
      auto m = w_.find_mailbox(a, id);
      if (is_being_filled(*key)) continue;
      if (id == MailboxId{}) drop_state(a);
      else if (!m) w_.txn.erase(Table::graveyard, *key);
      else if (out_.entombed < at_most_ && entomb_some(a, *m)) bury_mailbox(a, *m);
    }
  }

  // A restore has this mailbox in its hands, and said until when.
  bool is_being_filled(std::string_view key) const {
    const auto row = w_.txn.get(Table::graveyard, key);
    return row && row->size() == 8 && Time(std::chrono::milliseconds(std::int64_t(load_be<std::uint64_t>(row->data())))) > w_.now;
  }

  bool entomb_some(AccountId a, Mailbox& m) {  // true: nothing is left in it
    const Key prefix = mailbox_key(a, m.id);
    const auto keys = keys_below(Table::messages, prefix, at_most_ - out_.entombed);
    if (keys.empty()) return true;
    m.highest_modseq = next(m.highest_modseq);
    std::vector<Uid> uids;
    const auto grave = w_.txn.get(Table::graveyard, prefix);
    const bool given_up = grave && !grave->empty();
    for (const std::string& key : keys) {
      w_.entomb(a, m, tail_uid(key), given_up);  // what a broken restore left was never anybody's: nothing to undelete
      uids.push_back(tail_uid(key));
    }
    w_.save_mailbox(a, m);
    w_.journal({ChangeKind::expunge, a, m.id, m.highest_modseq, {}, to_ranges(uids), {}});
    out_.entombed += keys.size();
    return false;
  }

  void bury_mailbox(AccountId a, const Mailbox& m) {
    const Key prefix = mailbox_key(a, m.id);
    if (!keys_below(Table::tombstones, prefix, 1).empty()) return;
    for (const Table table : {Table::expunged, Table::keywords}) {
      const auto keys = keys_below(table, prefix, at_most_);
      for (const std::string& key : keys) w_.txn.erase(table, key);
      out_.expunged += keys.size();
      if (keys.size() == at_most_) return;  // the rest with the next slice
    }
    w_.txn.erase(Table::mailboxes, prefix);
    w_.txn.erase(Table::graveyard, prefix);
    ++out_.mailboxes;
  }

  void drop_state(AccountId a) {
    if (keys_below(Table::mailboxes, account_key(a), 2).size() != 1) return;
    w_.txn.erase(Table::mailboxes, mailbox_key(a, MailboxId{}));
    w_.txn.erase(Table::graveyard, mailbox_key(a, MailboxId{}));
    ++out_.mailboxes;
  }

  // Oldest first. What holds and retention keep is passed over; where a slice stops looking is kept in meta, so that the next goes on from there
  // and however many are held cost no slice more than some milliseconds.
  std::vector<std::string> tombstones_to_go() {
    constexpr std::size_t kLooks = 20;  // at most so many times at_most_ rows are looked at
    const auto from = w_.txn.get(Table::meta, kCollectFrom);
    const std::string start(from.value_or(std::string_view()));
    std::vector<std::string> keys;
    std::string rest;
    {
      Key end;
      // What was expunged in the very millisecond of the first change that nobody has looked at is not looked at either.
      const Time seen = std::min(matched_until(w_.txn), looked_until(w_.txn));
      end.time(std::min(w_.now - options_.undelete, seen == Time::max() ? seen : std::max(seen - std::chrono::milliseconds(1), Time{})));
      std::optional<std::pair<AccountId, bool>> held;
      bool kept = false;  // anything of that account
      std::size_t looked = 0;
      Cursor c = w_.txn.cursor(Table::tombstone_due);
      for (bool more = c.seek(start); more && c.key().substr(0, 8) <= end.view() && keys.size() < at_most_; more = c.next()) {
        if (looked++ == at_most_ * kLooks) {
          rest = std::string(c.key());
          break;
        }
        const MessageRef ref = tail_ref(c.key());
        if (!held || held->first != ref.account) {
          held.emplace(ref.account, is_held(w_.txn, ref.account));
          kept = keeps_messages_of(w_.txn, ref.account);
        }
        if (kept && kept_until(w_.txn, ref) > w_.now) continue;
        if (!held->second && !is_message_held(w_.txn, ref)) keys.emplace_back(c.key());
      }
      if (keys.size() == at_most_) rest = keys.back();
    }
    if (rest != start && rest.empty()) w_.txn.erase(Table::meta, kCollectFrom);
    else if (rest != start) w_.txn.put(Table::meta, kCollectFrom, rest);
    return keys;
  }

  // One that is damaged stays, for a repair or a person, and does not stop the others.
  std::optional<std::string> extents_of_tombstone(const MessageRef& ref) const {
    try {
      const auto row = w_.txn.get(Table::tombstones, ref.key());
      if (!row || row->size() < kGraveHead + kHotSize) throw Failure(base::fail(base::Errc::corrupt, "a tombstone is missing"));
      std::string extents(decode_detail(row->substr(kGraveHead + kHotSize)).extents);
      if (auto sound = decode_extents(extents); !sound) throw Failure(sound.error());
      return extents;
    } catch (const Failure& failure) {
      base::log_error("store_tombstone_damaged", {{"account", raw(ref.account)}, {"mailbox", raw(ref.mailbox)}, {"uid", raw(ref.uid)}, {"error", failure.error()}});
      return std::nullopt;
    }
  }

  void old_tombstones() {
    for (const std::string& due : tombstones_to_go()) {
      const MessageRef ref = tail_ref(due);
      const auto extents = extents_of_tombstone(ref);
      if (!extents) continue;
      w_.bury(ref, *extents);
      w_.txn.erase(Table::tombstones, ref.key());
      w_.txn.erase(Table::tombstone_due, due);
      forget_expunge(ref, load_be<std::uint64_t>(due.data()));
      ++out_.tombstones;
    }
  }

  // The log of expunged UIDs goes with the tombstones, oldest first; below the floor VANISHED lists every absent UID.
  void forget_expunge(const MessageRef& ref, std::uint64_t time) {
    const Key prefix = mailbox_key(ref.account, ref.mailbox);
    std::vector<std::string> keys;
    {
      Cursor c = w_.txn.cursor(Table::expunged);
      for (bool more = c.seek(prefix); more && c.key().starts_with(prefix) && keys.size() < at_most_; more = c.next()) {
        if (c.value().size() != 8 || load_be<std::uint64_t>(c.value().data()) > time) break;
        keys.emplace_back(c.key());
      }
    }
    if (keys.empty()) return;
    for (const std::string& key : keys) w_.txn.erase(Table::expunged, key);
    out_.expunged += keys.size();
    auto m = w_.find_mailbox(ref.account, ref.mailbox);
    if (!m) return;
    m->expunge_floor = std::max(m->expunge_floor, ModSeq(load_be<std::uint64_t>(keys.back().data() + 12)));
    w_.save_mailbox(ref.account, *m);
  }

  void orphans() {
    for (const std::string& key : keys_until(Table::orphans, w_.now - options_.blob_grace, [](std::string_view) { return true; })) {
      BlobId id;
      std::copy_n(key.data() + 8, id.size(), reinterpret_cast<char*>(id.data()));
      w_.txn.erase(Table::orphans, key);
      if (!is_referenced(w_.txn, id)) w_.destroy_blob(id);  // looked at again in the deleting transaction
      ++out_.blobs;
    }
  }

  void old_ids() {
    std::vector<std::string> keys;
    {
      Cursor c = w_.txn.cursor(Table::done);
      const Time until = w_.now - options_.remember_ids;
      for (bool more = c.first(); more && keys.size() < at_most_; more = c.next()) {
        base::Reader r(c.value());
        if (r.fixed<std::uint64_t>() <= std::uint64_t(until.time_since_epoch().count())) keys.emplace_back(c.key());
      }
    }
    for (const std::string& key : keys) w_.txn.erase(Table::done, key);
    out_.ids += keys.size();
  }

  WriteContext& w_;
  const CollectorOptions& options_;
  const std::size_t at_most_;
  const bool keep_blobs_;
  CollectCounts out_;
};

}  // namespace

Result<CollectCounts> CollectSlice::apply(WriteContext& w) const {
  CollectCounts out = Slice(w, *this).run();
  auto trimmed = TrimJournal{options.journal_rows}.apply(w);
  if (!trimmed) return trimmed.error();
  out.journal = *trimmed;
  const auto undone = UndoCopies{w.now - kCopyPatience}.apply(w);
  if (!undone) return undone.error();
  out.entombed += *undone;
  return out;
}

Collector::Collector(CommitLog& log, const CollectorOptions& options, bool run) : log_(log), options_(options) {
  if (run) thread_ = std::thread([this] { loop(); });
}

Collector::~Collector() { stop(); }

void Collector::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Collector::loop() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, options_.every, [&] { return stopping_; })) {
    lock.unlock();
    if (auto done = collect_now(); !done) base::log_warn("store_collect_failed", {{"error", done.error()}});
    lock.lock();
  }
}

Result<CollectCounts> Collector::collect_slice() {
  const std::lock_guard under_way(slice_mutex_);
  CollectSlice op{options_, kFairSlice};
  op.keep_blobs = paused_ != 0;
  std::promise<Result<CollectCounts>> promise;
  auto future = promise.get_future();
  auto queued = log_.submit(std::move(op), [&promise](Result<CollectCounts> r) { promise.set_value(std::move(r)); });
  if (!queued) return queued.error();
  return future.get();
}

CollectionPause::CollectionPause(Collector& collector) : collector_(collector) {
  const std::lock_guard lock(collector_.slice_mutex_);
  ++collector_.paused_;
}

CollectionPause::~CollectionPause() {
  const std::lock_guard lock(collector_.slice_mutex_);
  --collector_.paused_;
}

Result<CollectCounts> Collector::collect_now() {
  CollectCounts all;
  for (;;) {
    const Result<CollectCounts> slice = collect_slice();
    if (!slice) return slice.error();
    if (slice->total() == 0) return all;
    all.entombed += slice->entombed;
    all.tombstones += slice->tombstones;
    all.expunged += slice->expunged;
    all.blobs += slice->blobs;
    all.mailboxes += slice->mailboxes;
    all.ids += slice->ids;
    all.journal += slice->journal;
    const std::lock_guard lock(mutex_);
    if (stopping_) return all;
  }
}

}  // namespace store
