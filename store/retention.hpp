// Retention: until when content is kept whatever users do, and expunges by the server. The store knows times and a label; which
// class of the configuration applies is found by somebody who can read mail (tools/congthud/retention_watch), who walks
// everything once when the classes change and then follows the journal. What was not looked at yet is not destroyed.
// A time only ever grows, goes along with copies, moves and undeletes, and goes with the tombstone.
// Thread rule: the operations as all others; the questions need a snapshot.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/env.hpp"
#include "store/function_ref.hpp"
#include "store/types.hpp"

namespace store {

class WriteContext;
struct MessageRef;

inline constexpr std::string_view kRetentionConsumer = "retention";  // of the journal: how far new mail was looked at
inline constexpr std::size_t kMaxLabel = 100;

struct RetentionState {
  std::string classes;   // which ones were looked for: opaque, a digest
  bool matched = false;  // all that was there when they were set has been looked at
  std::string position;  // of that walk, opaque to the store
};
std::optional<RetentionState> retention_state(const Txn& txn);  // none: no classes

// Other classes than before: everything is looked at anew. "" = there are none; what is kept stays so until its time.
struct SetRetention {
  using Outcome = bool;
  std::string classes;
  Result<Outcome> apply(WriteContext& w) const;
};

struct KeptMessage {
  AccountId account{};
  MailboxId mailbox{};
  Uid uid{};
  Time until{};
  std::string label;  // of the class; 1..100 bytes
};
struct KeepMessages {  // messages and tombstones; what is gone is ignored, and all of it when the classes are others by now (false)
  using Outcome = bool;
  std::string classes;
  std::vector<KeptMessage> messages;    // at most kMaxSlice
  std::optional<std::string> position;  // where the first walk goes on; "" = it is done
  std::optional<JournalSeq> done;       // the journal was followed so far
  Result<Outcome> apply(WriteContext& w) const;
};

// Ordinary expunges of one mailbox, by one class. What is kept or held is passed over. Errc::unavailable: holds have not been
// matched up to `seen`, or the classes are others by now. How many went is counted with the commits, and audited by the one that finishes.
struct ExpireMessages {
  using Outcome = std::uint64_t;  // expunged by this one
  std::string classes, label;
  AccountId account{};
  MailboxId mailbox{};
  std::vector<Uid> uids;  // at most kMaxSlice
  JournalSeq seen{};      // the end of the journal when they were chosen
  bool finish = false;    // the last of this mailbox in this pass
  std::function<std::string(std::string_view label, std::uint64_t count)> audit;
  Result<Outcome> apply(WriteContext& w) const;
};

struct Kept {
  Time until{};
  std::string label;
};
std::optional<Kept> find_kept(const Txn& txn, const MessageRef& ref);  // also when its time is over
void for_each_kept(const Txn& txn, AccountId account, FunctionRef<bool(const KeptMessage&)> f);
std::vector<std::pair<AccountId, MailboxId>> unfinished_expiries(const Txn& txn);  // of a pass that was interrupted

// --- internal to the store --------------------------------------------------------------------------------------------------
Time kept_until(const Txn& txn, const MessageRef& ref);                 // Time{}: not kept
std::optional<Kept> longest_kept(const Txn& txn, AccountId a, Time now);  // of what is kept after now
bool keeps_messages_of(const Txn& txn, AccountId a);
void copy_kept(WriteContext& w, const MessageRef& from, const MessageRef& to);
void drop_kept(WriteContext& w, const MessageRef& ref);
Time looked_until(const Txn& txn);  // as matched_until() of hold.hpp
bool is_retention_row(std::string_view key);
// What is wrong with such a row: empty, or in words.
std::string retention_row_problem(const Txn& txn, std::string_view key, std::string_view value);
bool mend_retention_row(WriteContext& w, std::string_view key);  // a stale one goes; a damaged one, too, and all is looked at again

}  // namespace store
