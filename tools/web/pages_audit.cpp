// The overview, the audit log, and who opened the asker's own mailbox.
#include <algorithm>

#include "tools/report/model.hpp"
#include "tools/web/site.hpp"

namespace web {
namespace {

constexpr base::Text kHomeTitle{"Tổng quan", "Overview"}, kAuditTitle{"Nhật ký kiểm toán", "Audit log"}, kAccessesTitle{"Ai đã mở hộp thư của tôi", "Who opened my mailbox"};
constexpr std::size_t kAuditPage = 100;

// What was done, in words: members that say nothing are left out.
std::string in_words(const Json& detail) {
  std::string out;
  if (!detail.is_object()) return out;
  for (const auto& [name, value] : detail.items()) {
    const std::string said = value.is_string() ? value.get<std::string>() : value.is_null() || (value.is_structured() && value.empty()) ? std::string() : report::joined(value);
    if (!said.empty()) out += (out.empty() ? "" : "; ") + name + ": " + said;
  }
  return out;
}

std::string audit_table(const Visit& v, base::Text caption, const Json& rows, base::Text none) {
  std::vector<std::vector<std::string>> cells;
  for (const Json& r : rows) {
    cells.push_back({std::to_string(r.value("seq", std::uint64_t(0))), text(day_of(r.value("at", Json()))), text(word_of(r, "who")), text(word_of(r, "what")), text(word_of(r, "target")),
                     text(in_words(r.value("detail", Json())))});
  }
  const std::vector<TableColumn> columns{{v.words({"Số", "No."}), true}, {v.words({"Lúc", "At"})}, {v.words({"Ai", "Who"})}, {v.words({"Việc", "What"})}, {v.words({"Đối tượng", "Target"})}, {v.words({"Chi tiết", "Detail"})}};
  return table(caption.in(v.lang), columns, cells, none.in(v.lang));
}

// A figure that leads to what it counts. What the role does not reach, or fails, is not shown.
void add_figure(const Visit& v, std::string& out, const std::string& target, const char* member, const std::string& page_of, base::Text words) {
  std::string error;
  const auto reply = v.ask("GET", target, error);
  if (!reply || !reply->contains(member)) return;
  const std::size_t count = (*reply)[member].size();
  const bool more = word_of(*reply, "next") != "";
  out += "<li><b>" + std::to_string(count) + (more ? "+" : "") + "</b>" + anchor(page_of, words.in(v.lang)) + "</li>";
}

}  // namespace

Answer home_page(const Visit& v) {
  using enum admin::Role;
  std::string figures;
  if (v.may(clerk | compliance | auditor | agency_admin | domain_admin)) add_figure(v, figures, "/quarantine", "quarantine", "/quarantine", {"thư bị giữ, chờ quyết định", "mails held back"});
  if (v.may(clerk | compliance | auditor)) {
    add_figure(v, figures, "/registers?status=overdue&limit=100", "documents", "/registers?status=overdue", {"văn bản quá hạn xử lý", "documents that are overdue"});
    add_figure(v, figures, "/registers?status=received&direction=in&limit=100", "documents", "/registers?status=received&direction=in", {"văn bản đến chưa giao", "incoming documents not assigned"});
    add_figure(v, figures, "/registers?duplicates=true&limit=100", "documents", "/registers?duplicates=true", {"văn bản trùng số", "documents whose number is borne twice"});
  }
  std::string body = figures.empty() ? std::string() : "<ul class=\"figures\">" + figures + "</ul>\n";
  if (v.may(compliance | auditor)) body += "<section>" + heading(2, v.words({"Báo cáo thường dùng", "Reports often wanted"})) + "<ul><li>" + anchor("/reports/monthly", v.words({"Thống kê tháng trước theo cơ quan", "Last month's statistics by agency"})) + "</li><li>" +
      anchor("/reports/signatures?by=agency", v.words({"Kiểm tra chữ ký số theo cơ quan", "Signature verification by agency"})) + "</li><li>" + anchor("/reports/deadlines", v.words({"Hạn báo cáo", "Deadlines of reports"})) + "</li><li>" +
      anchor("/reports", v.words({"Mọi báo cáo", "All reports"})) + "</li></ul></section>\n";
  if (v.roles == 0) body += "<section>" + paragraph(v.words({"Hộp thư này không có vai trò nào trên trang. Bạn vẫn xem được ai đã mở hộp thư của mình.", "This mailbox has no role here. You still see who opened your mailbox."})) + "</section>\n";
  return v.show("", kHomeTitle, body);
}

Answer audit_page(const Visit& v) {
  const auto given = [&](const char* name) { return std::string(v.request.arg(name)); };
  const auto plain = [&](const char* name, base::Text label, const char* type) { return Field{.name = name, .label = v.words(label), .value = given(name), .type = type}; };
  const std::vector<Field> fields{plain("who", {"Ai", "Who"}, "text"), plain("what", {"Việc", "What"}, "text"), plain("target", {"Đối tượng", "Target"}, "text"), plain("from", {"Từ ngày", "From"}, "date"), plain("to", {"Đến ngày", "To"}, "date")};
  std::vector<std::pair<std::string, std::string>> query{{"after", given("after")}, {"limit", std::to_string(kAuditPage)}, {"last", given("after").empty() ? "true" : ""}};
  for (const Field& f : fields) query.emplace_back(f.name, f.value);
  std::string error;
  const auto reply = v.ask("GET", link("/audit", query), error);
  std::string body = "<section>" + form("/audit", {}, fields, v.words({"Tìm", "Search"}), true) + "</section>\n" + alert(error);
  if (!reply) return v.show("audit", kAuditTitle, body, 400);
  Json rows = reply->value("audit", Json::array());
  if (given("after").empty()) std::reverse(rows.begin(), rows.end());  // the newest first
  body += "<section>" + audit_table(v, {"Nhật ký", "Audit log"}, rows, {"Không có dòng nào.", "There are no rows."});
  std::vector<std::pair<std::string, std::string>> onward(query.begin() + 3, query.end());
  onward.emplace_back("after", given("after").empty() ? "0" : rows.empty() ? "" : std::to_string(rows.back().value("seq", std::uint64_t(0))));
  if (given("after").empty()) body += "<p>" + anchor(link("/audit", onward), v.words({"Đọc từ đầu", "Read from the first"})) + "</p>";
  else if (rows.size() == kAuditPage) body += "<p>" + anchor(link("/audit", onward), v.words({"Xem tiếp", "Go on"})) + "</p>";
  return v.show("audit", kAuditTitle, body + "</section>\n");
}

Answer accesses_page(const Visit& v) {
  std::string error;
  const auto reply = v.ask("GET", "/accounts/" + segment(v.session.account) + "/accesses", error);
  if (!reply) return v.failed("accesses", kAccessesTitle, error);
  return v.show("accesses", kAccessesTitle, "<section>" + audit_table(v, {"Những gì người khác đã làm với hộp thư này", "What others did to this mailbox"}, reply->value("accesses", Json::array()),
                                                                      {"Không ai khác đã mở hộp thư này.", "Nobody else opened this mailbox."}) + "</section>\n");
}

}  // namespace web
