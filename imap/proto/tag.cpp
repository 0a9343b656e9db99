#include "imap/proto/tag.hpp"

#include <algorithm>

#include "imap/proto/chars.hpp"

namespace imap::proto {

base::Result<Tag> Tag::make(std::string_view text) {
  if (text.empty() || text.size() > kMaxBytes || !std::all_of(text.begin(), text.end(), is_tag_char))
    return base::fail(base::Errc::invalid, "bad tag");
  return Tag(text);
}

std::string_view tag_of(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && n <= Tag::kMaxBytes && is_tag_char(text[n])) ++n;
  const bool whole = n == text.size() || text[n] == ' ';
  return n > 0 && n <= Tag::kMaxBytes && whole ? text.substr(0, n) : std::string_view("*");
}

}  // namespace imap::proto
