// The rows of a report summed for a chart: categories in order of their size, series in order of their first row. Both are bounded:
// what is beyond becomes one "others", so that a chart stays readable and its figures stay whole.
#pragma once
#include "tools/report/model.hpp"

namespace report {

inline constexpr std::size_t kMaxCategories = 20;

struct Pivot {
  std::string title;
  std::vector<std::string> categories, series;   // as people read them
  std::vector<std::string> codes;                 // of the series, for their colours
  std::vector<std::vector<double>> values;        // [category][series]
  double largest = 0;                             // sum of a category
  bool share = false;                             // values are shares, 1 = 100 %
  bool in_time = false;                           // categories are months: kept in their order
};

Pivot make_pivot(const Report& report, const Chart& chart);

}  // namespace report
