// Own number, kind, date line, title and issuer: the header zone of NĐ 30/2020 Phụ lục I.
#include <algorithm>
#include <array>

#include "policy/document/letters.hpp"
#include "policy/document/parts.hpp"

namespace policy::document {
namespace {

// The cell continued by the cell below it, when its text stops in the middle ("16/2015/TT-", "Số:").
std::u32string with_next(const Work& w, std::size_t i, std::size_t k) {
  std::u32string joined = w.line(i).cells[k].text;
  if (i + 1 < w.size() && !w.line(i + 1).cells.empty() && !w.line(i + 1).stamp) {
    const auto& below = w.line(i + 1).cells;
    joined += U' ';
    joined += below[std::min(k, below.size() - 1)].text;
  }
  return joined;
}

std::optional<Number> read_number(const Work& w, std::size_t i, std::size_t k, bool& destroyed, bool& spilled) {
  const Cell& c = w.line(i).cells[k];
  std::size_t at = after_number_word(c.text);
  if (at == std::u32string::npos) return std::nullopt;
  std::u32string_view rest = trim(std::u32string_view(c.text).substr(at));
  std::optional<Number> n = parse_number(rest);
  const std::size_t lead = std::size_t(rest.data() - c.text.data());
  if (rest.empty() || (n && n->open_end) || (!n && rest.size() < 7 && is_digit(rest[0]))) {
    const std::u32string joined = with_next(w, i, k);
    std::optional<Number> more = parse_number(std::u32string_view(joined).substr(std::min(at, joined.size())));
    if (more && !more->open_end && !more->symbol.empty()) { spilled = true; more->end = c.text.size(); return more; }
    if (rest.empty()) { Number blank; blank.blank = true; blank.end = c.text.size(); destroyed = false; return k + 1 <= w.line(i).cells.size() ? std::optional<Number>(blank) : std::nullopt; }
  }
  if (n && n->open_end) n.reset();
  if (n) { n->end += lead; return n; }
  const bool colon = c.text.find(U':') < at;
  const bool filler = std::all_of(rest.begin(), rest.end(), [](char32_t x) { return x == U'.' || x == U' ' || x == U'_' || x == 0x2026; });
  if (filler) { Number blank; blank.blank = true; blank.end = c.text.size(); return blank; }
  destroyed = colon;
  return std::nullopt;
}

bool may_hold_own_number(const Work& w, std::size_t i) {
  const Line& l = w.line(i);
  if (l.stamp) return false;
  if (w.kind_line == kNone || i < w.kind_line) return true;
  return i <= w.kind_line + 3;  // contracts and minutes number below the kind
}

}  // namespace

void Work::set(Field& field, std::string_view name, std::u32string_view value, double confidence, std::size_t at) {
  field = Value{to_utf8(trim(value)), confidence};
  Evidence e;
  e.field = name;
  e.confidence = confidence;
  if (at < size()) {
    e.text = to_utf8(std::u32string_view(line(at).text).substr(0, 300));
    e.page = line(at).page;
    e.line = line(at).number;
  }
  doc.evidence.push_back(std::move(e));
}

// Only a cell of the header zone that begins with "Số" is the own number; a damaged one is unknown, never replaced by a cited one.
void find_number(Work& w) {
  const std::size_t from = w.zone_begin;
  for (std::size_t i = from; i < w.zone_end; ++i) {
    if (!may_hold_own_number(w, i)) continue;
    for (std::size_t k = 0; k < w.line(i).cells.size(); ++k) {
      bool destroyed = false, spilled = false;
      std::optional<Number> n = read_number(w, i, k, destroyed, spilled);
      if (!n && k + 1 < w.line(i).cells.size() && squeezed(w.line(i).cells[k].text) == "so") {  // "Số:     204/KH-UBND" in two cells
        n = parse_number(w.line(i).cells[k + 1].text);
        destroyed = false;
      }
      if (destroyed) {
        if (w.motto != kNone && i > w.motto) { w.reason("number_unreadable"); w.number_line = i; w.number_cell = k; return; }
        continue;
      }
      if (!n) continue;
      if (n->blank && n->symbol.empty() && w.motto == kNone) continue;
      w.number = n;
      w.number_line = i;
      w.number_cell = k;
      w.number_end = n->end;
      if (!n->symbol.empty()) w.set(w.doc.symbol, "symbol", n->symbol, n->repaired ? 0.8 : 0.97, i);
      if (n->blank) { w.doc.draft = true; w.reason("number_blank"); }
      else w.set(w.doc.number, "number", n->whole(), n->repaired ? 0.8 : 0.97, i);
      w.party |= n->party;
      return;
    }
  }
  w.reason("number_absent");
}

// KINDLINE in the header zone, then the kind segment of the own number, then the operative line, then "V/v" with "Kính gửi".
void find_kind(Work& w) {
  const std::size_t from = w.motto == kNone ? 0 : w.motto;
  for (std::size_t i = from; i < std::min(w.zone_end + 1, w.size()) && !w.kind; ++i)
    for (std::size_t k = 0; k < w.line(i).cells.size(); ++k) {
      const Cell& c = w.line(i).cells[k];
      if (w.line(i).stamp || !shown_upper(w, c.text)) continue;
      const Kind* found = kind_of_line(c.text);
      if (!found && w.line(i).cells.size() == 1 && i + 1 < w.size() && c.text.size() < 12 && w.line(i + 1).cells.size() == 1 && mostly_upper(w.line(i + 1).text) &&
          w.line(i + 1).text.size() < 12)
        if ((found = kind_of_line(c.text + U" " + w.line(i + 1).text))) ++i;  // BÁO / CÁO
      if (!found) continue;
      w.kind = found;
      w.kind_line = i;
      w.kind_cell = k;
      break;
    }
}

// "BÁO CÁO KẾT QUẢ ..." or "QUYẾT ĐỊNH Về việc ...": kind and title in one line, below the number.
void find_kind_prefix(Work& w) {
  const std::size_t from = w.motto == kNone ? 0 : w.motto;
  for (std::size_t i = from; i < std::min(w.zone_end + 1, w.size()) && !w.kind; ++i) {
    const Line& l = w.line(i);
    if (l.stamp || l.cells.size() != 1 || (w.motto == kNone) || i <= w.motto || is_date_cell(l.cells[0])) continue;
    std::u32string_view rest;
    const Kind* found = kind_at_start(l.text, rest);
    if (!found || !mostly_upper(std::u32string_view(l.text).substr(0, found->name.size()))) continue;
    if (i + 1 < w.size() && i < w.number_line && w.number_line != kNone) continue;  // above the number it is an issuer
    w.kind = found;
    w.kind_line = i;
    w.kind_rest = rest;
  }
}

namespace {

std::optional<unsigned> small_number(std::u32string_view s, std::size_t& i, unsigned digits) {
  while (i < s.size() && s[i] == U' ') ++i;
  unsigned v = 0, n = 0;
  while (i < s.size() && is_digit(s[i]) && n < digits) { v = v * 10 + unsigned(s[i] - U'0'); ++i; ++n; }
  if (!n || (i < s.size() && is_digit(s[i]))) return std::nullopt;
  return v;
}
bool word(std::u32string_view plain, std::size_t& i, std::u32string_view w) {
  while (i < plain.size() && (plain[i] == U' ' || plain[i] == U',')) ++i;
  if (plain.substr(i, w.size()) != w) return false;
  i += w.size();
  return true;
}

enum class DateState { none, blank, cut, found };
struct DateRead {
  DateState state = DateState::none;
  std::u32string iso;
};

// "ngày" d{1,2} "tháng" d{1,2} "năm" d{4}, from index i on "ngay".
DateRead read_date(std::u32string_view plain, std::size_t i) {
  DateRead r;
  if (!word(plain, i, U"ngay")) return r;
  const auto day = small_number(plain, i, 2);
  const auto filler = [&] { while (i < plain.size() && (plain[i] == U'.' || plain[i] == U' ' || plain[i] == U'_' || plain[i] == 0x2026)) ++i; };
  filler();
  if (i >= plain.size()) { r.state = day ? DateState::cut : DateState::blank; return r; }
  const bool slashes = day && (plain[i] == U'/' || plain[i] == U'-');
  if (slashes) ++i;
  else if (!word(plain, i, U"thang")) return r;
  const auto month = small_number(plain, i, 2);
  filler();
  if (i >= plain.size()) { r.state = day && month ? DateState::cut : DateState::blank; return r; }
  if (slashes ? (plain[i] != U'/' && plain[i] != U'-') : !word(plain, i, U"nam")) return r;
  if (slashes) ++i;
  const auto year = small_number(plain, i, 4);
  if (!day || !month || !year) { r.state = !year && day && month ? DateState::cut : DateState::blank; return r; }
  static constexpr std::array<unsigned, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (*month < 1 || *month > 12 || *day < 1 || *day > kDays[*month - 1] || *year < 1945 || *year > 2100) return r;
  if (*month == 2 && *day == 29 && (*year % 4 || (*year % 100 == 0 && *year % 400))) return r;
  const auto put = [&](unsigned v, int width) { std::u32string s; for (; width; --width, v /= 10) s.insert(s.begin(), char32_t(U'0' + v % 10)); return s; };
  r.iso = put(*year, 4) + U'-' + put(*month, 2) + U'-' + put(*day, 2);
  r.state = DateState::found;
  return r;
}

// Địa danh: a few capitalised words, nothing else.
bool is_place(std::u32string_view s) {
  if (s.empty() || s.size() > 40 || !is_upper(s[0])) return false;
  int words = 1;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (is_digit(s[i]) || s[i] == U':' || s[i] == U'/' || s[i] == U'(') return false;
    words += s[i] == U' ';
  }
  const std::u32string p = skeleton(s);
  for (std::u32string_view bad : {U"can cu", U"theo", U"ban hanh", U"so ", U"thuc hien", U"quyet dinh", U"luat", U"trong"})
    if (p.starts_with(bad)) return false;
  return words <= 6;
}

}  // namespace

