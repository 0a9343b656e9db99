#include "tools/transfer/message.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "imap/proto/flag.hpp"
#include "mime/date.hpp"
#include "mime/header.hpp"

namespace transfer {

bool usable_keyword(std::string_view keyword) {
  if (keyword.empty() || keyword.size() > store::kMaxKeywordLength || store::is_derived_keyword(keyword)) return false;
  const auto flag = imap::proto::Flag::make(keyword);
  return flag && flag->is_keyword();
}

void add_keyword(Message& m, std::string_view keyword) {
  const bool there = std::any_of(m.keywords.begin(), m.keywords.end(), [&](const std::string& k) { return base::iequals(k, keyword); });
  if (!there && m.keywords.size() < store::kMaxKeywords && usable_keyword(keyword)) m.keywords.emplace_back(keyword);
}

void make_crlf(std::string& bytes) {
  std::size_t bare = 0;
  for (std::size_t at = bytes.find('\n'); at != std::string::npos; at = bytes.find('\n', at + 1)) bare += at == 0 || bytes[at - 1] != '\r';
  if (bare == 0) return;
  std::string out;
  out.reserve(bytes.size() + bare);
  std::size_t from = 0;
  for (std::size_t at = bytes.find('\n'); at != std::string::npos; at = bytes.find('\n', at + 1)) {
    if (at > 0 && bytes[at - 1] == '\r') continue;
    out.append(bytes, from, at - from).append("\r\n");
    from = at + 1;
  }
  bytes = std::move(out.append(bytes, from, std::string::npos));
}

std::optional<base::Time> date_in(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  const std::string_view header = bytes.substr(0, end == std::string_view::npos ? bytes.size() : end + 2);
  const auto seconds_of = [](std::string_view value) -> std::optional<base::Time> {
    const auto seconds = mime::parse_date(value);
    if (!seconds || *seconds <= 0) return std::nullopt;
    return base::Time(std::chrono::seconds(*seconds));
  };
  if (const auto received = mime::find(header, "Received")) {  // RFC 5321 4.4: the date stands after the last semicolon
    const std::size_t at = received->raw_value.rfind(';');
    if (at != std::string_view::npos)
      if (const auto time = seconds_of(received->raw_value.substr(at + 1))) return time;
  }
  const auto date = mime::find(header, "Date");
  return date ? seconds_of(date->raw_value) : std::nullopt;
}

}  // namespace transfer
