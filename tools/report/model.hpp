// A report as it is drawn: the JSON of tools/admin (schema congthu.report.NAME/1) in one language. Made by make_report(), taken by
// every writer of this room. Value types, no threads.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/lang.hpp"
#include "base/result.hpp"

namespace report {

using Json = nlohmann::ordered_json;

struct Column {
  std::string key, title;
  std::string formula;     // how the figure is made; empty for names
  bool share = false;      // 0..1, shown as percent
  bool names = false;      // says what a row is about: nothing there is no missing figure
  bool number = false;     // some row holds a number here
};

// Bars: one per category, cut by series where there is one.
struct Chart {
  std::string title, category, series, value;  // keys of columns; series may be empty
};

struct Report {
  base::Lang lang = base::Lang::vi;
  std::string name, title, from, to, as_of;
  std::vector<Column> columns;  // of the reply
  std::vector<Column> shown;    // for people: without a group where there is only one without a name
  Json rows = Json::array();
  std::vector<std::pair<std::string, std::string>> totals;  // title, figure
  std::vector<Chart> charts;
  std::map<std::string, std::map<std::string, std::string>> labels;  // of a column's codes
  std::vector<std::string> notes;

  std::string missing() const { return std::string(base::Text{"chưa có số liệu", "no data yet"}.in(lang)); }
  const Column* column(std::string_view key) const;
  std::string label(const std::string& column, const std::string& code) const;  // the code itself without one
};

// Errc::invalid: the reply is no report.
[[nodiscard]] base::Result<Report> make_report(const Json& reply, base::Lang lang);

// A cell for people: codes by their labels, shares in percent, lists joined, nothing by its word ("-" where a name is missing).
std::string cell(const Report& report, const Column& column, const Json& row);
std::string joined(const Json& value);  // strings as they are, arrays joined by ", ", true and false as words of JSON

}  // namespace report
