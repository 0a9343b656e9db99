#include "tools/admin/inputs.hpp"

#include <algorithm>
#include <charconv>

#include "base/codec.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/handle.hpp"
#include "tools/admin/indicator_files.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

constexpr store::RecordTable kInputTable = store::RecordTable::documents;
constexpr std::size_t kMostInputs = 100'000;  // of one file
constexpr std::size_t kMostProblems = 20, kMostHistory = 50, kMostSource = 500;
constexpr std::uint64_t kLargest = 1'000'000'000'000;

std::string input_key(std::string_view figure, std::string_view agency, std::string_view period) {
  return base::Writer().raw("V").bytes(figure).bytes(agency).bytes(period).take();
}

std::optional<std::uint64_t> number_in(const Json& row, const char* name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_number_unsigned() ? std::optional(found->get<std::uint64_t>()) : std::nullopt;
}

Json number_or_null(const std::optional<std::uint64_t>& n) { return n ? Json(*n) : Json(nullptr); }

// The account, or who root is: whoever confirms must be another one.
std::string hand_of(const Call& call) { return call.actor.account ? call.actor.account->address : call.request.who; }

struct Figure {
  std::string name, title_vi, title_en, formula_vi, formula_en;
  bool numerator = false;  // asked for, beside the denominator
};

Result<std::vector<Figure>> figures_of(const Call& call, std::string_view table) {
  const auto tables = indicator_tables(call.context.config);
  if (!tables) return tables.error();
  std::vector<Figure> out;
  bool found = table.empty();
  for (const base::IndicatorTable& t : *tables) {
    if (!table.empty() && t.id != table) continue;
    found = true;
    for (const base::Indicator& i : t.indicators) {
      const bool known = std::any_of(out.begin(), out.end(), [&](const Figure& f) { return f.name == i.figure; });
      if (i.input != base::IndicatorInput::none && !known)
        out.push_back({i.figure, i.title_vi, i.title_en, i.formula_vi, i.formula_en, i.input == base::IndicatorInput::both});
    }
  }
  if (!found) return fail(Errc::not_found, "table: no such table of indicators: " + std::string(table));
  return out;
}

// One line of what an agency enters; empty: it is good.
std::string problem_of(const Json& row, const std::vector<Figure>& figures, const Call& call, const store::Snapshot& snapshot) {
  if (!row.is_object()) return "is no object";
  const std::string figure = text_of(row, "figure"), agency = text_of(row, "agency");
  const auto known = std::find_if(figures.begin(), figures.end(), [&](const Figure& f) { return f.name == figure; });
  if (known == figures.end()) return "no such figure: " + figure;
  if (!snapshot.agency(agency)) return "no such agency: " + agency;
  if (!call.actor.covers_agency(snapshot, agency)) return "your role does not reach the agency " + agency;
  const auto days = days_of_period(text_of(row, "period"));
  if (days && days->first > base::vietnam_date(call.context.clock.now())) return "period: " + text_of(row, "period") + " has not begun";
  if (!days) return "period: must be as 2026, 2026-H1, 2026-Q4 or 2026-11, not \"" + text_of(row, "period") + "\"";
  const auto numerator = number_in(row, "numerator"), denominator = number_in(row, "denominator");
  if (known->numerator && !numerator) return "numerator: must be a whole number, 0 or more";
  if (!known->numerator && row.contains("numerator") && !row["numerator"].is_null()) return "numerator: the server counts it; leave it empty";
  if (!denominator) return "denominator: must be a whole number, 0 or more";
  if (std::max(numerator.value_or(0), *denominator) > kLargest) return "the number is too large";
  if (text_of(row, "source").empty()) return "source: says where the figure is from, e.g. \"sổ văn bản giấy\"";
  if (text_of(row, "source").size() > kMostSource) return "source: too long";
  return {};
}

// A figure that is the same stays as it is, confirmed or not.
store::RecordRule enter_inputs(std::vector<Json> rows, std::string hand, std::string at) {
  return [rows = std::move(rows), hand = std::move(hand), at = std::move(at)](const store::RecordInput& in) -> Result<std::vector<store::Put>> {
    std::vector<store::Put> puts;
    for (const Json& row : rows) {
      const std::string key = input_key(text_of(row, "figure"), text_of(row, "agency"), text_of(row, "period"));
      Json fresh = {{"figure", row["figure"]}, {"agency", row["agency"]}, {"period", row["period"]}, {"numerator", number_or_null(number_in(row, "numerator"))},
                    {"denominator", row["denominator"]}, {"source", row["source"]}, {"author", hand}, {"at", at}, {"confirmed", nullptr}, {"history", Json::array()}};
      if (const auto stored = in.rows.get(kInputTable, key)) {
        Json old = Json::parse(*stored, nullptr, false);
        if (old.is_object() && old.value("numerator", Json()) == fresh["numerator"] && old.value("denominator", Json()) == fresh["denominator"] && old.value("source", Json()) == fresh["source"]) continue;
        if (old.is_object()) {
          fresh["history"] = old.value("history", Json::array());
          old.erase("history");
          if (fresh["history"].size() >= kMostHistory) fresh["history"].erase(0);
          fresh["history"].push_back(std::move(old));
        }
      }
      puts.push_back({kInputTable, key, dump(fresh)});
    }
    return puts;
  };
}

