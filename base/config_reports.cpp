// [reports]: what is counted, the tables of indicators, and the [[reports.schedule]] tables.
#include <algorithm>
#include <array>

#include "base/config_reader.hpp"
#include "base/indicators.hpp"

namespace base {
namespace {

constexpr std::array<std::pair<std::string_view, ReportPeriod>, 4> kReportPeriods{
    {{"last-month", ReportPeriod::month}, {"last-quarter", ReportPeriod::quarter}, {"last-half", ReportPeriod::half}, {"last-year", ReportPeriod::year}}};
constexpr std::array<std::pair<std::string_view, Lang>, 2> kReportLangs{{{"vi", Lang::vi}, {"en", Lang::en}}};

Result<std::string> report_day(std::string_view text) {
  if (const auto known = vietnam_day(text); !known) return known.error();
  return std::string(text);
}

Result<std::string> report_word(std::string_view text) {
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (text.empty() || text.size() > 100 || !plain) return fail(Errc::invalid, "must be 1 to 100 bytes");
  return std::string(text);
}

Result<std::string> report_format(std::string_view text) {
  for (const std::string_view known : {"csv", "json", "xlsx", "html", "pdf"})
    if (text == known) return std::string(text);
  return fail(Errc::invalid, "must be one of csv, json, xlsx, html, pdf");
}

ReportSchedule read_schedule(const toml::table& table, Section& s) {
  ReportSchedule r;
  s.text("name", r.name, report_word);
  s.text("report", r.report, report_word);
  s.choice("period", r.period, std::span<const std::pair<std::string_view, ReportPeriod>>(kReportPeriods));
  for (const auto& [key, out] : {std::pair{"by", &r.by}, std::pair{"table", &r.table}, std::pair{"agency", &r.agency}}) s.text(key, *out, report_word);
  s.number("day", r.day, 1, 28);
  s.number("hour", r.hour, 0, 23);
  s.texts("formats", r.formats, report_format);
  s.texts("readers", r.readers, report_word);
  s.choice("lang", r.lang, std::span<const std::pair<std::string_view, Lang>>(kReportLangs));
  s.flag("public", r.for_all);
  for (const std::string_view key : {"name", "report", "readers"})
    if (!s.has(key)) s.problem(&table, key, "is missing");
  if (r.formats.empty()) r.formats = {"pdf", "xlsx"};
  s.finish();
  return r;
}

}  // namespace

void read_reports(Section& s, const std::filesystem::path& directory, Problems& problems, ReportsConfig& out) {
  s.number("active_days", out.active_days, 1, 366);
  s.number("public_least", out.public_least, 1, 1000);
  s.texts("holidays", out.holidays, report_day);
  s.texts("working_days", out.working_days, report_day);
  std::vector<std::string> tables;
  s.texts("tables", tables, [&](std::string_view name) -> Result<std::string> {
    if (const auto table = load_indicators(directory / name); !table) return table.error();
    out.tables.push_back(directory / name);
    return std::string(name);
  });
  const toml::node* list = s.node("schedule");
  if (list == nullptr) return;
  if (!list->is_array_of_tables()) return s.problem(list, "schedule", "must be [[reports.schedule]] tables");
  for (const toml::node& item : *list->as_array()) {
    Section one(item.as_table(), "reports.schedule", directory, problems);
    ReportSchedule made = read_schedule(*item.as_table(), one);
    const bool twice = std::any_of(out.schedule.begin(), out.schedule.end(), [&](const ReportSchedule& r) { return r.name == made.name; });
    if (twice) one.problem(item.as_table()->get("name"), "name", "is there twice: what was sent is remembered by it");
    out.schedule.push_back(std::move(made));
  }
}

}  // namespace base
