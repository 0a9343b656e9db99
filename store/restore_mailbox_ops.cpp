#include <algorithm>

#include "store/operations.hpp"
#include "store/restore_mailbox.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

using base::Errc;
using base::fail;

constexpr auto kFillingTime = std::chrono::hours(1);  // without a step: given up

void still_filling(WriteContext& w, AccountId a, MailboxId m) {
  Key until;
  until.time(w.now + kFillingTime);
  w.txn.put(Table::graveyard, mailbox_key(a, m), until);
}

Result<Mailbox> filling(const WriteContext& w, AccountId a, MailboxId m) {
  auto found = w.find_mailbox(a, m);
  const auto row = w.txn.get(Table::graveyard, mailbox_key(a, m));
  if (!found || found->deleted_at == Time{} || !row || row->empty()) return fail(Errc::conflict, "the mailbox being restored is gone; start again");
  return *std::move(found);
}

// The thread of a message here that names this one, or that this one names.
std::optional<ThreadId> known_thread(const Txn& txn, AccountId a, std::string_view keys) {
  Cursor c = txn.cursor(Table::threads);
  for (std::size_t at = 0; at + sizeof(ThreadKey) <= keys.size(); at += sizeof(ThreadKey)) {
    Key prefix;
    prefix.num(a).bytes(keys.substr(at, sizeof(ThreadKey)));
    if (c.seek(prefix) && c.key().starts_with(prefix) && c.value().size() == 8) return ThreadId(load_be<std::uint64_t>(c.value().data()));
  }
  return std::nullopt;
}

std::optional<base::Error> missing_blob(const Txn& txn, std::string_view encoded) {
  auto extents = decode_extents(encoded);
  if (!extents) return extents.error();
  for (const Extent& e : *extents) {
    if (e.inlined) continue;
    Key k;
    k.blob(e.id).num(std::uint32_t(0));
    if (!txn.has(Table::blobs, k)) return fail(Errc::conflict, "content was purged meanwhile; start again");
  }
  return std::nullopt;
}

// As DeleteMailbox does, but the name stays, for its successor.
void retire(WriteContext& w, AccountId a, Mailbox& m, AccountState& state) {
  state.bytes -= m.bytes;
  state.messages -= m.messages;
  m.deleted_at = w.now;
  m.highest_modseq = next(m.highest_modseq);
  w.save_mailbox(a, m);
  w.txn.put(Table::graveyard, mailbox_key(a, m.id), {});
  w.journal({ChangeKind::mailbox_deleted, a, m.id, m.highest_modseq, {}, {}, m.name});
  w.hints.push_back({a, m.id, m.highest_modseq});
}

}  // namespace

Result<MailboxId> StartFilling::apply(WriteContext& w) const {
  auto state = w.find_state(account);
  if (!state) return fail(Errc::not_found, "no such account");
  if (auto refused = w.refuse_growth(4096)) return *refused;
  Mailbox m;
  m.id = state->next_mailbox;
  state->next_mailbox = MailboxId(raw(m.id) + 1);
  m.name = name;
  m.uid_validity = take_validity(*state, w.now);
  m.special = special;
  m.deleted_at = w.now;
  w.save_state(account, *state);
  w.save_mailbox(account, m);
  still_filling(w, account, m.id);
  return m.id;
}

std::size_t FillMailbox::weight() const {
  std::size_t bytes = 512;
  for (const Message& m : messages) bytes += 512 + m.detail.size() + (m.inlined ? m.inlined->size() : 0);
  for (const Chunk& c : chunks) bytes += c.bytes.size();
  return bytes;
}

Result<bool> FillMailbox::apply(WriteContext& w) const {
  if (messages.size() > kMaxSlice) return fail(Errc::limit, "more than 5000 messages in one operation");
  auto found = filling(w, account, mailbox);
  if (!found) return found.error();
  Mailbox& m = *found;
  auto state = w.find_state(account);
  if (!state) return fail(Errc::not_found, "no such account");
  if (!uids_left(m, messages.size())) return fail(Errc::limit, "the mailbox has given its last UID");
  if (auto refused = w.refuse_growth(weight())) return *refused;
  for (const Chunk& c : chunks) {
    Key k;
    k.blob(c.blob).num(c.n);
    w.txn.put_new(Table::blobs, k, c.bytes);
  }
  m.highest_modseq = next(m.highest_modseq);
  for (const Message& one : messages) {
    const DetailView d = decode_detail(one.detail);
    if (auto missing = missing_blob(w.txn, d.extents)) return *missing;
    const Uid uid = m.uid_next;
    m.uid_next = Uid(raw(uid) + 1);
    HotRow hot = one.hot;
    const auto bits = w.keyword_bits(account, m.id, one.keywords, true);
    if (!bits) return fail(Errc::limit, "the mailbox has no room for the keywords");
    hot.keywords = *bits;
    hot.modseq = m.highest_modseq;
    if (!one.same_ids || hot.email >= state->next_email) {
      hot.email = state->next_email;
      state->next_email = EmailId(raw(hot.email) + 1);
      hot.thread = known_thread(w.txn, account, d.thread_keys).value_or(ThreadId(raw(hot.email)));
    }
    const Key to = message_key(account, m.id, uid);
    if (one.inlined) w.txn.put(Table::inline_bytes, to, w.moved_inline(*one.inlined, one.from_key, to));
    w.insert(account, m, uid, hot, w.moved_detail(one.detail, one.from_key, to));
  }
  w.save_mailbox(account, m);
  w.save_state(account, *state);
  still_filling(w, account, m.id);
  return true;
}

Result<UidValidity> ShowMailbox::apply(WriteContext& w) const {
  auto found = filling(w, account, mailbox);
  if (!found) return found.error();
  Mailbox& m = *found;
  auto state = w.find_state(account);
  if (!state) return fail(Errc::not_found, "no such account");
  const auto named = find_name(w.txn, account, name);
  bool subscribed = named && named->subscribed;
  if (named && named->mailbox != MailboxId{}) {
    if (!in_place) return fail(Errc::exists, "the mailbox exists");
    if (named->mailbox == kInbox) return fail(Errc::denied, "INBOX cannot be replaced");
    auto old = need_mailbox(w, account, named->mailbox);
    if (!old) return old.error();
    m.special = old->special;
    retire(w, account, *old, *state);
  }
  // Above every other of the account, what it replaces included, whatever was made while it was filled (RFC 9051 2.3.1.1).
  m.uid_validity = take_validity(*state, w.now);
  m.deleted_at = Time{};
  m.name = name;
  state->bytes += m.bytes;
  state->messages += m.messages;
  w.save_state(account, *state);
  w.save_mailbox(account, m);
  w.txn.erase(Table::graveyard, mailbox_key(account, m.id));
  w.txn.put(Table::names, name_key(account, name), encode_name({m.id, subscribed, name}));
  w.journal({ChangeKind::mailbox_created, account, m.id, m.highest_modseq, {}, {}, name});
  const std::uint32_t end = raw(m.uid_next);
  for (std::uint32_t first = 1; first < end; first += std::uint32_t(kMaxSlice))
    w.journal({ChangeKind::append, account, m.id, m.highest_modseq, {}, {{Uid(first), Uid(std::min(end - 1, first + std::uint32_t(kMaxSlice) - 1))}}, {}});
  w.hints.push_back({account, m.id, m.highest_modseq});
  w.hints.push_back({account, MailboxId{}, ModSeq{}});
  return m.uid_validity;
}

}  // namespace store
