// What an operation works with on the writer thread: the transaction, the time, and what is to be told after the commit.
// The helpers here are the only writers of message rows, so that counters, indexes and logs always move together.
// Internal to the store. Everything throws Failure on what LMDB refuses; the commit log catches it once per operation.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/audit_chain.hpp"
#include "store/change_bus.hpp"
#include "store/content.hpp"
#include "store/env.hpp"
#include "store/keyring.hpp"
#include "store/keys.hpp"
#include "store/operations.hpp"
#include "store/rows.hpp"
#include "store/types.hpp"

namespace store {

class WriteContext {
 public:
  WriteContext(WriteTxn& t, Time time, std::uint64_t free_bytes) : txn(t), now(time), room(free_bytes) {}
  WriteTxn& txn;
  const Time now;
  const std::uint64_t room;  // bytes that the map still takes
  std::vector<Hint> hints;

  // Operations that add bytes call this first: the rest of the map is kept for what frees space.
  std::optional<base::Error> refuse_growth(std::uint64_t bytes) const;

  void journal(Change change);  // stamps the time

  // Accounts and mailboxes
  std::optional<AccountState> find_state(AccountId a) const;  // none: no such account
  void save_state(AccountId a, const AccountState& s);
  std::optional<Mailbox> find_mailbox(AccountId a, MailboxId m) const;  // deleted ones too
  std::optional<Mailbox> live_mailbox(AccountId a, MailboxId m) const;
  void save_mailbox(AccountId a, const Mailbox& m);
  std::optional<std::uint64_t> keyword_bits(AccountId a, MailboxId m, const std::vector<std::string>& names, bool create);

  // Messages. Each keeps by_modseq, counters of `m`, inline bytes, refs and thread rows right; m's modseq is set by the caller.
  void insert(AccountId a, Mailbox& m, Uid uid, const HotRow& hot, std::string_view detail);
  void rewrite(AccountId a, Mailbox& m, Uid uid, const HotRow& before, const HotRow& after);
  void entomb(AccountId a, Mailbox& m, Uid uid, bool moved = false);  // message -> tombstone, expunged log
  ModSeq entomb_all(AccountId a, Mailbox& m, AccountState& state, const std::vector<Uid>& uids, bool moved = false);  // and says so
  void bury(const MessageRef& ref, std::string_view extents, bool at_once = false);  // references and inline bytes go

  // Content
  void add_content(const Content& content, const Content::Form& form);  // chunks of the blobs that are new
  void put_inline(std::string_view key, const Content& content, const Content::Form& form);  // of the message or queue entry with that key
  // Rows of one message written again under another key: what is sealed is bound to its row, so it has to be sealed anew.
  std::string moved_detail(std::string_view detail, std::string_view from, std::string_view to);  // gives the row for `to`
  std::string moved_inline(std::string stored, std::string_view from, std::string_view to);
  void copy_inline(std::string_view from, std::string_view to);
  void add_references(const MessageRef& ref, std::string_view extents);
  void drop_references(const MessageRef& ref, std::string_view extents, bool at_once);
  void destroy_blob(const BlobId& id);

  std::uint64_t next_sequence(std::string_view counter);  // 1, 2, 3 ... per name, in meta
};

inline constexpr std::string_view kNothing{};  // value of rows that are all key
inline constexpr MailboxId kInbox = MailboxId(1);  // the first of every account; never deleted, never renamed away
inline constexpr std::size_t kGraveHead = 9;      // of a tombstone: time, moved
inline ModSeq next(ModSeq m) { return ModSeq(raw(m) + 1); }
inline constexpr std::uint64_t kMaxSeq = (std::uint64_t(1) << 63) - 1;  // RFC 7162: 63 bits

std::string name_key(AccountId a, std::string_view canonical_name);
// `owner` seals the values that name no domain of their own.
std::optional<base::Error> put_records(WriteContext& w, const std::vector<Put>& puts, const DataKeyPtr& owner = nullptr);
Result<bool> apply_rules(WriteContext& w, const std::vector<RecordRule>& rules, const std::vector<Delivery>& deliveries, const Submitted& done);

// Sealed rows: what stands in `sealed`, opened into prefix and summary (envelope), and the other way round.
void open_detail(const Txn& txn, std::string_view row, DetailView& detail);
std::string detail_row(const DataKey* key, std::string_view row, DetailView detail);
std::shared_ptr<const std::string> open_queue(const Txn& txn, std::string_view row, QueueBytes& entry);  // keep it with the entry
std::string queue_row(const DataKey* key, std::string_view row, QueueBytes entry);
Table table_of(RecordTable t);
bool is_referenced(const Txn& txn, const BlobId& id);
AuditLink audit_end(const Txn& txn);             // the last row of the audit chain
AuditRow audit_row(std::string_view key, std::string_view value);  // Failure: shorter than its hash
std::uint64_t journal_end(const Txn& txn);  // the last sequence given, 0 = none
std::uint64_t quota_of(const Txn& txn, AccountId a);
bool is_held(const Txn& txn, AccountId a);

// RFC 9051 2.3.1.1: a mailbox that has given its last UID takes no more.
inline bool uids_left(const Mailbox& m, std::size_t n) { return std::uint64_t(raw(m.uid_next)) + n < 0xffffffffu; }

// The account's mailbox by name, also of one that is only subscribed (mailbox 0).
std::optional<NameRow> find_name(const Txn& txn, AccountId a, std::string_view canonical_name);
Result<MailboxId> make_mailbox(WriteContext& w, AccountId a, const std::string& canonical_name, SpecialUse special, bool subscribe);
UidValidity take_validity(AccountState& s, Time now);
Result<Mailbox> need_mailbox(const WriteContext& w, AccountId a, MailboxId m);

}  // namespace store
