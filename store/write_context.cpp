#include "store/write_context.hpp"

#include <algorithm>
#include <bit>

#include "base/ascii.hpp"
#include "base/codec.hpp"
#include "store/directory_read.hpp"
#include "store/hold.hpp"
#include "store/keys.hpp"
#include "store/retention.hpp"

namespace store {
namespace {


void count(Mailbox& m, const HotRow& row, int by) {
  m.messages += std::uint32_t(by);
  if ((row.flags & kSeen) == 0) m.unseen += std::uint32_t(by);
  if ((row.flags & kDeleted) != 0) m.deleted += std::uint32_t(by);
  m.bytes += by > 0 ? row.size : std::uint64_t(0) - row.size;
}

template <class F>
void for_each_blob(std::string_view extents, F f) {
  auto decoded = decode_extents(extents);
  if (!decoded) throw Failure(decoded.error());
  std::vector<BlobId> seen;
  for (const Extent& e : *decoded) {
    if (e.inlined || std::find(seen.begin(), seen.end(), e.id) != seen.end()) continue;
    seen.push_back(e.id);
    f(e.id);
  }
}

Key ref_key(const BlobId& id, const MessageRef& ref) {
  Key k;
  k.blob(id).bytes(ref.key());
  return k;
}

template <class F>
void for_each_thread_row(const MessageRef& ref, std::string_view thread_keys, F f) {
  for (std::size_t at = 0; at + sizeof(ThreadKey) <= thread_keys.size(); at += sizeof(ThreadKey)) {
    Key k;
    k.num(ref.account).bytes(thread_keys.substr(at, sizeof(ThreadKey))).num(ref.mailbox).num(ref.uid);
    f(k);
  }
}

}  // namespace

std::optional<base::Error> WriteContext::refuse_growth(std::uint64_t bytes) const {
  constexpr std::uint64_t kPages = 256u << 10;  // branch pages, counters, indexes; and chunks are copied on write
  if (room > 2 * bytes + kPages) return std::nullopt;
  return base::fail(base::Errc::limit, "the store is nearly full: raise store.map_size or delete mail");
}

void WriteContext::journal(Change change) {
  change.time = now;
  Key k;
  k.num(journal_end(txn) + 1);
  txn.append(Table::journal, k, encode_change(change));
}

std::uint64_t WriteContext::next_sequence(std::string_view counter) {
  Key k;
  k.bytes("seq.").bytes(counter);
  const auto row = txn.get(Table::meta, k);
  const std::uint64_t value = (row && row->size() == 8 ? load_be<std::uint64_t>(row->data()) : 0) + 1;
  Key v;
  v.num(value);
  txn.put(Table::meta, k, v);
  return value;
}

std::optional<AccountState> WriteContext::find_state(AccountId a) const {
  const auto row = txn.get(Table::mailboxes, mailbox_key(a, MailboxId{}));
  if (!row) return std::nullopt;
  return decode_state(*row);
}

void WriteContext::save_state(AccountId a, const AccountState& s) {
  txn.put(Table::mailboxes, mailbox_key(a, MailboxId{}), encode_state(s));
}

std::optional<Mailbox> WriteContext::find_mailbox(AccountId a, MailboxId m) const {
  if (m == MailboxId{}) return std::nullopt;
  const auto row = txn.get(Table::mailboxes, mailbox_key(a, m));
  if (!row) return std::nullopt;
  return decode_mailbox(m, *row);
}

std::optional<Mailbox> WriteContext::live_mailbox(AccountId a, MailboxId m) const {
  auto found = find_mailbox(a, m);
  if (found && found->deleted_at != Time{}) return std::nullopt;
  return found;
}

void WriteContext::save_mailbox(AccountId a, const Mailbox& m) { txn.put(Table::mailboxes, mailbox_key(a, m.id), encode_mailbox(m)); }

// Names of one mailbox are few (64), so a scan is as good as an index. nullopt: no free bit.
std::optional<std::uint64_t> WriteContext::keyword_bits(AccountId a, MailboxId m, const std::vector<std::string>& names, bool create) {
  std::uint64_t bits = 0, taken = 0;
  if (names.empty()) return bits;
  std::vector<std::pair<unsigned, std::string>> known;
  {
    const Key prefix = mailbox_key(a, m);
    Cursor c = txn.cursor(Table::keywords);
    for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) {
      known.emplace_back(std::uint8_t(c.key().back()), c.value());
      taken |= std::uint64_t(1) << (known.back().first & 63);
    }
  }
  for (const std::string& name : names) {
    if (is_derived_keyword(name) || name.empty()) continue;  // CONTRACT.md 2: no client verb sets or clears them
    const auto same = std::find_if(known.begin(), known.end(), [&](auto& k) { return base::iequals(k.second, name); });
    if (same != known.end()) {
      bits |= std::uint64_t(1) << same->first;
      continue;
    }
    if (!create) continue;
    if (~taken == 0 || name.size() > kMaxKeywordLength) return std::nullopt;
    const auto bit = unsigned(std::countr_one(taken));
    Key k = mailbox_key(a, m);
    k.num(std::uint8_t(bit));
    txn.put(Table::keywords, k, name);
    known.emplace_back(bit, name);
    taken |= std::uint64_t(1) << bit;
    bits |= std::uint64_t(1) << bit;
  }
  return bits;
}

