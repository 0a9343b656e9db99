// Rows for people, spreadsheets and programs. A cell is a JSON value; null prints as an empty cell, or as the column's own word.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/console.hpp"

namespace cli {

using Json = nlohmann::ordered_json;

struct Column {
  std::string key;
  std::string title;
  bool right = false;       // numbers
  std::string if_null = {};  // "chưa có số liệu"
};

std::string cell_text(const Json& value);  // strings as they are, arrays joined by ", ", true and false as words of JSON

// `rows`: an array of objects. Width 0 = unlimited; otherwise the widest columns are wrapped until the table fits.
std::string render_table(const std::vector<Column>& columns, const Json& rows, std::size_t width, bool color);
// UTF-8 with BOM, CRLF, quoted where needed; a text cell that a spreadsheet would run as a formula gets an apostrophe.
std::string render_csv(const std::vector<Column>& columns, const Json& rows);

// Adds what --format asks for to con.out: `whole` for JSON, the rows otherwise.
void show(Console& con, const std::vector<Column>& columns, const Json& rows, const Json& whole);
std::string dump(const Json& json);  // one line, foreign bytes replaced

}  // namespace cli
