// Modified UTF-7 of mailbox names (RFC 3501 5.1.3, RFC 9051 A.1). Pure.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace imap::proto {

// UTF-8 of a name in modified UTF-7. Only the canonical form is taken: no printable ASCII inside a shift (so `&AC8-`
// cannot smuggle a '/'), no empty or adjacent shifts, no stray bits, no lone surrogates. Errc::invalid otherwise.
[[nodiscard]] base::Result<std::string> decode_mutf7(std::string_view text);

// REQUIRES: valid UTF-8.
std::string encode_mutf7(std::string_view utf8);
void encode_mutf7(std::string_view utf8, std::string& out);  // appends

}  // namespace imap::proto
