// Bringing back what was lost by accident: expunged messages out of their tombstones, messages of deleted mailboxes, and single
// mailboxes out of a backup. For admins; the handlers audit. Operations run on the writer thread (operations.hpp).
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/function_ref.hpp"
#include "store/snapshot.hpp"
#include "store/types.hpp"

namespace store {

class WriteContext;
class Store;

// --- undelete -----------------------------------------------------------------------------------------------------------------
struct Recoverable {
  std::string_view mailbox;      // its name, the last one it had when it is deleted itself
  bool mailbox_deleted = false;
  Time expunged{};
  MessageView message;           // its old mailbox and UID
};
// Expunged messages whose time has not run out, and those of deleted mailboxes. Moved, undeleted and purged
// ones are not among them. True: go on.
void for_each_recoverable(const Snapshot& snapshot, AccountId account, FunctionRef<bool(const Recoverable&)> f);

// Messages come back as new ones (UID, MODSEQ) with flags but \Deleted, keywords, dates, email and thread id. The tombstone stays for
// sessions that still show the old UID, marked as moved: undeleting again does nothing. Quota is not asked: a delivery overshoots too.
struct Undelete {
  struct Outcome {
    UidValidity uid_validity{};
    std::vector<std::pair<Uid, Uid>> uids;  // (old, new)
    std::uint64_t bytes = 0;
  };
  AccountId account{};
  MailboxId from{};  // may be deleted
  MailboxId to{};
  std::vector<Uid> uids;  // what is not recoverable is passed over
  Result<Outcome> apply(WriteContext& w) const;
};

}  // namespace store
