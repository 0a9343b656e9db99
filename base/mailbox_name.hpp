// The one rule for mailbox names: the store refuses by it, IMAP and every command ask the same function, so that no way in takes
// a name that another cannot show, select or delete. A name is a key of the store and never a path. Pure.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

inline constexpr std::size_t kMaxMailboxName = 1000;   // bytes of UTF-8 in NFC
inline constexpr std::size_t kMaxMailboxLevel = 255;   // bytes between two '/'
inline constexpr std::size_t kMaxMailboxLevels = 32;

// UTF-8 in NFC, '/' between levels, INBOX (the whole name or its first level) in capitals (RFC 9051 5.1). Errc::invalid, with the
// reason: empty; too long; not UTF-8; an empty level, "." or ".."; too many levels; a control character (C0, DEL, C1, U+2028,
// U+2029, the bidirectional controls that make one name look like another, noncharacters); "*" or "%", which LIST and
// SUBSCRIBE could not tell from a pattern.
[[nodiscard]] Result<std::string> canonical_mailbox_name(std::string_view name);

// NFC and the INBOX rule alone: for patterns and references, which may hold wildcards.
std::string normal_mailbox_text(std::string_view utf8);

}  // namespace base
