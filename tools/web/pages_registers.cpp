// Registers: what a clerk works on. Lists, one document with its history, corrections, handling, recall, and the book as a file.
#include "tools/registers/book.hpp"
#include "tools/web/files.hpp"

namespace web {
namespace {

constexpr base::Text kRegistersTitle{"Sổ đăng ký văn bản", "Registers of documents"};
constexpr std::size_t kMostExported = 50'000;  // a page's download is made in memory; the command line writes any number
using Query = std::vector<std::pair<std::string, std::string>>;

struct StateWord {
  std::string_view code;
  base::Text words;
};
constexpr StateWord kStateWords[] = {{"received", {"đã đến", "received"}}, {"assigned", {"đã giao", "assigned"}}, {"in_progress", {"đang xử lý", "in progress"}}, {"done", {"đã xong", "done"}},
                                     {"refused", {"bị từ chối", "refused"}}, {"sent", {"đã gửi", "sent"}}, {"delivered", {"đã tới", "delivered"}}, {"read", {"đã đọc", "read"}},
                                     {"recalled", {"đã thu hồi", "recalled"}}, {"void", {"gạch bỏ", "void"}}, {"overdue", {"quá hạn", "overdue"}}};
constexpr StateWord kVerdictWords[] = {{"valid", {"hợp lệ", "valid"}}, {"invalid", {"không hợp lệ", "invalid"}}, {"weak", {"yếu", "weak"}}, {"indeterminate", {"chưa xác định", "indeterminate"}},
                                       {"spoof", {"giả mạo", "spoof"}}, {"unsigned", {"không ký", "unsigned"}}};
constexpr StateWord kClassWords[] = {{"hanh_chinh", {"hành chính", "administrative"}}, {"qppl", {"quy phạm pháp luật", "legal (QPPL)"}}, {"dang", {"của Đảng", "of the Party"}}, {"khac", {"khác", "other"}}};
constexpr StateWord kWayWords[] = {{"e-only", {"chỉ bản điện tử", "electronic only"}}, {"e+paper", {"điện tử và giấy", "electronic and paper"}}, {"paper", {"bản giấy", "paper"}}};
constexpr StateWord kFieldWords[] = {{"number", {"Số, ký hiệu", "Number"}}, {"symbol", {"Ký hiệu", "Symbol"}}, {"kind", {"Loại", "Kind"}}, {"kind_abbrev", {"Viết tắt", "Abbreviation"}}, {"doc_class", {"Nhóm", "Class"}},
                                     {"issuer", {"Cơ quan ban hành", "Issuer"}}, {"place", {"Nơi ban hành", "Place"}}, {"date", {"Ngày văn bản", "Dated"}}, {"title", {"Trích yếu", "Title"}},
                                     {"signer", {"Người ký", "Signer"}}, {"signer_authority", {"Thẩm quyền ký", "Authority"}}, {"urgency", {"Độ khẩn", "Urgency"}}, {"copy_form", {"Hình thức sao", "Copy"}}, {"note", {"Ghi chú", "Note"}}};

template <std::size_t N>
std::string said(const Visit& v, const StateWord (&words)[N], std::string_view code) {
  for (const StateWord& w : words)
    if (w.code == code) return v.words(w.words);
  return std::string(code);
}

template <std::size_t N>
Field choice_of(const Visit& v, std::string name, std::string label, std::string value, const StateWord (&words)[N], std::string nothing) {
  Field out{.name = std::move(name), .label = std::move(label), .value = std::move(value), .type = "select"};
  if (!nothing.empty()) out.choices.push_back({"", std::move(nothing)});
  for (const StateWord& w : words) out.choices.push_back({std::string(w.code), v.words(w.words)});
  return out;
}

Query asked(const Visit& v, bool with_before) {
  Query out;
  for (const char* name : {"agency", "direction", "from", "to", "number", "issuer", "kind", "status", "unit", "official", "verdict", "duplicates"}) out.emplace_back(name, v.request.arg(name));
  if (with_before) out.emplace_back("before", v.request.arg("before"));
  return out;
}

std::string register_filter(const Visit& v) {
  const auto given = [&](const char* name) { return std::string(v.request.arg(name)); };
  const auto plain = [&](const char* name, base::Text label, const char* type = "text") { return Field{.name = name, .label = v.words(label), .value = given(name), .type = type}; };
  Field direction = plain("direction", {"Sổ", "Register"}, "select");
  direction.choices = {{"", v.words({"đến và đi", "both"})}, {"in", v.words({"văn bản đến", "incoming"})}, {"out", v.words({"văn bản đi", "outgoing"})}};
  const std::vector<Field> fields{agency_field(v, given("agency")), std::move(direction), plain("from", {"Từ ngày", "From"}, "date"), plain("to", {"Đến ngày", "To"}, "date"),
                                  plain("number", {"Số, ký hiệu", "Number"}), plain("issuer", {"Cơ quan ban hành", "Issuer"}), plain("official", {"Người xử lý", "Official"}),
                                  choice_of(v, "status", v.words({"Tình trạng", "State"}), given("status"), kStateWords, v.words({"(tất cả)", "(all)"})),
                                  choice_of(v, "verdict", v.words({"Chữ ký số", "Signature"}), given("verdict"), kVerdictWords, v.words({"(tất cả)", "(all)"}))};
  return form("/registers", {}, fields, v.words({"Tìm", "Search"}), true);
}

std::string book_links(const Visit& v, Query query) {
  std::string out = "<p>" + text(v.words({"Tải sổ theo mẫu NĐ 30/2020 (được ghi nhật ký):", "The book as NĐ 30/2020 has it (audited):"}));
  for (const auto& [direction, words] : {std::pair{"in", base::Text{"sổ đến", "incoming"}}, std::pair{"out", base::Text{"sổ đi", "outgoing"}}}) {
    if (const std::string& chosen = query[1].second; !chosen.empty() && chosen != direction) continue;
    Query one = query;
    one[1].second = direction;
    out += " " + text(v.words(words));
    for (const char* format : kFormats) out += " " + anchor(link(std::string("/registers/book.") + format, one), format);
    out += " ";
  }
  return out + "</p>\n";
}

std::string state_cell(const Visit& v, const Json& d) {
  std::string out = d.value("void", false) ? said(v, kStateWords, "void") : said(v, kStateWords, word_of(d, "state"));
  if (d.value("overdue", false)) out += v.words({", QUÁ HẠN", ", OVERDUE"});
  return out + (word_of(d, "duplicate").empty() ? "" : v.words({", trùng số", ", number borne twice"}));
}

Answer register_list(const Visit& v) {
  Query query = asked(v, true);
  std::string error;
  const auto reply = v.ask("GET", link("/registers", query), error);
  std::string body = "<section>" + register_filter(v) + "</section>\n" + alert(error);
  if (!reply) return v.show("registers", kRegistersTitle, body, 400);
  std::vector<std::vector<std::string>> rows;
  for (const Json& d : reply->value("documents", Json::array())) {
    const std::string id = word_of(d, "id");
    rows.push_back({anchor(link("/registers/row", {{"id", id}}), id), text(day_of(d.value("at", Json()))), text(word_of(d, "number")), text(word_of(d, "issuer")), text(word_of(d, "title")),
                    text(said(v, kVerdictWords, word_of(d, "verdict"))), text(state_cell(v, d))});
  }
  const std::vector<TableColumn> columns{{v.words({"Dòng", "Row"})}, {v.words({"Lúc", "At"})}, {v.words({"Số, ký hiệu", "Number"})}, {v.words({"Cơ quan ban hành", "Issuer"})}, {v.words({"Trích yếu", "Title"})},
                                         {v.words({"Chữ ký số", "Signature"})}, {v.words({"Tình trạng", "State"})}};
  const std::string next = word_of(*reply, "next");
  // A page looks at a bounded number of rows: an empty one may still go on.
  const base::Text none = next.empty() ? base::Text{"Không có văn bản nào ở đây.", "There are no documents here."} : base::Text{"Chưa thấy văn bản nào; còn những dòng cũ hơn.", "None so far; there are older rows."};
  body += "<section>" + table(v.words({"Văn bản, mới nhất trước", "Documents, the newest first"}), columns, rows, v.words(none));
  if (!next.empty()) {
    query.back().second = next;
    body += "<p>" + anchor(link("/registers", query), v.words({"Xem tiếp", "Go on"})) + "</p>";
  }
  return v.show("registers", kRegistersTitle, body + book_links(v, asked(v, false)) + "</section>\n");
}

Answer book_file(const Visit& v, std::string_view format) {
  const auto direction = registers::direction_of(v.request.arg("direction"));
  if (!direction) return v.failed("registers", kRegistersTitle, v.words({"mỗi sổ một tệp: direction=in hoặc out", "one register a file: direction=in or out"}));
  Query query = asked(v, true);
  Json all = Json::array();
  for (;;) {
    std::string error;
    const auto reply = v.ask("POST", link("/registers/export", query), error);
    if (!reply) return v.failed("registers", kRegistersTitle, error);
    for (const Json& row : reply->value("documents", Json::array())) all.push_back(row);
    if (all.size() > kMostExported)
      return v.failed("registers", kRegistersTitle, v.words({"Nhiều hơn 50.000 dòng: xin chọn kỳ ngắn hơn, hoặc dùng lệnh `congthu register export`.", "More than 50,000 rows: choose a shorter period, or use `congthu register export`."}));
    const std::string next = word_of(*reply, "next");
    if (next.empty()) break;
    query.back().second = next;
  }
  const auto given = [&](const char* name) { return std::string(v.request.arg(name)); };
  Json book = registers::book_report({*direction, given("agency"), given("from"), given("to"), base::rfc3339(v.context->clock.now())}, all);
  registers::blank_cells(book);
  return report_file(v, book, *direction == registers::Direction::incoming ? "so-van-ban-den" : "so-van-ban-di", format);
}

std::string rows_table(const Visit& v, base::Text caption, const Json& rows, const std::vector<std::pair<const char*, base::Text>>& columns) {
  if (!rows.is_array() || rows.empty()) return {};
  std::vector<TableColumn> titles;
  for (const auto& column : columns) titles.push_back({v.words(column.second)});
  std::vector<std::vector<std::string>> cells;
  for (const Json& row : rows) {
    cells.emplace_back();
    for (const auto& column : columns) {
      const std::string value = word_of(row, column.first), key = column.first;
      cells.back().push_back(text(key == "at" ? day_of(Json(value)) : key == "state" ? said(v, kStateWords, value) : key == "field" ? said(v, kFieldWords, value) : key == "verdict" ? said(v, kVerdictWords, value) : value));
    }
  }
  return table(caption.in(v.lang), titles, cells, {});
}

std::string row_forms(const Visit& v, const std::string& id, const Json& d) {
  if (!v.may(admin::Roles(admin::Role::clerk))) return {};
  const std::string action = link("/registers/row", {{"id", id}});
  const auto verb = [](const char* what) { return Field{.name = "do", .label = "", .value = what, .type = "hidden"}; };
  const auto plain = [&](const char* name, base::Text label, std::string value = {}, const char* type = "text") { return Field{.name = name, .label = v.words(label), .value = std::move(value), .type = type}; };
  const Field reason = plain("reason", {"Lý do", "Reason"});
  std::string out = "<section>" + heading(2, v.words({"Sửa điều máy đọc sai", "Correct what was misread"})) +
                    form(action, v.session.csrf, {verb("correct"), choice_of(v, "field", v.words({"Trường", "Field"}), "number", kFieldWords, {}), plain("value", {"Giá trị đúng (để trống: bỏ)", "Right value (empty: none)"}), reason}, v.words({"Ghi", "Save"}), true) + "</section>\n";
  if (word_of(d, "direction") == "in") {
    const Json& now = d.contains("assignment") ? d["assignment"] : Json::object();
    std::vector<Field> fields{verb("assign"), plain("unit", {"Đơn vị", "Unit"}, word_of(now, "unit")), plain("official", {"Người xử lý", "Official"}, word_of(now, "official")), plain("due", {"Hạn", "Due"}, word_of(now, "due"), "date")};
    Field status = choice_of(v, "status", v.words({"Tình trạng", "State"}), word_of(d, "state"), kStateWords, {});
    std::erase_if(status.choices, [](const Choice& c) { return !registers::is_state(c.value); });
    fields.push_back(std::move(status));
    fields.push_back(plain("note", {"Ý kiến", "Note"}));
    out += "<section>" + heading(2, v.words({"Giao xử lý", "Handling"})) + form(action, v.session.csrf, fields, v.words({"Ghi", "Save"}), true) + "</section>\n";
  } else if (!d.contains("recall")) {
    out += "<section>" + heading(2, v.words({"Thu hồi", "Recall"})) + paragraph(v.words({"Mọi nơi đã nhận được thư đề nghị xóa văn bản.", "Everybody who has it is asked by mail to delete it."})) +
           form(action, v.session.csrf, {verb("recall"), reason}, v.words({"Thu hồi", "Recall"}), true) + "</section>\n";
  }
  const bool struck = d.value("void", false);
  return out + "<section>" + heading(2, struck ? v.words({"Bỏ gạch dòng này", "Take the strike back"}) : v.words({"Gạch dòng này", "Strike this row"})) +
         form(action, v.session.csrf, {verb(struck ? "restore" : "void"), reason}, struck ? v.words({"Bỏ gạch", "Restore"}) : v.words({"Gạch", "Strike"}), true) + "</section>\n";
}

Answer show_row(const Visit& v, const std::string& id, const std::string& wrong) {
  std::string error;
  const auto row = v.ask("GET", "/registers/" + segment(id), error);
  if (!row) return v.failed("registers", kRegistersTitle, error, 404);
  const Json& d = *row;
  std::vector<std::pair<std::string, std::string>> list{{v.words({"Dòng", "Row"}), id}, {v.words({"Vào sổ lúc", "Entered"}), day_of(d.value("at", Json()))}};
  for (const StateWord& f : kFieldWords) {
    const std::string value = word_of(d, f.code);
    list.emplace_back(v.words(f.words), f.code == "date" ? day_of(Json(value)) : f.code == "doc_class" ? said(v, kClassWords, value) : value);
  }
  list.emplace_back(v.words({"Chữ ký số", "Signature"}), said(v, kVerdictWords, word_of(d, "verdict")));
  list.emplace_back(v.words({"Tình trạng", "State"}), state_cell(v, d));
  list.emplace_back(v.words({"Người gửi", "From"}), word_of(d, "from"));
  list.emplace_back(v.words({"Người nhận", "To"}), list_of(d.value("to", Json())));
  list.emplace_back(v.words({"Trùng với", "Borne also by"}), word_of(d, "duplicate"));
  list.emplace_back(v.words({"Hình thức gửi", "Way"}), said(v, kWayWords, word_of(d, "way")));
  if (const auto pages = d.find("pages"); pages != d.end() && pages->is_number()) list.emplace_back(v.words({"Số trang", "Pages"}), admin::dump(*pages));
  if (const auto scanned = d.find("scanned"); scanned != d.end() && *scanned == true) list.emplace_back(v.words({"Quét từ giấy", "Scanned"}), v.words({"có", "yes"}));
  list.emplace_back(v.words({"Tệp", "File"}), word_of(d, "file"));
  list.emplace_back("SHA-256", word_of(d, "digest"));
  std::string body = v.done() + alert(wrong) + "<section>" + facts(list);
  if (word_of(d, "direction") == "out") body += "<p>" + anchor(link("/registers/edxml", {{"id", id}}), v.words({"Tải tiêu đề edXML (QCVN 102:2016)", "Download the edXML header (QCVN 102:2016)"})) + "</p>";
  body += rows_table(v, {"Người nhận", "Recipients"}, d.value("recipients", Json()), {{"address", {"Địa chỉ", "Address"}}, {"state", {"Tình trạng", "State"}}, {"at", {"Lúc", "At"}}, {"by", {"Theo", "By"}}, {"detail", {"Chi tiết", "Detail"}}});
  body += rows_table(v, {"Phân công, xử lý", "Handling"}, d.value("handling", Json()), {{"at", {"Lúc", "At"}}, {"who", {"Ai", "Who"}}, {"state", {"Tình trạng", "State"}}, {"unit", {"Đơn vị", "Unit"}}, {"official", {"Người xử lý", "Official"}}, {"due", {"Hạn", "Due"}}, {"note", {"Ý kiến", "Note"}}});
  body += rows_table(v, {"Đã sửa", "Corrections"}, d.value("corrections", Json()), {{"at", {"Lúc", "At"}}, {"who", {"Ai", "Who"}}, {"field", {"Trường", "Field"}}, {"old", {"Cũ", "Old"}}, {"new", {"Mới", "New"}}, {"reason", {"Lý do", "Reason"}}});
  body += rows_table(v, {"Tệp", "Files"}, d.value("files", Json()), {{"at", {"Lúc", "At"}}, {"file", {"Tệp", "File"}}, {"verdict", {"Chữ ký số", "Signature"}}, {"digest", {"SHA-256", "SHA-256"}}});
  const std::string number = word_of(d, "number"), title = (number.empty() ? id : number) + " · " + v.words(kRegistersTitle);
  return v.show("registers", {title, title}, body + "</section>\n" + row_forms(v, id, d), wrong.empty() ? 200 : 400);
}

Answer change_row(const Visit& v, const std::string& id) {
  const auto field = [&](std::string_view name) { return std::string(v.request.field(name)); };
  const std::string what = field("do"), reason = field("reason");
  Json body = Json::object();
  if (!reason.empty() || what == "recall") body["reason"] = reason;
  if (what == "correct") {
    body["field"] = field("field");
    body["value"] = field("value").empty() ? Json(nullptr) : Json(field("value"));
  } else if (what == "void" || what == "restore") {
    body["void"] = what == "void";
  } else if (what == "assign") {
    for (const char* name : {"unit", "official", "due", "status"}) body[name] = field(name);
    if (!field("note").empty()) body["note"] = field("note");
  } else if (what != "recall") {
    return v.failed("registers", kRegistersTitle, v.words({"Không có việc này.", "There is no such action."}));
  }
  const std::string verb = what == "assign" || what == "recall" ? what : "correct";
  std::string error;
  if (!v.ask("POST", "/registers/" + segment(id) + "/" + verb, error, body)) return show_row(v, id, error);
  return Visit::go_to(link("/registers/row", {{"id", id}, {"done", "1"}}));
}

Answer edxml_file(const Visit& v, const std::string& id) {
  std::string error;
  const auto reply = v.ask("GET", "/registers/" + segment(id) + "/edxml", error);
  if (!reply) return v.failed("registers", kRegistersTitle, error, 404);
  return download(id + ".edxml.xml", "application/xml; charset=utf-8", word_of(*reply, "xml"));
}

}  // namespace

Answer registers_page(const Visit& v) {
  const auto& path = v.request.path;
  if (path.size() == 1) return register_list(v);
  const std::string id(v.request.arg("id"));
  if (path[1].starts_with("book.")) return book_file(v, std::string_view(path[1]).substr(5));
  if (path[1] == "edxml") return edxml_file(v, id);
  if (path[1] != "row") return v.failed("registers", kRegistersTitle, v.words({"Không có trang này.", "There is no such page."}), 404);
  return v.request.method == "POST" ? change_row(v, id) : show_row(v, id, {});
}

}  // namespace web
