#include "tools/report/csv_read.hpp"

#include <algorithm>

#include "base/unicode.hpp"
#include "tools/report/csv.hpp"

namespace report {
namespace {

char separator_of(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  char best = ',';
  for (const char c : {';', '\t'})
    if (std::count(first.begin(), first.end(), c) > std::count(first.begin(), first.end(), best)) best = c;
  return best;
}

class CsvReader {
 public:
  CsvReader(std::string_view text, char separator) : text_(text), separator_(separator) {}

  base::Result<std::vector<CsvLine>> read() {
    while (at_ < text_.size()) {
      CsvLine row{line_, {}};
      if (auto done = read_row(row); !done) return done.error();
      if (std::any_of(row.cells.begin(), row.cells.end(), [](const std::string& c) { return !c.empty(); })) rows_.push_back(std::move(row));
    }
    return std::move(rows_);
  }

 private:
  base::Result<void> read_row(CsvLine& row) {
    for (;;) {
      std::string cell;
      if (auto done = at_ < text_.size() && text_[at_] == '"' ? quoted(cell) : plain(cell); !done) return done;
      row.cells.push_back(std::move(cell));
      if (at_ >= text_.size()) return {};
      const char c = text_[at_++];
      if (c == separator_) continue;
      if (c == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
      ++line_;
      return {};
    }
  }

  base::Result<void> plain(std::string& cell) {
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') cell.push_back(text_[at_++]);
    while (!cell.empty() && cell.back() == ' ') cell.pop_back();
    cell.erase(0, std::min(cell.find_first_not_of(' '), cell.size()));
    return {};
  }

  base::Result<void> quoted(std::string& cell) {
    const std::size_t began = line_;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        cell.push_back(text_[at_]);
        continue;
      }
      if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        cell.push_back(text_[++at_]);
        continue;
      }
      ++at_;
      std::string rest;
      return plain(rest);  // what stands behind the quote is no part of the cell
    }
    return base::fail(base::Errc::invalid, "line " + std::to_string(began) + ": a quote is not closed");
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0, line_ = 1;
  std::vector<CsvLine> rows_;
};

}  // namespace

base::Result<std::vector<CsvLine>> read_csv(std::string_view text) {
  if (text.starts_with(kCsvBom)) text.remove_prefix(kCsvBom.size());
  if (!base::valid_utf8(text)) return base::fail(base::Errc::invalid, "the file is not UTF-8: save it as \"CSV UTF-8\"");
  return CsvReader(text, separator_of(text)).read();
}

}  // namespace report
