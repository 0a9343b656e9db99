#include "store/retention.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "store/hold.hpp"
#include "store/operations.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

using base::Errc;
using base::fail;

constexpr char kKeptRow = 'R', kCountRow = 'X';
constexpr std::size_t kRefSize = 16, kBoxSize = 12;
constexpr Time kUntilMended{std::chrono::milliseconds(253'370'739'600'000)};  // of a damaged row: the year 9999, a date that can be shown

Key state_key() { Key k; k.bytes({&kKeptRow, 1}); return k; }
Key kept_key(const MessageRef& ref) { Key k; k.bytes({&kKeptRow, 1}).bytes(ref.key()); return k; }
Key count_prefix(AccountId a, MailboxId m) { Key k; k.bytes({&kCountRow, 1}).bytes(mailbox_key(a, m)); return k; }
Time time_of(std::uint64_t ms) { return Time(std::chrono::milliseconds(std::int64_t(ms))); }

std::optional<Kept> decode_kept(std::string_view row) {
  if (row.size() < 9 || row.size() > 8 + kMaxLabel) return std::nullopt;
  return Kept{time_of(load_be<std::uint64_t>(row.data())), std::string(row.substr(8))};
}

std::optional<RetentionState> parse_state(std::string_view row) {
  base::Reader r(row);
  RetentionState s;
  const bool known = r.fixed<std::uint8_t>() == 1;
  s.matched = r.fixed<std::uint8_t>() != 0;
  s.classes = r.bytes();
  s.position = r.bytes();
  if (!known || !r.ok() || !r.at_end()) return std::nullopt;
  return s;
}

void save(WriteContext& w, const RetentionState& s) {
  base::Writer row;
  row.fixed(std::uint8_t(1)).fixed(std::uint8_t(s.matched)).bytes(s.classes).bytes(s.position);
  w.txn.put(Table::holds, state_key(), row.str());
}

void keep(WriteContext& w, const MessageRef& ref, const Kept& kept) {
  if (kept_until(w.txn, ref) >= kept.until) return;
  Key value;
  value.time(kept.until).bytes(kept.label);
  w.txn.put(Table::holds, kept_key(ref), value);
}

// A moved message lives on elsewhere, and so does its row.
bool takes_row(const Txn& txn, const MessageRef& ref) {
  if (txn.has(Table::messages, ref.key())) return true;
  const auto grave = txn.get(Table::tombstones, ref.key());
  return grave && grave->size() >= kGraveHead && (*grave)[8] == 0;
}

std::optional<std::pair<JournalSeq, bool>> consumer(const Txn& txn, std::string_view name) {
  const auto row = txn.get(Table::consumers, name);
  if (!row) return std::nullopt;
  base::Reader r(*row);
  const auto done = r.fixed<std::uint64_t>();
  return std::pair{JournalSeq(done), r.fixed<std::uint8_t>() != 0};
}

void follow_from_here(WriteContext& w) {
  base::Writer at;
  at.fixed(journal_end(w.txn)).fixed(std::uint8_t(0));
  w.txn.put(Table::consumers, kRetentionConsumer, at.str());
}

// Document and search holds have seen all mail that was there at `seen`.
bool holds_have_seen(const Txn& txn, JournalSeq seen) {
  bool by_text = false;
  for (const Hold& h : list_holds(txn)) {
    if (!h.by_text() || h.lifting) continue;
    if (!h.matched) return false;
    by_text = true;
  }
  if (!by_text) return true;
  const auto at = consumer(txn, kHoldConsumer);
  return at && !at->second && at->first >= seen;
}

std::vector<std::string> holds_below(const Txn& txn, std::string_view prefix) {
  std::vector<std::string> keys;
  Cursor c = txn.cursor(Table::holds);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) keys.emplace_back(c.key());
  return keys;
}

void count_expired(WriteContext& w, const ExpireMessages& op, std::uint64_t n) {
  if (n == 0) return;
  Key key = count_prefix(op.account, op.mailbox), value;
  key.bytes(op.label);
  const auto row = w.txn.get(Table::holds, key);
  value.num(n + (row && row->size() == 8 ? load_be<std::uint64_t>(row->data()) : 0));
  w.txn.put(Table::holds, key, value);
}

