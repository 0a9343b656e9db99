// The bytes of an IMAP server cut into responses (RFC 9051 2.2.2, RFC 3501): a line, with the literals that it announces. The server is
// not trusted: lines, literals and what one response may hold are bounded. I/O-free.
//   response = *(text "{" number "}" CRLF literal) text CRLF
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tools/transfer/message.hpp"

namespace transfer {

struct ImapLimits {
  std::size_t line = 32u << 20;            // text of one response without its literals; SEARCH gives all UIDs in one
  std::uint64_t literal = 64u << 20;       // one that is longer is read over and marked
  std::uint64_t drained = 4ull << 30;      // beyond, the connection is given up
  std::size_t literals = 1000;             // of one response
};

struct ImapLiteral {
  std::string bytes;      // empty when it was dropped
  std::uint64_t size = 0;
  bool dropped = false;   // longer than the limit
};

struct ImapFrame {
  std::string text;  // without the last CRLF; each literal stands in it as "{N}\r\n"
  std::vector<ImapLiteral> literals;
};

class ImapFramer {
 public:
  explicit ImapFramer(const ImapLimits& limits = {}) : limits_(limits) {}
  void feed(std::string_view bytes) { buffer_ += bytes; }
  // The next whole response; nothing: more bytes are needed. Errc::invalid, limit: the connection is of no more use.
  [[nodiscard]] Result<std::optional<ImapFrame>> next();
  bool empty() const { return used_ == buffer_.size() && frame_.text.empty(); }  // nothing half read: STARTTLS asks for it

 private:
  Result<bool> take_line();     // true: the response is complete
  bool take_literal();          // true: complete
  ImapLimits limits_;
  std::string buffer_;
  std::size_t used_ = 0, searched_ = 0;
  ImapFrame frame_;
  std::uint64_t wanted_ = 0;  // bytes of the literal still to come
  bool in_literal_ = false;
};

}  // namespace transfer
