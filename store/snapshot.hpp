// One consistent look at the store: a read transaction with typed questions. Cheap (about a microsecond): take one per command,
// never hold one across a network write or a co_await (it pins free pages). Thread rule: one thread at a time.
// Errors: absent = nullopt or empty; stored bytes that break their grammar and a lost disk throw Failure.
// Callbacks return true to go on. Views handed to them die with the snapshot.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mime/range.hpp"
#include "store/audit_chain.hpp"
#include "store/directory.hpp"
#include "store/env.hpp"
#include "store/function_ref.hpp"
#include "store/types.hpp"

namespace store {

struct Keyword {
  unsigned bit = 0;
  std::string name;
};
struct QueueRow {
  QueueId id{};
  std::string_view envelope;
  Time due{};
  Time accepted{};
  std::string_view prefix;       // of the outbound copy
  std::string_view extents;
  std::uint64_t content_size = 0;
  std::shared_ptr<const std::string> opened{};  // where envelope and prefix were sealed: their bytes
};
struct Consumer {
  std::string name;
  JournalSeq done{};
  bool rebuild = false;  // fell too far behind: the journal no longer reaches back to its checkpoint
};
struct Tombstone {
  Time expunged{};
  bool moved = false;  // its message lives on in another mailbox: sessions may read it, undelete passes over it
  MessageView message;
};

class Snapshot {
 public:
  explicit Snapshot(ReadTxn txn) : txn_(std::move(txn)) {}
  const Txn& txn() const { return txn_; }

  // Directory
  std::optional<Domain> domain(std::string_view name) const;
  std::optional<Agency> agency(AgencyId id) const;
  std::optional<Agency> agency(std::string_view code) const;
  std::optional<Account> account(AccountId id) const;
  std::optional<Account> account(std::string_view address) const;
  std::optional<Address> address(std::string_view address) const;
  std::optional<std::string_view> entry(Entry kind, std::string_view key) const;
  Result<Resolved> resolve(std::string_view address) const;  // aliases followed, 10 deep; not_found, limit, invalid
  void for_each_domain(FunctionRef<bool(const Domain&)> f) const;
  void for_each_agency(FunctionRef<bool(const Agency&)> f) const;
  void for_each_account(FunctionRef<bool(const Account&)> f) const;
  void for_each_address(FunctionRef<bool(const Address&)> f) const;
  void for_each_entry(Entry kind, std::string_view prefix, FunctionRef<bool(std::string_view key, std::string_view value)> f) const;

  bool encrypted(AccountId account) const;  // the account's domain has, or had, a key: its mail may be sealed

  // Mailboxes
  AccountState account_state(AccountId account) const;
  std::optional<Mailbox> mailbox(AccountId account, MailboxId id) const;  // subscribed is filled too; deleted ones are absent
  std::optional<Mailbox> mailbox(AccountId account, std::string_view name) const;
  std::vector<Mailbox> mailboxes(AccountId account) const;                // by name
  std::vector<std::string> subscriptions(AccountId account) const;        // also of names that have no mailbox
  std::vector<Keyword> keywords(AccountId account, MailboxId mailbox) const;

  // Messages, in UID order
  void for_each_hot(AccountId a, MailboxId m, Uid lo, Uid hi, FunctionRef<bool(Uid, const HotRow&)> f) const;
  void for_each_message(AccountId a, MailboxId m, Uid lo, Uid hi, FunctionRef<bool(const MessageView&)> f) const;
  std::optional<HotRow> hot(AccountId a, MailboxId m, Uid uid) const;
  std::optional<MessageView> message(AccountId a, MailboxId m, Uid uid) const;
  std::optional<Tombstone> tombstone(AccountId a, MailboxId m, Uid uid) const;
  void for_each_tombstone(AccountId a, FunctionRef<bool(const Tombstone&)> f) const;
  void changed_since(AccountId a, MailboxId m, ModSeq since, FunctionRef<bool(Uid, ModSeq)> f) const;   // modseq > since
  void expunged_since(AccountId a, MailboxId m, ModSeq since, FunctionRef<bool(Uid, ModSeq)> f) const;  // REQUIRES since >= floor
  std::vector<std::pair<MailboxId, Uid>> by_thread_key(AccountId a, const ThreadKey& key) const;

  // Bytes [range) of prefix + content, in pieces of at most 64 KiB. Errc::corrupt when a blob is missing or short.
  using Sink = FunctionRef<bool(std::string_view piece)>;
  Result<void> read(AccountId a, const MessageView& message, mime::ByteRange range, Sink sink) const;
  Result<std::string> read_all(AccountId a, const MessageView& message) const;
  // Texts of the attachments (see make_content), whole ones while they fit into at_most bytes together.
  struct Texts {
    std::vector<std::string> texts;
    bool cut = false;  // there is more
  };
  Result<Texts> texts(const MessageView& message, std::size_t at_most) const;
  Result<void> read(const QueueRow& row, mime::ByteRange range, Sink sink) const;

  // Journal, queue, records
  JournalSeq journal_end() const;  // the last sequence given, 0 = none
  void for_each_change(JournalSeq after, FunctionRef<bool(JournalSeq, const Change&)> f) const;
  std::vector<Consumer> consumers() const;
  std::optional<QueueRow> queue_entry(QueueId id) const;
  void for_each_due(Time until, FunctionRef<bool(const QueueRow&)> f) const;  // in order of due time
  void for_each_queued(FunctionRef<bool(const QueueRow&)> f) const;
  std::optional<std::string> record(RecordTable table, std::string_view key) const;
  void for_each_record(RecordTable table, std::string_view from, std::string_view until,  // [from, until); empty until = end
                       FunctionRef<bool(std::string_view key, std::string_view value)> f) const;  // the value dies with the call
  AuditLink audit_end() const;         // the last row; seq 0 = none
  std::uint64_t audits_given() const;  // the counter: it equals the last row's number unless rows were taken away
  void for_each_audit_row(std::uint64_t after, FunctionRef<bool(const AuditRow&)> f) const;  // throws Failure at a damaged one
  void for_each_audit(std::uint64_t after, FunctionRef<bool(std::uint64_t seq, std::string_view payload)> f) const;
  bool held(AccountId account) const;

 private:
  ReadTxn txn_;
};

// RFC 9208: may the account take `bytes` more?
bool quota_allows(const Snapshot& snapshot, AccountId account, std::uint64_t bytes);

}  // namespace store
