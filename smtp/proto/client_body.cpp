// What a message looks like on an outgoing connection: line ends normalised, dots stuffed (RFC 5321 4.5.2, ATTACKS M1 outbound).
#include <algorithm>
#include "smtp/proto/client.hpp"

namespace smtp::proto {

bool has_strict_lines(std::string_view content) {
  const char *p = content.data(), *end = p + content.size();
  while ((p = find_break(p, end)) < end) {
    if (*p == '\0') {
      ++p;
      continue;
    }
    if (*p != '\r' || p + 1 == end || p[1] != '\n') return false;
    p += 2;
  }
  return content.empty() || content.ends_with("\r\n");
}

std::string normalise_lines(std::string_view content) {
  std::string out;
  out.reserve(content.size() + content.size() / 32 + 2);
  const char *p = content.data(), *end = p + content.size();
  for (;;) {
    const char* hit = find_break(p, end);
    out.append(p, hit);
    if (hit == end) break;
    p = hit + 1;
    if (*hit == '\0') {
      out.push_back('\0');
      continue;
    }
    if (*hit == '\r' && p < end && *p == '\n') ++p;
    out.append("\r\n");
  }
  if (!out.empty() && !out.ends_with("\r\n")) out.append("\r\n");
  return out;
}

void stuff_dots(std::string_view content, std::size_t& at, std::size_t most, std::string& out) {
  const std::size_t stop = std::min(content.size(), at + most);
  while (at < stop) {
    const bool line_start = at == 0 || content[at - 1] == '\n';
    if (line_start && content[at] == '.') out.push_back('.');
    const std::size_t dot = content.find("\n.", at);
    const std::size_t end = std::min(dot == std::string_view::npos ? content.size() : dot + 1, stop);
    out.append(content.substr(at, end - at));
    at = end;
  }
}

}  // namespace smtp::proto
