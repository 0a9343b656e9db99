#include "indexer/indexer.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <unordered_set>

#include "base/log.hpp"
#include "indexer/database.hpp"

namespace indexer {
namespace {

constexpr std::uint64_t kSnapshotMessages = 100;
constexpr std::chrono::seconds kRetry{10};  // after an error, e.g. a full disk

using Emails = std::unordered_set<std::uint64_t>;

template <class F>
void for_each_live(const store::Snapshot& snapshot, store::AccountId account, F f) {
  for (const store::Mailbox& m : snapshot.mailboxes(account))
    snapshot.for_each_hot(account, m.id, store::Uid(1), store::kLastUid, [&](store::Uid uid, const store::HotRow& hot) { return f(m.id, uid, hot), true; });
}

Emails live_emails(const store::Snapshot& snapshot, store::AccountId account) {
  Emails out;
  for_each_live(snapshot, account, [&](auto, auto, const store::HotRow& hot) { out.insert(raw(hot.email)); });
  return out;
}

std::vector<store::AccountId> accounts_of(const store::Snapshot& snapshot) {
  std::vector<store::AccountId> out;
  snapshot.for_each_account([&](const store::Account& a) { return out.push_back(a.id), true; });
  return out;
}

template <class F>
auto stopping_failures(F f) -> decltype(f()) {  // the one place where Failure becomes a Result
  try {
    return f();
  } catch (const store::Failure& failure) {
    return failure.error();
  }
}

std::size_t size_of(const MessageText& t) {
  std::size_t n = t.header.size() + t.body.size();
  for (const std::string& a : t.attachments) n += a.size();
  return n;
}

// Adds messages and commits documents whenever a limit is reached; the checkpoint is the caller's.
class Adder {
 public:
  Adder(Database& db, const Options& options) : db_(db), options_(options) {}
  void add(const store::Snapshot& snapshot, store::AccountId account, const store::MessageView& m) {
    const MessageText text = read_text(snapshot, account, m);
    bytes_ += size_of(text);
    db_.add(m.hot.email, text);
    if (++messages_ < options_.batch_messages && bytes_ < options_.batch_bytes) return;
    db_.flush();
    messages_ = bytes_ = 0;
  }

 private:
  Database& db_;
  const Options& options_;
  std::size_t messages_ = 0, bytes_ = 0;
};

}  // namespace

struct Indexer::AccountBatch {
  std::vector<std::pair<store::MailboxId, store::UidRange>> added;
  bool sweep = false;    // something was expunged: documents without a live message go
  bool removed = false;  // the account itself
};

base::Result<std::unique_ptr<Indexer>> Indexer::open(store::Store& store, const Options& options) {
  std::error_code ec;
  std::filesystem::create_directories(options.directory, ec);
  if (ec) return base::fail(base::Errc::io, "cannot make " + options.directory + ": " + ec.message());
  return std::unique_ptr<Indexer>(new Indexer(store, options));
}

Indexer::~Indexer() { stop(); }

void Indexer::start() {
  if (thread_.joinable()) return;
  stopping_ = false;
  thread_ = std::thread([this] { loop(); });
}

void Indexer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  stopping_ = false;
}

void Indexer::loop() {
  ::setpriority(PRIO_PROCESS, 0, 10);  // Linux: of this thread only; mail goes first
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const auto done = catch_up();
    if (!done) base::log_warn("index_failed", {{"error", done.error()}});
    lock.lock();
    const auto pause = done ? options_.interval : std::chrono::milliseconds(kRetry);
    wake_.wait_for(lock, pause, [&] { return stopping_.load(); });
  }
}

