#include <algorithm>

#include "store/operations.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

using base::Errc;
using base::fail;

std::uint64_t names_of(const Txn& txn, AccountId a) {
  std::uint64_t n = 0;
  const Key prefix = account_key(a);
  Cursor c = txn.cursor(Table::names);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) ++n;
  return n;
}

struct Renaming {
  MailboxId mailbox{};
  bool subscribed = false;
  std::string from, to;
};

void apply_renaming(WriteContext& w, AccountId a, const std::vector<Renaming>& all) {
  for (const Renaming& r : all) w.txn.erase(Table::names, name_key(a, r.from));
  for (const Renaming& r : all) {
    w.txn.put(Table::names, name_key(a, r.to), encode_name({r.mailbox, r.subscribed, r.to}));
    auto m = w.find_mailbox(a, r.mailbox);
    if (!m) continue;  // a subscription only
    m->name = r.to;
    w.save_mailbox(a, *m);
    w.journal({ChangeKind::mailbox_renamed, a, r.mailbox, m->highest_modseq, {}, {}, r.to});
  }
  w.hints.push_back({a, MailboxId{}, ModSeq{}});
}

// RFC 9051 6.3.6: "Renaming INBOX ... moves all messages in INBOX to a new mailbox with the given name, leaving INBOX empty."
Result<RenameOutcome> rename_inbox(WriteContext& w, AccountId a, const std::string& to) {
  const auto made = make_mailbox(w, a, to, SpecialUse::none, false);
  if (!made) return made.error();
  std::vector<Uid> uids;
  {
    const Key prefix = mailbox_key(a, kInbox);
    Cursor c = w.txn.cursor(Table::messages);
    for (bool more = c.seek(prefix); more && c.key().starts_with(prefix) && uids.size() <= kMaxSlice; more = c.next())
      uids.push_back(tail_uid(c.key()));
  }
  const bool more = uids.size() > kMaxSlice;
  if (more) uids.resize(kMaxSlice);
  if (auto moved = CopyMessages{a, kInbox, *made, std::move(uids), true}.apply(w); !moved) return moved.error();
  return RenameOutcome{*made, more};
}

}  // namespace

