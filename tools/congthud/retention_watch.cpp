#include "tools/congthud/retention_watch.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/log.hpp"
#include "store/keys.hpp"
#include "store/rows.hpp"

namespace tools {
namespace {

constexpr std::chrono::seconds kRetentionPause{2};
constexpr std::chrono::hours kDay{24};
constexpr std::size_t kLookedAt = 500, kDocuments = 50;  // looked at under one snapshot; of them with documents to read
constexpr std::size_t kRetentionChanges = 500;                    // journal rows of one round
constexpr std::size_t kSlice = 250;                      // expunged in one commit: the writer serves everybody
constexpr std::size_t kLooks = 5000;                     // rows that a slice of a pass walks over
using admin::RetentionClasses;
using store::Table;

struct Found {
  store::MessageView message;
  bool moved = false;
};
std::optional<Found> find(const store::Snapshot& snapshot, const store::MessageRef& ref) {
  if (auto live = snapshot.message(ref.account, ref.mailbox, ref.uid)) return Found{*std::move(live), false};
  if (auto grave = snapshot.tombstone(ref.account, ref.mailbox, ref.uid)) return Found{std::move(grave->message), grave->moved};
  return std::nullopt;
}

}  // namespace

base::Result<void> RetentionWatch::configure(std::vector<base::RetentionClass> classes) {
  auto fresh = std::make_shared<const RetentionClasses>(std::move(classes));
  std::optional<store::RetentionState> state;
  {
    auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    state = store::retention_state(snapshot->txn());
  }
  if ((state ? state->classes : std::string()) != fresh->digest())
    if (auto set = store_.run(store::SetRetention{fresh->digest()}); !set) return set.error();
  {
    const std::lock_guard lock(mutex_);
    classes_ = std::move(fresh);
    next_pass_ = {};
    changed_ = true;
  }
  wake_.notify_all();
  return {};
}

void RetentionWatch::start() { thread_ = std::thread([this] { loop(); }); }

void RetentionWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool RetentionWatch::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

RetentionWatch::Classes RetentionWatch::classes() {
  const std::lock_guard lock(mutex_);
  changed_ = false;
  return classes_;
}

void RetentionWatch::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!classes_ || classes_->empty()) wake_.wait(lock, [&] { return stopping_ || changed_; });
    else wake_.wait_for(lock, kRetentionPause, [&] { return stopping_ || changed_; });
    if (stopping_) return;
    lock.unlock();
    try {
      if (auto done = run_once(); !done) base::log_warn("retention_waits", {{"error", done.error()}});
    } catch (const store::Failure& failure) {
      base::log_warn("retention_waits", {{"error", failure.error()}});
    }
    lock.lock();
  }
}

base::Result<void> RetentionWatch::run_once() {
  const Classes now = classes();
  if (!now || now->empty()) return {};
  for (bool more = true; more && !stopping();) {
    std::optional<store::RetentionState> state;
    {
      auto snapshot = store_.snapshot();
      if (!snapshot) return snapshot.error();
      state = store::retention_state(snapshot->txn());
    }
    if (!state || state->classes != now->digest()) {  // a repair has made it anew, or a reload is under way
      if (auto set = store_.run(store::SetRetention{now->digest()}); !set) return set.error();
      state = store::RetentionState{now->digest(), false, {}};
    }
    if (!state->matched)
      if (auto walked = walk(*now, state->position); !walked) return walked;
    auto followed = follow(*now);
    if (!followed) return followed.error();
    more = *followed;
  }
  bool due = false;
  {
    const std::lock_guard lock(mutex_);
    due = clock_.now() >= next_pass_ && !stopping_ && classes_ == now;
  }
  return due ? expire(*now) : base::Result<void>{};
}

// Adds what the classes keep of this message or tombstone.
void RetentionWatch::look(const RetentionClasses& classes, const store::Snapshot& snapshot, const store::MessageRef& ref, base::Time now, Look& out) {
  const auto mailbox = admin::any_mailbox(snapshot, ref.account, ref.mailbox);
  if (!mailbox) return;
  const auto some = RetentionClasses::of_mailbox(classes.of_account(snapshot, ref.account), *mailbox);
  if (std::none_of(some.begin(), some.end(), [](const base::RetentionClass* c) { return c->keep_days != 0; })) return;
  const auto found = find(snapshot, ref);
  if (!found) return;
  out.documents += RetentionClasses::needs_documents(some, found->message.hot);
  const auto verdict = RetentionClasses::judge(some, snapshot, found->message);
  if (verdict.keeps == nullptr || verdict.keep_until <= now) return;
  store::KeptMessage kept{ref.account, ref.mailbox, ref.uid, verdict.keep_until, verdict.keeps->name};
  if (found->moved) out.moved.push_back({ref.account, found->message.hot.email, std::move(kept)});
  else out.kept.push_back(std::move(kept));
}

