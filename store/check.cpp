#include "store/check.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/encoding.hpp"
#include "store/chunk.hpp"
#include "store/directory_read.hpp"
#include "store/snapshot.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

constexpr std::size_t kMaxFindings = 1000;
using MailboxRef = std::pair<AccountId, MailboxId>;

std::string name(AccountId a, MailboxId m) { return "account " + std::to_string(raw(a)) + " mailbox " + std::to_string(raw(m)); }
std::string name(const MessageRef& r) { return name(r.account, r.mailbox) + " uid " + std::to_string(raw(r.uid)); }

class Checker {
 public:
  Checker(const ReadTxn& txn, const CheckOptions& options) : txn_(txn), chunks_(txn), hash_(txn), options_(options) {
    for (std::size_t i = 0; i < kTables; ++i) total_ += txn.rows(Table(i));
  }

  CheckReport run() {
    const std::pair<Table, void (Checker::*)(std::string_view, std::string_view)> passes[] = {
        {Table::mailboxes, &Checker::mailbox_row}, {Table::keywords, &Checker::keyword_row}, {Table::messages, &Checker::message_row},
        {Table::details, &Checker::detail_row}, {Table::by_modseq, &Checker::modseq_row}, {Table::tombstones, &Checker::tombstone_row},
        {Table::tombstone_due, &Checker::due_row}, {Table::inline_bytes, &Checker::inline_row}, {Table::expunged, &Checker::expunged_row},
        {Table::threads, &Checker::thread_row}, {Table::names, &Checker::name_row}, {Table::queue, &Checker::queue_row},
        {Table::queue_due, &Checker::queue_due_row}, {Table::refs, &Checker::ref_row}, {Table::orphans, &Checker::orphan_row},
        {Table::blobs, &Checker::blob_row}, {Table::journal, &Checker::journal_row}, {Table::audit, &Checker::audit_row},
        {Table::graveyard, &Checker::graveyard_row}, {Table::directory, &Checker::directory_row}};
    for (const auto& [table, row] : passes) {
      Cursor c = txn_.cursor(table);
      for (bool more = c.first(); more; more = c.next()) {
        try {
          (this->*row)(c.key(), c.value());
        } catch (const Failure& f) {
          find("damaged_row", std::string(table_name(table)) + " " + base::hex_encode(c.key()) + ": " + f.error().detail());
        }
        if (++report_.rows % 4096 == 0 && options_.progress) options_.progress(report_.rows, total_);
      }
    }
    end_blob();
    counters();
    pairing_counts();
    return std::move(report_);
  }

 private:
  void find(std::string code, std::string detail) {
    if (report_.findings.size() < kMaxFindings) report_.findings.push_back({std::move(code), std::move(detail)});
    else ++report_.suppressed;
  }
  void need(bool ok, const char* code, const std::string& detail) { if (!ok) find(code, detail); }

  struct Counted {
    Mailbox row;
    std::uint64_t keywords = 0;
    std::uint32_t messages = 0, unseen = 0, deleted = 0;
    std::uint64_t bytes = 0;
  };

  void mailbox_row(std::string_view key, std::string_view value) {
    const AccountId a = AccountId(load_be<std::uint64_t>(key.data()));
    const MailboxId m = MailboxId(load_be<std::uint32_t>(key.data() + 8));
    if (m == MailboxId{}) {
      states_[a] = decode_state(value);
      return;
    }
    Counted c;
    c.row = decode_mailbox(m, value);
    const auto state = states_.find(a);
    need(state != states_.end(), "no_account_state", name(a, m));
    if (state != states_.end()) {
      need(m < state->second.next_mailbox, "mailbox_id", name(a, m));
      need(c.row.uid_validity < state->second.next_validity, "uid_validity", name(a, m));
    }
    need(c.row.expunge_floor <= c.row.highest_modseq, "expunge_floor", name(a, m));
    if (c.row.deleted_at == Time{}) {
      const auto named = find_name(txn_, a, c.row.name);
      need(named && named->mailbox == m, "mailbox_without_name", name(a, m));
    } else {
      need(txn_.has(Table::graveyard, key), "deleted_mailbox_forgotten", name(a, m));
    }
    boxes_[{a, m}] = std::move(c);
  }

  void keyword_row(std::string_view key, std::string_view) {
    const auto box = boxes_.find({AccountId(load_be<std::uint64_t>(key.data())), MailboxId(load_be<std::uint32_t>(key.data() + 8))});
    const auto bit = std::uint8_t(key.back());
    if (box == boxes_.end() || bit > 63) return find("keyword", base::hex_encode(key));
    box->second.keywords |= std::uint64_t(1) << bit;
  }

