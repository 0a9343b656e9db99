// html_to_text(): one pass, no tree. Good enough to search and preview; nothing is rendered from it.
#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "mime/decode.hpp"

namespace mime {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kEntities{{
    {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}, {"ndash", "\xe2\x80\x93"},
    {"mdash", "\xe2\x80\x94"}, {"hellip", "\xe2\x80\xa6"}, {"laquo", "\xc2\xab"}, {"raquo", "\xc2\xbb"}, {"copy", "\xc2\xa9"}}};

// Vietnamese editors write the Latin-1 letters as entities: &agrave; &Eacute; ... = letter + accent.
constexpr std::string_view kLatin1[] = {
    "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave", "Iacute",
    "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave", "Uacute", "Ucirc",
    "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig", "ccedil", "egrave", "eacute",
    "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc", "otilde", "ouml", "divide",
    "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml"};  // U+00C0 ... U+00FF

void append_code_point(std::uint32_t c, std::string& out) {
  if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) c = 0xfffd;
  if (c < 0x20 || c == 0xa0) c = ' ';
  if (c < 0x80) { out.push_back(char(c)); return; }
  if (c < 0x800) out.push_back(char(0xc0 | (c >> 6)));
  else if (c < 0x10000) { out.push_back(char(0xe0 | (c >> 12))); out.push_back(char(0x80 | ((c >> 6) & 0x3f))); }
  else { out.push_back(char(0xf0 | (c >> 18))); out.push_back(char(0x80 | ((c >> 12) & 0x3f))); out.push_back(char(0x80 | ((c >> 6) & 0x3f))); }
  out.push_back(char(0x80 | (c & 0x3f)));
}

bool numeric(std::string_view digits, std::uint32_t& code) {
  const bool hex = !digits.empty() && (digits[0] | 0x20) == 'x';
  if (hex) digits.remove_prefix(1);
  code = 0;
  for (char c : digits) {
    const char l = char(c | 0x20);
    const int v = c >= '0' && c <= '9' ? c - '0' : hex && l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
    if (v < 0) return false;
    code = std::min<std::uint32_t>(code * (hex ? 16 : 10) + std::uint32_t(v), 0x110000);
  }
  return !digits.empty();
}

// "&name;" at pos; returns its length or 0 when it is only text.
std::size_t entity(std::string_view s, std::size_t pos, std::string& out) {
  const std::size_t semi = s.substr(pos, 12).find(';');
  if (semi == s.npos || semi < 2) return 0;
  const std::string_view name = s.substr(pos + 1, semi - 1);
  if (name[0] == '#') {
    std::uint32_t code = 0;
    if (!numeric(name.substr(1), code)) return 0;
    append_code_point(code, out);
    return semi + 1;
  }
  for (const auto& [key, value] : kEntities) {
    if (key == name) { out.append(value); return semi + 1; }
  }
  const auto latin = std::find(std::begin(kLatin1), std::end(kLatin1), name);
  if (latin == std::end(kLatin1)) return 0;
  append_code_point(0xc0 + std::uint32_t(latin - std::begin(kLatin1)), out);
  return semi + 1;
}

bool is_block(std::string_view tag) {
  constexpr std::string_view names[] = {"p", "br", "div", "tr", "table", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6",
                                        "blockquote", "hr", "title", "pre", "section", "article"};
  return std::find(std::begin(names), std::end(names), tag) != std::end(names);
}

class Stripper {
 public:
  Stripper(std::string_view html, std::size_t cap) : in_(html), cap_(cap) {}

  std::string run() {
    std::size_t pos = 0;
    while (pos < in_.size() && out_.size() < cap_) {
      const char c = in_[pos];
      if (c == '<') pos = tag(pos);
      else if (c == '&') pos += ampersand(pos);
      else { put(c); ++pos; }
    }
    if (out_.size() > cap_) {
      std::size_t end = cap_;
      while (end > 0 && (static_cast<unsigned char>(out_[end]) & 0xc0) == 0x80) --end;
      out_.resize(end);
    }
    return std::move(out_);
  }

 private:
  void put(char c) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
    if (!blank) out_.push_back(c);
    else if (!out_.empty() && out_.back() != ' ' && out_.back() != '\n') out_.push_back(' ');
  }
  void new_line() {
    if (!out_.empty() && out_.back() == ' ') out_.pop_back();
    if (!out_.empty() && out_.back() != '\n') out_.push_back('\n');
  }
  std::size_t ampersand(std::size_t pos) {
    const std::size_t length = entity(in_, pos, out_);
    if (length == 0) out_.push_back('&');
    return length == 0 ? 1 : length;
  }
  std::size_t behind(std::string_view end, std::size_t pos) const {
    const std::size_t at = in_.find(end, pos);
    return at == in_.npos ? in_.size() : at + end.size();
  }

  std::size_t tag(std::size_t pos) {
    if (in_.substr(pos, 4) == "<!--") return behind("-->", pos + 4);
    const bool close = pos + 1 < in_.size() && in_[pos + 1] == '/';
    std::size_t p = pos + 1 + close;
    const std::size_t start = p;
    while (p < in_.size() && p - start < 16 && base::is_alnum(in_[p])) ++p;
    const std::string name = base::lower_ascii(in_.substr(start, p - start));
    if (name.empty() && p < in_.size() && in_[p] != '!' && in_[p] != '?') {  // "a < b"
      out_.push_back('<');
      return pos + 1;
    }
    p = tag_end(p);
    if (!close && (name == "script" || name == "style" || name == "head")) return close_of(name, p);
    if (is_block(name)) new_line();
    else if (name == "td" || name == "th") put(' ');
    return p;
  }

  // Behind the '>' that ends the tag; quotes hide '>'. A quote that never closes would swallow the text, so it ends at the
  // first '>' instead; the search for it is not repeated.
  std::size_t tag_end(std::size_t p) {
    while (p < in_.size() && in_[p] != '>') {
      if (in_[p] == '"' || in_[p] == '\'') {
        std::size_t& none = in_[p] == '"' ? no_double_ : no_single_;
        const std::size_t q = none ? in_.npos : in_.find(in_[p], p + 1);
        if (q == in_.npos) none = 1; else p = q;
      }
      ++p;
    }
    return p < in_.size() ? p + 1 : p;
  }

  std::size_t close_of(const std::string& name, std::size_t p) const {
    for (;;) {
      p = in_.find("</", p);
      if (p == in_.npos) return in_.size();
      if (base::iequals(in_.substr(p + 2, name.size()), name)) return behind(">", p);
      p += 2;
    }
  }

  std::string_view in_;
  std::size_t cap_;
  std::size_t no_double_ = 0, no_single_ = 0;
  std::string out_;
};

}  // namespace

std::string html_to_text(std::string_view html, std::size_t cap) { return Stripper(html, cap).run(); }

}  // namespace mime
