// Replies of RFC 5321 4.2 with enhanced status codes (RFC 3463, 2034): value, rendering, and a bounded parser for clients.
// A rendered reply never carries a control character, invalid UTF-8 or a line above 512 octets, whatever text it was given.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>
#include "base/result.hpp"

namespace smtp::proto {

struct Enhanced {  // class.subject.detail; class 0 = none
  std::uint8_t klass = 0;
  std::uint16_t subject = 0;
  std::uint16_t detail = 0;
  constexpr bool present() const { return klass != 0; }
  std::string to_string() const;  // "5.1.1", empty when none
  friend bool operator==(const Enhanced&, const Enhanced&) = default;
};
// "5.1.1 rest": the code and how many characters it took with its space; none when the text does not begin with one.
Enhanced parse_enhanced(std::string_view text, std::size_t* used = nullptr);

struct Reply {
  int code = 250;
  Enhanced enhanced;
  std::vector<std::string> lines;  // at least one is sent
  Reply() = default;
  Reply(int c, Enhanced e, std::string text) : code(c), enhanced(e), lines{std::move(text)} {}
  bool positive() const { return code >= 200 && code < 300; }
  bool temporary() const { return code >= 400 && code < 500; }
  bool permanent() const { return code >= 500; }
};

enum class Charset : bool { ascii, utf8 };  // RFC 6531 3.5: UTF-8 only to a client that asked for SMTPUTF8

// Text that may stand in a reply or a log: control characters and what the charset forbids become '?', length capped.
std::string safe_text(std::string_view text, Charset charset, std::size_t most = 450);
void append_wire(std::string& out, const Reply& reply, Charset charset = Charset::ascii);
std::string to_wire(const Reply& reply, Charset charset = Charset::ascii);

// What policy, store or directory answer at connect, MAIL, RCPT and end of data. An ordinary value.
struct Decision {
  int code = 250;
  Enhanced enhanced;
  std::string text;   // UTF-8; empty = the session's standard text
  std::string ascii;  // for a client without SMTPUTF8; empty = `text` with the rest replaced
  static Decision accept() { return {}; }
  static Decision refuse(int code, Enhanced e, std::string text, std::string ascii = {}) {
    return {code, e, std::move(text), std::move(ascii)};
  }
  bool accepted() const { return code >= 200 && code < 300; }
};

// Collects reply lines (without CRLF). limit when a server sends more than 128 lines or 32 KiB, invalid when a line is none.
class ReplyParser {
 public:
  [[nodiscard]] base::Result<bool> line(std::string_view line);  // true: reply() is complete
  Reply take();

 private:
  Reply reply_;
  std::size_t bytes_ = 0;
  bool started_ = false;
};

}  // namespace smtp::proto
