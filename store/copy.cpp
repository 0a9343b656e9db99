#include <algorithm>

#include "store/hold.hpp"
#include "store/operations.hpp"
#include "store/retention.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

// Keyword bits of one mailbox, told in those of another.
class KeywordMap {
 public:
  KeywordMap(WriteContext& w, AccountId a, MailboxId from, MailboxId to) : w_(w), account_(a), from_(from), to_(to) {}
  std::optional<std::uint64_t> map(std::uint64_t bits) {
    if (from_ == to_) return bits;
    std::uint64_t out = 0;
    for (unsigned bit = 0; bit < 64; ++bit) {
      if ((bits >> bit & 1) == 0) continue;
      if (known_[bit] == 0) {
        Key k = mailbox_key(account_, from_);
        k.num(std::uint8_t(bit));
        const auto name = w_.txn.get(Table::keywords, k);
        if (!name) throw Failure(base::fail(base::Errc::corrupt, "a keyword bit without a name"));
        const auto there = w_.keyword_bits(account_, to_, {std::string(*name)}, true);
        if (!there) return std::nullopt;
        known_[bit] = *there;
      }
      out |= known_[bit];
    }
    return out;
  }

 private:
  WriteContext& w_;
  AccountId account_;
  MailboxId from_, to_;
  std::array<std::uint64_t, 64> known_{};
};

struct Source {
  Uid uid{};
  HotRow hot;
};

}  // namespace

Result<CopyOutcome> CopyMessages::apply(WriteContext& w) const {
  if (uids.size() > kMaxSlice) return base::fail(base::Errc::limit, "more than 5000 messages in one operation");
  auto source = need_mailbox(w, account, from);
  if (!source) return source.error();
  auto other = need_mailbox(w, account, to);
  if (!other) return other.error();
  auto state = w.find_state(account);
  if (!state) return base::fail(base::Errc::not_found, "no such account");
  Mailbox& target = from == to ? *source : *other;  // a copy into the same mailbox is one row, not two

  std::vector<Uid> wanted = uids;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::vector<Source> rows;
  std::uint64_t bytes = 0;
  for (const Uid uid : wanted) {
    const auto row = w.txn.get(Table::messages, message_key(account, from, uid));
    if (!row) continue;
    rows.push_back({uid, decode_hot(*row)});
    bytes += rows.back().hot.size;
  }
  CopyOutcome out{target.uid_validity, {}};
  if (rows.empty()) return out;
  if (!uids_left(target, rows.size())) return base::fail(base::Errc::limit, "the mailbox has given its last UID");
  if (auto refused = w.refuse_growth(rows.size() * 4096)) return *refused;
  if (const std::uint64_t quota = quota_of(w.txn, account); !move && quota != 0 && state->bytes + bytes > quota)
    return base::fail(base::Errc::over_quota, "quota of the account");

  KeywordMap keywords(w, account, from, to);
  target.highest_modseq = next(target.highest_modseq);
  std::vector<Uid> added;
  const bool held = holds_messages_of(w.txn, account), kept = keeps_messages_of(w.txn, account);
  for (const Source& s : rows) {
    const Uid uid = target.uid_next;
    target.uid_next = Uid(raw(uid) + 1);
    HotRow hot = s.hot;
    const auto bits = keywords.map(hot.keywords);
    if (!bits) return base::fail(base::Errc::limit, "the target mailbox has no room for the keywords");
    hot.keywords = *bits;
    hot.modseq = target.highest_modseq;
    const Key key = message_key(account, from, s.uid);
    const auto detail = w.txn.get(Table::details, key);
    if (!detail) throw Failure(base::fail(base::Errc::corrupt, "a message without its detail row"));
    const std::string copied(*detail);
    const Key copy = message_key(account, to, uid);
    w.copy_inline(key, copy);
    w.insert(account, target, uid, hot, w.moved_detail(copied, key, copy));
    if (held) copy_holds(w, {account, from, s.uid}, {account, to, uid});
    if (kept) copy_kept(w, {account, from, s.uid}, {account, to, uid});
    out.uids.emplace_back(s.uid, uid);
    added.push_back(uid);
  }
  w.journal({ChangeKind::append, account, to, target.highest_modseq, {}, to_ranges(added), {}});
  state->bytes += bytes;
  state->messages += rows.size();
  if (move) {
    source->highest_modseq = next(source->highest_modseq);
    std::vector<Uid> gone;
    for (const Source& s : rows) {
      w.entomb(account, *source, s.uid, true);
      gone.push_back(s.uid);
    }
    state->bytes -= bytes;
    state->messages -= rows.size();
    w.journal({ChangeKind::expunge, account, from, source->highest_modseq, {}, to_ranges(gone), {}});
    w.hints.push_back({account, from, source->highest_modseq});
    if (from != to) w.save_mailbox(account, *source);
  }
  w.hints.push_back({account, to, target.highest_modseq});
  w.save_mailbox(account, target);
  w.save_state(account, *state);
  return out;
}

}  // namespace store
