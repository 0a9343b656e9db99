// congthu report schedule: reports that the server makes and mails by itself.
#include "tools/cli/admin_command.hpp"
#include "tools/cli/report_output.hpp"

namespace cli {
namespace {

struct ScheduleArguments {
  std::string name, from, to, period;
};

constexpr base::Text kScheduleExamples{"congthu report schedule list\ncongthu report schedule run thang --period 2026-10",
                                       "congthu report schedule list\ncongthu report schedule run monthly --period 2026-10"};

int list_schedules(Program& p) {
  Backend backend(p.con, p.config);
  auto reply = backend.call("GET", "/reports/schedules");
  if (!reply) return backend.code();
  Json rows = Json::array();
  for (Json row : reply->value("schedules", Json::array())) {
    const Json next = row.value("next", Json::object());
    row["next_period"] = next.value("from", "") + " - " + next.value("to", "");
    row["next_at"] = next.value("at", Json());
    rows.push_back(std::move(row));
  }
  const std::vector<Column> columns{{"name", p.con.text({"Lịch", "Schedule"})}, {"report", p.con.text({"Báo cáo", "Report"})}, {"readers", p.con.text({"Người đọc", "Readers"})},
                                    {"sent", p.con.text({"Đã gửi đến kỳ", "Sent up to"})}, {"next_period", p.con.text({"Kỳ tới", "Next period"})}, {"next_at", p.con.text({"Gửi lúc", "Goes out"})},
                                    {"problem", p.con.text({"Lỗi", "Problem"})}};
  show(p.con, columns, rows, *reply);
  return kDone;
}

int run_schedule(Program& p, ScheduleArguments a) {
  Json body = Json::object();
  if (!a.period.empty() || !a.from.empty() || !a.to.empty()) {
    if (const int wrong = take_period(p, a.period, a.from, a.to); wrong != kDone) return wrong;
    body = {{"from", a.from}, {"to", a.to}};
  }
  Backend backend(p.con, p.config);
  const auto reply = backend.call("POST", "/reports/schedules/" + encoded(a.name) + "/run", dump(body));
  if (!reply) return backend.code();
  if (p.con.format == Format::json) return p.con.out += dump(*reply) + "\n", kDone;
  p.con.line({"đã gửi báo cáo kỳ {} - {}", "mailed the report of {} - {}"}, reply->value("from", ""), reply->value("to", ""));
  return kDone;
}

}  // namespace

void add_report_schedule(Program& p, CLI::App& report) {
  auto a = std::make_shared<ScheduleArguments>();
  CLI::App* g = p.group(report, "schedule", {"Báo cáo tự gửi theo lịch ([[reports.schedule]]).", "Reports that are mailed by schedule ([[reports.schedule]])."}, kScheduleExamples);
  p.command(*g, "list", {"Liệt kê: đã gửi gì, khi nào gửi tiếp, lỗi gì.", "List: what was sent, what comes next, what failed."}, kScheduleExamples, [&p](Console&) { return list_schedules(p); });
  CLI::App* c = p.command(*g, "run", {"Lập và gửi ngay (được ghi nhật ký).", "Make and mail it now (audited)."}, kScheduleExamples, [&p, a](Console&) { return run_schedule(p, *a); });
  c->add_option("NAME", a->name, p.words({"tên lịch", "the schedule's name"}))->required();
  period_options(p, c, a->period, a->from, a->to);
}

}  // namespace cli
