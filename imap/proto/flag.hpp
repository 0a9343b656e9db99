// A message flag: \Answered \Flagged \Deleted \Seen \Draft (\Recent is the server's only) or a keyword atom (RFC 9051 2.3.2).
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace imap::proto {

enum class SystemFlag : unsigned char { none, answered, flagged, deleted, seen, draft };
std::string_view to_wire(SystemFlag flag);  // "\\Seen"; "" for none

class Flag {
 public:
  static constexpr std::size_t kMaxBytes = 255;
  // Refuses \Recent and unknown \Flags: RFC 9051 9, "flag-extension ... servers MUST NOT generate" others, none is ours.
  [[nodiscard]] static base::Result<Flag> make(std::string_view text);
  static Flag of(SystemFlag system) { return Flag(system, std::string(proto::to_wire(system))); }

  SystemFlag system() const { return system_; }
  bool is_keyword() const { return system_ == SystemFlag::none; }
  const std::string& str() const { return text_; }  // system flags in their RFC spelling, keywords as written
  friend bool operator==(const Flag& a, const Flag& b);  // keywords compare without case (RFC 5788 2)

 private:
  Flag(SystemFlag system, std::string text) : system_(system), text_(std::move(text)) {}
  SystemFlag system_;
  std::string text_;
};

}  // namespace imap::proto
