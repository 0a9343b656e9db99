// What may be submitted to the CommitLog about messages and mailboxes. Each is a value: it is built anywhere, without I/O, and
// runs on the writer thread (apply; perhaps twice: see write_batch), where uid and modseq are given out: nothing to retry.
// One that fails leaves no trace. None touches more than kMaxSlice messages (Errc::limit): use slices().
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/content.hpp"
#include "store/function_ref.hpp"
#include "store/types.hpp"

namespace store {

class Env;
class WriteContext;

// --- messages ---------------------------------------------------------------------------------------------------------------
struct Delivery {
  AccountId account{};
  MailboxId mailbox{};  // 0 = the account's INBOX
  std::string prefix;
  SystemFlags flags = 0;
  std::vector<std::string> keywords;  // names of derived keywords are dropped
  DerivedBits derived = 0;            // from the policy, never from a client
  Time internal_date{};               // 0 = now
  std::int16_t tz_minutes = base::kVietnamOffset;
};

struct Delivered {
  MailboxId mailbox{};
  UidValidity uid_validity{};
  Uid uid{};
  ModSeq modseq{};
  EmailId email{};
  ThreadId thread{};
};

struct Submitted {
  std::vector<Delivered> deliveries;  // in the order asked
  std::vector<QueueId> queued;
  bool replayed = false;  // this id was committed before; nothing was added
};

// Where a copy came to lie: `prefix`, then account, mailbox, UID and email id. It may have moved since, but its email id stays.
struct Location {
  AccountId account{};
  MailboxId mailbox{};
  Uid uid{};
  EmailId email{};
};
std::string location_key(std::string_view prefix, const Location& at);
std::optional<Location> read_location(std::string_view prefix, std::string_view key);

// Records as the running transaction sees them, earlier operations of its batch included.
class RecordView {
 public:
  explicit RecordView(const WriteContext& w) : w_(w) {}
  std::optional<std::string> get(RecordTable table, std::string_view key) const;
  void for_each(RecordTable table, std::string_view prefix, FunctionRef<bool(std::string_view key, std::string_view value)> f) const;

 private:
  const WriteContext& w_;
};

// What an operation writes beside itself when that hangs on what is there by then: numbers without gaps, one row for a document that
// several mails bring. Runs last, on the writer thread, perhaps twice: only arithmetic on what it is given, and quick. An error fails
// the operation. `deliveries` are those of `done`, in the same order; both are empty where the operation delivers nothing.
struct RecordInput {
  const RecordView& rows;
  Time now{};  // of the commit
  const std::vector<Delivery>& deliveries;
  const Submitted& done;
};
using RecordRule = std::function<Result<std::vector<Put>>(const RecordInput&)>;

// SMTP (all recipients or none) and APPEND.
struct SubmitMessage {
  using Outcome = Submitted;
  std::shared_ptr<const Content> content;
  std::string summary;
  std::vector<ThreadKey> thread_keys;  // own Message-ID first, then those referenced; the first 16 count
  std::vector<Delivery> deliveries;
  std::vector<Outbound> outbound;
  std::vector<Put> puts;        // e.g. the policy decision: same commit as the mail
  std::vector<RecordRule> rules;  // their rows too; sealed only where they name a domain
  std::string located;          // not empty: `evidence` gets a row of location_key() for each copy, by which a late verdict finds it
  std::string idempotency_id;   // empty = none; at most 64 bytes; remembered for a day
  bool enforce_quota = false;   // APPEND: over_quota. SMTP judged it at RCPT and end of data and may overshoot (never bounces)
  void prepare(const Env& env) const;  // hashes and seals the content; submit() does it in the caller's thread, if nobody did before
  Result<Outcome> apply(WriteContext& w) const;
  std::size_t weight() const;

