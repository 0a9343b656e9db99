#include "store/rebuild.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "store/directory_read.hpp"
#include "store/operations.hpp"

namespace store {
namespace {

constexpr std::string_view kRecovered = "Recovered";

template <class F>
void for_each_key(const Txn& txn, Table table, std::string_view prefix, F f) {
  Cursor c = txn.cursor(table);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) f(c.key(), c.value());
}

bool any(const Txn& txn, Table table, std::string_view prefix) {
  Cursor c = txn.cursor(table);
  return c.seek(prefix) && c.key().starts_with(prefix);
}

UidValidity fresh_validity(AccountState& s, Time now) {
  const auto seconds = std::uint32_t(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  const UidValidity v = UidValidity(std::max(raw(s.next_validity), seconds));
  s.next_validity = UidValidity(raw(v) + 1);
  return v;
}

Uid last_uid(const Txn& txn, AccountId a, MailboxId m) {
  Uid last{};
  const Key prefix = mailbox_key(a, m);
  for (const Table t : {Table::messages, Table::details, Table::tombstones}) {
    Cursor c = txn.cursor(t);
    if (c.seek_last(prefix)) last = std::max(last, tail_uid(c.key()));
  }
  for_each_key(txn, Table::expunged, prefix, [&](std::string_view key, std::string_view) { last = std::max(last, tail_uid(key)); });
  return last;
}

ModSeq last_modseq(const Txn& txn, AccountId a, MailboxId m) {
  std::uint64_t last = 1;
  for (const Table t : {Table::by_modseq, Table::expunged}) {
    Cursor c = txn.cursor(t);
    if (c.seek_last(mailbox_key(a, m))) last = std::max(last, load_be<std::uint64_t>(c.key().data() + 12));
  }
  return ModSeq(last);
}

std::optional<NameRow> name_of(const WriteContext& w, AccountId a, MailboxId m, std::string& storage) {
  std::optional<NameRow> found;
  for_each_key(w.txn, Table::names, account_key(a), [&](std::string_view, std::string_view value) {
    try {
      const NameRow row = decode_name(value);
      if (found || row.mailbox != m) return;
      storage = row.name;
      found = NameRow{row.mailbox, row.subscribed, storage};
    } catch (const Failure&) {  // it has a finding of its own
    }
  });
  return found;
}

SpecialUse use_of(std::string_view name) {  // as AddAccount makes them
  constexpr std::pair<std::string_view, SpecialUse> kStandard[] = {
      {"INBOX", SpecialUse::inbox}, {"Drafts", SpecialUse::drafts}, {"Sent", SpecialUse::sent},
      {"Junk", SpecialUse::junk},   {"Trash", SpecialUse::trash},   {"Archive", SpecialUse::archive}};
  for (const auto& [standard, use] : kStandard)
    if (name == standard) return use;
  return SpecialUse::none;
}

bool taken(const WriteContext& w, AccountId a, std::string_view name, MailboxId by) {
  const auto row = w.txn.get(Table::names, name_key(a, name));
  if (!row) return false;
  const NameRow named = decode_name(*row);
  if (named.mailbox == MailboxId{} || named.mailbox == by) return false;
  const auto other = readable_mailbox(w, a, named.mailbox);
  return other && other->deleted_at == Time{} && other->name == name;
}

}  // namespace

std::optional<Mailbox> readable_mailbox(const WriteContext& w, AccountId a, MailboxId m) {
  try {
    return w.find_mailbox(a, m);
  } catch (const Failure&) {
    return std::nullopt;
  }
}

std::optional<AccountState> readable_state(const WriteContext& w, AccountId a) {
  try {
    return w.find_state(a);
  } catch (const Failure&) {
    return std::nullopt;
  }
}

bool is_known(const WriteContext& w, AccountId a) {
  return w.txn.has(Table::directory, directory_key(kAccountRow, a)) || w.txn.has(Table::graveyard, mailbox_key(a, {}));
}

AccountState rebuild_state(WriteContext& w, AccountId a) {
  AccountState s;
  const Key prefix = account_key(a);
  MailboxId last{};
  EmailId email{};
  for (const Table t : {Table::mailboxes, Table::messages, Table::details, Table::tombstones, Table::keywords})
    if (Cursor c = w.txn.cursor(t); c.seek_last(prefix) && c.key().size() >= 12) last = std::max(last, key_mailbox(c.key()));
  for_each_key(w.txn, Table::names, prefix, [&](std::string_view, std::string_view value) {
    try {
      last = std::max(last, decode_name(value).mailbox);
    } catch (const Failure&) {
    }
  });
  const auto see = [&](std::string_view hot) { if (hot.size() == kHotSize) email = std::max(email, EmailId(load_be<std::uint64_t>(hot.data() + 40))); };
  for_each_key(w.txn, Table::messages, prefix, [&](std::string_view, std::string_view value) { see(value); });
  for_each_key(w.txn, Table::tombstones, prefix, [&](std::string_view, std::string_view value) { see(value.substr(std::min(kGraveHead, value.size()), kHotSize)); });
  s.next_mailbox = MailboxId(raw(last) + 1);
  s.next_email = EmailId(raw(email) + 1);
  for_each_key(w.txn, Table::mailboxes, prefix, [&](std::string_view key, std::string_view) {
    const auto m = readable_mailbox(w, a, key_mailbox(key));
    if (!m) return;
    s.next_validity = UidValidity(std::max(raw(s.next_validity), raw(m->uid_validity) + 1));
    if (m->deleted_at != Time{}) return;
    s.bytes += m->bytes;
    s.messages += m->messages;
  });
  w.save_state(a, s);
  return s;
}

void name_mailbox(WriteContext& w, AccountId a, Mailbox& m, bool subscribe) {
  if (m.name.empty() || taken(w, a, m.name, m.id)) m.name = kRecovered;
  if (taken(w, a, m.name, m.id)) m.name = std::string(kRecovered) + "/" + std::to_string(raw(m.id));
  w.txn.put(Table::names, name_key(a, m.name), encode_name({m.id, subscribe, m.name}));
}

std::optional<Mailbox> rebuild_mailbox(WriteContext& w, AccountId a, MailboxId id) {
  if (!is_known(w, a) || id == MailboxId{}) return std::nullopt;
  AccountState state = readable_state(w, a).value_or(AccountState{});
  if (!readable_state(w, a)) state = rebuild_state(w, a);
  std::string storage;
  const auto named = name_of(w, a, id, storage);
  const Key prefix = mailbox_key(a, id);
  Mailbox m;
  m.id = id;
  m.name = named ? std::string(named->name) : id == kInbox ? "INBOX" : "";
  m.uid_validity = fresh_validity(state, w.now);
  m.uid_next = Uid(raw(last_uid(w.txn, a, id)) + 1);
  m.highest_modseq = m.expunge_floor = next(last_modseq(w.txn, a, id));
  m.special = use_of(m.name);
  state.next_mailbox = std::max(state.next_mailbox, MailboxId(raw(id) + 1));
  w.save_state(a, state);
  const bool lives = named || id == kInbox || any(w.txn, Table::messages, prefix) || any(w.txn, Table::details, prefix);
  if (lives && w.txn.has(Table::directory, directory_key(kAccountRow, a))) {
    name_mailbox(w, a, m, named ? named->subscribed : true);
    w.journal({ChangeKind::mailbox_created, a, id, m.highest_modseq, {}, {}, m.name});
  } else {  // only expunged messages: they stay recoverable until their time is over
    if (m.name.empty()) m.name = kRecovered;
    m.deleted_at = w.now;
    w.txn.put(Table::graveyard, prefix, {});
  }
  w.save_mailbox(a, m);
  w.hints.push_back({a, MailboxId{}, ModSeq{}});
  return m;
}

bool rebuild_hot(WriteContext& w, const MessageRef& ref) {
  const auto bytes = w.txn.get(Table::details, ref.key());
  if (!bytes) return false;
  const std::string detail(*bytes);
  const DetailView d = decode_detail(detail);
  auto m = readable_mailbox(w, ref.account, ref.mailbox);
  if (!m) m = rebuild_mailbox(w, ref.account, ref.mailbox);
  auto state = readable_state(w, ref.account);
  if (!m || !state || ref.uid == Uid{}) return false;
  HotRow hot;
  hot.internal_date = w.now;
  hot.size = d.size();
  hot.email = state->next_email;
  state->next_email = EmailId(raw(hot.email) + 1);
  hot.thread = ThreadId(raw(hot.email));
  m->highest_modseq = hot.modseq = next(m->highest_modseq);
  m->uid_next = std::max(m->uid_next, Uid(raw(ref.uid) + 1));
  const std::uint64_t before = m->bytes;
  w.insert(ref.account, *m, ref.uid, hot, detail);
  if (m->deleted_at == Time{}) {
    state->bytes += m->bytes - before;
    ++state->messages;
  }
  w.save_state(ref.account, *state);
  w.save_mailbox(ref.account, *m);
  w.journal({ChangeKind::append, ref.account, m->id, hot.modseq, {}, {{ref.uid, ref.uid}}, {}});
  w.hints.push_back({ref.account, m->id, hot.modseq});
  return true;
}

MailboxId recovered_mailbox(WriteContext& w, AccountId a, AccountState& state) {
  const auto named = find_name(w.txn, a, kRecovered);
  if (named && w.live_mailbox(a, named->mailbox)) return named->mailbox;
  const auto made = make_mailbox(w, a, std::string(kRecovered), SpecialUse::none, true);
  if (!made) throw Failure(made.error());
  state = *w.find_state(a);
  return *made;
}

}  // namespace store
