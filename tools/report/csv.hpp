// RFC 4180 with what spreadsheets need: UTF-8 with BOM, and a text cell that they would run as a formula gets an apostrophe.
#pragma once
#include <string>
#include <vector>

#include "tools/report/model.hpp"

namespace report {

std::string csv_cell(const Json& value, const std::string& if_null);
std::string csv_line(const std::vector<std::string>& cells);  // with CRLF; the cells are quoted already
inline constexpr std::string_view kCsvBom = "\xEF\xBB\xBF";

// Keys as titles and codes as they are: for programs. Columns of the reply, also an empty group.
std::string to_csv(const Report& report);
std::string csv_rows(const Report& report);  // those of a further page: without BOM and titles

}  // namespace report