 private:
  std::optional<base::Error> locate(WriteContext& w, const Submitted& done) const;
};

enum class FlagMode : std::uint8_t { set, add, remove };

struct FlagState {
  Uid uid{};
  SystemFlags flags = 0;
  std::uint64_t keywords = 0;
  DerivedBits derived = 0;
  ModSeq modseq{};
  bool changed = false;
};
struct FlagOutcome {
  std::vector<FlagState> states;    // of every uid that exists and passed, in UID order
  std::vector<Uid> modified;        // failed UNCHANGEDSINCE (RFC 7162 3.1.3)
};

struct SetFlags {
  using Outcome = FlagOutcome;
  AccountId account{};
  MailboxId mailbox{};
  std::vector<Uid> uids;  // absent ones are ignored
  FlagMode mode{};
  SystemFlags flags = 0;
  std::vector<std::string> keywords;  // derived ones are dropped; Errc::limit beyond kMaxKeywords
  std::optional<ModSeq> unchanged_since;
  Result<Outcome> apply(WriteContext& w) const;
};

struct SetDerived {  // a late verdict
  using Outcome = FlagOutcome;
  AccountId account{};
  MailboxId mailbox{};
  std::vector<Uid> uids;
  DerivedBits set = 0, clear = 0;
  std::vector<Put> puts;
  Result<Outcome> apply(WriteContext& w) const;
};

struct ExpungeOutcome {
  std::vector<Uid> uids;
  ModSeq modseq{};
  bool more = false;  // the slice was full: submit again
};
struct Expunge {
  using Outcome = ExpungeOutcome;
  AccountId account{};
  MailboxId mailbox{};
  std::optional<std::vector<Uid>> uids;  // nullopt = all
  bool only_deleted = true;              // only messages with \Deleted (RFC 9051 6.4.3); false for MOVE-like removals
  Result<Outcome> apply(WriteContext& w) const;
};

struct CopyOutcome {
  UidValidity uid_validity{};
  std::vector<std::pair<Uid, Uid>> uids;  // (source, target), for COPYUID (RFC 9051 7.1)
};
struct CopyMessages {  // within one account; keeps flags, keywords, derived bits, dates, email and thread ids
  using Outcome = CopyOutcome;
  AccountId account{};
  MailboxId from{}, to{};
  std::vector<Uid> uids;
  bool move = false;  // RFC 6851: source and target change in one commit
  Result<Outcome> apply(WriteContext& w) const;
};

struct Purge {  // destroys live message or tombstone at once, e.g. a secrecy stamp; Errc::denied under a hold
  using Outcome = bool;
  AccountId account{};
  MailboxId mailbox{};
  Uid uid{};
  Result<Outcome> apply(WriteContext& w) const;
};

// --- mailboxes --------------------------------------------------------------------------------------------------------------
struct CreateMailbox {
  using Outcome = MailboxId;
  AccountId account{};
  std::string name;
  SpecialUse special = SpecialUse::none;
  Result<Outcome> apply(WriteContext& w) const;
};
struct RenameOutcome {
  MailboxId mailbox{};  // that now bears the name
  bool more = false;    // INBOX only: more than kMaxSlice messages; move the rest with CopyMessages
};
struct RenameMailbox {  // children come along; INBOX keeps its identity and gives its messages (RFC 9051 6.3.6)
  using Outcome = RenameOutcome;
  AccountId account{};
  std::string from, to;
  Result<Outcome> apply(WriteContext& w) const;
};
struct DeleteMailbox {  // constant time: the collector turns its messages into tombstones; INBOX and children: see README
  using Outcome = MailboxId;
  AccountId account{};
  std::string name;
  Result<Outcome> apply(WriteContext& w) const;
};
struct Subscribe {
  using Outcome = bool;
  AccountId account{};
  std::string name;
  bool on = true;
  Result<Outcome> apply(WriteContext& w) const;
};

// --- queue and records ------------------------------------------------------------------------------------------------------
struct QueueUpdate {
  using Outcome = bool;
  QueueId id{};
  std::optional<Outbound> next;  // nullopt removes the entry (delivered or bounced)
  std::optional<SubmitMessage> also;  // e.g. the bounce, in the same commit
  std::vector<Put> puts;
  std::vector<RecordRule> rules;
  void prepare(const Env& env) const;
  Result<Outcome> apply(WriteContext& w) const;
  std::size_t weight() const;
};
struct PutRecords {
  using Outcome = bool;
  std::vector<Put> puts;
  Result<Outcome> apply(WriteContext& w) const;
};
struct ApplyRules {
  using Outcome = bool;  // whether they wrote anything
  std::vector<RecordRule> rules;
  Result<Outcome> apply(WriteContext& w) const;
};
struct AppendAudit {  // rows form a hash chain: hash = SHA-256(previous hash, sequence, payload)
  using Outcome = std::uint64_t;  // sequence, from 1
  std::string payload;
  Result<Outcome> apply(WriteContext& w) const;
};
struct PlaceHold {  // stops every final deletion below the account, or everywhere for account 0
  using Outcome = bool;
  AccountId account{};
  std::string name, reason;  // empty reason lifts it
  Result<Outcome> apply(WriteContext& w) const;
};

// --- journal ----------------------------------------------------------------------------------------------------------------
struct SetCheckpoint {  // creates the consumer; never goes back
  using Outcome = bool;
  std::string consumer;
  JournalSeq done{};
  bool remove = false;
  Result<Outcome> apply(WriteContext& w) const;
};
struct TrimJournal {  // up to the lowest checkpoint; keeps at most `keep` rows even for a laggard, which is marked "rebuild"
  using Outcome = std::uint64_t;  // rows removed, at most kMaxSlice
  std::uint64_t keep = 1'000'000;
  Result<Outcome> apply(WriteContext& w) const;
};

// Cuts a long UID list into the lists of several operations.
std::vector<std::vector<Uid>> slices(const std::vector<Uid>& uids, std::size_t at_most = kMaxSlice);

}  // namespace store
