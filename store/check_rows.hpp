// The checks of single rows, for check.cpp. One object walks the whole store, but sees one snapshot at a time (`enter`); what it
// keeps from one to the next is the journal's and the audit chain's last row. Internal to the store.
#pragma once
#include "store/audit_chain.hpp"
#include "store/check.hpp"
#include "store/keys.hpp"
#include "store/rows.hpp"

namespace store {

std::uint64_t last_number(const Txn& txn, std::string_view counter);  // the highest that is in use of a sequence in meta
std::string describe(AccountId a);
std::string describe(AccountId a, MailboxId m);
std::string describe(const MessageRef& ref);

class RowChecks {
 public:
  explicit RowChecks(const CheckOptions& options) : options_(options) {}

  void enter(const Txn& txn);
  std::vector<Finding> leave();  // what this snapshot showed
  // Checks the row at the cursor, or the rows up to the next blob; gives whether there is another.
  bool step(Table table, Cursor& c);
  void unreadable(Table table, std::string_view key, const base::Error& error);
  std::uint64_t rows() const { return rows_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t units() const { return rows_ + chunks_ * (kChunkUnits - 1); }
  static constexpr std::uint64_t kChunkUnits = 16;  // hashing 64 KiB against looking at a row, roughly

 private:
  using Check = void (RowChecks::*)(std::string_view key, std::string_view value);
  static Check check_of(Table table);

  void find(std::string code, std::string detail, std::array<std::int64_t, 4> delta = {});
  void need(bool ok, const char* code, const std::string& detail) { if (!ok) find(code, detail); }

  // Directory, mailboxes, journal (check_rows.cpp)
  void meta_row(std::string_view key, std::string_view value);
  void directory_row(std::string_view key, std::string_view value);
  void state_row(AccountId a, std::string_view value);
  void mailbox_row(std::string_view key, std::string_view value);
  void counters(AccountId a, const Mailbox& m);
  void name_row(std::string_view key, std::string_view value);
  void keyword_row(std::string_view key, std::string_view value);
  void graveyard_row(std::string_view key, std::string_view value);
  void journal_row(std::string_view key, std::string_view value);
  void consumer_row(std::string_view key, std::string_view value);
  void audit_row(std::string_view key, std::string_view value);
  void record_row(std::string_view key, std::string_view value);
  void hold_row(std::string_view key, std::string_view value);
  void done_row(std::string_view key, std::string_view value);

  // Messages (check_messages.cpp)
  struct Box {  // the mailbox that was asked for last
    AccountId account{};
    MailboxId id{};
    std::optional<Mailbox> row;
    std::optional<AccountState> state;
    std::uint64_t keywords = 0;
  };
  const Box& box(AccountId a, MailboxId m);
  void message_row(std::string_view key, std::string_view value);
  void detail_row(std::string_view key, std::string_view value);
  void thread_keys(const MessageRef& ref, const HotRow& hot, std::string_view keys);
  void modseq_row(std::string_view key, std::string_view value);
  void tombstone_row(std::string_view key, std::string_view value);
  void due_row(std::string_view key, std::string_view value);
  void expunged_row(std::string_view key, std::string_view value);
  void thread_row(std::string_view key, std::string_view value);

  // Content (check_content.cpp)
  void content(const MessageRef& ref, std::string_view extents, std::uint64_t size);
  void inline_row(std::string_view key, std::string_view value);
  void queue_row(std::string_view key, std::string_view value);
  void queue_due_row(std::string_view key, std::string_view value);
  void ref_row(std::string_view key, std::string_view value);
  bool blob(Cursor& c);
  bool is_orphan(const BlobId& id);

  const CheckOptions& options_;
  const Txn* txn_ = nullptr;
  std::vector<Finding> found_;
  Table table_{};
  std::string_view key_;
  std::optional<Box> box_;
  std::optional<std::pair<BlobId, std::optional<std::uint64_t>>> sized_;  // the blob whose length was asked for last
  std::optional<std::vector<BlobId>> orphans_;  // of this snapshot, sorted; read when the first blob without a reference is met
  std::uint64_t rows_ = 0, bytes_ = 0, chunks_ = 0;
  std::uint64_t journal_ = 0;
  AuditChain audit_;
};

inline MessageRef thread_ref(std::string_view key) {  // of a row of threads
  return {AccountId(load_be<std::uint64_t>(key.data())), MailboxId(load_be<std::uint32_t>(key.data() + 24)), tail_uid(key)};
}
// Length of a blob by its last chunk; nullopt: there is none.
std::optional<std::uint64_t> blob_length(const Txn& txn, const BlobId& id);
// Where the extents of a message, tombstone or queue entry stand; nullopt: there is no such row (or it is damaged).
std::optional<std::string> extents_of(const Txn& txn, const MessageRef& ref);

}  // namespace store
