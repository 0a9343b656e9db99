// One page of HTML that needs nothing else: no script, no font, no image, no link outside (a Content-Security-Policy says so, too).
// Made to be read on a screen and to be printed on A4: header rows repeat, charts and rows are not cut by a page.
#pragma once
#include <string>

#include "tools/report/model.hpp"

namespace report {

std::string to_html(const Report& report);
std::string_view section_style();                 // CSS of that
std::string to_html_sections(const Report& report);  // what stands in its <main>: totals, charts, figures, how they are counted

}  // namespace report
