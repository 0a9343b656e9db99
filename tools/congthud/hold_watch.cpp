#include "tools/congthud/hold_watch.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/log.hpp"
#include "base/unicode.hpp"
#include "store/keys.hpp"

namespace tools {
namespace {

constexpr std::chrono::seconds kPause{2};
constexpr std::size_t kMessages = 50;    // read under one snapshot
constexpr std::size_t kChanges = 500;    // journal rows of one round
using store::Table;

bool in_scope(const store::Hold& hold, store::AccountId a) { return hold.account == store::AccountId{} || hold.account == a; }

// The message or tombstone with this key, and whether the hold's words are in it.
bool hit(const store::Snapshot& snapshot, const HoldQuery& query, const store::MessageRef& ref) {
  try {
    if (const auto live = snapshot.message(ref.account, ref.mailbox, ref.uid)) return query.matches(indexer::read_text(snapshot, ref.account, *live));
    const auto grave = snapshot.tombstone(ref.account, ref.mailbox, ref.uid);
    return grave && query.matches(indexer::read_text(snapshot, ref.account, grave->message));
  } catch (const store::Failure& failure) {
    base::log_warn("hold_unreadable", {{"account", store::raw(ref.account)}, {"mailbox", store::raw(ref.mailbox)}, {"uid", store::raw(ref.uid)}, {"error", failure.error()}});
    return true;
  }
}

}  // namespace

HoldQuery::HoldQuery(const store::Hold& hold) {
  const bool document = hold.scope == store::HoldScope::document;
  if (document) add(Where::anywhere, hold.text);
  std::string_view rest = document ? std::string_view() : std::string_view(hold.text);
  while (!(rest = base::trim(rest)).empty()) {
    Where where = Where::anywhere;
    for (const auto& [name, field] : {std::pair<std::string_view, Where>{"from:", Where::from}, {"to:", Where::to}, {"subject:", Where::subject}})
      if (rest.starts_with(name)) where = field, rest.remove_prefix(name.size());
    const bool quoted = rest.starts_with('"');
    if (quoted) rest.remove_prefix(1);
    const std::size_t end = std::min(rest.find(quoted ? '"' : ' '), rest.size());
    add(where, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

void HoldQuery::add(Where where, std::string_view words) {
  std::string folded = base::fold_search(words);
  if (!folded.empty()) terms_.push_back({where, std::move(folded)});
}

bool HoldQuery::matches(const indexer::MessageText& text) const {
  if (text.cut) return true;
  std::string all;
  const auto everything = [&]() -> const std::string& {
    if (!all.empty()) return all;
    all = base::fold_search(text.header) + "\n" + base::fold_search(text.body);
    for (const std::string& attachment : text.attachments) all += "\n" + base::fold_search(attachment);
    return all;
  };
  return std::all_of(terms_.begin(), terms_.end(), [&](const Term& t) {
    if (t.where == Where::from) return base::fold_search(text.from).find(t.folded) != std::string::npos;
    if (t.where == Where::to) return base::fold_search(text.to).find(t.folded) != std::string::npos;
    if (t.where == Where::subject) return base::fold_search(text.subject).find(t.folded) != std::string::npos;
    return everything().find(t.folded) != std::string::npos;
  });
}

void HoldWatch::start() { thread_ = std::thread([this] { loop(); }); }

void HoldWatch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool HoldWatch::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void HoldWatch::loop() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kPause, [&] { return stopping_; })) {
    lock.unlock();
    try {
      if (auto done = run_once(); !done) base::log_warn("holds_not_matched", {{"error", done.error()}});
    } catch (const store::Failure& failure) {
      base::log_warn("holds_not_matched", {{"error", failure.error()}});
    }
    lock.lock();
  }
}

base::Result<void> HoldWatch::run_once() {
  for (bool more = true; more && !stopping();) {
    std::vector<store::Hold> holds;
    {
      auto snapshot = store_.snapshot();
      if (!snapshot) return snapshot.error();
      holds = store::list_holds(snapshot->txn());
    }
    std::erase_if(holds, [](const store::Hold& h) { return !h.by_text() || h.lifting; });
    if (holds.empty()) return {};
    for (const store::Hold& h : holds)
      if (!h.matched)
        if (auto walked = walk(h); !walked) return walked;
    auto followed = follow(holds);
    if (!followed) return followed.error();
    more = *followed;
  }
  return {};
}

// Live messages in the order of their keys, then tombstones: what is expunged meanwhile goes from the first to the second, so the
// second walk sees it. The position is 'm' or 't' and the key of the next row.
base::Result<void> HoldWatch::walk(const store::Hold& hold) {
  const HoldQuery query(hold);
  std::string position = hold.position.empty() ? "m" : hold.position;
  while (!stopping()) {
    store::HoldMessages op{hold.name, {}, {}};
    {
      auto snapshot = store_.snapshot();
      if (!snapshot) return snapshot.error();
      const Table table = position[0] == 'm' ? Table::messages : Table::tombstones;
      store::Cursor c = snapshot->txn().cursor(table);
      bool more = c.seek(std::string_view(position).substr(1));
      for (std::size_t n = 0; more && n < kMessages; ++n, more = c.next()) {
        const store::MessageRef ref = store::tail_ref(c.key());
        if (in_scope(hold, ref.account) && hit(*snapshot, query, ref)) op.messages.push_back({ref.account, ref.mailbox, ref.uid});
      }
      if (more) position.replace(1, std::string::npos, c.key());
      else position = position[0] == 'm' ? "t" : "";
    }
    op.position = position;
    const auto kept = store_.run(std::move(op));
    if (!kept) return kept.error();
    if (position.empty() || !*kept) break;
  }
  return {};
}

base::Result<bool> HoldWatch::follow(const std::vector<store::Hold>& holds) {
  std::vector<store::MessageRef> added;
  store::JournalSeq done{};
  bool waiting = false, restart = true;
  std::vector<std::vector<store::HeldMessage>> found(holds.size());
  {
    auto snapshot = store_.snapshot();
    if (!snapshot) return snapshot.error();
    for (const store::Consumer& c : snapshot->consumers())
      if (c.name == store::kHoldConsumer) done = c.done, restart = c.rebuild;
    if (restart) done = snapshot->journal_end();
    std::size_t rows = 0;
    snapshot->for_each_change(done, [&](store::JournalSeq seq, const store::Change& change) {
      if (rows++ >= kChanges || added.size() >= kMessages) return false;
      waiting = true;
      done = seq;
      if (change.kind == store::ChangeKind::append)
        for (const store::UidRange& range : change.uids)
          for (std::uint64_t uid = raw(range.first); uid <= raw(range.last); ++uid) added.push_back({change.account, change.mailbox, store::Uid(std::uint32_t(uid))});
      return true;
    });
    std::vector<HoldQuery> queries(holds.begin(), holds.end());
    for (const store::MessageRef& ref : added)
      for (std::size_t i = 0; i < holds.size(); ++i)
        if (in_scope(holds[i], ref.account) && hit(*snapshot, queries[i], ref)) found[i].push_back({ref.account, ref.mailbox, ref.uid});
  }
  for (std::size_t i = 0; i < holds.size(); ++i) {
    // The journal no longer reaches back: everything is looked at again.
    if (restart)
      if (auto again = store_.run(store::HoldMessages{holds[i].name, {}, std::string("m")}); !again) return again.error();
    for (std::size_t at = 0; at < found[i].size(); at += 1000) {
      const std::vector<store::HeldMessage> some(found[i].begin() + std::ptrdiff_t(at), found[i].begin() + std::ptrdiff_t(std::min(at + 1000, found[i].size())));
      if (auto kept = store_.run(store::HoldMessages{holds[i].name, some, {}}); !kept) return kept.error();
    }
  }
  if (!waiting && !restart) return false;
  if (auto moved = store_.run(store::SetCheckpoint{std::string(store::kHoldConsumer), done, false}); !moved) return moved.error();
  return true;
}

}  // namespace tools
