// Tables of indicators (etc/reports): what the server counts, what agencies enter, and the targets beside. AgencyCounts are made for each agency
// and summed over those of whom both the numerator and the denominator are known; "agencies" says how many these are.
#include <algorithm>
#include <cmath>

#include "tools/admin/directory.hpp"
#include "tools/admin/figures.hpp"
#include "tools/admin/inputs.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

// What the server counts, by the name that indicators call it by. Without a denominator: that is entered.
struct Measure {
  std::string_view name;
  std::uint64_t (*numerator)(const AgencyCounts&);
  std::uint64_t (*denominator)(const AgencyCounts&);
  bool of_use = false;  // unknown before use was recorded
};
constexpr Measure kMeasures[] = {
    {"mailboxes", [](const AgencyCounts& c) { return c.mailboxes; }, nullptr},
    {"mailboxes_active", [](const AgencyCounts& c) { return c.active; }, [](const AgencyCounts& c) { return c.mailboxes; }, true},
    {"outgoing_documents", [](const AgencyCounts& c) { return c.outgoing; }, nullptr},
    {"incoming_documents", [](const AgencyCounts& c) { return c.incoming; }, nullptr},
    {"outgoing_signed", [](const AgencyCounts& c) { return c.outgoing_signed; }, [](const AgencyCounts& c) { return c.outgoing; }},
    {"internal_signed", [](const AgencyCounts& c) { return c.internal_signed; }, [](const AgencyCounts& c) { return c.internal; }},
    {"agencies_signing", [](const AgencyCounts& c) { return std::uint64_t(c.outgoing_signed > 0); }, [](const AgencyCounts&) { return std::uint64_t(1); }},
};

const Measure* measure_named(std::string_view name) {
  const auto found = std::find_if(std::begin(kMeasures), std::end(kMeasures), [&](const Measure& m) { return m.name == name; });
  return found == std::end(kMeasures) ? nullptr : found;
}

struct Value {
  std::optional<std::uint64_t> numerator, denominator;
  bool entered = false, unconfirmed = false;
};

Value value_of(const store::Snapshot& snapshot, const base::Indicator& i, const std::string& agency, const AgencyCounts& counts, const Scene& scene) {
  Value v;
  if (const Measure* m = measure_named(i.measure); m != nullptr && (!m->of_use || scene.use_known)) {
    v.numerator = m->numerator(counts);
    if (m->denominator != nullptr && i.input == base::IndicatorInput::none) v.denominator = m->denominator(counts);
  }
  if (i.input == base::IndicatorInput::none) return v;
  const auto input = find_input(snapshot, i.figure, agency, scene.period);
  if (!input) return v;
  v.entered = true;
  v.unconfirmed = !input->confirmed;
  v.denominator = input->denominator;
  if (i.input == base::IndicatorInput::both) v.numerator = input->numerator;
  return v;
}

// An agency of which nothing is known takes no part; one with nothing to count (0 of 0) neither.
Json row_of(const store::Snapshot& snapshot, const base::Indicator& i, const std::vector<std::string>& agencies, const Scene& scene, int year) {
  std::uint64_t numerator = 0, denominator = 0, known = 0;
  bool unconfirmed = false;
  for (const std::string& code : agencies) {
    const Value v = value_of(snapshot, i, code, scene.agencies.at(code), scene);
    if (!v.numerator || !v.denominator) continue;
    ++known;
    unconfirmed = unconfirmed || v.unconfirmed;
    numerator += *v.numerator;
    denominator += *v.denominator;
  }
  auto target = i.targets.upper_bound(year);  // the newest that is due by then
  const bool due = target != i.targets.begin();
  if (due) --target;
  const char* basis = known == 0 ? "missing" : i.input == base::IndicatorInput::none ? "mail" : unconfirmed ? "unconfirmed" : i.input == base::IndicatorInput::both ? "entered" : "mail_entered";
  const auto percent = [](double p) { return Json(std::round(p * 10) / 1000); };
  const Json value = known == 0 ? Json(nullptr) : share(numerator, denominator);
  Json reached = nullptr;
  if (due && value.is_number()) reached = (i.lower ? value.get<double>() * 100 <= target->second + 1e-9 : value.get<double>() * 100 + 1e-9 >= target->second) ? "yes" : "no";
  return {{"indicator", i.id}, {"section", i.section_vi.empty() ? Json(nullptr) : Json(i.id)}, {"title", i.id}, {"source", i.source},
          {"numerator", known == 0 ? Json(nullptr) : Json(numerator)}, {"denominator", known == 0 ? Json(nullptr) : Json(denominator)}, {"value_share", value},
          {"baseline_share", i.baseline ? percent(*i.baseline) : Json(nullptr)}, {"target_share", due ? percent(target->second) : Json(nullptr)},
          {"target_year", due ? Json(target->first) : Json(nullptr)}, {"reached", std::move(reached)}, {"basis", basis}, {"agencies", known}, {"formula", i.id},
          {"persons", i.persons}};
}

