// Reads what spreadsheets write: RFC 4180, with or without BOM, CRLF or LF, separated by comma, semicolon or tab (as the first line is).
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace report {

struct CsvLine {
  std::size_t line = 0;  // in the file, from 1: a quoted cell may hold several
  std::vector<std::string> cells;
};
// Blank lines are left out. Errc::invalid: not UTF-8, or a quote that is not closed, with its line.
[[nodiscard]] base::Result<std::vector<CsvLine>> read_csv(std::string_view text);

}  // namespace report
