// Record data of DNS answers (RFC 1035 3.3) as text. Pure; the bytes come from the network. A name with bytes that no host
// name has (dots or controls inside a label) is an error, not something to escape.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/net/types.hpp"

namespace net {

[[nodiscard]] Result<std::string> dns_name(std::string_view wire);  // uncompressed; lower case, no trailing dot; root is ""
[[nodiscard]] Result<std::pair<std::uint16_t, std::string>> dns_mx(std::string_view wire);
[[nodiscard]] Result<std::string> dns_txt(std::string_view wire);   // its strings joined (RFC 7208 3.3)
[[nodiscard]] Result<std::string> dns_address(std::string_view wire);  // 4 or 16 bytes
[[nodiscard]] Result<std::string> reverse_name(const std::string& address);  // "7.2.0.192.in-addr.arpa"

}  // namespace net
