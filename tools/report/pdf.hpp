// A report on paper: PDF of A4 pages by cairo and pango, tagged, with page numbers; each table's head stands on each of its pages.
// The same report gives the same bytes: what a digest was made of can be made again.
#pragma once
#include "tools/report/model.hpp"

namespace report {

// The file's bytes. Errc::limit: more pages than kMostPages; Errc::internal: cairo cannot write.
[[nodiscard]] base::Result<std::string> to_pdf(const Report& report);
inline constexpr int kMostPages = 5000;

}  // namespace report
