#include "tools/cli/register_rows.hpp"

#include "base/clock.hpp"
#include "policy/core/reason.hpp"
#include "tools/cli/report_output.hpp"
#include "tools/registers/book.hpp"

namespace cli {
namespace {

struct Word {
  std::string_view code;
  base::Text text;
};
constexpr Word kStates[] = {{"received", {"đã đến", "received"}}, {"assigned", {"đã giao", "assigned"}}, {"in_progress", {"đang xử lý", "in progress"}},
                            {"done", {"đã xong", "done"}}, {"refused", {"bị từ chối", "refused"}}, {"sent", {"đã gửi", "sent"}}, {"delivered", {"đã tới", "delivered"}},
                            {"read", {"đã đọc", "read"}}, {"recalled", {"đã thu hồi", "recalled"}}, {"void", {"gạch bỏ", "void"}},
                            {"differs", {"trùng số, khác nội dung", "same number, other words"}}, {"same_text", {"bản khác, cùng nội dung", "another file, same words"}},
                            {"in", {"đến", "in"}}, {"out", {"đi", "out"}}};

std::string said(const Console& con, const std::string& code) {
  for (const Word& w : kStates)
    if (w.code == code) return std::string(w.text.in(con.lang));
  return code;
}

std::vector<Column> columns_of(const Console& con) {
  const auto column = [&](const char* key, base::Text title) { return Column{key, con.text(title), false}; };
  return {column("id", {"Dòng", "Row"}), column("day", {"Ngày", "Day"}), column("number", {"Số, ký hiệu", "Number"}), column("date", {"Ngày văn bản", "Dated"}),
          column("issuer", {"Cơ quan ban hành", "Issuer"}), column("kind", {"Loại", "Kind"}), column("title", {"Trích yếu", "Title"}),
          column("verdict", {"Chữ ký số", "Signature"}), column("state", {"Tình trạng", "State"}), column("due", {"Hạn", "Due"}), column("duplicate", {"Trùng", "Duplicate"})};
}

Json flat(const Console& con, const Json& row) {
  Json out = row;
  out["day"] = registers::text(row, "at").substr(0, 10);
  const Json assignment = row.value("assignment", Json());
  out["due"] = assignment.is_object() ? assignment.value("due", Json()) : Json();
  if (con.format != Format::table) return out;
  for (const char* key : {"state", "duplicate"})
    if (const std::string code = registers::text(row, key); !code.empty()) out[key] = said(con, code);
  if (row.value("overdue", false)) out["state"] = out["state"].get<std::string>() + con.text({", quá hạn", ", overdue"});
  if (const auto verdict = policy::parse_verdict(registers::text(row, "verdict"))) out["verdict"] = policy::label(*verdict).in(con.lang);
  return out;
}

void lines(Console& con, const Json& row, std::initializer_list<std::pair<const char*, base::Text>> what) {
  for (const auto& [key, title] : what) {
    const Json value = row.contains(key) ? row[key] : Json();
    if (value.is_null() || (value.is_string() && value.get<std::string>().empty())) continue;
    con.out += con.text(title) + ": " + printable(value.is_string() ? said(con, value.get<std::string>()) : cell_text(value)) + "\n";
  }
}

void table_of(Console& con, base::Text heading, const Json& row, const char* key, std::initializer_list<std::pair<const char*, base::Text>> what) {
  const Json rows = row.value(key, Json::array());
  if (!rows.is_array() || rows.empty()) return;
  std::vector<Column> columns;
  for (const auto& [name, title] : what) columns.push_back({name, con.text(title), false});
  Json shown = rows;
  for (Json& r : shown)
    for (const char* name : {"state"})
      if (const std::string code = registers::text(r, name); !code.empty()) r[name] = said(con, code);
  con.line({"\n{}:", "\n{}:"}, con.text(heading));
  show(con, columns, shown, {});
}

}  // namespace

void show_register_rows(Console& con, const Json& reply) {
  Json rows = Json::array();
  for (const Json& row : reply.value("documents", Json::array())) rows.push_back(flat(con, row));
  show(con, columns_of(con), rows, reply);
}

void show_register_row(Console& con, const Json& row) {
  if (con.format != Format::table) return show(con, columns_of(con), Json::array({flat(con, row)}), row);
  lines(con, row, {{"id", {"Dòng", "Row"}}, {"at", {"Vào sổ lúc", "Entered"}}, {"number", {"Số, ký hiệu", "Number"}}, {"date", {"Ngày văn bản", "Dated"}},
                   {"issuer", {"Cơ quan ban hành", "Issuer"}}, {"issuer_domain", {"Tên miền đã kiểm chứng", "Verified domain"}}, {"kind", {"Loại", "Kind"}},
                   {"title", {"Trích yếu", "Title"}}, {"signer", {"Người ký", "Signer"}}, {"signer_authority", {"Thẩm quyền ký", "Authority"}},
                   {"urgency", {"Độ khẩn", "Urgency"}}, {"copy_form", {"Hình thức sao", "Copy"}}, {"verdict", {"Chữ ký số", "Signature"}}, {"state", {"Tình trạng", "State"}},
                   {"duplicate", {"Trùng", "Duplicate"}}, {"note", {"Ghi chú", "Note"}}, {"from", {"Người gửi", "From"}}, {"to", {"Người nhận", "To"}},
                   {"way", {"Hình thức gửi", "Way"}}, {"pages", {"Số trang", "Pages"}}, {"scanned", {"Quét từ giấy", "Scanned"}}, {"file", {"Tệp", "File"}}, {"digest", {"SHA-256", "SHA-256"}}, {"mails", {"Số lần gửi", "Mails"}}});
  table_of(con, {"Người nhận", "Recipients"}, row, "recipients", {{"address", {"Địa chỉ", "Address"}}, {"state", {"Tình trạng", "State"}}, {"at", {"Lúc", "At"}}, {"by", {"Theo", "By"}}, {"detail", {"Chi tiết", "Detail"}}});
  table_of(con, {"Phân công, xử lý", "Handling"}, row, "handling", {{"at", {"Lúc", "At"}}, {"who", {"Ai", "Who"}}, {"state", {"Tình trạng", "State"}}, {"unit", {"Đơn vị", "Unit"}}, {"official", {"Người xử lý", "Official"}}, {"due", {"Hạn", "Due"}}, {"note", {"Ghi chú", "Note"}}});
  if (row.contains("published")) table_of(con, {"Lên trang thông tin điện tử", "On the website"}, Json{{"published", Json::array({row["published"]})}}, "published", {{"at", {"Lúc", "At"}}, {"url", {"Địa chỉ", "Address"}}, {"who", {"Người ghi", "Entered by"}}, {"outcome", {"Một giờ trước", "An hour before"}}});
  table_of(con, {"Đã sửa", "Corrections"}, row, "corrections", {{"at", {"Lúc", "At"}}, {"who", {"Ai", "Who"}}, {"field", {"Trường", "Field"}}, {"old", {"Cũ", "Old"}}, {"new", {"Mới", "New"}}, {"reason", {"Lý do", "Reason"}}});
  table_of(con, {"Tệp", "Files"}, row, "files", {{"at", {"Lúc", "At"}}, {"file", {"Tệp", "File"}}, {"verdict", {"Chữ ký số", "Signature"}}, {"digest", {"SHA-256", "SHA-256"}}});
}

int write_book(Program& p, const std::string& direction, const std::string& agency, const std::string& from, const std::string& to, Json rows) {
  Console& con = p.con;
  const auto known = registers::direction_of(direction);
  const bool drawn = con.format == Format::html || con.format == Format::xlsx || con.format == Format::pdf;
  if (drawn && !known)
    return con.fail(kUsage, con.text({"mỗi sổ một tệp: sổ đến hay sổ đi?", "one register a file: incoming or outgoing?"}), con.text({"thêm --direction in hoặc out", "add --direction in or out"}));
  if (!known) return show_register_rows(con, {{"schema", "congthu.register/1"}, {"documents", std::move(rows)}, {"next", nullptr}}), write_shown(p);
  const Json book = registers::book_report({*known, agency, from, to, base::rfc3339(base::system_clock().now())}, rows);
  if (drawn) {
    Json report = book;
    registers::blank_cells(report);
    return show_report(p, report);
  }
  std::vector<Column> columns;
  for (const Json& c : book["columns"]) columns.push_back({c["key"].get<std::string>(), c["title"][con.lang == base::Lang::vi ? "vi" : "en"].get<std::string>()});
  show(con, columns, book["rows"], book);
  return write_shown(p);
}

}  // namespace cli