bool asked_for(const Call& call, const Json& row) {
  for (const char* name : {"period", "agency", "figure"})
    if (const auto wanted = call.request.arg(name); !wanted.empty() && text_of(row, name) != wanted) return false;
  return true;
}

std::vector<Json> stored_inputs(const Call& call, const store::Snapshot& snapshot) {
  std::vector<Json> out;
  snapshot.for_each_record(kInputTable, "V", "W", [&](std::string_view, std::string_view value) {
    Json row = Json::parse(value, nullptr, false);
    if (row.is_object() && asked_for(call, row) && call.actor.covers_agency(snapshot, text_of(row, "agency"))) out.push_back(std::move(row));
    return true;
  });
  return out;
}

}  // namespace

Result<std::vector<base::IndicatorTable>> indicator_tables(const base::Config& config) {
  std::vector<base::IndicatorTable> out;
  const auto take = [&](Result<base::IndicatorTable> table) -> Result<void> {
    if (!table) return table.error();
    const auto same = std::find_if(out.begin(), out.end(), [&](const base::IndicatorTable& t) { return t.id == table->id; });
    if (same != out.end()) *same = *std::move(table);
    else out.push_back(*std::move(table));
    return {};
  };
  for (const auto& [name, text] : builtin_indicator_files())
    if (auto done = take(base::parse_indicators(text, name)); !done) return done.error();
  for (const auto& file : config.reports.tables)
    if (auto done = take(base::load_indicators(file)); !done) return done.error();
  return out;
}

