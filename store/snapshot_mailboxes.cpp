#include <algorithm>

#include "store/snapshot.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

template <class F>
void scan_names(const Txn& txn, AccountId a, F f) {
  const Key prefix = account_key(a);
  Cursor c = txn.cursor(Table::names);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) f(decode_name(c.value()));
}

std::optional<Mailbox> load(const Txn& txn, AccountId a, MailboxId id) {
  if (id == MailboxId{}) return std::nullopt;
  const auto row = txn.get(Table::mailboxes, mailbox_key(a, id));
  if (!row) return std::nullopt;
  Mailbox m = decode_mailbox(id, *row);
  if (m.deleted_at != Time{}) return std::nullopt;
  return m;
}

}  // namespace

AccountState Snapshot::account_state(AccountId account) const {
  const auto row = txn_.get(Table::mailboxes, mailbox_key(account, MailboxId{}));
  return row ? decode_state(*row) : AccountState{};
}

std::optional<Mailbox> Snapshot::mailbox(AccountId account, MailboxId id) const {
  auto m = load(txn_, account, id);
  if (m)
    if (const auto named = find_name(txn_, account, m->name)) m->subscribed = named->subscribed;
  return m;
}

std::optional<Mailbox> Snapshot::mailbox(AccountId account, std::string_view name) const {
  const auto canonical = canonical_mailbox_name(name);
  if (!canonical) return std::nullopt;
  const auto named = find_name(txn_, account, *canonical);
  if (!named) return std::nullopt;
  auto m = load(txn_, account, named->mailbox);
  if (m) m->subscribed = named->subscribed;
  return m;
}

std::vector<Mailbox> Snapshot::mailboxes(AccountId account) const {
  std::vector<Mailbox> out;
  scan_names(txn_, account, [&](const NameRow& row) {
    auto m = load(txn_, account, row.mailbox);
    if (!m) return;
    m->subscribed = row.subscribed;
    out.push_back(*std::move(m));
  });
  std::sort(out.begin(), out.end(), [](auto& x, auto& y) { return x.name < y.name; });
  return out;
}

std::vector<std::string> Snapshot::subscriptions(AccountId account) const {
  std::vector<std::string> out;
  scan_names(txn_, account, [&](const NameRow& row) { if (row.subscribed) out.emplace_back(row.name); });
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Keyword> Snapshot::keywords(AccountId account, MailboxId mailbox) const {
  std::vector<Keyword> out;
  const Key prefix = mailbox_key(account, mailbox);
  Cursor c = txn_.cursor(Table::keywords);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next())
    out.push_back({std::uint8_t(c.key().back()), std::string(c.value())});
  return out;
}

}  // namespace store
