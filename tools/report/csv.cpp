#include "tools/report/csv.hpp"

namespace report {

std::string csv_cell(const Json& value, const std::string& if_null) {
  std::string text = value.is_null() ? if_null : joined(value);
  constexpr std::string_view kFormula = "=+-@\t\r";
  if ((value.is_string() || value.is_array()) && !text.empty() && kFormula.find(text.front()) != std::string_view::npos) text.insert(0, "'");
  if (text.find_first_of(",;\"\r\n\t") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) out += (i > 0 ? "," : "") + cells[i];
  return out + "\r\n";
}

std::string to_csv(const Report& r) {
  std::string out(kCsvBom);
  std::vector<std::string> cells;
  for (const Column& c : r.columns) cells.push_back(csv_cell(c.key, {}));
  return out + csv_line(cells) + csv_rows(r);
}

std::string csv_rows(const Report& r) {
  std::string out;
  std::vector<std::string> cells;
  for (const Json& row : r.rows) {
    cells.clear();
    for (const Column& c : r.columns) {
      const auto it = row.find(c.key);
      cells.push_back(csv_cell(it == row.end() ? Json() : *it, c.names ? "-" : r.missing()));
    }
    out += csv_line(cells);
  }
  return out;
}

}  // namespace report