void WriteContext::insert(AccountId a, Mailbox& m, Uid uid, const HotRow& hot, std::string_view detail) {
  const MessageRef ref{a, m.id, uid};
  const DetailView d = decode_detail(detail);
  txn.put(Table::messages, ref.key(), view(encode_hot(hot)));
  txn.put(Table::details, ref.key(), detail);
  txn.put(Table::by_modseq, modseq_key(a, m.id, hot.modseq, uid), kNothing);
  add_references(ref, d.extents);
  for_each_thread_row(ref, d.thread_keys, [&](const Key& k) {
    Key v;
    v.num(hot.thread);
    txn.put(Table::threads, k, v);
  });
  count(m, hot, +1);
}

void WriteContext::rewrite(AccountId a, Mailbox& m, Uid uid, const HotRow& before, const HotRow& after) {
  txn.put(Table::messages, message_key(a, m.id, uid), view(encode_hot(after)));
  txn.erase(Table::by_modseq, modseq_key(a, m.id, before.modseq, uid));
  txn.put(Table::by_modseq, modseq_key(a, m.id, after.modseq, uid), kNothing);
  count(m, before, -1);
  count(m, after, +1);
}

void WriteContext::entomb(AccountId a, Mailbox& m, Uid uid, bool moved) {
  const MessageRef ref{a, m.id, uid};
  const Key key = ref.key();
  const auto hot = txn.get(Table::messages, key), detail = txn.get(Table::details, key);
  if (!hot || !detail) throw Failure(base::fail(base::Errc::corrupt, "a message without its detail row"));
  const HotRow row = decode_hot(*hot);
  Key stamp;
  stamp.time(now);
  std::string grave(stamp.view());
  grave.append(1, char(moved)).append(*hot);
  const std::size_t detail_at = grave.size();
  grave.append(*detail);  // a copy: views of a write transaction end with its next write
  for_each_thread_row(ref, decode_detail(std::string_view(grave).substr(detail_at)).thread_keys, [&](const Key& k) { txn.erase(Table::threads, k); });
  txn.erase(Table::messages, key);
  txn.erase(Table::details, key);
  txn.erase(Table::by_modseq, modseq_key(a, m.id, row.modseq, uid));
  txn.put(Table::tombstones, key, grave);
  Key due;
  due.time(now).bytes(key);
  txn.put(Table::tombstone_due, due, kNothing);
  txn.put(Table::expunged, modseq_key(a, m.id, m.highest_modseq, uid), stamp);
  if (moved) drop_kept(*this, ref);
  count(m, row, -1);
}

// REQUIRES `uids` sorted, `m` not deleted; saves both rows.
ModSeq WriteContext::entomb_all(AccountId a, Mailbox& m, AccountState& state, const std::vector<Uid>& uids, bool moved) {
  m.highest_modseq = next(m.highest_modseq);
  const std::uint64_t bytes = m.bytes;
  for (const Uid uid : uids) entomb(a, m, uid, moved);
  state.bytes -= bytes - m.bytes;
  state.messages -= uids.size();
  save_state(a, state);
  save_mailbox(a, m);
  journal({ChangeKind::expunge, a, m.id, m.highest_modseq, {}, to_ranges(uids), {}});
  hints.push_back({a, m.id, m.highest_modseq});
  return m.highest_modseq;
}

void WriteContext::bury(const MessageRef& ref, std::string_view extents, bool at_once) {
  drop_references(ref, extents, at_once);
  txn.erase(Table::inline_bytes, ref.key());
  drop_kept(*this, ref);
}

