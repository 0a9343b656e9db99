#include "store/mend.hpp"

namespace store {

bool Mender::mailbox_id() {
  return with_state(key_account(key_), [&](AccountState& s) { s.next_mailbox = std::max(s.next_mailbox, MailboxId(raw(key_mailbox(key_)) + 1)); });
}

bool Mender::uid_validity() {
  const AccountId a = key_account(key_);
  auto m = readable_mailbox(w_, a, key_mailbox(key_));
  if (!m) return false;
  if (m->uid_validity == UidValidity{}) {
    auto s = readable_state(w_, a);
    if (!s) return false;
    m->uid_validity = s->next_validity;
    w_.save_mailbox(a, *m);
  }
  return with_state(a, [&](AccountState& s) { s.next_validity = UidValidity(std::max(raw(s.next_validity), raw(m->uid_validity) + 1)); });
}

bool Mender::expunge_floor() {
  return with_mailbox(key_account(key_), key_mailbox(key_), [](Mailbox& m) { m.highest_modseq = std::max(m.highest_modseq, m.expunge_floor); });
}

bool Mender::mailbox_name() {
  auto m = readable_mailbox(w_, key_account(key_), key_mailbox(key_));
  if (!m || m->deleted_at != Time{}) return false;
  const auto named = m->name.empty() ? std::nullopt : find_name(w_.txn, key_account(key_), m->name);
  if (named && named->mailbox == m->id) return false;
  name_mailbox(w_, key_account(key_), *m, true);
  w_.save_mailbox(key_account(key_), *m);
  w_.journal({ChangeKind::mailbox_renamed, key_account(key_), m->id, m->highest_modseq, {}, {}, m->name});
  w_.hints.push_back({key_account(key_), MailboxId{}, ModSeq{}});
  return true;
}

bool Mender::forgotten() {
  const auto m = readable_mailbox(w_, key_account(key_), key_mailbox(key_));
  if (!m || m->deleted_at == Time{}) return false;
  w_.txn.put(Table::graveyard, key_, kNothing);
  return true;
}

// What the counters lack stays the same whatever happens meanwhile: every operation moves them as it moves the rows.
bool Mender::counter() {
  const AccountId a = key_account(key_);
  bool lives = false;
  const bool changed = with_mailbox(a, key_mailbox(key_), [&](Mailbox& m) {
    m.messages += std::uint32_t(f_.delta[0]), m.unseen += std::uint32_t(f_.delta[1]), m.deleted += std::uint32_t(f_.delta[2]), m.bytes += std::uint64_t(f_.delta[3]);
    lives = m.deleted_at == Time{};
  });
  if (changed && lives) quota();
  return changed;
}

bool Mender::quota() {
  return with_state(key_account(key_), [&](AccountState& s) { s.messages += std::uint64_t(f_.delta[0]), s.bytes += std::uint64_t(f_.delta[3]); });
}

bool Mender::name_row() {
  const auto bytes = value(f_.table, key_);
  if (!bytes) return false;
  const NameRow row = decode_name(*bytes);
  const AccountId a = key_account(key_);
  if (f_.code == "empty_name" || f_.code == "name_hash") return erase();  // its mailbox, if any, is found without a name next
  const auto m = readable_mailbox(w_, a, row.mailbox);
  if (!m) return rebuild_mailbox(w_, a, row.mailbox).has_value();
  if (m->name == row.name && m->deleted_at == Time{}) return false;
  if (row.subscribed) w_.txn.put(Table::names, key_, encode_name({MailboxId{}, true, row.name}));
  else erase();
  return true;
}

bool Mender::keyword() {
  const AccountId a = key_account(key_);
  const MailboxId m = key_mailbox(key_);
  if (std::uint8_t(key_.back()) >= kMaxKeywords) return erase();
  if (!w_.txn.has(Table::mailboxes, mailbox_key(a, m))) return has_below(Table::messages, mailbox_key(a, m)) ? rebuild_mailbox(w_, a, m).has_value() : erase();
  w_.txn.put(Table::keywords, key_, "recovered-" + std::to_string(std::uint8_t(key_.back())));
  return true;
}

bool Mender::has_below(Table table, std::string_view prefix) const {
  Cursor c = w_.txn.cursor(table);
  return c.seek(prefix) && c.key().starts_with(prefix);
}

bool Mender::graveyard() {
  const MailboxId id = key_mailbox(key_);
  if (id == MailboxId{}) return (has_account(key_account(key_)) || !w_.txn.has(Table::mailboxes, key_)) && erase();
  const auto m = readable_mailbox(w_, key_account(key_), id);
  return (!m || m->deleted_at == Time{}) && erase();
}

}  // namespace store
