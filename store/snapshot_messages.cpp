#include "store/snapshot.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

[[noreturn]] void broken(const char* what) { throw Failure(base::fail(base::Errc::corrupt, what)); }

MessageView view_of(const Txn& txn, std::string_view key, std::string_view hot, std::string_view detail) {
  const MessageRef ref = tail_ref(key);
  MessageView out{ref.mailbox, ref.uid, decode_hot(hot), decode_detail(detail)};
  open_detail(txn, key, out.detail);
  return out;
}

Tombstone tombstone_of(const Txn& txn, std::string_view key, std::string_view row) {
  if (row.size() < kGraveHead + kHotSize) broken("stored row of tombstones");
  Tombstone t;
  t.expunged = Time(std::chrono::milliseconds(std::int64_t(load_be<std::uint64_t>(row.data()))));
  t.moved = row[8] != 0;
  t.message = view_of(txn, key, row.substr(kGraveHead, kHotSize), row.substr(kGraveHead + kHotSize));
  return t;
}

void scan_log(const Txn& txn, Table table, AccountId a, MailboxId m, ModSeq since, FunctionRef<bool(Uid, ModSeq)> f) {
  const Key prefix = mailbox_key(a, m);
  Cursor c = txn.cursor(table);
  for (bool more = c.seek(modseq_key(a, m, next(since), Uid{})); more && c.key().starts_with(prefix); more = c.next())
    if (!f(tail_uid(c.key()), ModSeq(load_be<std::uint64_t>(c.key().data() + 12)))) return;
}

}  // namespace

void Snapshot::for_each_hot(AccountId a, MailboxId m, Uid lo, Uid hi, FunctionRef<bool(Uid, const HotRow&)> f) const {
  const Key end = message_key(a, m, hi);
  Cursor c = txn_.cursor(Table::messages);
  for (bool more = c.seek(message_key(a, m, lo)); more && c.key() <= end.view(); more = c.next())
    if (!f(tail_uid(c.key()), decode_hot(c.value()))) return;
}

// Both tables hold the same keys in the same order: two cursors in step, no look-ups.
void Snapshot::for_each_message(AccountId a, MailboxId m, Uid lo, Uid hi, FunctionRef<bool(const MessageView&)> f) const {
  const Key end = message_key(a, m, hi);
  Cursor hot = txn_.cursor(Table::messages), detail = txn_.cursor(Table::details);
  bool more = hot.seek(message_key(a, m, lo));
  bool paired = detail.seek(message_key(a, m, lo));
  for (; more && hot.key() <= end.view(); more = hot.next(), paired = detail.next()) {
    if (!paired || detail.key() != hot.key()) broken("a message without its detail row");
    if (!f(view_of(txn_, hot.key(), hot.value(), detail.value()))) return;
  }
}

bool Snapshot::encrypted(AccountId account) const { return has_keys(txn_, account); }

std::optional<HotRow> Snapshot::hot(AccountId a, MailboxId m, Uid uid) const {
  const auto row = txn_.get(Table::messages, message_key(a, m, uid));
  if (!row) return std::nullopt;
  return decode_hot(*row);
}

std::optional<MessageView> Snapshot::message(AccountId a, MailboxId m, Uid uid) const {
  const Key key = message_key(a, m, uid);
  const auto hot_row = txn_.get(Table::messages, key);
  if (!hot_row) return std::nullopt;
  const auto detail = txn_.get(Table::details, key);
  if (!detail) broken("a message without its detail row");
  return view_of(txn_, key, *hot_row, *detail);
}

std::optional<Tombstone> Snapshot::tombstone(AccountId a, MailboxId m, Uid uid) const {
  const Key key = message_key(a, m, uid);
  const auto row = txn_.get(Table::tombstones, key);
  if (!row) return std::nullopt;
  return tombstone_of(txn_, key, *row);
}

void Snapshot::for_each_tombstone(AccountId a, FunctionRef<bool(const Tombstone&)> f) const {
  const Key prefix = account_key(a);
  Cursor c = txn_.cursor(Table::tombstones);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next())
    if (!f(tombstone_of(txn_, c.key(), c.value()))) return;
}

void Snapshot::changed_since(AccountId a, MailboxId m, ModSeq since, FunctionRef<bool(Uid, ModSeq)> f) const {
  scan_log(txn_, Table::by_modseq, a, m, since, f);
}
void Snapshot::expunged_since(AccountId a, MailboxId m, ModSeq since, FunctionRef<bool(Uid, ModSeq)> f) const {
  scan_log(txn_, Table::expunged, a, m, since, f);
}

std::vector<std::pair<MailboxId, Uid>> Snapshot::by_thread_key(AccountId a, const ThreadKey& wanted) const {
  std::vector<std::pair<MailboxId, Uid>> out;
  Key prefix = account_key(a);
  prefix.bytes({reinterpret_cast<const char*>(wanted.data()), wanted.size()});
  Cursor c = txn_.cursor(Table::threads);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next())
    out.emplace_back(MailboxId(load_be<std::uint32_t>(c.key().data() + 24)), tail_uid(c.key()));
  return out;
}

}  // namespace store
