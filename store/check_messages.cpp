// Messages and what follows them: details, order of change, threads, tombstones, the log of expunged UIDs.
#include "base/encoding.hpp"
#include "store/check_rows.hpp"
#include "store/write_context.hpp"

namespace store {

const RowChecks::Box& RowChecks::box(AccountId a, MailboxId m) {
  if (box_ && box_->account == a && box_->id == m) return *box_;
  Box b{a, m, std::nullopt, std::nullopt, 0};
  try {
    if (const auto row = txn_->get(Table::mailboxes, mailbox_key(a, m)); row && m != MailboxId{}) b.row = decode_mailbox(m, *row);
  } catch (const Failure&) {  // it has a finding of its own; its messages count as without
  }
  try {
    if (const auto row = txn_->get(Table::mailboxes, mailbox_key(a, {}))) b.state = decode_state(*row);
  } catch (const Failure&) {
  }
  const Key prefix = mailbox_key(a, m);
  Cursor c = txn_->cursor(Table::keywords);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next())
    if (std::uint8_t(c.key().back()) < 64) b.keywords |= std::uint64_t(1) << std::uint8_t(c.key().back());
  return box_.emplace(std::move(b));
}

void RowChecks::message_row(std::string_view key, std::string_view value) {
  const MessageRef ref = tail_ref(key);
  const std::string who = describe(ref);
  const Box& b = box(ref.account, ref.mailbox);
  if (!b.row) return find("message_without_mailbox", who);
  const HotRow hot = decode_hot(value);
  need(ref.uid != Uid{} && ref.uid < b.row->uid_next, "uid_next", who);
  need(hot.modseq <= b.row->highest_modseq && hot.modseq != ModSeq{}, "highest_modseq", who);
  need((hot.keywords & ~b.keywords) == 0, "unnamed_keyword", who);
  need((hot.flags & ~kAllFlags) == 0, "unknown_flag", who);
  need(txn_->has(Table::by_modseq, modseq_key(ref.account, ref.mailbox, hot.modseq, ref.uid)), "missing_by_modseq", who);
  if (b.state) need(hot.email < b.state->next_email && raw(hot.thread) <= raw(hot.email), "email_id", who);
  const auto detail = txn_->get(Table::details, key);
  if (!detail) return find("message_without_details", who);
  const DetailView d = decode_detail(*detail);
  need(hot.size == d.size(), "size", who);
  thread_keys(ref, hot, d.thread_keys);
  content(ref, d.extents, d.content_size);
}

void RowChecks::thread_keys(const MessageRef& ref, const HotRow& hot, std::string_view keys) {
  bool sound = keys.size() % sizeof(ThreadKey) == 0;
  for (std::size_t at = 0; sound && at < keys.size(); at += sizeof(ThreadKey)) {
    Key k;
    k.num(ref.account).bytes(keys.substr(at, sizeof(ThreadKey))).num(ref.mailbox).num(ref.uid);
    const auto row = txn_->get(Table::threads, k);
    sound = row && row->size() == 8 && load_be<std::uint64_t>(row->data()) == raw(hot.thread);
  }
  need(sound, "missing_thread_row", describe(ref));
}

void RowChecks::detail_row(std::string_view key, std::string_view value) {
  decode_detail(value);
  need(txn_->has(Table::messages, key), "details_without_message", describe(tail_ref(key)));
}

void RowChecks::modseq_row(std::string_view key, std::string_view) {
  const MessageRef ref = middle_ref(key);
  const auto row = txn_->get(Table::messages, ref.key());
  need(row && raw(decode_hot(*row).modseq) == load_be<std::uint64_t>(key.data() + 12), "stale_by_modseq", describe(ref));
}

void RowChecks::tombstone_row(std::string_view key, std::string_view value) {
  const MessageRef ref = tail_ref(key);
  const std::string who = describe(ref);
  if (value.size() < kGraveHead + kHotSize) throw Failure(base::fail(base::Errc::corrupt, "a tombstone cut short"));
  const HotRow hot = decode_hot(value.substr(kGraveHead, kHotSize));
  const DetailView d = decode_detail(value.substr(kGraveHead + kHotSize));
  if (txn_->has(Table::messages, key)) return find("live_and_dead", who);
  const Box& b = box(ref.account, ref.mailbox);
  need(b.row.has_value(), "tombstone_without_mailbox", who);
  if (b.row) need(ref.uid < b.row->uid_next, "uid_next", who);
  Key due;
  due.bytes(value.substr(0, 8)).bytes(key);
  need(txn_->has(Table::tombstone_due, due), "missing_tombstone_due", who);
  need(hot.size == d.size(), "size", who);
  content(ref, d.extents, d.content_size);
}

void RowChecks::due_row(std::string_view key, std::string_view) {
  const auto row = txn_->get(Table::tombstones, key.substr(8));
  need(row && row->substr(0, 8) == key.substr(0, 8), "stale_tombstone_due", describe(tail_ref(key)));
}

void RowChecks::expunged_row(std::string_view key, std::string_view value) {
  const MessageRef ref = middle_ref(key);
  const Box& b = box(ref.account, ref.mailbox);
  if (!b.row) return find("expunged_without_mailbox", describe(ref));
  need(value.size() == 8, "expunged_time", describe(ref));
  need(load_be<std::uint64_t>(key.data() + 12) <= raw(b.row->highest_modseq) && ref.uid < b.row->uid_next, "expunged_modseq", describe(ref));
  need(!txn_->has(Table::messages, ref.key()), "expunged_and_live", describe(ref));
}

void RowChecks::thread_row(std::string_view key, std::string_view value) {
  const MessageRef ref = thread_ref(key);
  const auto hot = txn_->get(Table::messages, ref.key()), detail = txn_->get(Table::details, ref.key());
  bool named = false;
  if (hot && detail) {
    const std::string_view keys = decode_detail(*detail).thread_keys;
    for (std::size_t at = 0; !named && at + sizeof(ThreadKey) <= keys.size(); at += sizeof(ThreadKey))
      named = keys.substr(at, sizeof(ThreadKey)) == key.substr(8, sizeof(ThreadKey));
    named = named && value.size() == 8;
  }
  need(named, "thread_without_message", describe(ref));
}

}  // namespace store
