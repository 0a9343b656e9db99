// Socket addresses as the system has them, from and to text. Only .cpp files of this folder include it.
#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/net/types.hpp"

namespace net {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// Numeric IPv4 or IPv6; "[2001:db8::1]", "localhost" (127.0.0.1) and "*" ("::") are understood too.
[[nodiscard]] Result<SocketAddress> parse_address(const std::string& host, std::uint16_t port);
[[nodiscard]] Result<SocketAddress> unix_address(const std::string& path);
std::string host_text(const SocketAddress& address);  // IPv4-mapped IPv6 as IPv4; "unix"
std::uint16_t port_of(const SocketAddress& address);
std::string to_text(const SocketAddress& address);    // "127.0.0.1:25", "[::1]:25", the path
std::string peer_group(const std::string& host);      // what one peer counts as: the IPv4 address, the IPv6 /64

}  // namespace net
