// A pivot as an SVG of horizontal bars, cut by series: sized by its viewBox, without script, font or anything from outside, with a
// title and a description for those who hear it. The figures stand beside it as a table (html.cpp).
#pragma once
#include <string>
#include <string_view>

#include "tools/report/pivot.hpp"

namespace report {

std::string escaped(std::string_view text);  // for HTML and SVG, text and attributes; control characters are left out
std::string colour(const Pivot& pivot, std::size_t series);  // "#2e7d32": verdicts have theirs, others by turn
std::string figure(double value);            // "12", "1.5"
std::string shown(const Pivot& pivot, double value);  // "12", or "33.3 %" where it is a share
// `id`: unique in the page.
std::string to_svg(const Pivot& pivot, const std::string& id);

}  // namespace report
