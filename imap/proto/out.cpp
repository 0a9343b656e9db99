#include "imap/proto/out.hpp"

#include <algorithm>

#include "base/unicode.hpp"
#include "imap/proto/chars.hpp"
#include "imap/proto/mutf7.hpp"
#include "imap/proto/sequence_set.hpp"

namespace imap::proto {
namespace {

constexpr std::size_t kMaxQuoted = 1024;  // longer text is a literal: some clients have small line buffers

bool quotable_or_escapable(char c) { return is_quotable(c) || c == '"' || c == '\\'; }

bool can_quote(std::string_view s, bool utf8) {
  if (s.size() > kMaxQuoted) return false;
  bool eight_bit = false;
  for (const char c : s) {
    if (static_cast<unsigned char>(c) >= 0x80) eight_bit = true;
    else if (!quotable_or_escapable(c)) return false;
  }
  return !eight_bit || (utf8 && base::valid_utf8(s));
}

}  // namespace

Out& Out::string(std::string_view s) {
  if (!can_quote(s, utf8_)) {
    literal(s);
    // literal = *CHAR8, and CHAR8 excludes NUL (RFC 9051 9).
    std::replace(buf_.end() - std::ptrdiff_t(s.size()), buf_.end(), '\0', ' ');
    return *this;
  }
  buf_.push_back('"');
  for (std::size_t from = 0;;) {
    const std::size_t at = s.find_first_of("\"\\", from);
    buf_.append(s.substr(from, at - from));
    if (at == std::string_view::npos) break;
    buf_.push_back('\\');
    buf_.push_back(s[at]);
    from = at + 1;
  }
  buf_.push_back('"');
  return *this;
}

Out& Out::astring(std::string_view s) {
  const bool atom = !s.empty() && s.size() <= kMaxQuoted && !same_word(s, "NIL") && std::all_of(s.begin(), s.end(), is_astring_char);
  return atom ? raw(s) : string(s);
}

Out& Out::mailbox_text(std::string_view utf8_name) {
  const bool ascii = std::all_of(utf8_name.begin(), utf8_name.end(), [](char c) { return is_quotable(c) && c != '&'; });
  if (ascii || utf8_) return astring(utf8_name);
  return astring(encode_mutf7(utf8_name));
}

Out& Out::literal_head(std::uint64_t n) { return ch('{').number(n).raw("}\r\n"); }
Out& Out::literal8_head(std::uint64_t n) { return ch('~').literal_head(n); }
Out& Out::literal(std::string_view bytes) { return literal_head(bytes.size()).raw(bytes); }

Out& Out::set(const NumberSet& s) {
  append_number_set(s, buf_);
  return *this;
}

Out& Out::text(std::string_view s) {
  if (s.empty()) return raw("-");  // text = 1*TEXT-CHAR
  for (const char c : s) {
    const auto u = static_cast<unsigned char>(c);
    buf_.push_back(u < 0x20 || u == 0x7f ? ' ' : u >= 0x80 && !utf8_ ? '?' : c);
  }
  return *this;
}

}  // namespace imap::proto
