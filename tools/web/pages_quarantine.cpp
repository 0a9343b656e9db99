// Mail that a rule held back: the list, one with why, and the decision.
#include "tools/web/site.hpp"

namespace web {
namespace {

constexpr base::Text kQuarantineTitle{"Thư bị giữ", "Quarantine"};
constexpr admin::Roles kDecide = admin::Role::domain_admin | admin::Role::agency_admin | admin::Role::clerk | admin::Role::compliance;
constexpr admin::Roles kReadMail = admin::Role::clerk | admin::Role::compliance;

std::string why(const Visit& v, const Json& mail) { return word_of(mail.value("text", Json::object()), v.lang == base::Lang::vi ? "vi" : "en"); }

Answer held_list(const Visit& v) {
  std::string error;
  const auto reply = v.ask("GET", "/quarantine", error);
  if (!reply) return v.failed("quarantine", kQuarantineTitle, error, 403);
  std::vector<std::vector<std::string>> rows;
  for (const Json& m : reply->value("quarantine", Json::array()))
    rows.push_back({anchor("/quarantine/" + word_of(m, "id"), word_of(m, "id")), text(day_of(m.value("received", Json()))), text(day_of(m.value("expires", Json()))), text(word_of(m, "from")),
                    text(list_of(m.value("recipients", Json()))), text(word_of(m, "subject")), text(why(v, m))});
  const std::vector<TableColumn> columns{{v.words({"Mã", "Id"})}, {v.words({"Nhận lúc", "Received"})}, {v.words({"Giữ đến", "Until"})}, {v.words({"Người gửi", "From"})}, {v.words({"Người nhận", "To"})},
                                         {v.words({"Chủ đề", "Subject"})}, {v.words({"Lý do", "Why"})}};
  return v.show("quarantine", kQuarantineTitle, v.done() + "<section>" + table(v.words({"Thư chờ quyết định", "Mail that waits for a decision"}), columns, rows, v.words({"Không có thư nào bị giữ.", "No mail is held back."})) + "</section>\n");
}

std::string decide_forms(const Visit& v, const std::string& id) {
  if (!v.may(kDecide)) return {};
  const Field reason{.name = "reason", .label = v.words({"Lý do", "Reason"}), .value = ""};
  Field needed = reason;
  needed.required = true;
  const auto verb = [](const char* what) { return Field{.name = "do", .label = "", .value = what, .type = "hidden"}; };
  return "<section>" + heading(2, v.words({"Chuyển thư đi tiếp", "Release"})) + form("/quarantine/" + id, v.session.csrf, {verb("release"), reason}, v.words({"Chuyển", "Release"}), true) + "</section><section>" +
         heading(2, v.words({"Từ chối", "Refuse"})) + paragraph(v.words({"Người gửi và người nhận được báo.", "Sender and recipients are told."})) +
         form("/quarantine/" + id, v.session.csrf, {verb("refuse"), needed}, v.words({"Từ chối", "Refuse"}), true) + "</section>\n";
}

Answer held_mail(const Visit& v, const std::string& id, const std::string& wrong) {
  std::string error;
  const auto mail = v.ask("GET", "/quarantine/" + segment(id), error);
  if (!mail) return v.failed("quarantine", kQuarantineTitle, error, 404);
  const Json& m = *mail;
  std::vector<std::pair<std::string, std::string>> list{{v.words({"Mã", "Id"}), id}, {v.words({"Nhận lúc", "Received"}), day_of(m.value("received", Json()))}, {v.words({"Giữ đến", "Until"}), day_of(m.value("expires", Json()))},
      {v.words({"Phong bì: người gửi", "Envelope sender"}), word_of(m, "sender")}, {v.words({"Người gửi", "From"}), word_of(m, "from")}, {v.words({"Người nhận", "To"}), list_of(m.value("recipients", Json()))},
      {v.words({"Chủ đề", "Subject"}), word_of(m, "subject")}, {v.words({"Kích thước", "Size"}), std::to_string(m.value("size", std::uint64_t(0)))}, {v.words({"Quy tắc", "Rule"}), word_of(m, "rule")}, {v.words({"Lý do", "Why"}), why(v, m)}};
  const Json evidence = m.value("evidence", Json::object());
  for (const auto& [name, value] : evidence.items()) list.emplace_back(name, value.is_string() ? value.get<std::string>() : admin::dump(value));
  std::string body = alert(wrong) + "<section>" + facts(list);
  if (v.may(kReadMail)) body += "<p>" + anchor("/quarantine/" + id + "/content", v.words({"Tải thư về để đọc (được ghi nhật ký)", "Download the mail to read it (audited)"})) + "</p>";
  return v.show("quarantine", kQuarantineTitle, body + "</section>\n" + decide_forms(v, id), wrong.empty() ? 200 : 400);
}

Answer decide(const Visit& v, const std::string& id) {
  const std::string what(v.request.field("do")), reason(v.request.field("reason"));
  if (what != "release" && what != "refuse") return v.failed("quarantine", kQuarantineTitle, v.words({"Không có việc này.", "There is no such action."}));
  Json body = Json::object();
  if (!reason.empty()) body["reason"] = reason;
  std::string error;
  if (!v.ask("POST", "/quarantine/" + segment(id) + "/" + what, error, body)) return held_mail(v, id, error);
  return Visit::go_to("/quarantine?done=1");
}

Answer content(const Visit& v, const std::string& id) {
  std::string error;
  auto mail = v.ask_raw("GET", "/quarantine/" + segment(id) + "/content", error);
  if (!mail) return v.failed("quarantine", kQuarantineTitle, error, 404);
  return download("quarantine-" + id + ".eml", "message/rfc822", std::move(mail->body));
}

}  // namespace

Answer quarantine_page(const Visit& v) {
  const auto& path = v.request.path;
  if (path.size() == 1) return held_list(v);
  if (path.size() == 3 && path[2] == "content") return content(v, path[1]);
  return v.request.method == "POST" ? decide(v, path[1]) : held_mail(v, path[1], {});
}

}  // namespace web
