#include <algorithm>

#include "store/operations.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

std::vector<Uid> sorted(std::vector<Uid> uids) {
  std::sort(uids.begin(), uids.end());
  uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
  return uids;
}

// Walks the uids that exist, gives each row to `change`, writes what differs under one new modseq.
template <class Change>
Result<FlagOutcome> rewrite_rows(WriteContext& w, AccountId a, Mailbox& m, const std::vector<Uid>& given, std::optional<ModSeq> unchanged_since,
                                 std::optional<ChangeKind> journaled, Change change) {
  if (given.size() > kMaxSlice) return base::fail(base::Errc::limit, "more than 5000 messages in one operation");
  FlagOutcome out;
  const ModSeq modseq = next(m.highest_modseq);
  std::vector<Uid> changed;
  for (const Uid uid : sorted(given)) {
    const auto bytes = w.txn.get(Table::messages, message_key(a, m.id, uid));
    if (!bytes) continue;
    const HotRow before = decode_hot(*bytes);
    if (unchanged_since && before.modseq > *unchanged_since) {
      out.modified.push_back(uid);
      continue;
    }
    HotRow after = before;
    change(after);
    const bool differs = !(after == before);
    if (differs) {
      after.modseq = modseq;
      w.rewrite(a, m, uid, before, after);
      changed.push_back(uid);
    }
    out.states.push_back({uid, after.flags, after.keywords, after.derived, after.modseq, differs});
  }
  if (changed.empty()) return out;
  m.highest_modseq = modseq;
  w.save_mailbox(a, m);
  if (journaled) w.journal({*journaled, a, m.id, modseq, {}, to_ranges(changed), {}});
  w.hints.push_back({a, m.id, modseq});
  return out;
}

}  // namespace

Result<FlagOutcome> SetFlags::apply(WriteContext& w) const {
  auto m = need_mailbox(w, account, mailbox);
  if (!m) return m.error();
  const auto bits = w.keyword_bits(account, mailbox, keywords, mode != FlagMode::remove);
  if (!bits) return base::fail(base::Errc::limit, "more than 64 keywords in the mailbox, or too long a name");
  const SystemFlags wanted = flags & kAllFlags;
  // Not in the journal: who follows flags reads by_modseq, and a lone STORE is half its page writes cheaper.
  return rewrite_rows(w, account, *m, uids, unchanged_since, std::nullopt, [&](HotRow& row) {
    switch (mode) {
      case FlagMode::set: row.flags = wanted, row.keywords = *bits; break;
      case FlagMode::add: row.flags |= wanted, row.keywords |= *bits; break;
      case FlagMode::remove: row.flags &= SystemFlags(~wanted), row.keywords &= ~*bits; break;
    }
  });
}

Result<FlagOutcome> SetDerived::apply(WriteContext& w) const {
  auto m = need_mailbox(w, account, mailbox);
  if (!m) return m.error();
  if (auto error = put_records(w, puts, current_key(w.txn, account))) return *error;
  return rewrite_rows(w, account, *m, uids, std::nullopt, ChangeKind::derived,
                      [&](HotRow& row) { row.derived = (row.derived & ~clear) | set; });
}

std::vector<std::vector<Uid>> slices(const std::vector<Uid>& uids, std::size_t at_most) {
  std::vector<std::vector<Uid>> out;
  at_most = std::max<std::size_t>(at_most, 1);
  for (std::size_t at = 0; at < uids.size(); at += at_most)
    out.emplace_back(uids.begin() + std::ptrdiff_t(at), uids.begin() + std::ptrdiff_t(std::min(at + at_most, uids.size())));
  return out;
}

}  // namespace store
