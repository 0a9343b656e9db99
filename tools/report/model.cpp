#include "tools/report/model.hpp"

#include <algorithm>
#include <cmath>

namespace report {
namespace {

std::string in_language(const Json& texts, base::Lang lang, const std::string& otherwise) {
  const char* key = lang == base::Lang::vi ? "vi" : "en";
  if (!texts.is_object()) return otherwise;
  const auto found = texts.find(key);
  return found != texts.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

Json member(const Json& object, const char* key) { return object.is_object() ? object.value(key, Json()) : Json(); }

std::string text_member(const Json& object, const char* key) {
  const Json value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

// Columns that say what a row is about, in every report.
bool says_what(std::string_view key) {
  constexpr std::string_view kNames[] = {"group", "layer", "verdict", "anchor_class", "reason", "direction", "kind", "agency", "agency_name",
                                         "rule", "mode", "action", "account", "signer", "reasons", "legal_form", "file", "subject",
                                         "channel", "from", "message", "message_id", "digest", "fingerprint", "owner", "emails", "organization", "common_name"};
  return std::find(std::begin(kNames), std::end(kNames), key) != std::end(kNames);
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

Column column_of(const Json& j, const Json& rows, base::Lang lang) {
  Column c;
  c.key = text_member(j, "key");
  c.title = in_language(member(j, "title"), lang, c.key);
  c.formula = in_language(member(j, "formula"), lang, {});
  c.share = c.key.ends_with("_share");
  c.names = says_what(c.key);
  c.number = std::any_of(rows.begin(), rows.end(), [&](const Json& row) { return row.is_object() && row.contains(c.key) && row[c.key].is_number(); });
  return c;
}

void read_labels(const Json& labels, Report& r) {
  if (!labels.is_object()) return;
  for (const auto& [column, codes] : labels.items())
    if (codes.is_object())
      for (const auto& [code, texts] : codes.items()) r.labels[column][code] = in_language(texts, r.lang, code);
}

void read_totals(const Json& totals, Report& r) {
  if (!totals.is_object()) return;
  for (const auto& [key, value] : totals.items()) {
    const Column* c = r.column(key);
    std::string title = c != nullptr ? c->title : r.label("verdict", key);
    if (title == key) title = r.label("totals", key);
    r.totals.emplace_back(std::move(title), value.is_null() ? r.missing() : c != nullptr && c->share && value.is_number() ? percent(value.get<double>()) : joined(value));
  }
}

}  // namespace

const Column* Report::column(std::string_view key) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.key == key; });
  return found == columns.end() ? nullptr : &*found;
}

std::string Report::label(const std::string& column_key, const std::string& code) const {
  const auto of = labels.find(column_key);
  if (of == labels.end()) return code;
  const auto found = of->second.find(code);
  return found == of->second.end() ? code : found->second;
}

base::Result<Report> make_report(const Json& reply, base::Lang lang) {
  const Json rows = member(reply, "rows"), columns = member(reply, "columns");
  if (!rows.is_array() || !columns.is_array()) return base::fail(base::Errc::invalid, "not a report: no rows and columns");
  Report r;
  r.lang = lang;
  r.name = text_member(reply, "report");
  r.title = in_language(member(reply, "title"), lang, r.name);
  r.from = text_member(reply, "from");
  r.to = text_member(reply, "to");
  r.as_of = text_member(reply, "as_of");
  r.rows = rows;
  for (const Json& c : columns) r.columns.push_back(column_of(c, rows, lang));
  // Without --by there is one group without a name.
  const bool grouped = std::any_of(rows.begin(), rows.end(), [](const Json& row) { return !text_member(row, "group").empty(); });
  r.shown = r.columns;
  if (!grouped) std::erase_if(r.shown, [](const Column& c) { return c.key == "group"; });
  read_labels(member(reply, "labels"), r);
  read_totals(member(reply, "totals"), r);
  const Json charts = member(reply, "charts"), notes = member(reply, "notes");
  if (charts.is_array())
    for (const Json& c : charts)
      r.charts.push_back({in_language(member(c, "title"), lang, {}), text_member(c, "category"), text_member(c, "series"), text_member(c, "value")});
  if (notes.is_array())
    for (const Json& n : notes) r.notes.push_back(in_language(n, lang, {}));
  return r;
}

std::string joined(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return {};
  if (!value.is_array()) return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  for (const Json& one : value) out += (out.empty() ? "" : ", ") + joined(one);
  return out;
}

std::string cell(const Report& r, const Column& column, const Json& row) {
  const Json value = member(row, column.key.c_str());
  if (value.is_null()) return column.names ? "-" : r.missing();
  if (column.share && value.is_number()) return percent(value.get<double>());
  if (value.is_string()) return r.label(column.key, value.get<std::string>());
  if (!value.is_array()) return joined(value);
  std::string out;
  for (const Json& one : value) out += (out.empty() ? "" : ", ") + (one.is_string() ? r.label(column.key, one.get<std::string>()) : joined(one));
  return out;
}

}  // namespace report
