// Tables of indicators that directives ask for (etc/reports/*.toml): what is counted, by whom, and the targets. Data of the site, not code.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace base {

// What an agency enters beside what the server counts.
enum class IndicatorInput : unsigned char { none, denominator, both };

struct Indicator {
  std::string id;  // "2.5a", as the directive numbers it
  std::string section_vi, section_en, title_vi, title_en, formula_vi, formula_en;
  std::string source;   // article of the directive
  std::string measure;  // what the server counts; empty: nothing (input is both then)
  IndicatorInput input = IndicatorInput::none;
  std::string figure;   // the name that what is entered has; indicators with the same one share it. "TABLE/ID" unless given
  std::optional<double> baseline;  // percent, as are targets
  std::map<int, double> targets;   // by year
  bool persons = false;            // it counts persons: small counts are not made public
  bool lower = false;              // a target is reached by what is not above it
};

struct IndicatorTable {
  std::string id, title_vi, title_en;
  std::vector<Indicator> indicators;
};

// Every problem of the file with its line. Errc::invalid, io.
[[nodiscard]] Result<IndicatorTable> parse_indicators(std::string_view text, const std::filesystem::path& file);
[[nodiscard]] Result<IndicatorTable> load_indicators(const std::filesystem::path& file);

}  // namespace base
