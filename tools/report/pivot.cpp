#include "tools/report/pivot.hpp"

#include <algorithm>
#include <numeric>

namespace report {
namespace {

std::string code_of(const Json& row, const std::string& key) {
  if (!row.is_object() || key.empty() || !row.contains(key)) return {};
  return joined(row[key]);
}

bool is_month(std::string_view s) {
  return s.size() == 7 && s[4] == '-' && std::all_of(s.begin(), s.end(), [](char c) { return c == '-' || (c >= '0' && c <= '9'); });
}

std::size_t place(std::vector<std::string>& list, const std::string& what) {
  const auto found = std::find(list.begin(), list.end(), what);
  if (found != list.end()) return std::size_t(found - list.begin());
  list.push_back(what);
  return list.size() - 1;
}

double sum(const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); }

}  // namespace

Pivot make_pivot(const Report& r, const Chart& chart) {
  struct Category {
    std::string code;
    std::vector<double> values;
  };
  Pivot p;
  p.title = chart.title;
  if (const Column* value = r.column(chart.value)) p.share = value->share;
  std::vector<std::string> categories;
  std::vector<Category> found;
  for (const Json& row : r.rows) {
    if (!row.is_object() || !row.contains(chart.value) || !row[chart.value].is_number()) continue;
    const std::size_t c = place(categories, code_of(row, chart.category)), s = place(p.codes, code_of(row, chart.series));
    if (c == found.size()) found.push_back({categories[c], {}});
    for (Category& one : found) one.values.resize(p.codes.size());
    found[c].values[s] += row[chart.value].get<double>();
  }
  for (Category& one : found) one.values.resize(p.codes.size());
  p.in_time = !found.empty() && std::all_of(found.begin(), found.end(), [](const Category& c) { return is_month(c.code); });
  const auto order = [&](const Category& a, const Category& b) { return p.in_time ? a.code < b.code : sum(a.values) > sum(b.values); };
  std::stable_sort(found.begin(), found.end(), order);
  const base::Text none{"(không có)", "(none)"}, all{"Tất cả", "All"}, others{"Khác", "Others"};
  const auto named = [&](const std::string& key, const std::string& code) {
    if (key.empty()) return std::string(all.in(r.lang));
    return code.empty() ? std::string(none.in(r.lang)) : r.label(key, code);
  };
  for (const std::string& code : p.codes) p.series.push_back(named(chart.series, code));
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i >= kMaxCategories && !p.in_time) {
      if (i == kMaxCategories) p.categories.emplace_back(others.in(r.lang)), p.values.emplace_back(p.codes.size());
      for (std::size_t s = 0; s < p.codes.size(); ++s) p.values.back()[s] += found[i].values[s];
    } else {
      p.categories.push_back(named(chart.category, found[i].code));
      p.values.push_back(std::move(found[i].values));
    }
  }
  for (const auto& v : p.values) p.largest = std::max(p.largest, sum(v));
  return p;
}

}  // namespace report
