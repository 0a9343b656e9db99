#include <algorithm>

#include "base/codec.hpp"
#include "store/snapshot.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

std::uint64_t tail64(std::string_view key) { return load_be<std::uint64_t>(key.data() + key.size() - 8); }

QueueRow entry_of(const Txn& txn, QueueId id, std::string_view bytes) {
  QueueBytes q = decode_queue(bytes);
  auto opened = open_queue(txn, queue_key(id), q);
  return {id, q.envelope, q.due, q.accepted, q.prefix, q.extents, q.content_size, std::move(opened)};
}

}  // namespace

JournalSeq Snapshot::journal_end() const {
  return JournalSeq(store::journal_end(txn_));
}

void Snapshot::for_each_change(JournalSeq after, FunctionRef<bool(JournalSeq, const Change&)> f) const {
  Key from;
  from.num(raw(after) + 1);
  Cursor c = txn_.cursor(Table::journal);
  for (bool more = c.seek(from); more; more = c.next())
    if (!f(JournalSeq(tail64(c.key())), decode_change(c.value()))) return;
}

std::vector<Consumer> Snapshot::consumers() const {
  std::vector<Consumer> out;
  Cursor c = txn_.cursor(Table::consumers);
  for (bool more = c.first(); more; more = c.next()) {
    base::Reader r(c.value());
    const auto done = r.fixed<std::uint64_t>();
    out.push_back({std::string(c.key()), JournalSeq(done), r.fixed<std::uint8_t>() != 0});
  }
  return out;
}

std::optional<QueueRow> Snapshot::queue_entry(QueueId id) const {
  const auto row = txn_.get(Table::queue, queue_key(id));
  if (!row) return std::nullopt;
  return entry_of(txn_, id, *row);
}

void Snapshot::for_each_due(Time until, FunctionRef<bool(const QueueRow&)> f) const {
  Key end;
  end.time(until).num(~std::uint64_t(0));
  Cursor c = txn_.cursor(Table::queue_due);
  for (bool more = c.first(); more && c.key() <= end.view(); more = c.next()) {
    const auto row = queue_entry(QueueId(tail64(c.key())));
    if (row && !f(*row)) return;
  }
}

void Snapshot::for_each_queued(FunctionRef<bool(const QueueRow&)> f) const {
  Cursor c = txn_.cursor(Table::queue);
  for (bool more = c.first(); more; more = c.next())
    if (!f(entry_of(txn_, QueueId(tail64(c.key())), c.value()))) return;
}

std::optional<std::string> Snapshot::record(RecordTable table, std::string_view key) const {
  const auto row = txn_.get(table_of(table), key);
  if (!row) return std::nullopt;
  return std::string(ChunkReader(txn_).open(table_of(table), key, *row));
}

void Snapshot::for_each_record(RecordTable table, std::string_view from, std::string_view until,
                               FunctionRef<bool(std::string_view, std::string_view)> f) const {
  ChunkReader reader(txn_);
  Cursor c = txn_.cursor(table_of(table));
  for (bool more = c.seek(from); more && (until.empty() || c.key() < until); more = c.next())
    if (!f(c.key(), reader.open(table_of(table), c.key(), c.value()))) return;
}

AuditRow audit_row(std::string_view key, std::string_view value) {
  if (key.size() != 8 || value.size() < sizeof(base::Digest)) throw Failure(base::fail(base::Errc::corrupt, "audit row shorter than its hash"));
  AuditRow row;
  row.link.seq = tail64(key);
  std::copy_n(value.begin(), row.link.hash.size(), row.link.hash.begin());
  row.payload = value.substr(row.link.hash.size());
  return row;
}

AuditLink audit_end(const Txn& txn) {
  Cursor c = txn.cursor(Table::audit);
  return c.last() ? audit_row(c.key(), c.value()).link : AuditLink{};
}

AuditLink Snapshot::audit_end() const { return store::audit_end(txn_); }

std::uint64_t Snapshot::audits_given() const {
  const auto row = txn_.get(Table::meta, "seq.audit");
  return row && row->size() == 8 ? tail64(*row) : 0;
}

void Snapshot::for_each_audit_row(std::uint64_t after, FunctionRef<bool(const AuditRow&)> f) const {
  Key from;
  from.num(after + 1);
  Cursor c = txn_.cursor(Table::audit);
  for (bool more = c.seek(from); more; more = c.next())
    if (!f(audit_row(c.key(), c.value()))) return;
}

void Snapshot::for_each_audit(std::uint64_t after, FunctionRef<bool(std::uint64_t, std::string_view)> f) const {
  Key from;
  from.num(after + 1);
  Cursor c = txn_.cursor(Table::audit);
  for (bool more = c.seek(from); more; more = c.next())
    if (!f(tail64(c.key()), c.value().substr(std::min(c.value().size(), sizeof(base::Digest))))) return;
}

bool Snapshot::held(AccountId account) const { return is_held(txn_, account); }

}  // namespace store