  void message_row(std::string_view key, std::string_view value) {
    const MessageRef ref = tail_ref(key);
    const HotRow hot = decode_hot(value);
    const auto box = boxes_.find({ref.account, ref.mailbox});
    if (box == boxes_.end()) return find("message_without_mailbox", name(ref));
    Counted& c = box->second;
    ++c.messages;
    c.unseen += (hot.flags & kSeen) == 0;
    c.deleted += (hot.flags & kDeleted) != 0;
    c.bytes += hot.size;
    need(ref.uid != Uid{} && ref.uid < c.row.uid_next, "uid_next", name(ref));
    need(hot.modseq <= c.row.highest_modseq && hot.modseq != ModSeq{}, "highest_modseq", name(ref));
    need((hot.keywords & ~c.keywords) == 0, "unnamed_keyword", name(ref));
    need((hot.flags & ~kAllFlags) == 0, "unknown_flag", name(ref));
    need(txn_.has(Table::by_modseq, modseq_key(ref.account, ref.mailbox, hot.modseq, ref.uid)), "missing_by_modseq", name(ref));
    const auto state = states_.find(ref.account);
    if (state != states_.end()) need(hot.email < state->second.next_email && raw(hot.thread) <= raw(hot.email), "email_id", name(ref));
    const auto detail = txn_.get(Table::details, key);
    if (!detail) return find("message_without_details", name(ref));
    const DetailView d = decode_detail(*detail);
    need(hot.size == d.size(), "size", name(ref));
    for (std::size_t at = 0; at + sizeof(ThreadKey) <= d.thread_keys.size(); at += sizeof(ThreadKey)) {
      Key k;
      k.num(ref.account).bytes(d.thread_keys.substr(at, sizeof(ThreadKey))).num(ref.mailbox).num(ref.uid);
      threads_.insert(std::string(k.view()));
      need(txn_.has(Table::threads, k), "missing_thread_row", name(ref));
    }
    content(ref, d.extents, d.content_size);
  }

  // Extents cover the content exactly; each piece is there; each blob names its reader in refs.
  void content(const MessageRef& ref, std::string_view encoded, std::uint64_t size) {
    auto extents = decode_extents(encoded);
    if (!extents) return find("extents", name(ref));
    std::uint64_t covered = 0, inline_end = 0;
    for (const Extent& e : *extents) {
      covered += e.size;
      if (e.inlined) {
        inline_end = std::max(inline_end, e.offset + e.size);
        continue;
      }
      Key k;
      k.blob(e.id).bytes(ref.key());
      wanted_refs_ += known_refs_.insert(std::string(k.view())).second;
      need(txn_.has(Table::refs, k), "missing_reference", name(ref));
      auto& reach = blobs_[e.id];
      reach = std::max(reach, e.offset + e.size);
    }
    need(covered == size, "extents_size", name(ref));
    const auto bytes = chunks_.inlined(ref.key());
    need((bytes ? bytes->size() : 0) == inline_end, "inline_bytes", name(ref));
    inline_rows_ += bytes.has_value();
  }

  void detail_row(std::string_view key, std::string_view) { need(txn_.has(Table::messages, key), "details_without_message", name(tail_ref(key))); }

  void modseq_row(std::string_view key, std::string_view) {
    const AccountId a = AccountId(load_be<std::uint64_t>(key.data()));
    const MailboxId m = MailboxId(load_be<std::uint32_t>(key.data() + 8));
    const auto row = txn_.get(Table::messages, message_key(a, m, tail_uid(key)));
    need(row && raw(decode_hot(*row).modseq) == load_be<std::uint64_t>(key.data() + 12), "stale_by_modseq", name({a, m, tail_uid(key)}));
  }

  void tombstone_row(std::string_view key, std::string_view value) {
    const MessageRef ref = tail_ref(key);
    if (value.size() < kGraveHead + kHotSize) return find("damaged_row", "tombstone of " + name(ref));
    need(boxes_.contains({ref.account, ref.mailbox}), "tombstone_without_mailbox", name(ref));
    need(!txn_.has(Table::messages, key), "live_and_dead", name(ref));
    Key due;
    due.bytes(value.substr(0, 8)).bytes(key);
    need(txn_.has(Table::tombstone_due, due), "missing_tombstone_due", name(ref));
    const DetailView d = decode_detail(value.substr(kGraveHead + kHotSize));
    need(decode_hot(value.substr(kGraveHead, kHotSize)).size == d.size(), "size", name(ref));
    content(ref, d.extents, d.content_size);
  }

