#include "tools/admin/report_schedules.hpp"

#include <algorithm>

#include "tools/admin/body.hpp"

namespace admin {
namespace {

std::string_view word_of(base::ReportPeriod period) {
  switch (period) {
    case base::ReportPeriod::month: return "month";
    case base::ReportPeriod::quarter: return "quarter";
    case base::ReportPeriod::half: return "half";
    case base::ReportPeriod::year: break;
  }
  return "year";
}

FirstAndLastDay next_period(const base::ReportSchedule& s, std::string_view sent, base::Time now) {
  const auto due = periods_due(s, sent, now);
  if (!due.empty()) return due.front();
  const FirstAndLastDay last = last_period(s.period, base::vietnam_date(now));
  return last.second > sent ? last : period_behind(s.period, std::max(std::string(sent), last.second));
}

Json schedule_json(const base::ReportSchedule& s, std::string_view sent, base::Time now, const Json& problems) {
  const auto next = next_period(s, sent, now);
  const auto at = due_at(s, next.second);
  const auto problem = problems.find(s.name);
  return {{"name", s.name}, {"report", s.report}, {"period", word_of(s.period)}, {"formats", s.formats}, {"readers", s.readers}, {"public", s.for_all},
          {"sent", sent.empty() ? Json(nullptr) : Json(sent)}, {"next", {{"from", next.first}, {"to", next.second}, {"at", at ? Json(base::rfc3339(*at)) : Json(nullptr)}}},
          {"problem", problem == problems.end() ? Json(nullptr) : *problem}};
}

}  // namespace

std::vector<FirstAndLastDay> periods_due(const base::ReportSchedule& s, std::string_view sent, base::Time now, std::size_t most) {
  const auto is_due = [&](const FirstAndLastDay& p) {
    const auto at = due_at(s, p.second);
    return at && *at <= now;
  };
  std::vector<FirstAndLastDay> out;
  const FirstAndLastDay last = last_period(s.period, base::vietnam_date(now));
  if (sent.empty()) {  // a new schedule begins with the last period, not with all of the past
    if (is_due(last)) out.push_back(last);
    return out;
  }
  for (FirstAndLastDay p = period_behind(s.period, std::string(sent)); p.second <= last.second; p = period_behind(s.period, p.second)) {
    if (!is_due(p)) break;
    out.push_back(p);
    if (out.size() > most) out.erase(out.begin());
  }
  return out;
}

Result<Json> list_report_schedules(const Call& call) {
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const Json problems = call.context.services.report_problems ? call.context.services.report_problems() : Json::object();
  Json list = Json::array();
  for (const base::ReportSchedule& s : call.context.config.reports.schedule) {
    const auto sent = snapshot->entry(store::Entry::policy, kReportSent + s.name);
    list.push_back(schedule_json(s, sent ? std::string_view(*sent) : std::string_view(), call.context.clock.now(), problems));
  }
  return Json{{"schema", "congthu.report_schedules/1"}, {"schedules", std::move(list)}};
}

Result<Json> run_report_schedule(const Call& call) {
  Body body(call.request.body);
  const auto from = body.text("from"), to = body.text("to");
  if (auto error = body.error()) return *error;
  const std::string name(call.segment(2));
  const auto& all = call.context.config.reports.schedule;
  const auto found = std::find_if(all.begin(), all.end(), [&](const base::ReportSchedule& s) { return s.name == name; });
  if (found == all.end()) return fail(Errc::not_found, "no such schedule: " + name + "; [[reports.schedule]] names them");
  if (from.has_value() != to.has_value()) return fail(Errc::invalid, "give both from and to, or neither");
  FirstAndLastDay period = last_period(found->period, base::vietnam_date(call.context.clock.now()));
  if (from) {
    const auto first = base::vietnam_day(*from), last = base::vietnam_day(*to);
    if (!first || !last || *to < *from) return fail(Errc::invalid, "from, to: two days such as 2026-11-01, the first one first");
    period = {*from, *to};
  }
  if (!call.context.services.run_report) return fail(Errc::unsupported, "mailing a report needs the running server");
  if (auto done = call.context.services.run_report(*found, period.first, period.second, call.request.who); !done) return done.error();
  return Json{{"schema", "congthu.change/1"}, {"changed", true}, {"from", period.first}, {"to", period.second}, {"readers", found->readers}};
}

}  // namespace admin