Result<base::IndicatorTable> table_asked(const Call& call) {
  auto tables = indicator_tables(call.context.config);
  if (!tables) return tables.error();
  const std::string_view asked = call.request.arg("table");
  std::string known;
  for (base::IndicatorTable& t : *tables) {
    if (t.id == (asked.empty() ? std::string_view("tg-204-2013") : asked)) {
      for (const base::Indicator& i : t.indicators)
        if (!i.measure.empty() && measure_named(i.measure) == nullptr) return fail(Errc::invalid, "table " + t.id + ": indicator " + i.id + ": no such measure: " + i.measure);
      return std::move(t);
    }
    known += (known.empty() ? "" : ", ") + t.id;
  }
  return fail(Errc::not_found, "table: no such table of indicators; known: " + known);
}

std::optional<base::Text> basis_words(const std::string& code) {
  constexpr std::pair<std::string_view, base::Text> kWords[] = {
      {"mail", {"máy chủ thư đếm", "counted by the mail server"}}, {"entered", {"cơ quan nhập, đã xác nhận", "entered and confirmed"}},
      {"mail_entered", {"máy chủ đếm và cơ quan nhập, đã xác nhận", "counted, and entered and confirmed"}},
      {"unconfirmed", {"có số nhập CHƯA xác nhận", "holds figures that are NOT confirmed"}}, {"missing", {"chưa có số liệu", "no data yet"}}};
  for (const auto& [known, text] : kWords)
    if (known == code) return text;
  return std::nullopt;
}

std::optional<base::Text> reached_words(const std::string& code) {
  if (code == "yes") return base::Text{"đạt", "reached"};
  return code == "no" ? std::optional(base::Text{"chưa đạt", "not reached"}) : std::nullopt;
}

void add_words(Json& report, const base::IndicatorTable& table) {
  for (const base::Indicator& i : table.indicators) {
    report["labels"]["title"][i.id] = {{"vi", i.title_vi}, {"en", i.title_en}};
    report["labels"]["formula"][i.id] = {{"vi", i.formula_vi}, {"en", i.formula_en}};
    if (!i.section_vi.empty()) report["labels"]["section"][i.id] = {{"vi", i.section_vi}, {"en", i.section_en.empty() ? i.section_vi : i.section_en}};
  }
  add_labels(report, "basis", basis_words);
  add_labels(report, "reached", reached_words);
}

}  // namespace

Result<Json> report_kpi(const Call& call) {
  const auto p = period_of(call, {"agency"}, "");
  if (!p) return p.error();
  const auto table = table_asked(call);
  if (!table) return table.error();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto made = count_all(call, *snapshot, *p);
  if (!made) return made.error();
  const Scene& scene = *made;
  std::vector<std::string> all;
  for (const auto& [code, counts] : scene.agencies) all.push_back(code);
  const int year = std::stoi(p->to.substr(0, 4));
  Json rows = Json::array();
  const auto add = [&](const Json& group, const std::vector<std::string>& agencies) {
    for (const base::Indicator& i : table->indicators) {
      Json row = {{"group", group}};
      row.update(row_of(*snapshot, i, agencies, scene, year));
      rows.push_back(std::move(row));
    }
  };
  if (p->by.empty()) add(nullptr, all);
  else
    for (const std::string& code : all) add(code, {code});
  Json report = report_json(call, "kpi", *p,
                            {{"group", "Cơ quan", "Agency"}, {"section", "Phần", "Part"}, {"indicator", "Mã", "No."}, {"title", "Chỉ tiêu", "Indicator"},
                             {"source", "Căn cứ", "Source"}, {"baseline_share", "Hiện trạng ban đầu", "Baseline"}, {"target_share", "Chỉ tiêu đặt ra", "Target"},
                             {"target_year", "Năm của chỉ tiêu", "Year of the target"}, {"numerator", "Tử số", "Numerator"}, {"denominator", "Mẫu số", "Denominator"},
                             {"value_share", "Kết quả", "Result", "Tử số / Mẫu số, của các cơ quan có đủ hai số", "numerator / denominator, of agencies of which both are known"},
                             {"reached", "Đánh giá", "Assessment"}, {"basis", "Nguồn số liệu", "Basis"},
                             {"agencies", "Số cơ quan có số liệu", "Agencies with data"}, {"formula", "Công thức", "Formula"}},
                            std::move(rows), {{"table", table->id}, {"agencies_asked", all.size()}});
  report["title"] = {{"vi", table->title_vi}, {"en", table->title_en}};
  report["labels"]["totals"] = {{"table", text_json({"Bảng chỉ tiêu", "Table of indicators"})}, {"agencies_asked", text_json({"Số cơ quan trong báo cáo", "Agencies in the report"})}};
  add_words(report, *table);
  if (!p->by.empty()) add_agency_names(report, "group", *snapshot);
  report["charts"] = Json::array({chart_json({"Kết quả theo chỉ tiêu", "Results by indicator"}, p->by.empty() ? "title" : "group", p->by.empty() ? "" : "title", "value_share")});
  Json notes = Json::array();
  if (scene.period.empty()) notes.push_back(text_json({"Kỳ này không phải tháng, quý, nửa năm hoặc năm nên không có số nhập.", "The period is no month, quarter, half or year, so nothing can be entered for it."}));
  if (!scene.use_known) notes.push_back(text_json({"Việc sử dụng hộp thư chưa được ghi nhận từ đầu kỳ.", "The use of mailboxes was not recorded from the beginning of the period."}));
  if (!notes.empty()) report["notes"] = std::move(notes);
  return report;
}

}  // namespace admin
