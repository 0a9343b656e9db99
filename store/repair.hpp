// store check --repair: mends what can be derived from other rows, through ordinary operations of the commit log, beside a running
// server. Every mender looks at the rows again in its own transaction, so that a finding that is no longer true changes nothing.
// It never deletes a message: what has lost its mailbox gets one (its old name if that is known, else `Recovered`), with a new
// UIDVALIDITY; what has lost its account moves to `Recovered` of a named account. What cannot be derived (missing or changed
// content, the audit chain) is left and listed. Thread rule: any thread but the writer's; blocks.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "store/check.hpp"

namespace store {

class Store;
class WriteContext;

struct RepairOptions {
  CheckOptions check;        // `found` is ours
  AccountId into{};          // takes the messages of accounts that are gone; 0 = they are left and listed
};
struct RepairReport {
  std::map<std::string, std::uint64_t> mended;  // by code
  std::vector<Finding> first;                   // the first 1,000 of them
  std::uint64_t moved = 0;                      // messages of accounts that were gone
  CheckReport left;                             // what a check finds afterwards
};
[[nodiscard]] Result<RepairReport> repair(Store& store, const RepairOptions& options);

// --- the operations ---------------------------------------------------------------------------------------------------------
struct MendRows {
  using Outcome = std::vector<bool>;  // which of the findings changed something
  std::vector<Finding> findings;      // at most kMaxSlice
  Result<Outcome> apply(WriteContext& w) const;
};
struct CutJournal {  // forgets the rows below `from`; consumers that still needed them start over
  using Outcome = bool;  // there are more: submit again
  JournalSeq from{};
  Result<Outcome> apply(WriteContext& w) const;
};
struct RecoverOutcome {
  std::uint64_t moved = 0;
  std::string next;  // empty: done
};
struct RecoverAccount {  // messages of an account that neither the directory nor the graveyard knows
  using Outcome = RecoverOutcome;
  AccountId gone{}, into{};
  std::string from;  // RecoverOutcome::next of the slice before
  Result<Outcome> apply(WriteContext& w) const;
};

}  // namespace store