base::Result<void> Indexer::catch_up() {
  const std::lock_guard lock(work_);
  return stopping_failures([&]() -> base::Result<void> {
    if (!prepared_)
      if (auto ok = prepare(); !ok) return ok;
    if (auto ok = run_requests(); !ok) return ok;
    store::JournalSeq end{};  // what comes meanwhile waits, so that a busy server has large batches
    {
      const auto now = store_.snapshot();
      if (!now) return now.error();
      end = now->journal_end();
    }
    for (bool more = true; more && !stopping_;) {
      auto done = step();
      if (!done) return done.error();
      more = *done && done_ < end;
    }
    return {};
  });
}

// The checkpoint first, so that the journal is kept from here on; then what the databases lack. A database that is ready has all
// up to the checkpoint, because the checkpoint moves after their commits and start_over() removes them before it jumps.
base::Result<void> Indexer::prepare() {
  auto snapshot = store_.snapshot();
  if (!snapshot) return snapshot.error();
  const auto consumers = snapshot->consumers();
  const auto mine = std::find_if(consumers.begin(), consumers.end(), [](const auto& c) { return c.name == kConsumer; });
  if (mine == consumers.end() || mine->rebuild) {
    if (auto ok = start_over(); !ok) return ok;
  } else {
    done_ = mine->done;
  }
  for (const store::AccountId account : accounts_of(*snapshot)) {
    if (!unwanted(*snapshot, account) && database_state(database_path(options_.directory, account), store_.env().incarnation()).ready) continue;
    const std::lock_guard lock(mutex_);
    requests_.insert(account);
  }
  prepared_ = true;
  return remove_unwanted();  // the configuration may have changed
}

bool Indexer::unwanted(const store::Snapshot& snapshot, store::AccountId account) const {
  return !options_.encrypted && snapshot.encrypted(account);
}

base::Result<void> Indexer::start_over() {
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(options_.directory, ec)) std::filesystem::remove_all(entry.path(), ec);
  if (ec) return base::fail(base::Errc::io, "cannot empty " + options_.directory + ": " + ec.message());
  auto snapshot = store_.snapshot();
  if (!snapshot) return snapshot.error();
  return set_checkpoint(snapshot->journal_end());
}

// A domain's mail is sealed from now on: what the index holds of it goes at once.
base::Result<void> Indexer::remove_unwanted() {
  auto snapshot = store_.snapshot();
  if (!snapshot) return snapshot.error();
  for (const store::AccountId account : accounts_of(*snapshot)) {
    if (!unwanted(*snapshot, account)) continue;
    const std::string path = database_path(options_.directory, account);
    std::error_code ec;
    std::filesystem::remove_all(path, ec);
    if (ec) return base::fail(base::Errc::io, "cannot remove " + path + ": " + ec.message());
  }
  return {};
}

base::Result<void> Indexer::set_checkpoint(store::JournalSeq done) {
  auto set = store_.run(store::SetCheckpoint{std::string(kConsumer), done});
  if (!set) return set.error();
  done_ = done;
  return {};
}

base::Result<void> Indexer::run_requests() {
  while (!stopping_) {
    store::AccountId account{};
    {
      const std::lock_guard lock(mutex_);
      if (requests_.empty()) return {};
      account = *requests_.begin();
    }
    if (auto ok = build(account, {}); !ok) return ok;
  }
  return {};
}

