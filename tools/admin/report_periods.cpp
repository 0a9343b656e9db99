#include "tools/admin/report_periods.hpp"

namespace admin {
namespace {

namespace chrono = std::chrono;

unsigned months_of(base::ReportPeriod period) {
  switch (period) {
    case base::ReportPeriod::month: return 1;
    case base::ReportPeriod::quarter: return 3;
    case base::ReportPeriod::half: return 6;
    case base::ReportPeriod::year: break;
  }
  return 12;
}

std::string iso_day(chrono::year_month_day day) {
  const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(int(day.year())) + "-" + two(unsigned(day.month())) + "-" + two(unsigned(day.day()));
}

// Where the period began that this day is in.
chrono::year_month period_start(base::ReportPeriod period, const std::string& day) {
  const chrono::year year{std::stoi(day.substr(0, 4))};
  const unsigned month = unsigned(std::stoi(day.substr(5, 2))), within = (month - 1) % months_of(period);
  return chrono::year_month{year, chrono::month(month)} - chrono::months(within);
}

FirstAndLastDay days_of(chrono::year_month first, unsigned months) {
  const chrono::year_month last = first + chrono::months(months - 1);
  return {iso_day(first / chrono::day(1)), iso_day(chrono::year_month_day(last / chrono::last))};
}

}  // namespace

FirstAndLastDay last_period(base::ReportPeriod period, const std::string& today) {
  const unsigned months = months_of(period);
  return days_of(period_start(period, today) - chrono::months(months), months);
}

FirstAndLastDay period_behind(base::ReportPeriod period, const std::string& last_day) {
  const unsigned months = months_of(period);
  return days_of(period_start(period, last_day) + chrono::months(months), months);
}

std::optional<base::Time> due_at(const base::ReportSchedule& s, const std::string& last_day) {
  const auto last = base::vietnam_day(last_day);
  if (!last) return std::nullopt;
  return last->second + chrono::hours(24) * (s.day - 1) + chrono::hours(s.hour);
}

}  // namespace admin
