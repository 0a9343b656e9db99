// The register as a book: the columns that NĐ 30/2020 (Phụ lục IV) asks for, as a report (schema congthu.report.register_in/1,
// register_out/1) that tools/report draws as CSV, XLSX or a page.
#pragma once
#include "tools/registers/row.hpp"

namespace registers {

struct BookOf {
  Direction direction{};
  std::string agency, from, to, as_of;
};
// `rows`: as list() gives them, any order; the book goes from the oldest to the newest.
Json book_report(const BookOf& of, const Json& rows);
// For drawing: an empty cell of a book is empty, not a figure that is missing.
void blank_cells(Json& book);

}  // namespace registers