// One batch of the journal. The snapshot is at least as new as its rows: what is gone by then is skipped, its expunge follows.
base::Result<bool> Indexer::step() {
  std::map<store::AccountId, AccountBatch> batches;
  store::JournalSeq upto = done_;
  bool gap = false, sealed = false;
  {
    auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    const auto consumers = snapshot->consumers();
    gap = std::none_of(consumers.begin(), consumers.end(), [](const auto& c) { return c.name == kConsumer && !c.rebuild; });
    std::size_t rows = 0, uids = 0;
    snapshot->for_each_change(done_, [&](store::JournalSeq seq, const store::Change& c) {
      upto = seq;
      AccountBatch& b = batches[c.account];
      if (c.kind == store::ChangeKind::append)
        for (const store::UidRange& r : c.uids) b.added.emplace_back(c.mailbox, r), uids += raw(r.last) - raw(r.first) + 1;
      b.sweep = b.sweep || c.kind == store::ChangeKind::expunge || c.kind == store::ChangeKind::purge || c.kind == store::ChangeKind::mailbox_deleted;
      if (c.kind == store::ChangeKind::encrypted) sealed = true;
      b.removed = b.removed || c.kind == store::ChangeKind::account_removed;
      return ++rows < options_.batch_changes && uids < options_.batch_changes * 4;
    });
  }
  if (gap) {  // left behind, or the checkpoint was removed by hand
    prepared_ = false;
    if (auto ok = prepare(); !ok) return ok.error();
    if (auto ok = run_requests(); !ok) return ok.error();
    return true;
  }
  if (upto == done_) return false;
  if (sealed)
    if (auto ok = remove_unwanted(); !ok) return ok.error();
  for (const auto& [account, batch] : batches) {
    if (stopping_) return false;
    if (account == store::AccountId{}) continue;
    auto applied = stopping_failures([&] { return apply(account, batch, upto); });
    if (!applied && applied.error().code() == base::Errc::corrupt) {
      base::log_warn("index_rebuild", {{"account", raw(account)}, {"error", applied.error()}});
      applied = build(account, {});
    }
    if (!applied) return applied.error();
  }
  if (stopping_) return false;
  if (auto ok = set_checkpoint(upto); !ok) return ok.error();
  return true;
}

base::Result<void> Indexer::apply(store::AccountId account, const AccountBatch& batch, store::JournalSeq upto) {
  const std::string path = database_path(options_.directory, account);
  auto snapshot = store_.snapshot();
  if (!snapshot) return snapshot.error();
  if ((batch.removed && !snapshot->account(account)) || unwanted(*snapshot, account)) {
    std::error_code ec;
    std::filesystem::remove_all(path, ec);
    return ec ? base::Result<void>(base::fail(base::Errc::io, "cannot remove " + path + ": " + ec.message())) : base::Result<void>();
  }
  if (!batch.sweep && batch.added.empty()) return !snapshot->account(account) || database_state(path, store_.env().incarnation()).ready
                                                      ? base::Result<void>() : base::Result<void>(base::fail(base::Errc::corrupt, "no index"));
  Database db = Database::open(path, store_.env().incarnation());
  if (db.done() >= upto) return {};
  Adder adder(db, options_);
  for (const auto& [mailbox, range] : batch.added) {
    snapshot->for_each_message(account, mailbox, range.first, range.last, [&](const store::MessageView& m) {
      if (!db.has(m.hot.email)) adder.add(*snapshot, account, m);
      return !stopping_;
    });
  }
  if (stopping_) return {};
  if (batch.sweep) {
    const Emails live = live_emails(*snapshot, account);
    std::vector<store::EmailId> stale;
    db.for_each([&](store::EmailId e) { if (!live.contains(raw(e))) stale.push_back(e); });
    for (const store::EmailId e : stale) db.erase(e);
  }
  db.commit(upto);
  return {};
}

