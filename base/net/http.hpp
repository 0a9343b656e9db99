// A small HTTP/1.1 server for the admin socket and the local reports page, and its synchronous client for the command line.
// Plain own types: Beast parses inside this folder only. The server is a Handler for a Listener (Unix or TCP).
// Limits: header and body sizes, requests a connection, a deadline for each read and write, and for a whole request. Keep-alive; HTTP/1.0 closes.
// A handler that throws gives 500 with a generic text (the log has the rest).
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/net/listener.hpp"

namespace net {

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // as sent: "/accounts?agency=1"
  std::string path;    // percent-decoded, without the query
  std::map<std::string, std::string, std::less<>> query;  // decoded; the last of equal keys counts
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::optional<PeerCredentials> peer;  // Unix socket only
  std::string peer_address;
  std::string connection_id;

  std::string_view header(std::string_view lower_name) const;  // empty when absent
};

// Fill status, headers and body; or call write() any number of times, which sends the head first and then chunks (RFC 9112
// 7.1), after which only write() counts. Header values with control characters are dropped (response splitting).
class HttpResponse {
 public:
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  [[nodiscard]] Awaitable<Result<void>> write(std::string_view chunk);  // an error: the client is gone, stop working

 private:
  friend class HttpSession;
  Stream* stream_ = nullptr;
  bool chunked_ok_ = true;   // HTTP/1.0 clients get the bytes plain, ended by the close
  bool head_only_ = false;
  bool keep_alive_ = true;
  bool streaming_ = false;
  std::string head(std::optional<std::size_t> length) const;
};

using HttpHandler = std::function<Awaitable<void>(const HttpRequest&, HttpResponse&)>;

struct HttpOptions {
  std::size_t max_header = 16 * 1024;
  std::size_t max_body = 16 * 1024 * 1024;
  unsigned max_requests = 1000;
  Duration deadline = std::chrono::seconds(30);
  Duration whole_request = std::chrono::minutes(5);  // from its first byte: a byte now and then holds no connection
};

class HttpServer {
 public:
  HttpServer(HttpOptions options, HttpHandler handler);
  Handler handler() const;  // for Listener::tcp or unix_socket; outlives this object

 private:
  struct Setup {
    HttpOptions options;
    HttpHandler handler;
  };
  friend class HttpSession;
  std::shared_ptr<const Setup> setup_;
};

struct HttpReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;  // empty when on_chunk took it
};

// Blocks; for the command line, not for network threads. on_chunk, when given, gets the body of a 200 piece by piece as it
// arrives. Errc::unavailable: nobody listens. timed_out: nothing came for idle_limit.
[[nodiscard]] Result<HttpReply> http_call(const std::string& socket_path, std::string_view method, std::string_view target,
                                          std::string_view body, const std::function<void(std::string_view)>& on_chunk = {},
                                          Duration idle_limit = std::chrono::seconds(60), const std::string& authorization = {});
std::string basic_authorization(std::string_view user, std::string_view password);  // RFC 7617 2, in UTF-8
std::optional<std::pair<std::string, std::string>> parse_basic(std::string_view authorization);  // nothing: broken, or another scheme

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);  // nothing: broken or with NUL
std::string percent_encode(std::string_view text);  // all but unreserved characters (RFC 3986 2.3)

}  // namespace net
