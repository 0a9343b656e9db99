// Queue entries, records, the audit chain, holds and the journal's consumers.
#include <algorithm>

#include "base/codec.hpp"
#include "store/chunk.hpp"
#include "store/operations.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

Key due_key(Time due, QueueId id) {
  Key k;
  k.time(due).num(id);
  return k;
}

}  // namespace

std::optional<std::string> RecordView::get(RecordTable table, std::string_view key) const {
  const auto row = w_.txn.get(table_of(table), key);
  if (!row) return std::nullopt;
  return std::string(ChunkReader(w_.txn).open(table_of(table), key, *row));
}

void RecordView::for_each(RecordTable table, std::string_view prefix, FunctionRef<bool(std::string_view, std::string_view)> f) const {
  ChunkReader reader(w_.txn);
  Cursor c = w_.txn.cursor(table_of(table));
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next())
    if (!f(c.key(), reader.open(table_of(table), c.key(), c.value()))) return;
}

Result<bool> apply_rules(WriteContext& w, const std::vector<RecordRule>& rules, const std::vector<Delivery>& deliveries, const Submitted& done) {
  const RecordView view(w);
  const RecordInput input{view, w.now, deliveries, done};
  bool any = false;
  for (const RecordRule& rule : rules) {
    const auto puts = rule(input);
    if (!puts) return puts.error();
    any = any || !puts->empty();
    if (auto error = put_records(w, *puts)) return *error;
  }
  return any;
}

Result<bool> ApplyRules::apply(WriteContext& w) const { return apply_rules(w, rules, {}, {}); }

void QueueUpdate::prepare(const Env& env) const {
  if (also) also->prepare(env);
}

std::size_t QueueUpdate::weight() const { return 512 + (next ? next->envelope.size() : 0) + (also ? also->weight() : 0); }

Result<bool> QueueUpdate::apply(WriteContext& w) const {
  const Key key = queue_key(id);
  const auto row = w.txn.get(Table::queue, key);
  if (!row) return base::fail(base::Errc::not_found, "no such queue entry");
  const std::string copy(*row);
  QueueBytes old = decode_queue(copy);
  const DataKeyPtr sealed_with = old.sealed.empty() ? nullptr : w.txn.keyring().get(sealed_by(old.sealed));
  w.txn.erase(Table::queue_due, due_key(old.due, id));
  if (next) {
    QueueBytes changed = old;
    const auto opened = open_queue(w.txn, key, changed);
    changed.due = next->due;
    changed.envelope = next->envelope;
    w.txn.put(Table::queue, key, queue_row(sealed_with.get(), key, changed));
    w.txn.put(Table::queue_due, due_key(next->due, id), {});
  } else {
    w.txn.erase(Table::queue, key);
    w.bury(tail_ref(key), old.extents);
  }
  if (also)
    if (auto sent = also->apply(w); !sent) return sent.error();
  if (auto error = put_records(w, puts, sealed_with)) return *error;
  if (const auto written = apply_rules(w, rules, {}, {}); !written) return written.error();
  return true;
}

Result<bool> PutRecords::apply(WriteContext& w) const {
  if (puts.size() > kMaxSlice) return base::fail(base::Errc::limit, "more than 5000 records in one operation");
  std::uint64_t bytes = 0;
  for (const Put& p : puts) bytes += p.key.size() + p.value.size();
  if (auto refused = bytes > 0 ? w.refuse_growth(bytes) : std::nullopt) return *refused;
  if (auto error = put_records(w, puts)) return *error;
  return true;
}

Result<std::uint64_t> AppendAudit::apply(WriteContext& w) const {
  AuditLink last = audit_end(w.txn);
  const std::uint64_t seq = w.next_sequence("audit");
  Key key;
  key.num(seq);
  w.txn.put(Table::audit, key, std::string(base::view(audit_hash(last, seq, payload))) + payload);
  return seq;
}

Result<bool> PlaceHold::apply(WriteContext& w) const {
  if (name.empty() || name.size() > 400) return base::fail(base::Errc::invalid, "name of the hold");
  Key key = account_key(account);
  key.bytes(name);
  if (reason.empty()) {
    if (!w.txn.erase(Table::holds, key)) return base::fail(base::Errc::not_found, "no such hold");
    return true;
  }
  w.txn.put(Table::holds, key, reason);
  return true;
}

Result<bool> SetCheckpoint::apply(WriteContext& w) const {
  if (consumer.empty() || consumer.size() > 100) return base::fail(base::Errc::invalid, "name of the consumer");
  if (remove) return w.txn.erase(Table::consumers, consumer);
  const auto row = w.txn.get(Table::consumers, consumer);
  if (row) {
    base::Reader r(*row);
    if (r.fixed<std::uint64_t>() >= raw(done) && r.fixed<std::uint8_t>() == 0) return false;
  }
  base::Writer value;
  value.fixed(raw(done)).fixed(std::uint8_t(0));
  w.txn.put(Table::consumers, consumer, value.str());
  return true;
}

Result<std::uint64_t> TrimJournal::apply(WriteContext& w) const {
  std::uint64_t first = 0, last = 0;
  {
    Cursor c = w.txn.cursor(Table::journal);
    if (!c.first()) return std::uint64_t(0);
    first = load_be<std::uint64_t>(c.key().data());
    c.last();
    last = load_be<std::uint64_t>(c.key().data());
  }
  const std::uint64_t floor = last >= keep ? last - keep : 0;  // rows up to here go whoever still wants them
  std::uint64_t lowest = last;
  std::vector<std::pair<std::string, std::uint64_t>> laggards;
  {
    Cursor c = w.txn.cursor(Table::consumers);
    for (bool more = c.first(); more; more = c.next()) {
      base::Reader r(c.value());
      const auto done = r.fixed<std::uint64_t>();
      if (r.fixed<std::uint8_t>() != 0) continue;  // marked already: it starts over anyway
      if (done < floor) laggards.emplace_back(c.key(), done);
      else lowest = std::min(lowest, done);
    }
  }
  for (const auto& [name, done] : laggards) {
    base::Writer value;
    value.fixed(done).fixed(std::uint8_t(1));
    w.txn.put(Table::consumers, name, value.str());
  }
  // The last row stays: it is the counter.
  const std::uint64_t until = std::min<std::uint64_t>({std::max(floor, lowest), first + kMaxSlice - 1, last - 1});
  std::uint64_t removed = 0;
  for (std::uint64_t seq = first; seq <= until; ++seq) {
    Key k;
    k.num(seq);
    removed += w.txn.erase(Table::journal, k);
  }
  return removed;
}

}  // namespace store
