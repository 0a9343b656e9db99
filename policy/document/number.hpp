// The grammar of document numbers (NUMBER, PARTY, OLD1, OLD2), matched by hand in one pass.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace policy::document {

struct Number {
  bool blank = false;         // "Số:     /KH-UBND": a draft
  bool party = false;         // 18-NQ/TU
  bool old_form = false;      // 73-CP, 28-L/CTN
  bool repaired = false;      // a lost hyphen put back: 1961/QĐUBND
  bool open_end = false;      // the text ended after '-' or '/': the rest stands on the next line
  std::u32string serial;      // 204, 36a, 66.22
  std::u32string year;        // empty: none
  std::u32string symbol;      // KH-UBND
  std::u32string kind_part;   // first segment when it can be a kind: KH, NQ, TTLT
  std::size_t segments = 0;
  std::size_t end = 0;        // index after the number
  std::u32string whole() const;
};

// `s` begins after "Số:"; nullopt when no number stands there.
std::optional<Number> parse_number(std::u32string_view s);
// Index after "Số", "Số:", "Luật số:", "Số hiệu" is not one; npos when the text does not begin so.
std::size_t after_number_word(std::u32string_view s);

}  // namespace policy::document