// Where moved messages are now: one walk over the rows of each account, which only mail that was moved within seconds of its coming,
// or before the classes were there, needs.
void RetentionWatch::find_moved(const store::Snapshot& snapshot, Look& look) {
  std::map<store::AccountId, std::map<store::EmailId, store::KeptMessage>> wanted;
  for (const Moved& m : look.moved) {
    const auto [at, fresh] = wanted[m.account].emplace(m.email, m.kept);
    if (!fresh && at->second.until < m.kept.until) at->second = m.kept;
  }
  for (const auto& [account, emails] : wanted) {
    const store::Key prefix = store::account_key(account);
    for (const Table table : {Table::messages, Table::tombstones}) {
      const std::size_t head = table == Table::messages ? 0 : 9;  // time, moved
      store::Cursor c = snapshot.txn().cursor(table);
      for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) {
        if (c.value().size() < head + store::kHotSize) continue;
        const auto found = emails.find(store::decode_hot(c.value().substr(head, store::kHotSize)).email);
        if (found == emails.end()) continue;
        store::KeptMessage kept = found->second;
        const store::MessageRef ref = store::tail_ref(c.key());
        kept.mailbox = ref.mailbox;
        kept.uid = ref.uid;
        look.kept.push_back(std::move(kept));  // the store passes over moved ones
      }
    }
  }
  look.moved.clear();
}

base::Result<void> RetentionWatch::keep(const std::string& digest, Look& look, std::optional<std::string> position, std::optional<store::JournalSeq> done) {
  for (std::size_t at = 0; at == 0 || at < look.kept.size(); at += kSlice) {
    const std::size_t end = std::min(at + kSlice, look.kept.size());
    const bool last = end == look.kept.size();
    store::KeepMessages op{digest, {look.kept.begin() + std::ptrdiff_t(at), look.kept.begin() + std::ptrdiff_t(end)}, {}, {}};
    if (last) op.position = position, op.done = done;
    if (op.messages.empty() && !op.position && !op.done) return {};
    const auto kept = store_.run(std::move(op));
    if (!kept) return kept.error();
    if (!*kept) return base::fail(base::Errc::unavailable, "the retention classes have changed");
  }
  return {};
}

// Live messages in the order of their keys, then tombstones, as HoldWatch walks.
base::Result<void> RetentionWatch::walk(const RetentionClasses& classes, std::string position) {
  const std::string digest = classes.digest();
  if (position.empty()) position = "m";
  while (!stopping()) {
    Look batch;
    {
      auto snapshot = store_.snapshot();
      if (!snapshot) return snapshot.error();
      store::Cursor c = snapshot->txn().cursor(position[0] == 'm' ? Table::messages : Table::tombstones);
      bool more = c.seek(std::string_view(position).substr(1));
      for (std::size_t n = 0; more && n < kLookedAt && batch.documents < kDocuments; ++n, more = c.next())
        look(classes, *snapshot, store::tail_ref(c.key()), clock_.now(), batch);
      if (more) position.replace(1, std::string::npos, c.key());
      else position = position[0] == 'm' ? "t" : "";
      find_moved(*snapshot, batch);
    }
    if (auto kept = keep(digest, batch, position, {}); !kept) return kept;
    if (position.empty()) break;
  }
  return {};
}

base::Result<bool> RetentionWatch::follow(const RetentionClasses& classes) {
  const std::string digest = classes.digest();
  store::JournalSeq done{};
  bool restart = true;
  Look batch;
  std::size_t rows = 0;
  {
    auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    for (const store::Consumer& c : snapshot->consumers())
      if (c.name == store::kRetentionConsumer) done = c.done, restart = c.rebuild;
    if (restart) done = snapshot->journal_end();
    std::vector<store::MessageRef> added;
    snapshot->for_each_change(done, [&](store::JournalSeq seq, const store::Change& change) {
      if (rows >= kRetentionChanges || added.size() >= kLookedAt) return false;
      ++rows;
      done = seq;
      if (change.kind == store::ChangeKind::append)
        for (const store::UidRange& range : change.uids)
          for (std::uint64_t uid = raw(range.first); uid <= raw(range.last); ++uid) added.push_back({change.account, change.mailbox, store::Uid(std::uint32_t(uid))});
      return true;
    });
    for (const store::MessageRef& ref : added) look(classes, *snapshot, ref, clock_.now(), batch);
    find_moved(*snapshot, batch);
  }
  if (rows == 0 && !restart) return false;
  // The journal no longer reaches back: everything is looked at again.
  if (auto kept = keep(digest, batch, restart ? std::optional<std::string>("m") : std::nullopt, done); !kept) return kept.error();
  return true;
}