Result<void> audit_expired(WriteContext& w, const ExpireMessages& op) {
  const Key prefix = count_prefix(op.account, op.mailbox);
  for (const std::string& key : holds_below(w.txn, prefix)) {
    const auto row = w.txn.get(Table::holds, key);
    const std::uint64_t n = row && row->size() == 8 ? load_be<std::uint64_t>(row->data()) : 0;
    auto written = AppendAudit{op.audit(std::string_view(key).substr(1 + kBoxSize), n)}.apply(w);
    if (!written) return written.error();
    w.txn.erase(Table::holds, key);
  }
  return {};
}

std::vector<Uid> free_to_go(const WriteContext& w, const ExpireMessages& op) {
  std::vector<Uid> out;
  if (is_held(w.txn, op.account)) return out;
  for (const Uid uid : op.uids) {
    const MessageRef ref{op.account, op.mailbox, uid};
    if (w.txn.has(Table::messages, ref.key()) && kept_until(w.txn, ref) <= w.now && !is_message_held(w.txn, ref)) out.push_back(uid);
  }
  return out;
}

}  // namespace

std::optional<RetentionState> retention_state(const Txn& txn) {
  const auto row = txn.get(Table::holds, state_key());
  if (!row) return std::nullopt;
  auto state = parse_state(*row);
  if (!state) throw Failure(fail(Errc::corrupt, "stored row of holds (retention)"));
  return state;
}

Result<bool> SetRetention::apply(WriteContext& w) const {
  if (classes.size() > kMaxLabel) return fail(Errc::invalid, "digest of the retention classes");
  const auto row = w.txn.get(Table::holds, state_key());
  const auto old = row ? parse_state(*row) : std::nullopt;
  if (old ? old->classes == classes : !row && classes.empty()) return false;
  if (classes.empty()) {
    w.txn.erase(Table::holds, state_key());
    w.txn.erase(Table::consumers, kRetentionConsumer);
    return true;
  }
  if (const auto at = consumer(w.txn, kRetentionConsumer); !at || at->second) follow_from_here(w);
  save(w, {classes, false, {}});
  return true;
}

Result<bool> KeepMessages::apply(WriteContext& w) const {
  if (messages.size() > kMaxSlice) return fail(Errc::limit, "more than 5000 messages in one operation");
  auto state = retention_state(w.txn);
  if (!state || state->classes != classes) return false;
  if (auto refused = messages.empty() ? std::nullopt : w.refuse_growth(messages.size() * 256)) return *refused;
  for (const KeptMessage& m : messages) {
    if (m.label.empty() || m.label.size() > kMaxLabel) return fail(Errc::invalid, "label of a retention class: 1 to 100 bytes");
    const MessageRef ref{m.account, m.mailbox, m.uid};
    if (takes_row(w.txn, ref)) keep(w, ref, {m.until, m.label});
  }
  if (position) {
    state->position = *position;
    state->matched = position->empty();
    save(w, *state);
  }
  if (!done) return true;
  const auto moved = SetCheckpoint{std::string(kRetentionConsumer), *done, false}.apply(w);
  if (!moved) return moved.error();
  return true;
}

Result<std::uint64_t> ExpireMessages::apply(WriteContext& w) const {
  if (uids.size() > kMaxSlice) return fail(Errc::limit, "more than 5000 messages in one operation");
  std::uint64_t gone = 0;
  if (!uids.empty()) {
    if (label.empty() || label.size() > kMaxLabel) return fail(Errc::invalid, "label of a retention class: 1 to 100 bytes");
    const auto state = retention_state(w.txn);
    if (!state || state->classes != classes || !state->matched) return fail(Errc::unavailable, "the retention classes are being looked for");
    if (!holds_have_seen(w.txn, seen)) return fail(Errc::unavailable, "a legal hold is still being matched");
    const std::vector<Uid> wanted = free_to_go(w, *this);
    if (!wanted.empty()) {
      const auto done = Expunge{account, mailbox, wanted, false}.apply(w);
      if (!done) return done.error();
      gone = done->uids.size();
    }
    count_expired(w, *this, gone);
  }
  if (!finish) return gone;
  if (auto audited = audit_expired(w, *this); !audited) return audited.error();
  return gone;
}