void WriteContext::add_content(const Content& content, const Content::Form& form) {
  for (std::size_t i = 0; i < form.ids.size(); ++i) {
    const auto& chunks = content.pieces()[i].chunks;
    for (std::size_t n = 0; n < chunks.size(); ++n) {
      Key k;
      k.blob(form.ids[i]).num(std::uint32_t(n));
      const char codec = char(std::uint8_t(chunks[n].codec) | (form.key ? kSealed : 0));
      const std::string_view payload = form.key ? std::string_view(form.sealed[i][n]) : chunks[n].payload();
      if (!txn.put_new(Table::blobs, k, {&codec, 1}, payload)) break;  // the whole blob is there: it is never half written
    }
  }
}

void WriteContext::put_inline(std::string_view key, const Content& content, const Content::Form& form) {
  if (content.inlined() == nullptr) return;
  std::string own;
  const StoredContent stored = stored_content(form.key.get(), Table::inline_bytes, key, *content.inlined(), own);
  txn.put_new(Table::inline_bytes, key, {&stored.codec, 1}, stored.payload);
}

void WriteContext::add_references(const MessageRef& ref, std::string_view extents) {
  for_each_blob(extents, [&](const BlobId& id) { txn.put(Table::refs, ref_key(id, ref), kNothing); });
}

void WriteContext::destroy_blob(const BlobId& id) {
  for (std::uint32_t n = 0;; ++n) {
    Key k;
    k.blob(id).num(n);
    if (!txn.erase(Table::blobs, k)) return;
  }
}

void WriteContext::drop_references(const MessageRef& ref, std::string_view extents, bool at_once) {
  for_each_blob(extents, [&](const BlobId& id) {
    txn.erase(Table::refs, ref_key(id, ref));
    if (is_referenced(txn, id)) return;
    if (at_once) return destroy_blob(id);
    Key k;
    k.time(now).blob(id);
    txn.put(Table::orphans, k, kNothing);  // the collector looks again later
  });
}

std::string name_key(AccountId a, std::string_view canonical_name) {
  Key k;
  k.num(a).blob(base::sha256(canonical_name));
  return std::string(k.view());
}

std::optional<NameRow> find_name(const Txn& txn, AccountId a, std::string_view canonical_name) {
  const auto row = txn.get(Table::names, name_key(a, canonical_name));
  if (!row) return std::nullopt;
  return decode_name(*row);
}

Result<Mailbox> need_mailbox(const WriteContext& w, AccountId a, MailboxId m) {
  auto found = w.live_mailbox(a, m);
  if (!found) return base::fail(base::Errc::not_found, "no such mailbox");
  return *std::move(found);
}

std::uint64_t journal_end(const Txn& txn) {
  Cursor c = txn.cursor(Table::journal);
  return c.last() ? load_be<std::uint64_t>(c.key().data()) : 0;
}

bool is_referenced(const Txn& txn, const BlobId& id) {
  Cursor c = txn.cursor(Table::refs);
  return c.seek(base::view(id)) && c.key().starts_with(base::view(id));
}

std::uint64_t quota_of(const Txn& txn, AccountId a) {
  Key k;
  k.bytes("A").num(a);
  const auto row = txn.get(Table::directory, k);
  return row ? decode_account(a, *row).quota : 0;
}

Table table_of(RecordTable t) {
  switch (t) {
    case RecordTable::documents: return Table::documents;
    case RecordTable::decisions: return Table::decisions;
    case RecordTable::signatures: return Table::signatures;
    case RecordTable::evidence: break;
  }
  return Table::evidence;
}

std::optional<base::Error> put_records(WriteContext& w, const std::vector<Put>& puts, const DataKeyPtr& owner) {
  constexpr std::size_t kMaxRecordKey = 480;
  for (const Put& p : puts) {
    if (p.key.empty() || p.key.size() > kMaxRecordKey) return base::fail(base::Errc::invalid, "record key of 0 or more than 480 bytes");
    const Table table = table_of(p.table);
    if (p.value.empty()) w.txn.erase(table, p.key);
    else w.txn.put(table, p.key, stored_value((p.domain.empty() ? owner : current_key(w.txn, p.domain)).get(), table, p.key, p.value));
    Change change;
    change.kind = ChangeKind::record;
    change.name = std::string(1, "DCSE"[std::size_t(p.table)]) + p.key;
    w.journal(std::move(change));
  }
  return std::nullopt;
}

bool is_held(const Txn& txn, AccountId a) {
  if (txn.rows(Table::holds) == 0) return false;
  if (const auto account = find_account(txn, a); account && is_agency_held(txn, account->agency)) return true;
  for (const AccountId who : {AccountId{}, a}) {
    const Key prefix = account_key(who);
    Cursor c = txn.cursor(Table::holds);
    if (c.seek(prefix) && c.key().starts_with(prefix)) return true;
  }
  return false;
}

}  // namespace store