  void due_row(std::string_view key, std::string_view) {
    const auto row = txn_.get(Table::tombstones, key.substr(8));
    need(row && row->substr(0, 8) == key.substr(0, 8), "stale_tombstone_due", name(tail_ref(key)));
  }

  void inline_row(std::string_view key, std::string_view) {
    const Table owner = tail_ref(key).account == AccountId{} ? Table::queue : Table::messages;
    need(txn_.has(owner, key) || txn_.has(Table::tombstones, key), "inline_without_owner", name(tail_ref(key)));
  }

  void expunged_row(std::string_view key, std::string_view) {
    const MailboxRef ref{AccountId(load_be<std::uint64_t>(key.data())), MailboxId(load_be<std::uint32_t>(key.data() + 8))};
    const auto box = boxes_.find(ref);
    const std::uint64_t modseq = load_be<std::uint64_t>(key.data() + 12);
    if (box == boxes_.end()) return find("expunged_without_mailbox", name(ref.first, ref.second));
    need(modseq <= raw(box->second.row.highest_modseq), "expunged_modseq", name(ref.first, ref.second));
    need(!txn_.has(Table::messages, message_key(ref.first, ref.second, tail_uid(key))), "expunged_and_live", name(ref.first, ref.second));
  }

  void thread_row(std::string_view key, std::string_view) { need(threads_.contains(std::string(key)), "thread_without_message", base::hex_encode(key)); }

  void name_row(std::string_view key, std::string_view value) {
    const AccountId a = AccountId(load_be<std::uint64_t>(key.data()));
    const NameRow row = decode_name(value);
    need(name_key(a, row.name) == key, "name_hash", name(a, row.mailbox));
    if (row.mailbox == MailboxId{}) return need(row.subscribed, "empty_name", base::hex_encode(key));
    const auto box = boxes_.find({a, row.mailbox});
    need(box != boxes_.end() && box->second.row.name == row.name && box->second.row.deleted_at == Time{}, "name_without_mailbox", name(a, row.mailbox));
  }

  void queue_row(std::string_view key, std::string_view value) {
    const QueueBytes q = decode_queue(value);
    Key due;
    due.time(q.due).bytes(key.substr(8));
    need(txn_.has(Table::queue_due, due), "missing_queue_due", base::hex_encode(key));
    content(tail_ref(key), q.extents, q.content_size);
  }

  void queue_due_row(std::string_view key, std::string_view) {
    const auto row = txn_.get(Table::queue, queue_key(QueueId(load_be<std::uint64_t>(key.data() + 8))));
    Key due;
    if (row) due.time(decode_queue(*row).due);
    need(row && due.view() == key.substr(0, 8), "stale_queue_due", base::hex_encode(key));
  }

  void ref_row(std::string_view key, std::string_view) { need(known_refs_.contains(std::string(key)), "reference_without_message", base::hex_encode(key)); }

  void orphan_row(std::string_view key, std::string_view) {
    BlobId id;
    std::copy_n(key.data() + 8, id.size(), reinterpret_cast<char*>(id.data()));
    orphans_.insert(id);
  }

  void blob_row(std::string_view key, std::string_view value) {
    BlobId id;
    std::copy_n(key.data(), id.size(), reinterpret_cast<char*>(id.data()));
    const auto n = load_be<std::uint32_t>(key.data() + id.size());
    if (!blob_open_ || id != blob_) {
      end_blob();
      blob_open_ = true;
      blob_ = id;
      blob_bytes_ = blob_chunks_ = 0;
      hash_.start(value);
      need(blobs_.contains(id) || orphans_.contains(id), "blob_without_reference", base::hex_encode(base::view(id)));
    }
    const std::string_view plain = chunks_.open(Table::blobs, key, value);
    need(n == blob_chunks_ && blob_bytes_ == std::uint64_t(n) * kChunk, "blob_chunk", base::hex_encode(key));
    ++blob_chunks_;
    blob_bytes_ += plain.size();
    if (options_.digests) hash_.update(plain);
  }

  void end_blob() {
    if (!blob_open_) return;
    blob_open_ = false;
    if (options_.digests) need(hash_.finish() == blob_, "digest", base::hex_encode(base::view(blob_)));
    const auto found = blobs_.find(blob_);
    if (found == blobs_.end()) return;
    need(blob_bytes_ >= found->second, "short_blob", base::hex_encode(base::view(blob_)));
    blobs_.erase(found);
  }

