#include "base/net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

namespace net {
namespace {

const sockaddr_in& v4(const SocketAddress& a) { return reinterpret_cast<const sockaddr_in&>(a.storage); }
const sockaddr_in6& v6(const SocketAddress& a) { return reinterpret_cast<const sockaddr_in6&>(a.storage); }

}  // namespace

Result<SocketAddress> parse_address(const std::string& host, std::uint16_t port) {
  std::string name = host == "localhost" ? "127.0.0.1" : host == "*" ? "::" : host;
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') name = name.substr(1, name.size() - 2);
  SocketAddress address;
  auto& four = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& six = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (::inet_pton(AF_INET, name.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    address.size = sizeof four;
    return address;
  }
  if (::inet_pton(AF_INET6, name.c_str(), &six.sin6_addr) == 1) {
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port);
    address.size = sizeof six;
    return address;
  }
  return fail(Errc::invalid, "'" + host + "' is no IPv4 or IPv6 address");
}

Result<SocketAddress> unix_address(const std::string& path) {
  SocketAddress address;
  auto& to = reinterpret_cast<sockaddr_un&>(address.storage);
  if (path.empty() || path.size() >= sizeof to.sun_path) {
    return fail(Errc::invalid, "socket path '" + path + "' must have 1 to " + std::to_string(sizeof to.sun_path - 1) + " bytes");
  }
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
  address.size = socklen_t(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

std::string host_text(const SocketAddress& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.storage.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &v4(address).sin_addr, text, sizeof text);
  } else if (address.storage.ss_family == AF_INET6) {
    const in6_addr& bytes = v6(address).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&bytes)) ::inet_ntop(AF_INET, bytes.s6_addr + 12, text, sizeof text);
    else ::inet_ntop(AF_INET6, &bytes, text, sizeof text);
  } else {
    return "unix";
  }
  return text;
}

std::uint16_t port_of(const SocketAddress& address) {
  if (address.storage.ss_family == AF_INET) return ntohs(v4(address).sin_port);
  if (address.storage.ss_family == AF_INET6) return ntohs(v6(address).sin6_port);
  return 0;
}

std::string to_text(const SocketAddress& address) {
  if (address.storage.ss_family == AF_UNIX) return reinterpret_cast<const sockaddr_un&>(address.storage).sun_path;
  const std::string host = host_text(address);
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port_of(address));
}

std::string peer_group(const std::string& host) {
  in6_addr bytes{};
  if (::inet_pton(AF_INET6, host.c_str(), &bytes) != 1) return host;
  std::memset(bytes.s6_addr + 8, 0, 8);  // one customer has at least a /64
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET6, &bytes, text, sizeof text);
  return std::string(text) + "/64";
}

}  // namespace net
