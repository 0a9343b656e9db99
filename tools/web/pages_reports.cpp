// Reports: the list, one with its charts and what is behind it, and each as a file; publishing and what was published.
#include "tools/admin/reports.hpp"
#include "tools/report/html.hpp"
#include "tools/web/files.hpp"

namespace web {
namespace {

constexpr base::Text kReportsTitle{"Báo cáo", "Reports"}, kPublishedTitle{"Báo cáo đã công bố", "Published reports"};
using Query = std::vector<std::pair<std::string, std::string>>;

// The month that has ended: what an officer most often wants.
std::pair<std::string, std::string> last_month(const base::Clock& clock) {
  namespace c = std::chrono;
  const std::string today = base::vietnam_date(clock.now());
  const c::year_month now{c::year(std::stoi(today.substr(0, 4))), c::month(unsigned(std::stoi(today.substr(5, 2))))};
  const c::year_month last = now - c::months(1);
  const auto iso = [](c::year_month_day d) {
    const auto two = [](unsigned n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return std::to_string(int(d.year())) + "-" + two(unsigned(d.month())) + "-" + two(unsigned(d.day()));
  };
  return {iso(last / c::day(1)), iso(c::year_month_day(last / c::last))};
}

constexpr const char* kArguments[] = {"from", "to", "by", "agency", "table", "verdict", "reason", "signer", "class", "layer", "month", "rule", "action", "rows", "messages"};

Query asked(const Visit& v) {
  const auto [from, to] = last_month(v.context->clock);
  Query out;
  for (const std::string_view name : kArguments) {
    std::string value(v.request.arg(name));
    if (value.empty() && name == "from") value = from;
    if (value.empty() && name == "to") value = to;
    out.emplace_back(name, std::move(value));
  }
  return out;
}

std::string value_in(const Query& query, std::string_view name) {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return {};
}

Query with(Query query, std::string_view name, std::string value) {
  for (auto& [key, old] : query)
    if (key == name) old = value;
  return query;
}

Answer list_of_reports(const Visit& v) {
  std::string body = "<section><ul>";
  for (const admin::ReportKind& kind : admin::report_kinds()) body += "<li>" + anchor("/reports/" + std::string(kind.name), kind.about.in(v.lang)) + "</li>";
  return v.show("reports", kReportsTitle, body + "</ul><p>" + anchor("/reports/published", kPublishedTitle.in(v.lang)) + "</p></section>\n");
}

base::Text grouping_words(std::string_view by) {
  constexpr std::pair<std::string_view, base::Text> kWords[] = {{"agency", {"cơ quan", "agency"}}, {"month", {"tháng", "month"}}, {"signer", {"người ký", "signer"}},
                                                                {"class", {"hạng chứng thư", "class of the certificate"}}, {"reason", {"lý do", "reason"}}};
  for (const auto& [code, words] : kWords)
    if (code == by) return words;
  return {by, by};
}

std::string filters(const Visit& v, const admin::ReportKind& kind, const Query& query) {
  std::vector<Field> fields;
  fields.push_back({.name = "from", .label = v.words({"Từ ngày", "From"}), .value = value_in(query, "from"), .type = "date", .required = true});
  fields.push_back({.name = "to", .label = v.words({"Đến ngày", "To"}), .value = value_in(query, "to"), .type = "date", .required = true});
  if (kind.groupings.size() > 0) {
    Field by{.name = "by", .label = v.words({"Nhóm theo", "Group by"}), .value = value_in(query, "by"), .type = "select"};
    by.choices.push_back({"", v.words({"(mặc định)", "(default)"})});
    for (const std::string_view g : kind.groupings) by.choices.push_back({std::string(g), v.words(grouping_words(g))});
    fields.push_back(std::move(by));
  }
  fields.push_back(agency_field(v, value_in(query, "agency")));
  return form("/reports/" + std::string(kind.name), {}, fields, v.words({"Xem", "Show"}), true);
}

// What is behind the figures: their rows, or the documents themselves.
std::string behind(const Visit& v, const std::string& name, const Query& query) {
  if (name == "exchange" || name == "monthly") {
    const Query documents{{"from", value_in(query, "from")}, {"to", value_in(query, "to")}, {"agency", value_in(query, "agency")}};
    return "<p>" + anchor(link("/registers", documents), v.words({"Các văn bản đứng sau những con số này", "The documents behind these figures"})) + "</p>\n";
  }
  const bool signatures = name == "signatures";
  if (!signatures && name != "policy" && name != "mailboxes" && name != "provisioning") return {};
  const Query rows = with(query, signatures ? "messages" : "rows", "true");
  return "<p>" + anchor(link("/reports/" + name, rows), v.words({"Từng dòng đứng sau các con số (được ghi nhật ký)", "The rows behind the figures (audited)"})) + "</p>\n";
}

std::string publish_form(const Visit& v, const std::string& name, const Query& query) {
  if (!v.may(admin::Roles(admin::Role::compliance))) return {};
  std::vector<Field> fields{{.name = "do", .label = "", .value = "publish", .type = "hidden"}};
  for (const auto& [key, value] : query)
    if (!value.empty() && key != "rows" && key != "messages") fields.push_back({.name = key, .label = "", .value = value, .type = "hidden"});
  Field edition{.name = "edition", .label = v.words({"Bản", "Edition"}), .value = "public", .type = "select"};
  edition.choices = {{"public", v.words({"công khai, không có người", "public, without persons"})}, {"internal", v.words({"nội bộ", "internal"})}};
  fields.push_back(std::move(edition));
  fields.push_back({.name = "note", .label = v.words({"Ghi chú", "Note"}), .value = ""});
  return "<details><summary>" + text(v.words({"Công bố kỳ này", "Publish this period"})) + "</summary>" + form("/reports/" + name, v.session.csrf, fields, v.words({"Công bố", "Publish"}), true) + "</details>\n";
}

Answer publish(const Visit& v, const std::string& name, base::Text title) {
  Json query = Json::object();
  for (const std::string_view key : kArguments)
    if (const std::string_view value = v.request.field(key); !value.empty()) query[std::string(key)] = value;
  Json body{{"report", name}, {"query", std::move(query)}, {"public", v.request.field("edition") == "public"}};
  if (const std::string_view note = v.request.field("note"); !note.empty()) body["note"] = note;
  std::string error;
  const auto reply = v.ask("POST", "/reports/publish", error, body);
  if (!reply) return v.failed("reports", title, error);
  return Visit::go_to("/reports/published?done=1");
}

Answer list_of_published(const Visit& v) {
  std::string error;
  const auto reply = v.ask("GET", "/reports/published", error);
  if (!reply) return v.failed("reports", kPublishedTitle, error, 403);
  std::vector<std::vector<std::string>> rows;
  for (const Json& p : reply->value("published", Json::array())) {
    const std::string number = std::to_string(p.value("number", 0u));
    rows.push_back({anchor("/reports/published/" + number, number), text(word_of(p.value("title", Json::object()), v.lang == base::Lang::vi ? "vi" : "en")),
                    text(day_of(p.value("from", Json())) + " – " + day_of(p.value("to", Json()))), text(v.words(p.value("public", false) ? base::Text{"công khai", "public"} : base::Text{"nội bộ", "internal"})),
                    text(word_of(p, "approver")), text(day_of(p.value("as_of", Json()))), text(word_of(p, "note"))});
  }
  const std::vector<TableColumn> columns{{v.words({"Số", "Number"})}, {v.words({"Báo cáo", "Report"})}, {v.words({"Kỳ", "Period"})}, {v.words({"Bản", "Edition"})},
                                         {v.words({"Người duyệt", "Approved by"})}, {v.words({"Lúc", "At"})}, {v.words({"Ghi chú", "Note"})}};
  return v.show("reports", kPublishedTitle, v.done() + "<section>" + table(kPublishedTitle.in(v.lang), columns, rows, v.words({"Chưa công bố báo cáo nào.", "Nothing was published yet."})) + "</section>\n");
}

Answer published_page(const Visit& v) {
  if (v.request.path.size() < 3) return list_of_published(v);
  std::string number = v.request.path[2], format;
  if (const std::size_t dot = number.find('.'); dot != std::string::npos) format = number.substr(dot + 1), number.resize(dot);
  std::string error;
  const auto reply = v.ask("GET", link("/reports/published/" + number, {}), error);
  if (!reply || !reply->contains("content")) return v.failed("reports", kPublishedTitle, error, 404);
  const Json& content = (*reply)["content"];
  if (!format.empty()) return report_file(v, content, "published-" + number, format);
  const auto made = report::make_report(content, v.lang);
  if (!made) return v.failed("reports", kPublishedTitle, made.error().detail(), 500);
  std::string problem;
  const auto checked = v.ask("GET", "/reports/published/" + number + "/verify", problem);
  std::string body = alert(problem) + "<section>";
  if (checked) body += paragraph(checked->value("ok", false) ? v.words({"Nguyên vẹn: khớp với nhật ký kiểm toán.", "Whole: it agrees with the audit log."}) : v.words({"KHÔNG khớp với nhật ký kiểm toán.", "It does NOT agree with the audit log."}),
                                 checked->value("ok", false) ? "done" : "error");
  body += facts({{v.words({"Số", "Number"}), number}, {v.words({"Người duyệt", "Approved by"}), word_of(*reply, "approver")}, {"SHA-256", word_of(*reply, "digest")}, {v.words({"Ghi chú", "Note"}), word_of(*reply, "note")}});
  return v.show("reports", kPublishedTitle, body + download_links(v, "/reports/published/" + number, {}) + "</section><section>" + report::to_html_sections(*made) + "</section>\n");
}

}  // namespace

Answer reports_page(const Visit& v) {
  if (v.request.path.size() < 2) return list_of_reports(v);
  if (v.request.path[1] == "published") return published_page(v);
  std::string name = v.request.path[1], format;
  if (const std::size_t dot = name.find('.'); dot != std::string::npos) format = name.substr(dot + 1), name.resize(dot);
  const admin::ReportKind* kind = admin::report_kind(name);
  if (kind == nullptr) return v.failed("reports", kReportsTitle, v.words({"Không có báo cáo này.", "There is no such report."}), 404);
  if (v.request.method == "POST") return publish(v, name, kind->about);
  const Query query = asked(v);
  std::string error;
  const auto reply = v.ask("GET", link("/reports/" + name, query), error);
  if (!reply) return v.show("reports", kind->about, "<section>" + filters(v, *kind, query) + "</section>" + alert(error), 400);
  if (!format.empty()) return report_file(v, *reply, name, format);
  const auto made = report::make_report(*reply, v.lang);
  if (!made) return v.failed("reports", kind->about, made.error().detail(), 500);
  const std::string period = v.words({"Số liệu lúc ", "As of "}) + day_of(Json(made->as_of)) + v.words({" (giờ Việt Nam).", " (Vietnam time)."});
  const std::string body = "<section>" + filters(v, *kind, query) + paragraph(period, "hint") + download_links(v, "/reports/" + name, query) + behind(v, name, query) + publish_form(v, name, query) + "</section>\n";
  return v.show("reports", kind->about, body + "<section>" + report::to_html_sections(*made) + "</section>\n");
}

}  // namespace web
