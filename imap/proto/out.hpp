// The bytes of answers, appended to one growing buffer. Chooses quoted or literal, so that no text ever breaks the stream: no raw
// 8-bit (without UTF-8 mode), NUL, CR or LF in a quoted string. No allocation but the buffer's. One per connection.
#pragma once
#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "imap/proto/mailbox_name.hpp"
#include "imap/proto/number_set.hpp"

namespace imap::proto {

class Out {
 public:
  explicit Out(bool utf8 = false) : utf8_(utf8) {}
  void set_utf8(bool on) { utf8_ = on; }  // UTF8=ACCEPT or IMAP4rev2 was enabled
  bool utf8() const { return utf8_; }

  Out& raw(std::string_view s) { buf_.append(s); return *this; }
  Out& ch(char c) { buf_.push_back(c); return *this; }
  Out& sp() { return ch(' '); }
  Out& crlf() { return raw("\r\n"); }
  template <std::unsigned_integral T>
  Out& number(T n) {
    char digits[20];
    buf_.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
    return *this;
  }
  Out& string(std::string_view s);   // quoted where possible, else a literal; NUL becomes a space
  Out& astring(std::string_view s);  // an atom where possible
  Out& nil() { return raw("NIL"); }
  Out& nstring(const std::optional<std::string_view>& s) { return s ? string(*s) : nil(); }
  Out& mailbox(const MailboxName& name) { return mailbox_text(name.str()); }
  Out& mailbox_text(std::string_view utf8_name);  // modified UTF-7 or UTF-8 as the session speaks
  Out& literal(std::string_view bytes);           // "{n}" CRLF bytes
  Out& literal_head(std::uint64_t n);             // the caller appends or sends exactly n bytes
  Out& literal8_head(std::uint64_t n);
  Out& set(const NumberSet& s);
  // Free text of a status response: one line, control characters become spaces (RFC 9051 9: text).
  Out& text(std::string_view s);

  std::string_view view() const { return buf_; }
  std::size_t size() const { return buf_.size(); }
  bool empty() const { return buf_.empty(); }
  void clear() { buf_.clear(); }
  void reserve(std::size_t n) { buf_.reserve(n); }
  std::string take() { return std::exchange(buf_, {}); }

 private:
  std::string buf_;
  bool utf8_;
};

}  // namespace imap::proto
