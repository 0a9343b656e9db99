#include "store/repair.hpp"

#include <algorithm>
#include <set>

#include "base/codec.hpp"
#include "store/directory_read.hpp"
#include "store/rebuild.hpp"
#include "store/retention.hpp"
#include "store/store.hpp"

namespace store {
namespace {

constexpr std::size_t kMendBatch = 100, kRounds = 8, kMaxMended = 1000;
constexpr std::size_t kRecoverSlice = 200;

class Repair {
 public:
  Repair(Store& store, const RepairOptions& options) : store_(store), options_(options) {}

  Result<RepairReport> run() {
    CheckReport seen;
    for (std::size_t round = 0; round < kRounds; ++round) {
      auto checked = one_round(round == 0);
      if (!checked) return checked.error();
      seen.rows = checked->rows;
      seen.bytes += checked->bytes;
      if (!std::exchange(changed_, false)) break;
    }
    // What the last round could not mend, and what only a look at the content shows.
    for (Finding& f : digests_) left_.push_back(std::move(f));
    seen.suppressed = left_.size() > kMaxMended ? left_.size() - kMaxMended : 0;
    seen.suppressed += dropped_;
    if (left_.size() > kMaxMended) left_.resize(kMaxMended);
    seen.findings = std::move(left_);
    out_.left = std::move(seen);
    return std::move(out_);
  }

 private:
  Result<CheckReport> one_round(bool first) {
    left_.clear();
    dropped_ = 0;
    CheckOptions o = options_.check;
    o.digests = first && options_.check.digests;
    o.found = [this](std::vector<Finding> findings) { return mend(std::move(findings)); };
    return check(store_.env(), o);
  }

  Result<void> mend(std::vector<Finding> findings) {
    for (std::size_t at = 0; at < findings.size(); at += kMendBatch) {
      MendRows op{{findings.begin() + std::ptrdiff_t(at), findings.begin() + std::ptrdiff_t(std::min(at + kMendBatch, findings.size()))}};
      const auto done = store_.run(op);
      if (done) {
        for (std::size_t i = 0; i < op.findings.size(); ++i)
          if (auto kept = keep(op.findings[i], (*done)[i]); !kept) return kept;
        continue;
      }
      if (done.error().code() == base::Errc::unavailable || done.error().code() == base::Errc::limit) return done.error();
      for (const Finding& f : op.findings) {  // one of them stands on damage that its mender cannot read
        const auto alone = store_.run(MendRows{{f}});
        if (auto kept = keep(f, alone && alone->front()); !kept) return kept;
      }
    }
    return {};
  }

  Result<void> keep(const Finding& f, bool mended) {
    if (!mended) {
      auto other = otherwise(f);
      if (!other) return other.error();
      mended = *other;
    }
    if (mended) {
      changed_ = true;
      ++out_.mended[f.code];
      if (out_.first.size() < kMaxMended) out_.first.push_back(f);
    } else if (f.code == "digest") {
      digests_.push_back(f);
    } else if (left_.size() <= kMaxMended) {
      left_.push_back(f);
    } else {
      ++dropped_;
    }
    return {};
  }

  // What takes more than one operation.
  Result<bool> otherwise(const Finding& f) {
    const bool journal = f.table == Table::journal && f.key.size() == 8;
    if (f.code == "journal_gap" || (journal && f.code == "damaged_row"))
      return cut_journal(load_be<std::uint64_t>(f.key.data()) + (f.code == "damaged_row"));
    const bool homeless = f.code == "state_without_account" || f.code == "message_without_mailbox" || f.code == "no_account_state" ||
                          f.code == "tombstone_without_mailbox" || f.code == "details_without_message";
    if (homeless && options_.into != AccountId{} && f.key.size() >= 12) return recover(key_account(f.key));
    return false;
  }

  Result<bool> cut_journal(std::uint64_t from) {
    for (bool more = true; more;) {
      const auto cut = store_.run(CutJournal{JournalSeq(from)});
      if (!cut) return cut.error();
      more = *cut;
    }
    return true;
  }

  Result<bool> recover(AccountId gone) {
    if (!recovered_.insert(raw(gone)).second) return false;
    RecoverAccount op{gone, options_.into, {}};
    do {
      const auto slice = store_.run(op);
      if (!slice) {
        if (slice.error().code() == base::Errc::exists) return false;  // the account is there
        return slice.error();
      }
      out_.moved += slice->moved;
      op.from = slice->next;
    } while (!op.from.empty());
    return true;
  }

