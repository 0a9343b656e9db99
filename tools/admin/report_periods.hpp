// The calendar periods of scheduled reports, in Vietnam's days: "2026-10-01".
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/config.hpp"

namespace admin {

using FirstAndLastDay = std::pair<std::string, std::string>;

FirstAndLastDay last_period(base::ReportPeriod period, const std::string& today);       // the last one that had ended by that day
FirstAndLastDay period_behind(base::ReportPeriod period, const std::string& last_day);  // the one that follows what ended on that day
// The moment from which the report of a period that ended on `last_day` goes out.
std::optional<base::Time> due_at(const base::ReportSchedule& schedule, const std::string& last_day);

}  // namespace admin
