// A request to the page and its answer, without network: what Beast parsed, as the pages read it.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace web {

using Fields = std::map<std::string, std::string, std::less<>>;

struct Request {
  std::string method;                // "GET"
  std::vector<std::string> path;     // decoded segments
  std::string target;                // as sent
  Fields query, form, cookies;
  std::string host, origin, fetch_site;  // headers; empty when absent
  std::string peer;                  // address
  std::string_view arg(std::string_view name) const;    // of the query; empty when absent
  std::string_view field(std::string_view name) const;  // of the form
};

struct Answer {
  int status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// application/x-www-form-urlencoded (WHATWG URL 5.1); fields that are broken or no UTF-8 are left out.
Fields read_form(std::string_view body);
Fields read_cookies(std::string_view header);  // RFC 6265 4.2.1
std::vector<std::string> path_of(std::string_view target);  // empty segments are left out; a broken one makes none
std::string segment(std::string_view text);  // of a path, encoded
std::string link(std::string_view path, const std::vector<std::pair<std::string, std::string>>& query);  // encoded, not escaped

}  // namespace web
