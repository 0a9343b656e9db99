#include "policy/document/lines.hpp"

#include <algorithm>

#include "policy/document/legacy.hpp"
#include "policy/document/letters.hpp"

namespace policy::document {
namespace {

bool is_rule_char(char32_t c) {
  return c == U'-' || c == U'_' || c == U'*' || c == U'=' || c == U'~' || c == U'.' || c == U'#' || c == U'|' || c == U':' || c == U' ' || c == U'\t' ||
         c == 0x2013 || c == 0x2014 || c == 0x2500 || c == 0x2550 || c == U'o' || c == U'O';
}
bool is_rule(std::u32string_view s) {
  if (std::none_of(s.begin(), s.end(), [](char32_t c) { return is_rule_char(c) && c != U' ' && c != U'\t' && c != U'|' && c != U'o' && c != U'O'; })) return false;
  return std::all_of(s.begin(), s.end(), is_rule_char) && std::count_if(s.begin(), s.end(), is_letter) <= 4;
}

// A cell without the marks of markup and the rules glued to its text: **ABC**, ____ABC____.
std::u32string tidy(std::u32string_view s) {
  const auto noise = [](char32_t c) { return c == U' ' || c == U'*' || c == U'_' || c == U'#' || c == U'>'; };
  while (!s.empty() && noise(s.front())) s.remove_prefix(1);
  while (!s.empty() && noise(s.back())) s.remove_suffix(1);
  std::u32string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == U'*' && i + 1 < s.size() && s[i + 1] == U'*') { ++i; continue; }
    if (s[i] == U' ' && !out.empty() && out.back() == U' ') continue;
    out.push_back(s[i]);
  }
  return out;
}

// "Q U Y Ế T   Đ Ị N H": letters spread over the line are words again, where hardly anything else stands in it.
std::u32string unspread(std::u32string s) {
  if (s.size() > 200) return s;
  std::size_t single = 0, longer = 0;
  for (std::size_t i = 0; i < s.size();) {
    if (s[i] == U' ' || s[i] == U'\t') { ++i; continue; }
    const std::size_t stop = std::min(s.find_first_of(U" \t", i), s.size());
    (stop - i == 1 && is_letter(s[i]) ? single : longer) += 1;
    i = stop;
  }
  if (single < 5 || longer) return s;
  std::u32string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == U'\t') { out.push_back(U' '); continue; }
    if (s[i] != U' ') { out.push_back(s[i]); continue; }
    const std::size_t stop = std::min(s.find_first_not_of(U' ', i), s.size());
    if (out.empty() || out.back() == U' ') out.append(stop - i, U' ');  // the indent stays
    else if (stop - i > 1) out.push_back(U' ');
    i = stop - 1;
  }
  return out;
}

void add_cell(Line& line, std::u32string_view raw, std::size_t column) {
  const std::size_t lead = std::min(raw.find_first_not_of(U' '), raw.size());
  if (is_rule(raw)) return;
  Cell cell;
  cell.text = tidy(raw);
  if (cell.text.empty()) return;
  cell.plain = skeleton(cell.text);
  cell.column = column + lead;
  line.cells.push_back(std::move(cell));
}

void split_cells(Line& line, std::u32string_view s) {
  std::size_t start = 0;
  const bool table = std::count(s.begin(), s.end(), U'|') >= 2;
  for (std::size_t i = 0; i <= s.size(); ++i) {
    const bool gap = i + 2 < s.size() && s[i] == U' ' && s[i + 1] == U' ' && s[i + 2] == U' ';
    if (i < s.size() && s[i] != U'\t' && !(table && s[i] == U'|') && !gap) continue;
    // "Số:       /KH-UBND": the gap is the blank number, no column
    const std::u32string_view head = trim(s.substr(start, i - start));
    if (gap) {
      std::size_t next = i;
      while (next < s.size() && s[next] == U' ') ++next;
      const bool blank_number = next < s.size() && (s[next] == U'/' || s[next] == U'-') && head.size() >= 2 && head.size() < 20;
      const std::u32string tail = skeleton(head.size() > 5 ? head.substr(head.size() - 5) : head);
      const bool blank_date = next < s.size() && (tail.ends_with(U"ngay") || tail.ends_with(U"thang"));
      if (blank_number || blank_date) { i = next - 1; continue; }
    }
    if (!head.empty()) add_cell(line, s.substr(start, i - start), start);
    while (gap && i + 1 < s.size() && s[i + 1] == U' ') ++i;
    start = i + 1;
  }
}

void join(Line& line) {
  for (const Cell& c : line.cells) {
    if (!line.text.empty()) line.text += U' ';
    line.text += c.text;
  }
  line.plain = skeleton(line.text);
}

}  // namespace

Lines make_lines(const Text& text) {
  Lines out;
  std::uint32_t page_number = 0, count = 0;
  bool gap = true, rule = false;
  for (const std::string& page : text.pages) {
    ++page_number;
    count = 0;
    std::u32string codes = decode_utf8(page);
    const Legacy legacy = legacy_encoding(codes);
    out.tcvn3 |= legacy == Legacy::tcvn3;
    for (std::size_t at = 0; at <= codes.size();) {
      const std::size_t stop = std::min(codes.find(U'\n', at), codes.size());
      std::u32string_view raw(codes.data() + at, std::min<std::size_t>(stop - at, 4000));
      at = stop + 1;
      if (trim(raw).empty()) { gap = true; continue; }  // endless empty cells cost no more than this
      const std::u32string shown = unspread(legacy == Legacy::none ? clean(raw) : clean(decode_legacy(raw, legacy)));
      if (trim(shown).empty() || is_rule(shown)) { rule |= !trim(shown).empty(); gap = true; continue; }
      Line line;
      split_cells(line, shown);
      if (line.cells.empty()) { gap = true; continue; }
      join(line);
      line.page = page_number;
      line.number = ++count;
      line.gap = gap;
      line.rule = rule;
      gap = rule = false;
      out.all.push_back(std::move(line));
      if (out.all.size() >= 20000) return out;
    }
    gap = true;
  }
  return out;
}

std::string readable(std::string_view page) {
  const std::u32string codes = decode_utf8(page);
  const Legacy legacy = legacy_encoding(codes);
  return legacy == Legacy::none ? std::string(page) : to_utf8(clean(decode_legacy(codes, legacy)));
}

}  // namespace policy::document
