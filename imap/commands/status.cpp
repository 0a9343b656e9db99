#include "imap/commands/status.hpp"

#include "imap/commands/commands.hpp"
#include "imap/object_id.hpp"

namespace imap::commands {
namespace {

using base::raw;
using proto::StatusItem;

// RFC 9208 5.2: octets of the messages marked \Deleted. No counter is kept for it.
std::uint64_t deleted_storage(const store::Snapshot& snap, store::AccountId account, const store::Mailbox& m) {
  std::uint64_t sum = 0;
  if (m.deleted == 0) return sum;
  snap.for_each_hot(account, m.id, store::Uid(1), store::kLastUid, [&](store::Uid, const store::HotRow& row) {
    if (row.flags & store::kDeleted) sum += row.size;
    return true;
  });
  return sum;
}

std::uint64_t value_of(StatusItem item, Session& s, const store::Snapshot& snap, const store::Mailbox& m) {
  switch (item) {
    case StatusItem::messages: return m.messages;
    case StatusItem::uid_next: return raw(m.uid_next);
    case StatusItem::uid_validity: return raw(m.uid_validity);
    case StatusItem::unseen: return m.unseen;
    case StatusItem::deleted: return m.deleted;
    case StatusItem::size: return m.bytes;
    case StatusItem::highest_mod_seq: return raw(m.highest_modseq);
    case StatusItem::append_limit: return s.settings().append_limit;
    case StatusItem::deleted_storage: return deleted_storage(snap, s.account(), m);
    case StatusItem::recent:
    case StatusItem::mailbox_id: break;
  }
  return 0;
}

}  // namespace

void tell_status(Session& s, const store::Snapshot& snap, const store::Mailbox& m, const std::vector<StatusItem>& items) {
  const auto name = proto::MailboxName::make(m.name);
  if (!name) return;  // a name that IMAP cannot say is not listed either
  const ObjectId id = mailbox_id(s.account(), m.id);
  std::vector<proto::StatusValue> values;
  values.reserve(items.size());
  for (const StatusItem item : items) {
    proto::StatusValue value{item, value_of(item, s, snap, m), {}};
    if (item == StatusItem::mailbox_id) value.id = id;
    if (item == StatusItem::highest_mod_seq) s.enable_condstore();  // RFC 7162 3.1: a CONDSTORE-enabling command
    values.push_back(value);
  }
  proto::status(s.out(), *name, values);
}

Task<Reply> status(Session& s, const proto::Status& c) {
  const store::Snapshot snap = s.snapshot();
  const auto m = snap.mailbox(s.account(), c.mailbox.str());
  if (!m) co_return no("No such mailbox.", "NONEXISTENT");
  tell_status(s, snap, *m, c.items);
  co_return ok("Done.");
}

}  // namespace imap::commands
