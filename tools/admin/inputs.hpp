// Figures that mail cannot know (CONTRACT 4): entered by an agency's clerk, confirmed by somebody else with the compliance role. Rows of
// the table `documents`: 'V' s figure, s agency, s period -> Input as JSON. A change takes the confirmation away and keeps what was there.
#pragma once
#include "base/indicators.hpp"
#include "tools/admin/handlers.hpp"

namespace admin {

// Built in (etc/reports) and configured; a configured one replaces a built-in one of its id. Errc::invalid: a file is broken by now.
[[nodiscard]] Result<std::vector<base::IndicatorTable>> indicator_tables(const base::Config& config);

// "2026", "2026-H1", "2026-Q4", "2026-11" as its first and last day; nullopt: no period.
std::optional<std::pair<std::string, std::string>> days_of_period(std::string_view period);
// The period that begins and ends so; empty: it has no name, and nothing can be entered for it.
std::string period_named(std::string_view from, std::string_view to);

struct Input {
  std::string figure, agency, period;
  std::optional<std::uint64_t> numerator, denominator;
  bool confirmed = false;
};
std::optional<Input> find_input(const store::Snapshot& snapshot, std::string_view figure, std::string_view agency, std::string_view period);

}  // namespace admin
