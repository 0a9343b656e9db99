// An Excel workbook by libxlsxwriter: figures with their formulas beside them as text, the charts' sums with native charts. Cells are
// strings and numbers only, so that no text from outside ever becomes a formula.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "tools/report/model.hpp"

namespace report {

// The file's bytes. Errc::io: no temporary file could be written; Errc::limit: more rows than a sheet holds.
[[nodiscard]] base::Result<std::string> to_xlsx(const Report& report);

// The same page by page, for rows that memory should not hold: libxlsxwriter keeps them in a temporary file. One thread.
class XlsxPages {
 public:
  explicit XlsxPages(Report head);  // its rows are the first page
  ~XlsxPages();
  XlsxPages(const XlsxPages&) = delete;
  [[nodiscard]] base::Result<void> add(const Report& page);  // Errc::limit: a sheet holds no more
  // Gives the file's bytes piece by piece; a false of `take` ends it.
  [[nodiscard]] base::Result<void> finish(std::vector<std::pair<std::string, std::string>> totals, const std::function<bool(std::string_view)>& take);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace report
