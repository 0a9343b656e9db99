#include "policy/document/number.hpp"

#include <algorithm>
#include <array>

#include "policy/document/kinds.hpp"
#include "policy/document/letters.hpp"

namespace policy::document {
namespace {

class Scan {
 public:
  explicit Scan(std::u32string_view s) : s_(s) {}
  bool end() const { return i_ >= s_.size(); }
  char32_t at(std::size_t k = 0) const { return i_ + k < s_.size() ? s_[i_ + k] : U'\0'; }
  void skip_spaces() { while (at() == U' ') ++i_; }
  std::size_t spaces() const { std::size_t k = 0; while (at(k) == U' ') ++k; return k; }
  std::size_t pos() const { return i_; }
  char32_t before() const { return s_[i_ - 1]; }
  void move(std::size_t n) { i_ += n; }
  void to(std::size_t i) { i_ = i; }
  std::u32string_view from(std::size_t a) const { return s_.substr(a, i_ - a); }

 private:
  std::u32string_view s_;
  std::size_t i_ = 0;
};

// NUM := [0-9]{1,6} ('.' [0-9]{1,3})? [a-zđ]?
bool serial(Scan& in, std::u32string& out) {
  const std::size_t start = in.pos();
  while (is_digit(in.at())) in.move(1);
  const std::size_t digits = in.pos() - start;
  if (digits == 0 || digits > 6) return false;
  if (in.at() == U'.' && is_digit(in.at(1))) {
    std::size_t k = 1;
    while (is_digit(in.at(k))) ++k;
    if (k > 4) return false;
    in.move(k);
  }
  if (is_lower(in.at()) && skeleton(in.at()) < 0x80 && !is_letter(in.at(1))) in.move(1);
  out = in.from(start);
  return true;
}

// YEAR '/' : only when the slash follows.
void year(Scan& in, std::u32string& out) {
  std::size_t k = 0;
  while (k < 5 && is_digit(in.at(k))) ++k;
  if (k != 4 || !((in.at(0) == U'1' && in.at(1) == U'9') || (in.at(0) == U'2' && in.at(1) == U'0'))) return;
  std::size_t slash = 4;
  while (in.at(slash) == U' ') ++slash;
  if (in.at(slash) != U'/') return;
  const std::size_t start = in.pos();
  in.move(4);
  out = in.from(start);
  in.to(start + slash + 1);
  in.skip_spaces();
}

// SEG := UP (UP | lower | '&' | '.' UP | digit)*
std::u32string segment(Scan& in) {
  if (!is_upper(in.at())) return {};
  const std::size_t start = in.pos();
  while (is_letter(in.at()) || is_digit(in.at()) || in.at() == U'&' || (in.at() == U'.' && (is_upper(in.at(1)) || is_digit(in.at(1))))) in.move(1);
  std::u32string seg(in.from(start));
  const std::u32string plain = skeleton(seg);  // "NĐ-CPngày": a glued word is no part of it
  for (std::u32string_view word : {U"ngay", U"cua", U"ve"})
    if (const auto at = plain.find(word); at != plain.npos && at > 0 && is_upper(seg[at - 1]) && is_lower(seg[at]) && (word != U"ve" || seg.size() > at + 2)) {
      in.to(start + at);
      return seg.substr(0, at);
    }
  return seg;
}
bool all_upper(std::u32string_view s) { return std::none_of(s.begin(), s.end(), is_lower); }

// The separator between two segments, with the damage seen in practice: "NĐ- CP", "NĐ -CP", "NĐ- -CP".
bool separator(Scan& in, char32_t sign) {
  const std::size_t before = in.pos(), lead = in.spaces();
  if (lead > 1) return false;
  in.move(lead);
  if (in.at() != sign) { in.to(before); return false; }
  in.move(1);
  std::size_t trail = in.spaces();
  if (in.at(trail) == sign) { in.move(trail + 1); trail = in.spaces(); }
  if (trail > 2) { in.to(before); return false; }
  in.move(trail);
  if (lead && trail) {  // " - ": only when an abbreviation follows, not a place name
    const std::size_t here = in.pos();
    const std::u32string next = segment(in);
    in.to(here);
    if (next.size() < 2 || !all_upper(next)) { in.to(before); return false; }
  }
  return true;
}

// A hyphen lost by the PDF text layer: QĐUBND. Only for issuers that no agency name of its own begins with.
void repair(Number& n) {
  if (n.segments != 1 || n.party || n.old_form) return;
  for (std::u32string_view tail : {U"UBND", U"HĐND", U"TTg", U"UBTVQH", U"CTN"}) {
    const std::size_t at = n.symbol.size() > tail.size() ? n.symbol.size() - tail.size() : 0;
    if (!at || std::u32string_view(n.symbol).substr(at) != tail || !kind_of_abbrev(std::u32string_view(n.symbol).substr(0, at), false)) continue;
    n.kind_part = n.symbol.substr(0, at);
    n.symbol.insert(at, 1, U'-');
    n.segments = 2;
    n.repaired = true;
    return;
  }
}

bool symbol(Scan& in, Number& n, bool hyphen_first) {
  bool slash_used = !hyphen_first;  // after NUM '/' one more '/' is allowed only behind a joint kind (TTLT/A-B)
  bool skipped = false;  // a space stood behind the last separator
  for (;;) {
    const std::u32string seg = segment(in);
    if (seg.empty()) {
      if (!n.segments) return false;
      n.open_end = in.end();
      return n.open_end;
    }
    if (n.segments && skipped && !all_upper(seg) && !kind_of_abbrev(seg, false)) return false;  // "UBTVQH16-CP- Hà Nội, ngày": the end stands in another line
    if (n.segments == 0) n.kind_part = seg;
    n.symbol += seg;
    ++n.segments;
    const bool joint = n.segments == 1 && (seg == U"TTLT" || seg == U"NQLT" || seg == U"VBHN");
    if (separator(in, U'-')) n.symbol += U'-';
    else if ((!slash_used || joint) && separator(in, U'/')) { n.symbol += U'/'; slash_used = true; n.party = hyphen_first; }
    else break;
    skipped = in.pos() > 0 && in.before() == U' ';
  }
  return true;
}

bool is_filler(char32_t c) { return c == U' ' || c == U'.' || c == U'_' || c == 0x2026 || c == U'\t'; }

}  // namespace

std::u32string Number::whole() const {
  if (blank || serial.empty()) return {};
  if (party || old_form) return serial + U'-' + symbol;
  return serial + U'/' + (year.empty() ? U"" : year + U'/') + symbol;
}

std::optional<Number> parse_number(std::u32string_view s) {
  Number n;
  Scan in(s);
  while (is_filler(in.at())) in.move(1);
  if (!is_digit(in.at())) {
    if (in.at() != U'/' && in.at() != U'-') return std::nullopt;
    n.blank = true;
  } else if (!serial(in, n.serial)) return std::nullopt;
  in.skip_spaces();
  if (in.end() && !n.blank) { n.open_end = true; n.end = in.pos(); return std::nullopt; }
  const bool hyphen = in.at() == U'-';
  if (!hyphen && in.at() != U'/') return std::nullopt;
  in.move(1);
  in.skip_spaces();
  if (in.end()) { n.open_end = true; n.end = in.pos(); return n; }
  if (!hyphen) {
    year(in, n.year);
    if (n.blank && n.year.empty()) {  // "Số:   /     /QĐ-UBND" and "/20.../QĐ-UBND"
      const std::size_t here = in.pos();
      while (is_filler(in.at()) || is_digit(in.at())) in.move(1);
      if (in.at() == U'/' && in.pos() > here) { in.move(1); in.skip_spaces(); }
      else in.to(here);
    }
    if (in.end()) { n.open_end = true; n.end = in.pos(); return n; }
  }
  if (!symbol(in, n, hyphen)) return std::nullopt;
  n.old_form = hyphen && !n.party;
  n.end = in.pos();
  const char32_t next = in.at();
  if (next && next != U' ' && next != U'\t' && next != U',' && next != U'.' && next != U';' && next != U')' && next != U'|' && !is_lower(next)) return std::nullopt;
  if (n.party && !kind_of_abbrev(n.kind_part, true)) {  // 28-L/CTN, 01-TANDTC-VKSNDTC/TTLT
    n.party = false;
    n.old_form = true;
  }
  repair(n);
  return n;
}

std::size_t after_number_word(std::u32string_view s) {
  const std::u32string plain = skeleton(s);
  std::size_t i = 0;
  for (std::u32string_view lead : {U"luat ", U"bo luat ", U"nghi quyet ", U"phap lenh ", U"lenh "})
    if (plain.starts_with(lead)) { i = lead.size(); break; }
  if (plain.compare(i, 2, U"so") != 0) return std::u32string_view::npos;
  // "Số" with its own letters, or without any diacritic; "SƠ", "SỔ" are other words.
  const char32_t vowel = to_lower(s[i + 1]);
  if (vowel != 0x1ED1 && vowel != U'o') return std::u32string_view::npos;
  i += 2;
  while (i < s.size() && s[i] == U' ') ++i;
  if (i < s.size() && (s[i] == U':' || s[i] == U';')) return i + 1;
  if (i < s.size() && !is_digit(s[i]) && s[i] != U'.' && s[i] != U'/' && s[i] != 0x2026 && s[i] != U'_') return std::u32string_view::npos;
  return i;
}

}  // namespace policy::document
