// Reports that directives order, when each is due, and whether it was published in time. A directive that names no day ("monthly", "every
// six months") is taken to mean the end of the month after the period.
#include <algorithm>

#include "tools/admin/inputs.hpp"
#include "tools/admin/published.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

struct ReportDuty {
  std::string_view id;
  base::Text about;
  std::string_view source, report, table;
  unsigned months;   // of the period
  unsigned due_day;  // of the month after it; 0: its last one
  bool for_all;
};
constexpr ReportDuty kReportDuties[] = {
    {"monthly-public", {"Công khai hàng tháng số liệu hộp thư và văn bản điện tử", "Monthly public statistics of mailboxes and documents"}, "14/CT-UBND (2014), 4", "monthly", "", 1, 0, true},
    {"monthly-before-25", {"Báo cáo tháng, trước ngày 25", "Monthly report, before the 25th"}, "11/2005/CT-UBND, 3", "kpi", "bt-11-2005", 1, 24, false},
    {"half-year", {"Sơ kết 6 tháng Kế hoạch 204/KH-UBND", "Half-yearly review of plan 204/KH-UBND"}, "204/KH-UBND, IV.1", "kpi", "tg-204-2013", 6, 0, false},
    {"year", {"Sơ kết cả năm Kế hoạch 204/KH-UBND", "Yearly review of plan 204/KH-UBND"}, "204/KH-UBND, IV.1", "kpi", "tg-204-2013", 12, 0, false},
    {"year-15", {"Báo cáo năm thực hiện Chỉ thị 15/CT-TTg", "Yearly report on directive 15/CT-TTg"}, "15/CT-TTg, 1d", "kpi", "ct-15-2012", 12, 0, false},
};

std::string due_day_of(const ReportDuty& duty, std::string_view last_day) {
  namespace c = std::chrono;
  const c::year_month next = c::year_month{c::year(std::stoi(std::string(last_day.substr(0, 4)))), c::month(unsigned(std::stoi(std::string(last_day.substr(5, 2)))))} + c::months(1);
  const c::day day = duty.due_day != 0 ? c::day(duty.due_day) : c::year_month_day_last(next / c::last).day();
  const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return std::to_string(int(next.year())) + "-" + two(unsigned(next.month())) + "-" + two(unsigned(day));
}

// Names of the duty's periods that ended on these days.
std::vector<std::string> periods_of(const ReportDuty& duty, const Period& p) {
  std::vector<std::string> out;
  for (int year = std::stoi(p.from.substr(0, 4)); year <= std::stoi(p.to.substr(0, 4)); ++year)
    for (unsigned n = 1; n <= 12 / duty.months; ++n) {
      const std::string y = std::to_string(year);
      const std::string name = duty.months == 12 ? y : duty.months == 6 ? y + "-H" + std::to_string(n) : y + (n < 10 ? "-0" : "-") + std::to_string(n);
      if (const auto days = days_of_period(name); days && p.holds(days->second)) out.push_back(name);
    }
  return out;
}

// The first publication that fulfils it: later revisions do not make it late.
const Json* publication_of(const std::vector<Json>& published, const ReportDuty& duty, const std::pair<std::string, std::string>& days) {
  const Json* first = nullptr;
  for (const Json& one : published) {
    const Json query = one.value("query", Json::object());
    const std::string table = text_of(query, "table");
    const bool same = text_of(one, "report") == duty.report && text_of(one, "from") == days.first && text_of(one, "to") == days.second &&
                      (duty.table.empty() || table == duty.table || (table.empty() && duty.table == "tg-204-2013")) && (!duty.for_all || one.value("public", false));
    if (same && (first == nullptr || one.value("number", 0u) < first->value("number", 0u))) first = &one;
  }
  return first;
}

std::optional<base::Text> deadline_label(const std::string& code) {
  if (code == "in_time") return base::Text{"đúng hạn", "in time"};
  if (code == "late") return base::Text{"đã công bố, muộn", "published late"};
  if (code == "due") return base::Text{"chưa đến hạn", "not due yet"};
  return code == "missed" ? std::optional(base::Text{"QUÁ HẠN", "OVERDUE"}) : std::nullopt;
}

}  // namespace

Result<Json> report_deadlines(const Call& call) {
  const auto p = period_of(call, {}, "");
  if (!p) return p.error();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const std::vector<Json> published = published_reports(*snapshot);
  const std::string today = base::vietnam_date(call.context.clock.now());
  Json rows = Json::array(), totals = {{"in_time", 0}, {"late", 0}, {"missed", 0}, {"due", 0}};
  for (const ReportDuty& duty : kReportDuties)
    for (const std::string& name : periods_of(duty, *p)) {
      const auto days = *days_of_period(name);
      const std::string due = due_day_of(duty, days.second);
      const Json* one = publication_of(published, duty, days);
      const std::string at = one == nullptr ? std::string() : text_of(*one, "as_of").substr(0, 10);
      const char* state = one != nullptr ? (at <= due ? "in_time" : "late") : today > due ? "missed" : "due";
      totals[state] = totals[state].get<unsigned>() + 1;
      rows.push_back({{"duty", duty.id}, {"source", duty.source}, {"period", name}, {"due", due}, {"state", state}, {"published", one == nullptr ? Json(nullptr) : Json(at)},
                      {"number", one == nullptr ? Json(nullptr) : (*one)["number"]}, {"report", duty.report}, {"table", duty.table.empty() ? Json(nullptr) : Json(duty.table)}});
    }
  Json report = report_json(call, "deadlines", *p,
                            {{"duty", "Báo cáo phải làm", "Duty"}, {"source", "Căn cứ", "Source"}, {"period", "Kỳ", "Period"},
                             {"due", "Hạn", "Due", "Ngày văn bản nêu; văn bản không nêu ngày: hết tháng sau kỳ báo cáo", "The day that the directive names; where it names none, the end of the month after the period"},
                             {"state", "Tình trạng", "State"}, {"published", "Ngày công bố", "Published", "Lần công bố đầu tiên của đúng báo cáo và kỳ này", "The first publication of just this report and period"},
                             {"number", "Số công bố", "Number"}, {"report", "Lệnh báo cáo", "Report"}, {"table", "Bảng chỉ tiêu", "Table"}},
                            std::move(rows), std::move(totals));
  for (const ReportDuty& duty : kReportDuties) report["labels"]["duty"][std::string(duty.id)] = text_json(duty.about);
  add_labels(report, "state", deadline_label);
  for (const char* code : {"in_time", "late", "missed", "due"}) report["labels"]["totals"][code] = text_json(*deadline_label(code));
  return report;
}

}  // namespace admin