std::optional<std::pair<std::string, std::string>> days_of_period(std::string_view period) {
  const std::string year(period.substr(0, 4));
  if (year.size() != 4 || !std::all_of(year.begin(), year.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  const auto months = [&](unsigned first, unsigned last) {
    const std::chrono::year_month_day_last end = std::chrono::year(std::stoi(year)) / std::chrono::month(last) / std::chrono::last;
    const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return std::pair(year + "-" + two(first) + "-01", year + "-" + two(last) + "-" + two(unsigned(end.day())));
  };
  const std::string_view rest = period.substr(4);
  if (rest.empty()) return months(1, 12);
  if (rest == "-H1" || rest == "-H2") return rest == "-H1" ? months(1, 6) : months(7, 12);
  if (rest.size() == 3 && rest.starts_with("-Q") && rest[2] >= '1' && rest[2] <= '4') return months(unsigned(rest[2] - '1') * 3 + 1, unsigned(rest[2] - '0') * 3);
  unsigned month = 0;
  if (rest.size() != 3 || rest[0] != '-' || std::from_chars(rest.data() + 1, rest.data() + 3, month).ptr != rest.data() + 3 || month < 1 || month > 12) return std::nullopt;
  return months(month, month);
}

std::string period_named(std::string_view from, std::string_view to) {
  if (from.size() != 10) return {};
  const std::string year(from.substr(0, 4));
  for (const std::string& name : {year, year + "-H1", year + "-H2", year + "-Q1", year + "-Q2", year + "-Q3", year + "-Q4", std::string(from.substr(0, 7))})
    if (const auto days = days_of_period(name); days && days->first == from && days->second == to) return name;
  return {};
}

std::optional<Input> find_input(const store::Snapshot& snapshot, std::string_view figure, std::string_view agency, std::string_view period) {
  if (period.empty() || agency.empty()) return std::nullopt;
  const auto stored = snapshot.record(kInputTable, input_key(figure, agency, period));
  const Json row = stored ? Json::parse(*stored, nullptr, false) : Json();
  if (!row.is_object()) return std::nullopt;
  return Input{std::string(figure), std::string(agency), std::string(period), number_in(row, "numerator"), number_in(row, "denominator"),
               row.contains("confirmed") && row["confirmed"].is_object()};
}

// All rows or none; each line that is wrong is named.
Result<Json> import_inputs(const Call& call) {
  const Json body = Json::parse(call.request.body, nullptr, false);
  if (!body.is_object() || !body.contains("rows") || !body["rows"].is_array()) return fail(Errc::invalid, "the body is {\"rows\":[{\"line\",\"figure\",\"agency\",\"period\",\"numerator\",\"denominator\",\"source\"}]}");
  if (body["rows"].empty()) return fail(Errc::invalid, "there is no figure in it");
  if (body["rows"].size() > kMostInputs) return fail(Errc::limit, "more than " + std::to_string(kMostInputs) + " figures at once");
  const auto figures = figures_of(call, {});
  if (!figures) return figures.error();
  std::vector<Json> rows;
  Json warnings = Json::array();
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    std::set<std::string> seen;
    std::string problems;
    std::size_t wrong = 0;
    for (const Json& row : body["rows"]) {
      const std::string line = "line " + std::to_string(row.is_object() ? number_in(row, "line").value_or(rows.size() + 1) : rows.size() + 1) + ": ";
      std::string what = problem_of(row, *figures, call, *snapshot);
      if (what.empty() && !seen.insert(input_key(text_of(row, "figure"), text_of(row, "agency"), text_of(row, "period"))).second) what = "this figure stands above already";
      if (!what.empty() && ++wrong <= kMostProblems) problems += (problems.empty() ? "" : "\n") + line + what;
      if (what.empty() && number_in(row, "numerator").value_or(0) > number_in(row, "denominator").value_or(0)) warnings.push_back(line + "the numerator is larger than the denominator");
      rows.push_back(row);
    }
    if (wrong > kMostProblems) problems += "\n... and " + std::to_string(wrong - kMostProblems) + " more";
    if (wrong > 0) return fail(Errc::invalid, problems);
  }
  const std::size_t count = rows.size();
  auto reply = commit(call, {step(store::ApplyRules{{enter_inputs(std::move(rows), hand_of(call), base::rfc3339(call.context.clock.now()))}})}, "report.inputs", "", {{"figures", count}});
  if (reply) (*reply)["warnings"] = std::move(warnings);
  return reply;
}

Result<Json> list_inputs(const Call& call) {
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  return Json{{"schema", "congthu.report_inputs/1"}, {"inputs", stored_inputs(call, *snapshot)}};
}

// Confirms what is there: of a period, an agency, a figure. What the same hand entered waits for another.
Result<Json> confirm_inputs(const Call& call) {
  if (call.request.arg("period").empty()) return fail(Errc::invalid, "period: is missing");
  std::vector<Json> rows;
  std::size_t own = 0;
  const std::string hand = hand_of(call);
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    for (Json& row : stored_inputs(call, *snapshot)) {
      if (row["confirmed"].is_object()) continue;
      if (text_of(row, "author") == hand) ++own;
      else rows.push_back(std::move(row));
    }
  }
  if (rows.empty() && own > 0) return fail(Errc::denied, "you entered these figures: another one confirms them");
  const auto confirmed = std::make_shared<std::size_t>(0);  // by the commit: a row that was changed since it was looked at stays as it is
  const std::string at = base::rfc3339(call.context.clock.now());
  store::ApplyRules op{{[rows = std::move(rows), hand, at, confirmed](const store::RecordInput& in) -> Result<std::vector<store::Put>> {
    std::vector<store::Put> puts;
    for (Json row : rows) {
      const std::string key = input_key(text_of(row, "figure"), text_of(row, "agency"), text_of(row, "period"));
      if (in.rows.get(kInputTable, key) != dump(row)) continue;
      row["confirmed"] = {{"who", hand}, {"at", at}};
      puts.push_back({kInputTable, key, dump(row)});
    }
    *confirmed = puts.size();
    return puts;
  }}};
  auto reply = commit(call, {step(std::move(op))}, "report.inputs-confirm", call.request.arg("period"), {{"agency", call.request.arg("agency")}, {"figure", call.request.arg("figure")}});
  if (reply) (*reply)["confirmed"] = *confirmed, (*reply)["own"] = own;
  return reply;
}

// What is to be entered for a table and a period: a line for each agency that the asker's role reaches, with what is there already.
Result<Json> inputs_template(const Call& call) {
  const std::string period(call.request.arg("period"));
  const auto days = days_of_period(period);
  if (!days) return fail(Errc::invalid, "period: must be as 2026, 2026-H1, 2026-Q4 or 2026-11");
  const auto figures = figures_of(call, call.request.arg("table"));
  if (!figures) return figures.error();
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const std::string_view wanted = call.request.arg("agency");
  if (!wanted.empty() && !snapshot->agency(wanted)) return fail(Errc::not_found, "agency: no such agency: " + std::string(wanted));
  Json rows = Json::array();
  snapshot->for_each_agency([&](const store::Agency& a) {
    if ((!wanted.empty() && a.code != wanted) || !holds_on(a, days->second) || !call.actor.covers_agency(*snapshot, a.code)) return true;
    for (const Figure& f : *figures) {
      const auto known = find_input(*snapshot, f.name, a.code, period);
      rows.push_back({{"figure", f.name}, {"title", {{"vi", f.title_vi}, {"en", f.title_en}}}, {"formula", {{"vi", f.formula_vi}, {"en", f.formula_en}}}, {"agency", a.code},
                      {"agency_name", a.name}, {"period", period}, {"asks_numerator", f.numerator}, {"numerator", number_or_null(known ? known->numerator : std::nullopt)},
                      {"denominator", number_or_null(known ? known->denominator : std::nullopt)}});
    }
    return true;
  });
  return Json{{"schema", "congthu.report_inputs_template/1"}, {"rows", std::move(rows)}};
}

}  // namespace admin
