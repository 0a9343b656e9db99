#include "imap/proto/cursor.hpp"

#include <charconv>

#include "base/unicode.hpp"
#include "imap/proto/mutf7.hpp"

namespace imap::proto {

void Cursor::fail(base::Error error) {
  if (failed_) return;
  failed_ = true;
  error_ = std::move(error);
}

bool Cursor::accept(char c) {
  if (at_end() || text_[at_] != c) return false;
  ++at_;
  return true;
}

void Cursor::expect(char c) {
  if (accept(c)) return;
  fail(c == ' ' ? "a space is missing" : c == '(' ? "'(' is missing" : c == ')' ? "')' is missing" : "unexpected character");
}

bool Cursor::accept_word(std::string_view word) {
  if (at_end()) return false;
  const std::string_view rest = text_.substr(at_);
  if (rest.size() < word.size() || !same_word(rest.substr(0, word.size()), word)) return false;
  if (rest.size() > word.size() && is_atom_char(rest[word.size()])) return false;
  at_ += word.size();
  return true;
}

void Cursor::expect_word(std::string_view word) {
  if (!accept_word(word)) fail("unknown or missing word");
}

bool Cursor::accept_text(std::string_view text) {
  if (at_end() || !same_word(text_.substr(at_, text.size()), text)) return false;
  at_ += text.size();
  return true;
}

std::string_view Cursor::take_while(bool (*is)(char)) {
  const std::size_t from = at_;
  while (!failed_ && at_ < text_.size() && is(text_[at_])) ++at_;
  return text_.substr(from, at_ - from);
}

// atom = 1*ATOM-CHAR
std::string_view Cursor::atom() {
  const std::string_view a = take_while([](char c) { return is_atom_char(c); });
  if (a.empty()) fail("a word is missing");
  return a;
}

std::string Cursor::atom_upper() {
  std::string a(atom());
  for (char& c : a) c = to_upper(c);
  return a;
}

// quoted = DQUOTE *QUOTED-CHAR DQUOTE; UTF-8 inside is RFC 9051's, and harmless for a client of RFC 3501
std::string Cursor::quoted() {
  std::string out;
  expect('"');
  while (ok()) {
    if (at_end()) { fail("quoted string does not end"); break; }
    char c = text_[at_++];
    if (c == '"') return out;
    if (c == '\\') {
      if (at_end()) continue;
      c = text_[at_++];
      if (c != '"' && c != '\\') fail("bad escape in quoted string");
    } else if (c == '\r' || c == '\n' || c == '\0') {
      fail("line end or NUL in quoted string");
    }
    out += c;
  }
  return out;
}

// literal = "{" number64 ["+"] "}" CRLF *CHAR8
std::string Cursor::literal() {
  expect('{');
  const std::uint64_t n = number64();
  accept('+');
  expect('}');
  expect('\r');
  expect('\n');
  if (!ok()) return {};
  if (n > text_.size() - at_) {
    fail("literal is cut off");
    return {};
  }
  const std::string_view bytes = text_.substr(at_, n);
  at_ += n;
  if (bytes.find('\0') != std::string_view::npos) fail("NUL in literal");
  return std::string(bytes);
}

std::string Cursor::string() {
  if (peek() == '"') return quoted();
  if (peek() == '{') return literal();
  fail("a string is missing");
  return {};
}

// astring = 1*ASTRING-CHAR / string
std::string Cursor::astring() {
  if (peek() == '"' || peek() == '{') return string();
  const std::string_view a = take_while([](char c) { return is_astring_char(c); });
  if (a.empty()) fail("a string is missing");
  return std::string(a);
}

std::string Cursor::utf8_string() {
  std::string s = astring();
  if (ok() && !base::valid_utf8(s)) fail("text is not valid UTF-8");
  return s;
}

std::optional<std::string> Cursor::nstring() {
  if (accept_word("NIL")) return std::nullopt;
  return string();
}

std::string Cursor::decode_name_text(std::string text) {
  if (!ok()) return {};
  if (text.size() > limits_.max_pattern) {
    fail(base::fail(base::Errc::limit, "mailbox pattern is too long"));
    return {};
  }
  if (!limits_.utf8) {
    auto decoded = decode_mutf7(text);
    if (!decoded) {
      fail(decoded.error());
      return {};
    }
    text = std::move(*decoded);
  } else if (!base::valid_utf8(text)) {
    fail("mailbox pattern is not UTF-8");
    return {};
  }
  return canonical_name_text(text);
}

// list-mailbox = 1*list-char / string
std::string Cursor::list_mailbox() {
  if (peek() == '"' || peek() == '{') return decode_name_text(string());
  std::string s(take_while([](char c) { return is_list_char(c); }));
  if (s.empty()) fail("a mailbox pattern is missing");
  return decode_name_text(std::move(s));
}

std::string Cursor::reference() { return decode_name_text(astring()); }

std::optional<MailboxName> Cursor::mailbox() {
  const std::string text = astring();
  if (!ok()) return std::nullopt;
  auto name = MailboxName::from_wire(text, limits_.utf8);
  if (name) return std::move(*name);
  fail(name.error());
  return std::nullopt;
}

std::optional<SequenceSet> Cursor::sequence_set() {
  const auto part = [](char c) { return is_digit(c) || c == ':' || c == ',' || c == '*' || c == '$'; };
  auto set = SequenceSet::make(take_while(part));
  if (set) return std::move(*set);
  fail(set.error());
  return std::nullopt;
}

std::uint64_t Cursor::number64() {
  const std::string_view digits = take_while([](char c) { return is_digit(c); });
  std::uint64_t n = 0;
  const auto r = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (r.ec != std::errc() || (n >> 63) != 0) {
    fail("a number is missing or too large");
    return 0;
  }
  return n;
}

std::uint32_t Cursor::number() {
  const std::uint64_t n = number64();
  if (n > UINT32_MAX) fail("a number is too large");
  return ok() ? std::uint32_t(n) : 0;
}

std::uint32_t Cursor::nz_number() {
  if (peek() == '0') fail("a number must not start with 0");
  return number();
}

}  // namespace imap::proto
