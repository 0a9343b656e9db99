#include "store/copy_job.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

constexpr std::size_t kUndoSlice = 1000;
constexpr std::string_view kPrefix = "copy.";

// meta: "copy." A u64 job -> u8 version, u32 mailbox, u64 time, n * (u32 first, u32 last)
struct Record {
  AccountId account{};
  std::uint64_t job = 0;
  MailboxId mailbox{};
  Time touched{};
  std::vector<UidRange> ranges;  // ascending

  Key key() const {
    Key k;
    k.bytes(kPrefix).num(account).num(job);
    return k;
  }
  void save(WriteTxn& txn, Time now) const {
    base::Writer w;
    w.fixed(std::uint8_t(1)).fixed(raw(mailbox)).fixed(std::uint64_t(now.time_since_epoch().count()));
    for (const UidRange& range : ranges) w.fixed(raw(range.first)).fixed(raw(range.last));
    txn.put(Table::meta, key(), w.str());
  }
  void strike_off(WriteTxn& txn) const { txn.erase(Table::meta, key()); }
};

Record decode(std::string_view key, std::string_view value) {
  base::Reader k(key.substr(kPrefix.size())), r(value);
  Record out;
  out.account = AccountId(k.fixed<std::uint64_t>());
  out.job = k.fixed<std::uint64_t>();
  const auto version = r.fixed<std::uint8_t>();
  out.mailbox = MailboxId(r.fixed<std::uint32_t>());
  out.touched = Time(std::chrono::milliseconds(r.fixed<std::uint64_t>()));
  const std::string_view pairs = r.rest();
  if (!k.ok() || !r.ok() || version != 1 || pairs.size() % 8 != 0)
    throw Failure(base::fail(base::Errc::corrupt, "a damaged row of an unfinished COPY of account " + std::to_string(raw(out.account))));
  for (std::size_t at = 0; at < pairs.size(); at += 8)
    out.ranges.push_back({Uid(load_be<std::uint32_t>(pairs.data() + at)), Uid(load_be<std::uint32_t>(pairs.data() + at + 4))});
  return out;
}

std::optional<Record> find(const Txn& txn, AccountId account, std::uint64_t job) {
  const Record wanted{account, job, {}, {}, {}};
  const auto row = txn.get(Table::meta, wanted.key());
  if (!row) return std::nullopt;
  return decode(wanted.key(), *row);
}

// The newest copies that are still there, sorted; what was looked at leaves the record's ranges.
std::vector<Uid> take_newest(const Txn& txn, Record& r) {
  std::vector<Uid> out;
  while (!r.ranges.empty() && out.size() < kUndoSlice) {
    UidRange& range = r.ranges.back();
    if (txn.has(Table::messages, message_key(r.account, r.mailbox, range.last))) out.push_back(range.last);
    if (range.first == range.last) r.ranges.pop_back();
    else range.last = Uid(raw(range.last) - 1);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

bool unfinished_copies(const Txn& txn) {
  Cursor c = txn.cursor(Table::meta);
  return c.seek(kPrefix) && c.key().starts_with(kPrefix);
}

Result<CopySliceOutcome> CopySlice::apply(WriteContext& w) const {
  if (copy.move) return base::fail(base::Errc::invalid, "a MOVE is no job: every slice of it is whole");
  std::optional<Record> record;
  if (job != 0 && !(record = find(w.txn, copy.account, job))) return base::fail(base::Errc::not_found, "the copies of this job were taken back");
  auto copied = copy.apply(w);
  if (!copied) return copied.error();
  CopySliceOutcome out{std::move(*copied), job};
  if (!more) {
    if (record) record->strike_off(w.txn);
    out.job = 0;
    return out;
  }
  if (out.copied.uids.empty()) return out;
  if (!record) record = Record{copy.account, w.next_sequence("copy"), copy.to, {}, {}};
  record->ranges.push_back({out.copied.uids.front().second, out.copied.uids.back().second});
  record->save(w.txn, w.now);
  out.job = record->job;
  return out;
}

Result<bool> UndoCopy::apply(WriteContext& w) const {
  auto record = find(w.txn, account, job);
  if (!record) return false;
  auto m = w.live_mailbox(account, record->mailbox);
  auto state = w.find_state(account);
  if (!m || !state) {  // the mailbox went meanwhile, with whatever was in it
    record->strike_off(w.txn);
    return false;
  }
  const std::vector<Uid> uids = take_newest(w.txn, *record);
  // Marked as moved: the messages they are copies of live on, undelete has no use for them.
  if (!uids.empty()) w.entomb_all(account, *m, *state, uids, true);
  if (record->ranges.empty()) record->strike_off(w.txn);
  else record->save(w.txn, record->touched);  // still nobody's: the next slice has to find it
  return !record->ranges.empty();
}

Result<bool> UndoCopies::apply(WriteContext& w) const {
  std::optional<Record> first;
  {
    Cursor c = w.txn.cursor(Table::meta);
    for (bool more = c.seek(kPrefix); more && c.key().starts_with(kPrefix) && !first; more = c.next())
      if (Record r = decode(c.key(), c.value()); r.touched <= untouched_since) first = std::move(r);
  }
  if (!first) return false;
  const auto more = UndoCopy{first->account, first->job}.apply(w);
  if (!more) return more.error();
  return true;
}

}  // namespace store
