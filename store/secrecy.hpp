// Every copy of the same bytes, and hiding them together (CONTRACT 3: a secrecy stamp that is found after delivery). Live messages and
// tombstones: what was expunged could be brought back. Hidden copies stay in the store and are shown to nobody until they are purged
// (Purge) or shown again. The operation runs on the writer thread (operations.hpp).
#pragma once
#include <optional>
#include <vector>

#include "store/snapshot.hpp"
#include "store/types.hpp"

namespace store {

class WriteContext;

struct MessageCopy {
  AccountId account{};
  MailboxId mailbox{};
  Uid uid{};
  EmailId email{};
  bool grave = false;  // a tombstone
};

// The copies of one account's mail: in whatever mailbox, expunged ones too.
std::vector<MessageCopy> copies_of_email(const Snapshot& snapshot, AccountId account, EmailId email);

struct SameBytes {
  std::vector<MessageCopy> copies;
  std::vector<QueueId> queued;  // entries whose content holds one of the blobs
};
// Copies of this message in all accounts: the same Message-ID and content; and whatever holds the bytes [part) of its content, where these
// lie in blobs of their own (an attachment of some size; under encryption within its domain). Reads what it compares: not on the writer.
SameBytes same_bytes(const Snapshot& snapshot, const MessageCopy& of, std::optional<mime::ByteRange> part);

struct HideCopies {
  using Outcome = bool;  // whether any changed
  std::vector<MessageCopy> copies;  // those that moved or went meanwhile are passed over; at most kMaxSlice
  bool hide = true;                 // false: shown again
  Result<Outcome> apply(WriteContext& w) const;
};

}  // namespace store