base::Result<void> Indexer::build(store::AccountId account, const Progress& progress) {
  return stopping_failures([&]() -> base::Result<void> {
    const std::string path = database_path(options_.directory, account);
    std::optional<store::Snapshot> snapshot;
    {
      auto first = store_.snapshot();
      if (!first) return first.error();
      snapshot.emplace(std::move(*first));
    }
    if (!snapshot->account(account) || unwanted(*snapshot, account)) {
      std::error_code ec;
      std::filesystem::remove_all(path, ec);
      const std::lock_guard lock(mutex_);
      requests_.erase(account);
      return {};
    }
    Database db = Database::create(path, store_.env().incarnation());
    // The journal from here on is applied by step(): the checkpoint is at most `upto`.
    const store::JournalSeq upto = snapshot->journal_end();
    std::map<std::pair<store::MailboxId, store::Uid>, store::EmailId> todo;
    Emails seen;
    for_each_live(*snapshot, account, [&](store::MailboxId m, store::Uid uid, const store::HotRow& hot) {
      if (seen.insert(raw(hot.email)).second) todo.emplace(std::pair(m, uid), hot.email);
    });
    Adder adder(db, options_);
    std::uint64_t n = 0;
    for (const auto& [at, email] : todo) {
      if (stopping_) return {};
      if (n % kSnapshotMessages == 0) {  // a long reader would pin the store's free pages
        auto fresh = store_.snapshot();
        if (!fresh) return fresh.error();
        snapshot.emplace(std::move(*fresh));
      }
      if (auto m = snapshot->message(account, at.first, at.second)) adder.add(*snapshot, account, *m);
      if (++n % kSnapshotMessages == 0 && progress) progress(account, n, todo.size());
    }
    db.commit(upto);
    if (progress) progress(account, todo.size(), todo.size());
    const std::lock_guard lock(mutex_);
    requests_.erase(account);
    return {};
  });
}

base::Result<void> Indexer::rebuild(std::optional<store::AccountId> account, const Progress& progress) {
  const std::lock_guard lock(work_);
  return stopping_failures([&]() -> base::Result<void> {
    if (account) {
      auto snapshot = store_.snapshot();
      if (!snapshot) return snapshot.error();
      if (!snapshot->account(*account)) return base::fail(base::Errc::not_found, "no such account");
      if (!prepared_)
        if (auto ok = prepare(); !ok) return ok;
      return build(*account, progress);
    }
    if (auto ok = start_over(); !ok) return ok;
    prepared_ = true;
    std::vector<store::AccountId> all;
    {
      auto snapshot = store_.snapshot();
      if (!snapshot) return snapshot.error();
      all = accounts_of(*snapshot);
    }
    for (const store::AccountId a : all)
      if (auto ok = build(a, progress); !ok) return ok;
    return {};
  });
}

void Indexer::request_rebuild(store::AccountId account) {
  const std::lock_guard lock(mutex_);
  requests_.insert(account);
}

std::vector<AccountStatus> Indexer::status() const {
  std::vector<AccountStatus> out;
  auto snapshot = store_.snapshot();
  if (!snapshot) return out;
  std::uint64_t done = 0;
  for (const auto& c : snapshot->consumers())
    if (c.name == kConsumer && !c.rebuild) done = raw(c.done);
  const std::uint64_t end = raw(snapshot->journal_end());
  for (const store::AccountId a : accounts_of(*snapshot)) {
    if (unwanted(*snapshot, a)) continue;
    const DatabaseState s = database_state(database_path(options_.directory, a), store_.env().incarnation());
    const std::uint64_t reached = s.ready ? std::max(done, raw(s.done)) : 0;
    out.push_back({a, s.ready, store::JournalSeq(reached), end > reached ? end - reached : 0, s.documents});
  }
  return out;
}

base::Result<std::vector<IndexFinding>> Indexer::check() const {
  return stopping_failures([&]() -> base::Result<std::vector<IndexFinding>> {
    std::vector<IndexFinding> out;
    auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    for (const store::AccountId a : accounts_of(*snapshot)) {
      if (unwanted(*snapshot, a)) continue;
      const std::string path = database_path(options_.directory, a);
      if (!database_state(path, store_.env().incarnation()).ready) {
        out.push_back({a, "not_ready", 0});
        continue;
      }
      Emails live = live_emails(*snapshot, a);
      std::uint64_t stale = 0;
      for_each_document(path, [&](store::EmailId e) { stale += live.erase(raw(e)) == 0; });
      if (!live.empty()) out.push_back({a, "missing", live.size()});
      if (stale > 0) out.push_back({a, "stale", stale});
    }
    return out;
  });
}

}  // namespace indexer
