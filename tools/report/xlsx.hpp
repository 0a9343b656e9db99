// An Excel workbook by libxlsxwriter: figures with their formulas beside them as text, the charts' sums with native charts. Cells are
// strings and numbers only, so that no text from outside ever becomes a formula.
#pragma once
#include <string>

#include "tools/report/model.hpp"

namespace report {

// The file's bytes. Errc::io: no temporary file could be written; Errc::limit: more rows than a sheet holds.
[[nodiscard]] base::Result<std::string> to_xlsx(const Report& report);

}  // namespace report