base::Result<store::ExpireMessages> RetentionWatch::finisher(store::AccountId account, store::MailboxId mailbox) const {
  auto snapshot = store_.snapshot();
  if (!snapshot) return snapshot.error();
  const auto row = snapshot->account(account);
  const auto box = admin::any_mailbox(*snapshot, account, mailbox);
  store::ExpireMessages op;
  op.account = account;
  op.mailbox = mailbox;
  op.finish = true;
  op.audit = [address = row ? row->address : std::string(), name = box ? box->name : std::string(), now = clock_.now()](std::string_view label, std::uint64_t count) {
    const nlohmann::ordered_json j = {{"at", base::rfc3339(now)}, {"who", "congthud"}, {"what", "retention.expire"}, {"target", address},
                                      {"detail", {{"class", label}, {"account", address}, {"mailbox", name}, {"count", count}}}};
    return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  };
  return op;
}

base::Result<void> RetentionWatch::expire(const RetentionClasses& classes) {
  std::vector<store::AccountId> accounts;
  std::vector<std::pair<store::AccountId, store::MailboxId>> unfinished;
  {
    auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    unfinished = store::unfinished_expiries(snapshot->txn());
    if (classes.any_expiry()) snapshot->for_each_account([&](const store::Account& a) { return accounts.push_back(a.id), true; });
  }
  for (const auto& [account, mailbox] : unfinished) {
    auto op = finisher(account, mailbox);
    if (!op) return op.error();
    if (auto done = store_.run(*std::move(op)); !done) return done.error();
  }
  for (const store::AccountId account : accounts) {
    std::vector<store::MailboxId> boxes;
    {
      auto snapshot = store_.snapshot();
      if (!snapshot) return snapshot.error();
      const auto mine = classes.of_account(*snapshot, account);
      if (mine.empty() || snapshot->held(account)) continue;
      for (const store::Mailbox& m : snapshot->mailboxes(account)) boxes.push_back(m.id);
    }
    for (const store::MailboxId mailbox : boxes) {
      if (stopping()) return {};
      if (auto done = expire_mailbox(classes, account, mailbox); !done) return done;
    }
  }
  const std::lock_guard lock(mutex_);
  if (!changed_) next_pass_ = clock_.now() + kDay;
  return {};
}

base::Result<void> RetentionWatch::expire_mailbox(const RetentionClasses& classes, store::AccountId account, store::MailboxId mailbox) {
  store::Uid from = store::Uid(1);
  bool any = false;
  for (bool more = true; more && !stopping();) {
    std::map<std::string, std::vector<store::Uid>> due;  // by class
    store::JournalSeq seen{};
    more = false;
    {
      auto snapshot = store_.snapshot();
      if (!snapshot) return snapshot.error();
      seen = snapshot->journal_end();
      const auto box = snapshot->mailbox(account, mailbox);
      if (!box) break;
      const auto some = RetentionClasses::of_mailbox(classes.of_account(*snapshot, account), *box);
      if (std::none_of(some.begin(), some.end(), [](const base::RetentionClass* c) { return c->expire_days != 0; })) break;
      const base::Time now = clock_.now();
      std::size_t looked = 0, documents = 0, found = 0;
      snapshot->for_each_hot(account, mailbox, from, store::kLastUid, [&](store::Uid uid, const store::HotRow& hot) {
        if (looked++ == kLooks || found == kSlice || documents == kDocuments) return from = uid, more = true, false;
        const auto old = [&](const base::RetentionClass* c) { return c->expire_days != 0 && hot.internal_date + kDay * std::int64_t(c->expire_days) <= now; };
        if (std::none_of(some.begin(), some.end(), old)) return true;
        const auto message = snapshot->message(account, mailbox, uid);
        if (!message) return true;
        documents += RetentionClasses::needs_documents(some, hot);
        const auto verdict = RetentionClasses::judge(some, *snapshot, *message);
        if (verdict.expires == nullptr || verdict.expires_at > now || verdict.keep_until > now) return true;
        due[verdict.expires->name].push_back(uid);
        ++found;
        return true;
      });
    }
    for (auto& [label, uids] : due) {
      store::ExpireMessages op;
      op.classes = classes.digest();
      op.label = label;
      op.account = account;
      op.mailbox = mailbox;
      op.uids = std::move(uids);
      op.seen = seen;
      any = true;
      if (auto gone = store_.run(std::move(op)); !gone) return gone.error();
    }
  }
  if (!any) return {};
  auto op = finisher(account, mailbox);  // also where a stop or a hold ended it: what went is audited
  if (!op) return op.error();
  if (auto done = store_.run(*std::move(op)); !done) return done.error();
  return {};
}

}  // namespace tools
