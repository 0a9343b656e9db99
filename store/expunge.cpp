#include <algorithm>

#include "store/hold.hpp"
#include "store/operations.hpp"
#include "store/retention.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

// The next slice of what is to go, in UID order.
std::vector<Uid> victims(const WriteContext& w, const Expunge& op, const Mailbox& m) {
  std::vector<Uid> out;
  const auto wanted = [&](std::string_view row) { return !op.only_deleted || (decode_hot(row).flags & kDeleted) != 0; };
  if (op.uids) {
    for (const Uid uid : *op.uids)
      if (const auto row = w.txn.get(Table::messages, message_key(op.account, m.id, uid)); row && wanted(*row)) out.push_back(uid);
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }
  if (op.only_deleted && m.deleted == 0) return out;
  const Key prefix = mailbox_key(op.account, m.id);
  Cursor c = w.txn.cursor(Table::messages);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix) && out.size() <= kMaxSlice; more = c.next())
    if (wanted(c.value())) out.push_back(tail_uid(c.key()));
  return out;
}

}  // namespace

Result<ExpungeOutcome> Expunge::apply(WriteContext& w) const {
  if (uids && uids->size() > kMaxSlice) return base::fail(base::Errc::limit, "more than 5000 messages in one operation");
  auto m = need_mailbox(w, account, mailbox);
  if (!m) return m.error();
  ExpungeOutcome out{victims(w, *this, *m), m->highest_modseq, false};
  if (out.uids.size() > kMaxSlice) out.uids.resize(kMaxSlice), out.more = true;
  if (out.uids.empty()) return out;
  auto state = w.find_state(account);
  if (!state) return base::fail(base::Errc::not_found, "no such account");
  out.modseq = w.entomb_all(account, *m, *state, out.uids);
  return out;
}

Result<bool> Purge::apply(WriteContext& w) const {
  if (is_held(w.txn, account)) return base::fail(base::Errc::denied, "a legal hold protects this account");
  const MessageRef ref{account, mailbox, uid};
  if (is_message_held(w.txn, ref)) return base::fail(base::Errc::denied, "a legal hold protects this message");
  if (const auto kept = find_kept(w.txn, ref); kept && kept->until > w.now)
    return base::fail(base::Errc::denied, "retention class " + kept->label + " keeps this message until " + base::vietnam_date(kept->until));
  if (looked_until(w.txn) != Time::max()) return base::fail(base::Errc::denied, "the retention classes are still being looked for: try again in a moment");
  if (matched_until(w.txn) != Time::max()) return base::fail(base::Errc::denied, "a legal hold is still being matched: try again in a moment");
  auto m = w.find_mailbox(account, mailbox);
  if (m && w.txn.has(Table::messages, ref.key())) {
    auto state = w.find_state(account);
    const std::uint64_t bytes = m->bytes;
    m->highest_modseq = next(m->highest_modseq);
    w.entomb(account, *m, uid);
    if (state && m->deleted_at == Time{}) {
      state->bytes -= bytes - m->bytes;
      --state->messages;
      w.save_state(account, *state);
    }
    w.save_mailbox(account, *m);
    w.hints.push_back({account, m->id, m->highest_modseq});
  }
  const auto row = w.txn.get(Table::tombstones, ref.key());
  if (!row) return base::fail(base::Errc::not_found, "no such message");
  const std::string grave(*row);
  const std::string_view detail = std::string_view(grave).substr(kGraveHead + kHotSize);
  w.bury(ref, decode_detail(detail).extents, true);
  Key due;
  due.bytes(std::string_view(grave).substr(0, 8)).bytes(ref.key());
  w.txn.erase(Table::tombstone_due, due);
  w.txn.erase(Table::tombstones, ref.key());
  w.journal({ChangeKind::purge, account, mailbox, m ? m->highest_modseq : ModSeq{}, {}, {{uid, uid}}, {}});
  return true;
}

}  // namespace store
