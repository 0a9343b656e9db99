// [[reports.schedule]] as it stands: what was sent last, what comes next.
#pragma once
#include "tools/admin/handlers.hpp"
#include "tools/admin/report_periods.hpp"

namespace admin {

inline constexpr const char* kReportSent = "report-sent:";  // + the schedule's name: row `policy` of the directory, the last day of what was sent

// The periods whose report is due and was not sent, oldest first: after a long downtime the newest `most` of them.
std::vector<FirstAndLastDay> periods_due(const base::ReportSchedule& schedule, std::string_view sent, base::Time now, std::size_t most = 12);

}  // namespace admin