// A new UIDVALIDITY is above every other of the account (RFC 9051 2.3.1.1), and above the clock of a restored, older copy.
UidValidity take_validity(AccountState& s, Time now) {
  const auto seconds = std::uint32_t(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  const UidValidity v = UidValidity(std::max(raw(s.next_validity), seconds));
  s.next_validity = UidValidity(raw(v) + 1);
  return v;
}

Result<MailboxId> make_mailbox(WriteContext& w, AccountId a, const std::string& name, SpecialUse special, bool subscribe) {
  auto state = w.find_state(a);
  if (!state) return fail(Errc::not_found, "no such account");
  const auto named = find_name(w.txn, a, name);
  if (named && named->mailbox != MailboxId{}) return fail(Errc::exists, "the mailbox exists");
  const bool subscribed = subscribe || (named && named->subscribed);
  if (names_of(w.txn, a) >= kMaxMailboxes) return fail(Errc::limit, "more than 10000 mailboxes");
  Mailbox m;
  m.id = state->next_mailbox;
  state->next_mailbox = MailboxId(raw(m.id) + 1);
  m.name = name;
  m.uid_validity = take_validity(*state, w.now);
  m.special = special;
  w.save_state(a, *state);
  w.save_mailbox(a, m);
  w.txn.put(Table::names, name_key(a, name), encode_name({m.id, subscribed, name}));
  w.journal({ChangeKind::mailbox_created, a, m.id, m.highest_modseq, {}, {}, name});
  w.hints.push_back({a, MailboxId{}, ModSeq{}});
  return m.id;
}

Result<MailboxId> CreateMailbox::apply(WriteContext& w) const {
  auto canonical = canonical_mailbox_name(name);
  if (!canonical) return canonical.error();
  if (auto refused = w.refuse_growth(4096)) return *refused;
  return make_mailbox(w, account, *canonical, special, false);
}

Result<RenameOutcome> RenameMailbox::apply(WriteContext& w) const {
  auto old_name = canonical_mailbox_name(from);
  if (!old_name) return old_name.error();
  auto new_name = canonical_mailbox_name(to);
  if (!new_name) return new_name.error();
  if (*new_name == "INBOX" || *new_name == *old_name) return fail(Errc::exists, "the mailbox exists");
  if (*old_name == "INBOX") return rename_inbox(w, account, *new_name);
  const std::string below = *old_name + "/";
  if (new_name->starts_with(below)) return fail(Errc::invalid, "a mailbox cannot move below itself");
  std::vector<Renaming> all;
  MailboxId found{};
  bool any = false;
  {
    const Key prefix = account_key(account);
    Cursor c = w.txn.cursor(Table::names);
    for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) {
      const NameRow row = decode_name(c.value());
      if (row.name != *old_name && !row.name.starts_with(below)) continue;
      if (row.name == *old_name) found = row.mailbox;
      any |= row.mailbox != MailboxId{};
      all.push_back({row.mailbox, row.subscribed, std::string(row.name), *new_name + std::string(row.name.substr(old_name->size()))});
    }
  }
  if (!any) return fail(Errc::not_found, "no such mailbox");
  for (Renaming& r : all) {
    if (auto checked = canonical_mailbox_name(r.to); !checked) return checked.error();
    if (const auto there = find_name(w.txn, account, r.to)) {
      if (there->mailbox != MailboxId{}) return fail(Errc::exists, "the mailbox exists");
      r.subscribed |= there->subscribed;
    }
  }
  apply_renaming(w, account, all);
  return RenameOutcome{found, false};
}

Result<MailboxId> DeleteMailbox::apply(WriteContext& w) const {
  auto canonical = canonical_mailbox_name(name);
  if (!canonical) return canonical.error();
  if (*canonical == "INBOX") return fail(Errc::denied, "INBOX cannot be deleted");  // RFC 9051 6.3.5
  const auto named = find_name(w.txn, account, *canonical);
  if (!named || named->mailbox == MailboxId{}) return fail(Errc::not_found, "no such mailbox");
  const bool subscribed = named->subscribed;
  auto m = need_mailbox(w, account, named->mailbox);
  if (!m) return m.error();
  auto state = w.find_state(account);
  if (!state) return fail(Errc::not_found, "no such account");
  state->bytes -= m->bytes;
  state->messages -= m->messages;
  m->deleted_at = w.now;
  m->highest_modseq = next(m->highest_modseq);
  w.save_state(account, *state);
  w.save_mailbox(account, *m);
  w.txn.put(Table::graveyard, mailbox_key(account, m->id), {});
  if (subscribed) w.txn.put(Table::names, name_key(account, *canonical), encode_name({MailboxId{}, true, *canonical}));
  else w.txn.erase(Table::names, name_key(account, *canonical));
  w.journal({ChangeKind::mailbox_deleted, account, m->id, m->highest_modseq, {}, {}, *canonical});
  w.hints.push_back({account, m->id, m->highest_modseq});
  w.hints.push_back({account, MailboxId{}, ModSeq{}});
  return m->id;
}

Result<bool> Subscribe::apply(WriteContext& w) const {
  auto canonical = canonical_mailbox_name(name);
  if (!canonical) return canonical.error();
  const auto named = find_name(w.txn, account, *canonical);
  const MailboxId id = named ? named->mailbox : MailboxId{};
  if (on && id == MailboxId{} && !(named && named->subscribed)) return fail(Errc::not_found, "no such mailbox");
  if (!on && id == MailboxId{}) return w.txn.erase(Table::names, name_key(account, *canonical));
  w.txn.put(Table::names, name_key(account, *canonical), encode_name({id, on, *canonical}));
  return true;
}

}  // namespace store
