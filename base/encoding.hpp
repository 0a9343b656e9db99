// Strict base64 (RFC 4648 4) and hex (RFC 4648 8) for SASL, keys and ids. Not for MIME bodies, whose base64 has lines and junk (mime/).
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

std::string base64_encode(std::string_view in);  // padded, one line
// Refuses anything outside the alphabet, missing or misplaced padding, and non-zero trailing bits (RFC 4648 3.5).
[[nodiscard]] Result<std::string> base64_decode(std::string_view in);

std::string hex_encode(std::string_view in);  // lower case
[[nodiscard]] Result<std::string> hex_decode(std::string_view in);  // either case

}  // namespace base