  void journal_row(std::string_view key, std::string_view value) {
    const std::uint64_t seq = load_be<std::uint64_t>(key.data());
    need(journal_ == 0 || seq == journal_ + 1, "journal_gap", std::to_string(seq));
    journal_ = seq;
    decode_change(value);
  }

  void audit_row(std::string_view key, std::string_view value) {
    const std::uint64_t seq = load_be<std::uint64_t>(key.data());
    std::string chained = audit_hash_.empty() ? std::string(sizeof(base::Digest), '\0') : audit_hash_;
    if (value.size() < sizeof(base::Digest)) return find("audit", std::to_string(seq));
    chained.append(key).append(value.substr(sizeof(base::Digest)));
    const base::Digest hash = base::sha256(chained);
    audit_hash_ = std::string(value.substr(0, sizeof(base::Digest)));
    need(seq == ++audit_, "audit_gap", std::to_string(seq));
    need(base::view(hash) == audit_hash_, "audit_chain", std::to_string(seq));
  }

  void graveyard_row(std::string_view key, std::string_view) {
    const MailboxId m = MailboxId(load_be<std::uint32_t>(key.data() + 8));
    const auto box = boxes_.find({AccountId(load_be<std::uint64_t>(key.data())), m});
    if (m != MailboxId{}) need(box != boxes_.end() && box->second.row.deleted_at != Time{}, "graveyard", base::hex_encode(key));
  }

  void directory_row(std::string_view key, std::string_view value) {
    if (key[0] == kAccountRow) {
      const AccountId a = AccountId(load_be<std::uint64_t>(key.data() + 1));
      const Account row = decode_account(a, value);
      const auto address = find_address(txn_, row.address);
      need(address && address->account == a, "account_without_address", row.address);
      need(states_.contains(a), "account_without_state", row.address);
    } else if (key[0] == kAddressRow) {
      const Address row = decode_address(key.substr(1), value);
      need(row.account == AccountId{} || find_account(txn_, row.account), "address_without_account", row.address);
    }
  }

  void counters() {
    std::map<AccountId, std::pair<std::uint64_t, std::uint64_t>> sums;
    for (const auto& [ref, c] : boxes_) {
      const Mailbox& m = c.row;
      need(m.messages == c.messages && m.unseen == c.unseen && m.deleted == c.deleted && m.bytes == c.bytes, "counter", name(ref.first, ref.second));
      if (m.deleted_at != Time{}) continue;
      sums[ref.first].first += c.bytes;
      sums[ref.first].second += c.messages;
    }
    for (const auto& [a, s] : states_) {
      need(s.bytes == sums[a].first && s.messages == sums[a].second, "quota", "account " + std::to_string(raw(a)));
      Key k = directory_key(kAccountRow, a);
      need(txn_.has(Table::directory, k) || txn_.has(Table::graveyard, mailbox_key(a, {})), "state_without_account", "account " + std::to_string(raw(a)));
    }
  }

  // What is still in blobs_ was referenced and never seen; the tables that mirror each other have equally many rows.
  void pairing_counts() {
    for (const auto& [id, reach] : blobs_) find("missing_blob", base::hex_encode(base::view(id)));
    need(txn_.rows(Table::refs) == wanted_refs_, "reference_count", std::to_string(wanted_refs_));
    need(txn_.rows(Table::inline_bytes) == inline_rows_, "inline_count", std::to_string(inline_rows_));
    need(txn_.rows(Table::messages) == txn_.rows(Table::by_modseq), "by_modseq_count", std::to_string(txn_.rows(Table::by_modseq)));
  }

  const ReadTxn& txn_;
  ChunkReader chunks_;
  BlobHash hash_;
  const CheckOptions& options_;
  CheckReport report_;
  std::uint64_t total_ = 0;
  std::map<AccountId, AccountState> states_;
  std::map<MailboxRef, Counted> boxes_;
  std::map<BlobId, std::uint64_t> blobs_;  // referenced: how far into it somebody reads
  std::set<BlobId> orphans_;
  std::set<std::string> known_refs_, threads_;
  std::uint64_t wanted_refs_ = 0, inline_rows_ = 0, journal_ = 0, audit_ = 0;
  std::string audit_hash_;
  BlobId blob_{};
  bool blob_open_ = false;
  std::uint64_t blob_bytes_ = 0, blob_chunks_ = 0;
};

}  // namespace

base::Result<CheckReport> check(const Env& env, const CheckOptions& options) {
  auto txn = env.read();
  if (!txn) return txn.error();
  try {
    return Checker(*txn, options).run();
  } catch (const Failure& failure) {
    return failure.error();
  }
}

}  // namespace store