void find_date(Work& w) {
  const std::size_t from = w.motto == kNone ? w.zone_begin : w.motto;
  const std::size_t end = std::min(w.zone_end, w.kind_line == kNone ? w.zone_end : w.kind_line + 1);
  for (std::size_t i = from; i < end; ++i) {
    if (w.line(i).stamp) continue;
    for (std::size_t k = 0; k < w.line(i).cells.size(); ++k) {
      const Cell& c = w.line(i).cells[k];
      std::u32string text = c.text, plain = c.plain;
      std::size_t start = i == w.number_line && k == w.number_cell ? std::min(w.number_end, text.size()) : 0;
      auto at = plain.find(U"ngay", start);
      while (at != plain.npos && at + 4 < plain.size() && plain[at + 4] != U' ' && !is_digit(plain[at + 4])) at = plain.find(U"ngay", at + 4);
      if (at == plain.npos && plain.ends_with(U"ngay")) at = plain.size() - 4;
      if (at == plain.npos) continue;
      DateRead d = read_date(plain, at);
      if (d.state == DateState::cut || d.state == DateState::blank) {
        const std::u32string longer = skeleton(with_next(w, i, k));
        if (DateRead e = read_date(longer, at); e.state == DateState::found) d = e;
      }
      std::u32string_view place = trim(std::u32string_view(text).substr(start, at - start));
      if (place.empty() && i > from) {  // the place stands alone above
        const std::u32string_view above = w.line(i - 1).cells.back().text;
        if (above.ends_with(U',') && above.size() < 40) place = above;
      }
      if (!place.ends_with(U',') && !(place.empty() && k > 0)) { if (d.state != DateState::found || !is_place(place) || plain.find(U" nam ") == plain.npos) continue; }
      while (!place.empty() && (place.back() == U',' || place.back() == U' ')) place.remove_suffix(1);
      if (const std::size_t other = upper_words(place); other < place.size()) place = trim(place.substr(other));  // "KHU VỰC 2 Phú Ngọc"
      if (!place.empty() && !is_place(place)) continue;
      if (d.state == DateState::none) { w.reason("date_unreadable"); continue; }
      if (!place.empty()) w.set(w.doc.place, "place", place, 0.95, i);
      if (d.state == DateState::found) w.set(w.doc.date, "date", d.iso, 0.97, i);
      else w.reason("date_blank");
      return;
    }
  }
  // A law has no date line: "... khóa XV, kỳ họp thứ 9 thông qua ngày 27 tháng 6 năm 2025."
  if (!w.kind || !(w.kind->families & kLegal) || (w.kind->families & kAdmin) || w.motto == kNone) return;
  if (w.kind->name != U"Luật" && w.kind->name != U"Bộ luật" && w.kind->name != U"Pháp lệnh") return;
  for (std::size_t i = w.size(); i-- > w.zone_end;) {
    if (w.line(i).plain.find(U"nay ") > 14) continue;
    std::u32string joined = w.line(i).plain;
    for (std::size_t j = i + 1; j < std::min(w.size(), i + 3); ++j) joined += U' ' + w.line(j).plain;
    const auto at = joined.find(U"thong qua ngay");
    if (at == joined.npos || joined.find(U"quoc hoi") > at) continue;
    if (DateRead d = read_date(joined, at + 10); d.state == DateState::found) { w.set(w.doc.date, "date", d.iso, 0.9, i); return; }
  }
}

}  // namespace policy::document
