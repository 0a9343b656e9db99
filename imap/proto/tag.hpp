// The tag of a command: 1*<any ASTRING-CHAR except "+"> (RFC 9051 9). Holding one means it is safe to echo.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace imap::proto {

class Tag {
 public:
  static constexpr std::size_t kMaxBytes = 256;
  [[nodiscard]] static base::Result<Tag> make(std::string_view text);
  const std::string& str() const { return text_; }
  friend bool operator==(const Tag&, const Tag&) = default;

 private:
  explicit Tag(std::string_view text) : text_(text) {}
  std::string text_;
};

// The tag a command text starts with, for the answer to a command that does not parse; "*" when there is no valid one
// (RFC 9051 7.1.3: an untagged BAD). A view into text, or of a literal.
std::string_view tag_of(std::string_view text);

}  // namespace imap::proto
