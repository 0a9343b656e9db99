#include "base/net/fetch.hpp"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <cstdlib>
#include <cstring>

#include "base/ascii.hpp"
#include "base/handle.hpp"
#include "base/net/address.hpp"

namespace net {
namespace {

using Curl = base::Handle<CURL, curl_easy_cleanup>;
using CurlHeaders = base::Handle<curl_slist, curl_slist_free_all>;

struct Exchange {
  bool any_address = false;  // the host (or the proxy) is named in the configuration
  bool refused = false, too_large = false;
  std::size_t max_bytes = 0;
  std::string body;
};

bool in_v4(std::uint32_t address, std::uint32_t net, int bits) { return (address >> (32 - bits)) == (net >> (32 - bits)); }

bool is_public_v4(std::uint32_t a) {
  constexpr struct {
    std::uint32_t net;
    int bits;
  } kSpecial[] = {{0x00000000, 8}, {0x0a000000, 8}, {0x64400000, 10}, {0x7f000000, 8}, {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24},
                  {0xc0000200, 24}, {0xc0586300, 24}, {0xc0a80000, 16}, {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3}};
  return std::none_of(std::begin(kSpecial), std::end(kSpecial), [a](const auto& s) { return in_v4(a, s.net, s.bits); });
}

std::uint32_t v4_at(const unsigned char* p) { return std::uint32_t(p[0]) << 24 | std::uint32_t(p[1]) << 16 | std::uint32_t(p[2]) << 8 | p[3]; }

// Only 2000::/3 is given out (RFC 4291 2.4). Of it, what stands for an IPv4 address (NAT64, 6to4) is judged as that one, and Teredo,
// documentation and benchmarking are none.
bool is_public_v6(const unsigned char* p) {
  constexpr unsigned char kNat64[12] = {0, 0x64, 0xff, 0x9b};
  if (std::memcmp(p, kNat64, 12) == 0) return is_public_v4(v4_at(p + 12));
  if ((p[0] & 0xe0) != 0x20) return false;
  if (p[0] == 0x20 && p[1] == 0x02) return is_public_v4(v4_at(p + 2));
  if (p[0] == 0x20 && p[1] == 0x01 && (p[2] & 0xfe) == 0) return false;  // 2001::/23: Teredo, ORCHID, benchmarking
  if (p[0] == 0x20 && p[1] == 0x01 && p[2] == 0x0d && p[3] == 0xb8) return false;
  return !(p[0] == 0x3f && p[1] == 0xff && (p[2] & 0xf0) == 0);  // 3fff::/20, documentation
}

bool is_public(const sockaddr* address) {
  if (address->sa_family == AF_INET) return is_public_v4(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
  if (address->sa_family != AF_INET6) return false;
  const auto* six = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr.s6_addr;
  return IN6_IS_ADDR_V4MAPPED(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr) ? is_public_v4(v4_at(six + 12)) : is_public_v6(six);
}

// libcurl asks for each socket with the address that it will connect to: nothing is resolved again in between.
curl_socket_t open_socket(void* data, curlsocktype purpose, curl_sockaddr* to) {
  auto* exchange = static_cast<Exchange*>(data);
  if (purpose != CURLSOCKTYPE_IPCXN || (!exchange->any_address && !is_public(&to->addr))) {
    exchange->refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

std::size_t take_body(char* bytes, std::size_t one, std::size_t count, void* data) {
  auto* exchange = static_cast<Exchange*>(data);
  if (one * count > exchange->max_bytes - exchange->body.size()) {
    exchange->too_large = true;
    return 0;
  }
  exchange->body.append(bytes, one * count);
  return one * count;
}

Errc code_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return Errc::timed_out;
    case CURLE_URL_MALFORMAT: return Errc::invalid;
    case CURLE_UNSUPPORTED_PROTOCOL: return Errc::denied;
    case CURLE_FILESIZE_EXCEEDED: return Errc::limit;
    default: return Errc::unavailable;
  }
}

std::string host_of(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  return parsed.has_value() ? base::lower_ascii(std::string(parsed->host_address())) : std::string();
}

bool listed(const std::vector<std::string>& hosts, const std::string& host) { return std::find(hosts.begin(), hosts.end(), host) != hosts.end(); }

void configure(CURL* c, const FetchRequest& request, const FetchOptions& options, Exchange& exchange, long limit_ms) {
  curl_easy_setopt(c, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_PROXY, options.proxy.c_str());  // "" = none, whatever the environment says
  curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, long(std::chrono::duration_cast<std::chrono::milliseconds>(options.connect_limit).count()));
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, limit_ms);
  curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(options.max_bytes));
  curl_easy_setopt(c, CURLOPT_USERAGENT, "congthu");
  curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, &exchange);
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(c, CURLOPT_WRITEDATA, &exchange);
  if (request.body.empty()) return;
  curl_easy_setopt(c, CURLOPT_POSTFIELDS, request.body.data());
  curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.size()));
}

