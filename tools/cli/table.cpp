#include "tools/cli/table.hpp"

#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "base/unicode.hpp"
#include "tools/report/csv.hpp"

namespace cli {
namespace {

constexpr std::size_t kLeast = 8;  // columns narrower than this are not shrunk
constexpr std::size_t kGap = 2;

std::string shown(const Column& column, const Json& row) {
  const auto it = row.find(column.key);
  if (it == row.end() || it->is_null()) return column.if_null;
  return printable(cell_text(*it));
}

std::size_t next_character(std::string_view s, std::size_t i) {
  ++i;
  while (i < s.size() && (static_cast<unsigned char>(s[i]) & 0xC0) == 0x80) ++i;
  return i;
}

// Breaks at spaces; a word wider than the column is cut between characters.
std::vector<std::string> wrap(std::string_view s, std::size_t width) {
  std::vector<std::string> lines;
  while (base::display_width(s) > width) {
    std::size_t end = 0, space = 0;
    while (end < s.size()) {
      const std::size_t after = next_character(s, end);
      if (base::display_width(s.substr(0, after)) > width) break;
      if (s[end] == ' ') space = end;
      end = after;
    }
    if (end < s.size() && s[end] == ' ') space = end;
    if (end == 0) end = next_character(s, 0);
    const std::size_t cut = space > 0 ? space : end;
    lines.emplace_back(s.substr(0, cut));
    s.remove_prefix(space > 0 ? space + 1 : cut);
  }
  lines.emplace_back(s);
  return lines;
}

void shrink(std::vector<std::size_t>& widths, std::size_t width) {
  const auto total = [&] { return std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1)); };
  while (total() > width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kLeast) return;
    --*widest;
  }
}

void put_row(std::string& out, const std::vector<Column>& columns, const std::vector<std::string>& cells,
             const std::vector<std::size_t>& widths, bool bold) {
  std::vector<std::vector<std::string>> wrapped;
  std::size_t height = 1;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    wrapped.push_back(wrap(cells[c], widths[c]));
    height = std::max(height, wrapped.back().size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    std::string text;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const std::string piece = line < wrapped[c].size() ? wrapped[c][line] : std::string();
      const std::size_t used = base::display_width(piece);
      const std::string fill(widths[c] > used ? widths[c] - used : 0, ' ');
      if (c > 0) text.append(kGap, ' ');
      text += columns[c].right ? fill + piece : piece + fill;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += bold ? "\033[1m" + text + "\033[0m\n" : text + "\n";
  }
}

}  // namespace

std::string cell_text(const Json& value) { return report::joined(value); }

std::string render_table(const std::vector<Column>& columns, const Json& rows, std::size_t width, bool color) {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const Column& c : columns) {
    titles.push_back(c.title);
    widths.push_back(base::display_width(c.title));
  }
  std::vector<std::vector<std::string>> cells;
  for (const Json& row : rows) {
    cells.emplace_back();
    for (std::size_t c = 0; c < columns.size(); ++c) {
      cells.back().push_back(shown(columns[c], row));
      widths[c] = std::max(widths[c], base::display_width(cells.back().back()));
    }
  }
  if (width > 0) shrink(widths, width);
  std::string out;
  put_row(out, columns, titles, widths, color);
  for (const auto& row : cells) put_row(out, columns, row, widths, false);
  return out;
}

std::string render_csv(const std::vector<Column>& columns, const Json& rows) {
  std::string out(report::kCsvBom);
  std::vector<std::string> cells;
  for (const Column& c : columns) cells.push_back(report::csv_cell(c.key, {}));
  out += report::csv_line(cells);
  for (const Json& row : rows) {
    cells.clear();
    for (const Column& c : columns) {
      const auto it = row.find(c.key);
      cells.push_back(report::csv_cell(it == row.end() ? Json() : *it, c.if_null));
    }
    out += report::csv_line(cells);
  }
  return out;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void show(Console& con, const std::vector<Column>& columns, const Json& rows, const Json& whole) {
  if (con.format == Format::json) {
    con.out += dump(whole) + '\n';
  } else if (con.format == Format::csv) {
    con.out += render_csv(columns, rows);
  } else if (rows.empty()) {
    con.line({"(không có mục nào)", "(nothing)"});
  } else {
    con.out += render_table(columns, rows, terminal_width(), use_color(STDOUT_FILENO));
  }
}

}  // namespace cli
