// Mailboxes of one account out of a backup into the running store, beside what is there or in its place. A mailbox is filled where
// nobody sees it and shown whole by one commit. Cut short, it is removed again by the collector within the hour.
// Thread rule: any thread but the writer's; blocks. Reads the backup's segments of that account and the blobs that are gone here.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/backup.hpp"
#include "store/types.hpp"

namespace store {

class WriteContext;

struct MailboxRestore {
  std::string backup;                       // directory
  std::optional<std::uint32_t> generation;
  std::optional<Time> at;                   // the newest made at or before; neither: the newest
  std::string address;                      // canonical; the account has to be there
  std::optional<std::string> mailbox;       // canonical: this one and those below it; none = all
  // Beside: as "Restored 2026-11-22 0915/NAME", of the backup's time; one that is there already is passed over.
  // In place: the mailbox of that name is deleted (its messages can be undeleted) and the restored one takes its name, with a
  // UIDVALIDITY above it. INBOX, which cannot be deleted, is refused.
  bool in_place = false;
  std::function<bool(AccountId, EmailId)> leave_out{};  // by the backup's ids: mail that was purged or hidden since
  BackupProgressFn progress;                // messages
};
struct RestoredMailbox {
  std::string name, as;
  std::uint64_t messages = 0, bytes = 0;
  bool there = false;  // passed over: an earlier run restored it
};
struct MailboxRestored {
  BackupGeneration from;
  std::vector<RestoredMailbox> mailboxes;
  std::uint64_t messages = 0, bytes = 0, used = 0, quota = 0;  // used: after; quota 0 = none
};
// not_found: backup, generation, account or mailbox; over_quota: it does not fit, with the figures; corrupt: the backup is damaged.
// What was finished before an error stays and is passed over by the next run.
[[nodiscard]] Result<MailboxRestored> restore_mailboxes(Store& store, const MailboxRestore& options);

// --- operations; internal ---------------------------------------------------------------------------------------------------------
struct StartFilling {  // a mailbox that is listed as deleted until it is shown
  using Outcome = MailboxId;
  AccountId account{};
  std::string name;
  SpecialUse special = SpecialUse::none;
  Result<Outcome> apply(WriteContext& w) const;
};
struct FillMailbox {
  using Outcome = bool;
  struct Message {
    HotRow hot;
    std::vector<std::string> keywords;
    std::string from_key, detail;            // as the backup has them
    std::optional<std::string> inlined;
    bool same_ids = false;                   // email and thread id are this account's own
  };
  struct Chunk {
    BlobId blob{};
    std::uint32_t n = 0;
    std::string bytes;
  };
  AccountId account{};
  MailboxId mailbox{};
  std::vector<Message> messages;
  std::vector<Chunk> chunks;                 // of blobs that were not in the store
  Result<Outcome> apply(WriteContext& w) const;
  std::size_t weight() const;
};
struct ShowMailbox {
  using Outcome = UidValidity;
  AccountId account{};
  MailboxId mailbox{};
  std::string name;
  bool in_place = false;
  Result<Outcome> apply(WriteContext& w) const;
};

}  // namespace store
