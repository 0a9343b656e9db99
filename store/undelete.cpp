#include <algorithm>
#include <array>
#include <map>

#include "store/recovery.hpp"
#include "store/retention.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

using base::Errc;
using base::fail;

struct Grave {
  Time time{};
  bool moved = false;
  std::string_view hot, detail;
};

Grave open_grave(std::string_view row) {
  if (row.size() < kGraveHead + kHotSize) throw Failure(fail(Errc::corrupt, "stored row of tombstones"));
  return {Time(std::chrono::milliseconds(std::int64_t(load_be<std::uint64_t>(row.data())))), row[8] != 0, row.substr(kGraveHead, kHotSize), row.substr(kGraveHead + kHotSize)};
}

std::map<MailboxId, Mailbox> all_mailboxes(const Txn& txn, AccountId a) {
  std::map<MailboxId, Mailbox> out;
  const Key prefix = account_key(a);
  Cursor c = txn.cursor(Table::mailboxes);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) {
    const MailboxId id = key_mailbox(c.key());
    if (id != MailboxId{}) out.emplace(id, decode_mailbox(id, c.value()));
  }
  return out;
}

// The messages of a deleted mailbox that the collector has not come to yet.
bool walk_unburied(const Snapshot& s, AccountId a, const Mailbox& m, FunctionRef<bool(const Recoverable&)> f) {
  bool more = true;
  s.for_each_message(a, m.id, Uid(1), kLastUid, [&](const MessageView& v) {
    return more = f({m.name, true, m.deleted_at, v});
  });
  return more;
}

// Keyword names of the old mailbox as bits of the new one.
class Keywords {
 public:
  Keywords(WriteContext& w, AccountId a, MailboxId from, MailboxId to) : w_(w), account_(a), from_(from), to_(to) {}
  std::uint64_t map(std::uint64_t bits) {
    if (from_ == to_) return bits;
    std::vector<std::string> names;
    for (unsigned bit = 0; bit < 64; ++bit) {
      if ((bits >> bit & 1) == 0) continue;
      Key k = mailbox_key(account_, from_);
      k.num(std::uint8_t(bit));
      if (const auto name = w_.txn.get(Table::keywords, k)) names.emplace_back(*name);
    }
    const auto there = w_.keyword_bits(account_, to_, names, true);
    // No room for one more name: those that are known are better than losing the message.
    return there ? *there : *w_.keyword_bits(account_, to_, names, false);
  }

 private:
  WriteContext& w_;
  AccountId account_;
  MailboxId from_, to_;
};

// Filled by a restore that is under way, or was given up: copies that were never anybody's.
bool is_being_restored(const Txn& txn, AccountId a, MailboxId m) {
  const auto row = txn.get(Table::graveyard, mailbox_key(a, m));
  return row && !row->empty();
}

}  // namespace

void for_each_recoverable(const Snapshot& snapshot, AccountId account, FunctionRef<bool(const Recoverable&)> f) {
  const auto boxes = all_mailboxes(snapshot.txn(), account);
  for (const auto& [id, m] : boxes)
    if (m.deleted_at != Time{} && !is_being_restored(snapshot.txn(), account, id) && !walk_unburied(snapshot, account, m, f)) return;
  snapshot.for_each_tombstone(account, [&](const Tombstone& t) {
    const auto box = boxes.find(t.message.mailbox);
    if (t.moved || box == boxes.end()) return true;
    return f({box->second.name, box->second.deleted_at != Time{}, t.expunged, t.message});
  });
}

Result<Undelete::Outcome> Undelete::apply(WriteContext& w) const {
  if (uids.size() > kMaxSlice) return fail(Errc::limit, "more than 5000 messages in one operation");
  auto found = w.find_mailbox(account, from);
  if (!found) return fail(Errc::not_found, "no such mailbox");
  auto other = need_mailbox(w, account, to);
  if (!other) return other.error();
  auto state = w.find_state(account);
  if (!state) return fail(Errc::not_found, "no such account");
  if (auto refused = w.refuse_growth(uids.size() * 4096)) return *refused;
  Mailbox& target = *other;

  std::vector<Uid> wanted = uids;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  if (!uids_left(target, wanted.size())) return fail(Errc::limit, "the mailbox has given its last UID");
  // Of a deleted mailbox, what the collector has not buried yet is buried here; its counters are no longer in the account's.
  if (found->deleted_at != Time{}) {
    std::vector<Uid> buried;
    for (const Uid uid : wanted)
      if (w.txn.has(Table::messages, message_key(account, from, uid))) buried.push_back(uid);
    if (!buried.empty()) {
      found->highest_modseq = next(found->highest_modseq);
      for (const Uid uid : buried) w.entomb(account, *found, uid);
      w.save_mailbox(account, *found);
      w.journal({ChangeKind::expunge, account, from, found->highest_modseq, {}, to_ranges(buried), {}});
    }
  }

  Outcome out{target.uid_validity, {}, 0};
  Keywords keywords(w, account, from, to);
  const ModSeq modseq = next(target.highest_modseq);
  std::vector<Uid> added;
  for (const Uid old : wanted) {
    const Key key = message_key(account, from, old);
    const auto row = w.txn.get(Table::tombstones, key);
    if (!row) continue;
    std::string grave(*row);  // a copy: views of a write transaction end with its next write
    const Grave g = open_grave(grave);
    if (g.moved) continue;
    HotRow hot = decode_hot(g.hot);
    const Uid uid = target.uid_next;
    target.uid_next = Uid(raw(uid) + 1);
    hot.flags &= SystemFlags(~kDeleted);
    hot.keywords = keywords.map(hot.keywords);
    hot.modseq = target.highest_modseq = modseq;
    const Key copy = message_key(account, to, uid);
    w.copy_inline(key, copy);
    w.insert(account, target, uid, hot, w.moved_detail(g.detail, key, copy));
    copy_kept(w, {account, from, old}, {account, to, uid});
    drop_kept(w, {account, from, old});
    grave[8] = 1;
    w.txn.put(Table::tombstones, key, grave);
    out.uids.emplace_back(old, uid);
    out.bytes += hot.size;
    added.push_back(uid);
  }
  if (added.empty()) return out;
  state->bytes += out.bytes;
  state->messages += added.size();
  w.journal({ChangeKind::append, account, to, modseq, {}, to_ranges(added), {}});
  w.hints.push_back({account, to, modseq});
  w.save_mailbox(account, target);
  w.save_state(account, *state);
  return out;
}

}  // namespace store