struct Hop {
  std::string body, redirect;
};

Result<Hop> one_hop(const FetchRequest& request, const FetchOptions& options, long limit_ms) {
  const std::string host = host_of(request.url);
  if (!fetchable(request.url)) return fail(Errc::denied, request.url + ": only http, to port 80 or one above 1023, is fetched");
  Exchange exchange;
  exchange.max_bytes = options.max_bytes;
  exchange.any_address = !options.proxy.empty() || listed(options.private_hosts, host);
  // A proxy connects for us, so at least an address that stands in the URL itself is looked at.
  if (const auto literal = parse_address(host, 0); literal && !listed(options.private_hosts, host) && !is_public(literal->get()))
    return fail(Errc::denied, host + " is inside the network; signature.fetch_private_hosts may allow it");
  const Curl curl(curl_easy_init());
  if (!curl) return fail(Errc::unavailable, "libcurl cannot be set up");
  configure(curl.get(), request, options, exchange, limit_ms);
  CurlHeaders headers;
  if (!request.content_type.empty()) headers.reset(curl_slist_append(nullptr, ("Content-Type: " + request.content_type).c_str()));
  if (headers) curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  const CURLcode done = curl_easy_perform(curl.get());
  if (exchange.refused) return fail(Errc::denied, host + " has an address inside the network; signature.fetch_private_hosts may allow it");
  if (exchange.too_large) return fail(Errc::limit, request.url + ": more than " + std::to_string(options.max_bytes) + " bytes");
  if (done != CURLE_OK) return fail(code_of(done), request.url + ": " + curl_easy_strerror(done));
  long status = 0;
  char* redirect = nullptr;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl.get(), CURLINFO_REDIRECT_URL, &redirect);
  if (redirect != nullptr && status >= 300 && status < 400) return Hop{{}, redirect};
  if (status != 200) return fail(status == 404 || status == 410 ? Errc::not_found : Errc::unavailable, request.url + ": HTTP " + std::to_string(status));
  return Hop{std::move(exchange.body), {}};
}

}  // namespace

bool is_public_address(const std::string& numeric) {
  const auto address = parse_address(numeric, 0);
  return address && is_public(address->get());
}

bool fetchable(std::string_view url) {
  if (url.size() > 2048) return false;
  const auto parsed = boost::urls::parse_uri(boost::urls::string_view(url.data(), url.size()));
  if (!parsed.has_value() || !base::iequals(std::string_view(parsed->scheme().data(), parsed->scheme().size()), "http")) return false;
  if (parsed->has_userinfo() || parsed->host().empty()) return false;
  if (!parsed->has_port()) return true;
  const std::string port(parsed->port());
  const unsigned long number = port.size() > 5 ? 0 : std::strtoul(port.c_str(), nullptr, 10);
  return number == 80 || (number > 1023 && number < 65536);
}

Result<std::string> fetch(const FetchRequest& request, const FetchOptions& options) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) return fail(Errc::unavailable, curl_easy_strerror(ready));
  const auto end = std::chrono::steady_clock::now() + options.limit;
  FetchRequest next = request;
  for (unsigned hop = 0; hop <= options.max_redirects; ++hop) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) return fail(Errc::timed_out, request.url + ": no answer in time");
    auto answer = one_hop(next, options, long(left));
    if (!answer) return answer.error();
    if (answer->redirect.empty()) return std::move(answer->body);
    next.url = std::move(answer->redirect);
  }
  return fail(Errc::unavailable, request.url + ": more than " + std::to_string(options.max_redirects) + " redirects");
}

}  // namespace net