  Store& store_;
  const RepairOptions& options_;
  RepairReport out_;
  std::vector<Finding> left_, digests_;
  std::uint64_t dropped_ = 0;
  std::set<std::uint64_t> recovered_;
  bool changed_ = false;
};

}  // namespace

Result<RepairReport> repair(Store& store, const RepairOptions& options) { return Repair(store, options).run(); }

Result<bool> CutJournal::apply(WriteContext& w) const {
  std::vector<std::string> keys, late;
  std::uint64_t last = 0;
  {
    Cursor c = w.txn.cursor(Table::journal);
    for (bool more = c.first(); more && load_be<std::uint64_t>(c.key().data()) < raw(from) && keys.size() < kMaxSlice; more = c.next()) keys.emplace_back(c.key());
    last = journal_end(w.txn);
  }
  {
    Cursor c = w.txn.cursor(Table::consumers);
    for (bool more = c.first(); more; more = c.next()) {
      base::Reader r(c.value());
      if (r.fixed<std::uint64_t>() + 1 < raw(from)) late.emplace_back(c.key());
    }
  }
  for (const std::string& name : late) {
    base::Writer row;
    row.fixed(raw(from) - 1).fixed(std::uint8_t(1));
    w.txn.put(Table::consumers, name, row.str());
  }
  if (last < raw(from)) w.txn.put(Table::journal, Key().num(last), encode_change({ChangeKind::derived, {}, {}, {}, w.now, {}, {}}));  // it is the counter: it stays, as a change of nothing
  for (const std::string& key : keys)
    if (load_be<std::uint64_t>(key.data()) != last) w.txn.erase(Table::journal, key);
  return keys.size() == kMaxSlice;
}

namespace {

std::vector<std::string> keyword_names(const WriteContext& w, const MessageRef& ref, std::uint64_t bits) {
  std::vector<std::string> names;
  for (unsigned bit = 0; bit < kMaxKeywords; ++bit) {
    if ((bits >> bit & 1) == 0) continue;
    Key k = mailbox_key(ref.account, ref.mailbox);
    k.num(std::uint8_t(bit));
    const auto name = w.txn.get(Table::keywords, k);
    names.push_back(name ? std::string(*name) : "recovered-" + std::to_string(bit));
  }
  return names;
}

// The message as a new one of the other account; the old row becomes the tombstone of a move.
bool move_across(WriteContext& w, const MessageRef& ref, AccountId into, Mailbox& target, AccountState& state) {
  const auto hot_bytes = w.txn.get(Table::messages, ref.key()), detail_bytes = w.txn.get(Table::details, ref.key());
  if (!hot_bytes || !detail_bytes || !uids_left(target, 1)) return false;
  HotRow hot = decode_hot(*hot_bytes);
  const std::string detail(*detail_bytes);
  const Uid uid = target.uid_next;
  target.uid_next = Uid(raw(uid) + 1);
  hot.keywords = w.keyword_bits(into, target.id, keyword_names(w, ref, hot.keywords), true).value_or(0);
  hot.modseq = target.highest_modseq;
  hot.email = state.next_email;
  hot.thread = ThreadId(raw(hot.email));
  state.next_email = EmailId(raw(hot.email) + 1);
  const Key to = message_key(into, target.id, uid);
  w.copy_inline(ref.key(), to);
  w.insert(into, target, uid, hot, w.moved_detail(detail, ref.key(), to));
  state.bytes += hot.size;
  ++state.messages;
  copy_kept(w, ref, {into, target.id, uid});
  auto source = readable_mailbox(w, ref.account, ref.mailbox);
  Mailbox none;
  none.id = ref.mailbox;
  Mailbox& from = source ? *source : none;
  from.highest_modseq = next(from.highest_modseq);
  w.entomb(ref.account, from, ref.uid, true);
  if (source) w.save_mailbox(ref.account, *source);
  return true;
}

// Of an account that nobody has: every mailbox counts as deleted, so that the collector takes what is left in its time.
void bury_account(WriteContext& w, AccountId gone) {
  if (!readable_state(w, gone)) rebuild_state(w, gone);
  std::vector<Mailbox> boxes;
  {
    const Key prefix = account_key(gone);
    Cursor c = w.txn.cursor(Table::mailboxes);
    for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next())
      if (auto m = readable_mailbox(w, gone, key_mailbox(c.key()))) boxes.push_back(*std::move(m));
  }
  for (Mailbox& m : boxes) {
    if (m.deleted_at == Time{}) m.deleted_at = w.now;
    w.txn.erase(Table::names, name_key(gone, m.name));
    w.save_mailbox(gone, m);
    w.txn.put(Table::graveyard, mailbox_key(gone, m.id), {});
  }
  auto state = *readable_state(w, gone);
  state.bytes = state.messages = 0;
  w.save_state(gone, state);
  w.txn.put(Table::graveyard, mailbox_key(gone, {}), {});
}

}  // namespace

Result<RecoverOutcome> RecoverAccount::apply(WriteContext& w) const {
  if (is_known(w, gone)) return base::fail(base::Errc::exists, "the account is there");
  auto state = w.find_state(into);
  if (!state || !find_account(w.txn, into)) return base::fail(base::Errc::not_found, "no such account to recover into");
  if (auto refused = w.refuse_growth(kRecoverSlice * 16384)) return *refused;
  const MailboxId box = recovered_mailbox(w, into, *state);
  Mailbox target = *w.find_mailbox(into, box);
  std::vector<std::string> keys;
  RecoverOutcome out;
  {
    const Key prefix = account_key(gone);
    Cursor c = w.txn.cursor(Table::messages);
    bool more = c.seek(from.empty() ? std::string_view(prefix) : std::string_view(from));
    for (; more && c.key().starts_with(prefix) && keys.size() < kRecoverSlice; more = c.next()) keys.emplace_back(c.key());
    if (more && c.key().starts_with(prefix)) out.next = std::string(c.key());
  }
  target.highest_modseq = next(target.highest_modseq);
  const Uid first = target.uid_next;
  for (const std::string& key : keys) out.moved += move_across(w, tail_ref(key), into, target, *state);
  if (out.moved > 0) {
    w.save_mailbox(into, target);
    w.save_state(into, *state);
    w.journal({ChangeKind::append, into, box, target.highest_modseq, {}, {{first, Uid(raw(target.uid_next) - 1)}}, {}});
    w.hints.push_back({into, box, target.highest_modseq});
  }
  if (out.next.empty()) bury_account(w, gone);
  return out;
}

}  // namespace store
