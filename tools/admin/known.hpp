// Which messages of an import an account has already. The identity of a message: its bytes (SHA-256 of what clients see, prefix and
// content), the second of its internal date, its mailbox. Nothing is recorded for it: size and date are in the hot rows,
// and only where both agree the stored bytes are read and hashed. So a second run finds what the first one stored, whatever else
// happened between them, and a message that its owner has since moved or removed is known too, by its tombstone.
#pragma once
#include <span>
#include <unordered_map>

#include "base/crypto.hpp"
#include "tools/admin/context.hpp"

namespace admin {

enum class Presence : unsigned char { absent, present, removed };

struct Wanted {
  enum class What : unsigned char { whole, header, shape };  // what the digest is of; shape: size and date alone decide
  What what = What::whole;
  store::MailboxId mailbox{};
  std::int64_t second = 0;    // of the internal date
  std::uint64_t size = 0;
  base::Digest digest{};      // header: up to and with its empty line
};

// In the order asked. Linear in the messages of the mailboxes named and the tombstones of the account (once a call).
Result<std::vector<Presence>> presence(const store::Snapshot& snapshot, store::AccountId account, std::span<const Wanted> wanted);

std::string_view header_of(std::string_view message);

}  // namespace admin
