// One HTTP exchange with a host out in the world, through libcurl, for data that documents point to (CRLs, OCSP): whoever makes the
// document chooses the address, so what may be reached is limited (SSRF). Blocks: call it on a pool thread. Any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/net/types.hpp"

namespace net {

struct FetchOptions {
  std::string proxy;                       // "http://host:port"; then the proxy resolves names and has to have rules of its own
  std::vector<std::string> private_hosts;  // hosts (names or addresses, lower case) that may have an address inside the network
  std::size_t max_bytes = 32u << 20;
  Duration connect_limit = std::chrono::seconds(5);
  Duration limit = std::chrono::seconds(30);  // for everything, redirects included
  unsigned max_redirects = 3;
};

struct FetchRequest {
  std::string url;           // http only: what is fetched is signed by itself, and a TLS host would need the same data to be checked
  std::string body;          // not empty: POST
  std::string content_type;  // of the body
};

// The body of a 200. The address is judged when the connection is made, after each resolution and each redirect: only a public one,
// or any of a host that private_hosts names. Errors: denied = it may not be reached · limit = too large · not_found = 404, 410 ·
// timed_out · unavailable = no connection, another status · invalid = no such URL.
[[nodiscard]] Result<std::string> fetch(const FetchRequest& request, const FetchOptions& options);

// http, a host, a port of 80 or above 1023, no user, at most 2048 characters.
bool fetchable(std::string_view url);

// Not of this machine, a private or shared network, a link, a group, or reserved (RFC 6890), nor a way of writing such a one.
bool is_public_address(const std::string& numeric);

}  // namespace net