std::optional<Kept> find_kept(const Txn& txn, const MessageRef& ref) {
  const auto row = txn.get(Table::holds, kept_key(ref));
  if (!row) return std::nullopt;
  auto kept = decode_kept(*row);
  if (!kept) return Kept{kUntilMended, "?"};
  return kept;
}

Time kept_until(const Txn& txn, const MessageRef& ref) {
  const auto kept = find_kept(txn, ref);
  return kept ? kept->until : Time{};
}

void for_each_kept(const Txn& txn, AccountId account, FunctionRef<bool(const KeptMessage&)> f) {
  Key prefix = state_key();
  prefix.num(account);
  Cursor c = txn.cursor(Table::holds);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) {
    if (c.key().size() != 1 + kRefSize) continue;
    const MessageRef ref = tail_ref(c.key());
    const auto kept = decode_kept(c.value());
    if (!f({ref.account, ref.mailbox, ref.uid, kept ? kept->until : kUntilMended, kept ? kept->label : "?"})) return;
  }
}

std::vector<std::pair<AccountId, MailboxId>> unfinished_expiries(const Txn& txn) {
  std::vector<std::pair<AccountId, MailboxId>> out;
  for (const std::string& key : holds_below(txn, {&kCountRow, 1})) {
    if (key.size() < 1 + kBoxSize) continue;
    const std::pair box{AccountId(load_be<std::uint64_t>(key.data() + 1)), MailboxId(load_be<std::uint32_t>(key.data() + 9))};
    if (out.empty() || out.back() != box) out.push_back(box);
  }
  return out;
}

std::optional<Kept> longest_kept(const Txn& txn, AccountId a, Time now) {
  std::optional<Kept> longest;
  for_each_kept(txn, a, [&](const KeptMessage& m) {
    if (m.until > now && (!longest || m.until > longest->until)) longest = Kept{m.until, m.label};
    return true;
  });
  return longest;
}

bool keeps_messages_of(const Txn& txn, AccountId a) {
  Key prefix = state_key();
  prefix.num(a);
  Cursor c = txn.cursor(Table::holds);
  return c.seek(prefix) && c.key().starts_with(prefix);
}

void copy_kept(WriteContext& w, const MessageRef& from, const MessageRef& to) {
  if (const auto kept = find_kept(w.txn, from)) keep(w, to, *kept);
}

void drop_kept(WriteContext& w, const MessageRef& ref) { w.txn.erase(Table::holds, kept_key(ref)); }

Time looked_until(const Txn& txn) {
  const auto state = retention_state(txn);
  if (!state) return Time::max();
  const auto at = consumer(txn, kRetentionConsumer);
  if (!state->matched || !at || at->second) return Time{};
  Key from;
  from.num(raw(at->first) + 1);
  Cursor c = txn.cursor(Table::journal);
  return c.seek(from) ? decode_change(c.value()).time : Time::max();
}

bool is_retention_row(std::string_view key) { return !key.empty() && (key[0] == kKeptRow || key[0] == kCountRow); }

std::string retention_row_problem(const Txn& txn, std::string_view key, std::string_view value) {
  if (key[0] == kCountRow) return key.size() > 1 + kBoxSize && value.size() == 8 ? "" : "damaged count of expired messages";
  if (key.size() == 1) return parse_state(value) ? "" : "damaged state of retention";
  if (key.size() != 1 + kRefSize || !decode_kept(value)) return "damaged row of retention";
  return takes_row(txn, tail_ref(key)) ? "" : "retention of a message that is gone";
}

bool mend_retention_row(WriteContext& w, std::string_view key) {
  const auto row = w.txn.get(Table::holds, key);
  if (!row || retention_row_problem(w.txn, key, *row).empty()) return false;
  const bool stale = key[0] == kKeptRow && key.size() == 1 + kRefSize && decode_kept(*row);
  w.txn.erase(Table::holds, key);
  if (stale || key[0] == kCountRow) return true;
  const auto state = w.txn.get(Table::holds, state_key());
  const auto old = state ? parse_state(*state) : std::nullopt;
  save(w, {old ? old->classes : "?", false, {}});
  return true;
}

}  // namespace store
