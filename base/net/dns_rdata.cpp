#include "base/net/dns_rdata.hpp"

#include <arpa/inet.h>

#include "base/ascii.hpp"

namespace net {

Result<std::string> dns_name(std::string_view wire) {
  std::string name;
  while (true) {
    if (wire.empty()) return fail(Errc::invalid, "DNS name without an end");
    const auto size = std::size_t(static_cast<unsigned char>(wire[0]));
    if (size == 0) return name;
    if (size > 63 || wire.size() < size + 1) return fail(Errc::invalid, "DNS name with a broken label");
    if (!name.empty()) name.push_back('.');
    for (const char c : wire.substr(1, size)) {
      if (!base::is_alnum(c) && c != '-' && c != '_') return fail(Errc::invalid, "DNS name that is no host name");
      name.push_back(base::lower(c));
    }
    if (name.size() > 253) return fail(Errc::invalid, "DNS name too long");
    wire.remove_prefix(size + 1);
  }
}

Result<std::pair<std::uint16_t, std::string>> dns_mx(std::string_view wire) {
  if (wire.size() < 3) return fail(Errc::invalid, "MX record too short");
  auto name = dns_name(wire.substr(2));
  if (!name) return name.error();
  const auto preference = (static_cast<unsigned char>(wire[0]) << 8) | static_cast<unsigned char>(wire[1]);
  return std::pair(std::uint16_t(preference), std::move(*name));
}

Result<std::string> dns_txt(std::string_view wire) {
  std::string text;
  while (!wire.empty()) {
    const auto size = std::size_t(static_cast<unsigned char>(wire[0]));
    if (wire.size() < size + 1) return fail(Errc::invalid, "TXT record with a broken string");
    text.append(wire.substr(1, size));
    wire.remove_prefix(size + 1);
  }
  return text;
}

Result<std::string> dns_address(std::string_view wire) {
  char text[INET6_ADDRSTRLEN] = "";
  if (wire.size() != 4 && wire.size() != 16) return fail(Errc::invalid, "address record of a wrong size");
  ::inet_ntop(wire.size() == 4 ? AF_INET : AF_INET6, wire.data(), text, sizeof text);
  return std::string(text);
}

Result<std::string> reverse_name(const std::string& address) {
  unsigned char bytes[16];
  std::string name;
  if (::inet_pton(AF_INET, address.c_str(), bytes) == 1) {
    for (int i = 3; i >= 0; --i) name += std::to_string(bytes[i]) + ".";
    return name + "in-addr.arpa";
  }
  if (::inet_pton(AF_INET6, address.c_str(), bytes) != 1) return fail(Errc::invalid, "'" + address + "' is no address");
  static constexpr char kHex[] = "0123456789abcdef";
  for (int i = 15; i >= 0; --i) {
    name += {kHex[bytes[i] & 15], '.', kHex[bytes[i] >> 4], '.'};
  }
  return name + "ip6.arpa";
}

}  // namespace net
