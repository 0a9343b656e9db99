// The grammar of client commands: RFC 9051 9, RFC 3501 9 and the extensions named in README.md. Pure, any thread.
// `text` is one complete command from the Framer: no final CRLF, literals inline after their "{n}\r\n", except that the
// message literals of APPEND are only their "{n}\r\n" (their bytes are in Frame::messages).
#pragma once
#include <cstddef>
#include <string_view>

#include "base/result.hpp"
#include "imap/proto/command.hpp"

namespace imap::proto {

struct Limits {
  bool utf8 = false;               // ENABLE UTF8=ACCEPT or IMAP4rev2 was done: names are UTF-8, not modified UTF-7
  std::size_t max_depth = 50;      // of SEARCH keys (ATTACKS I6)
  std::size_t max_keys = 2000;     // SEARCH keys in all
  std::size_t max_items = 200;     // of any list: fetch items, flags, patterns, status items
  std::size_t max_pattern = 256;   // bytes of a LIST pattern (ATTACKS I5)
};

// Errors: invalid, limit -> "BAD"; unsupported -> "NO [BADCHARSET (UTF-8 US-ASCII)]"; denied -> "NO [CANNOT]" (a mailbox name
// that this server cannot have). detail() is plain ASCII and fit to be sent.
[[nodiscard]] base::Result<Request> parse(std::string_view text, const Limits& limits = {});

}  // namespace imap::proto
