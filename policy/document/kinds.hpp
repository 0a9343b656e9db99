// The kinds of documents as one table: NĐ 30/2020 Điều 7 and Phụ lục III, the legal (QPPL) kinds, Party kinds, older kinds.
#pragma once
#include <string>
#include <string_view>

namespace policy::document {

enum Family : unsigned {
  kAdmin = 1,      // one of the 29 administrative kinds
  kLegal = 2,      // QPPL
  kParty = 4,
  kOlder = 8,      // TT 01/2011/TT-BNV and before
  kOther = 16,     // neither: consolidated text
};

struct Kind {
  std::u32string_view name;    // as the contract prints it
  std::u32string_view abbrev;  // empty: none
  unsigned families;
};

// Exact line, whatever case, tone placement and spacing ("NGHỊQUYẾT"); a line without any diacritic matches too.
const Kind* kind_of_line(std::u32string_view line);
// The line begins with a kind's name; `rest` is what follows it.
const Kind* kind_at_start(std::u32string_view line, std::u32string_view& rest);
const Kind* kind_of_abbrev(std::u32string_view abbrev, bool party);
const Kind* kind_named(std::u32string_view name);

}  // namespace policy::document
