// congthu register: the registers of incoming and outgoing documents (sổ đăng ký văn bản đến, đi) and a clerk's work on them.
#include "tools/cli/cmd_register.hpp"

#include <algorithm>

#include "tools/cli/admin_command.hpp"
#include "tools/cli/register_export.hpp"
#include "tools/cli/register_rows.hpp"
#include "tools/cli/report_output.hpp"

namespace cli {
namespace {

struct RegisterArguments {
  std::string agency, direction, from, to, kind, issuer, number, status, verdict, unit, official, before, edxml;  // of list
  std::string row, field, value, reason, due, note, new_status;                                    // of a row
  std::uint64_t limit = 0;
  bool paper = false, duplicates = false, overdue = false, strike = false, restore = false, clear = false;
};

constexpr std::size_t kRowsShown = 100, kPage = 5000;  // kPage: the most that the server gives at once

constexpr base::Text kRegisterExamples{
    "congthu register list --agency svd --direction in --from 2026-11-01 --to 2026-11-30\n"
    "congthu register list --overdue\ncongthu register list --duplicates\n"
    "congthu register show svd/in/2026/17\n"
    "congthu register correct svd/in/2026/17 --field number --value 71/KH-UBND --reason \"máy đọc nhầm\"\n"
    "congthu register assign svd/in/2026/17 --unit \"Phòng Tổng hợp\" --official an@songla.gov.vn --due 2026-11-25\n"
    "congthu register assign svd/in/2026/17 --status done\n"
    "congthu register edxml svd/out/2026/5 > 5.edxml\n"
    "congthu register recall svd/out/2026/5 --reason \"sai phụ lục\"\n"
    "congthu register export --agency svd --direction in --from 2026-01-01 --to 2026-12-31 --output so-van-ban-den.xlsx\n"
    "congthu register export --agency svd --from 2026-11-01 --to 2026-11-30 --edxml thang-11",
    "congthu register list --agency svd --direction in --from 2026-11-01 --to 2026-11-30\n"
    "congthu register list --overdue\ncongthu register list --duplicates\n"
    "congthu register show svd/in/2026/17\n"
    "congthu register correct svd/in/2026/17 --field number --value 71/KH-UBND --reason \"misread\"\n"
    "congthu register assign svd/in/2026/17 --unit \"General affairs\" --official an@songla.gov.vn --due 2026-11-25\n"
    "congthu register assign svd/in/2026/17 --status done\n"
    "congthu register edxml svd/out/2026/5 > 5.edxml\n"
    "congthu register export --agency svd --direction in --from 2026-01-01 --to 2026-12-31 --output incoming.xlsx\n"
    "congthu register export --agency svd --from 2026-11-01 --to 2026-11-30 --edxml november"};

std::string query_of(const RegisterArguments& a) {
  std::string out;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += (out.empty() ? "?" : "&") + std::string(name) + "=" + encoded(value);
  };
  add("agency", a.agency);
  add("direction", a.direction);
  add("from", a.from);
  add("to", a.to);
  add("kind", a.kind);
  add("issuer", a.issuer);
  add("number", a.number);
  add("status", a.overdue ? "overdue" : a.status);
  add("verdict", a.verdict);
  add("unit", a.unit);
  add("official", a.official);
  add("before", a.before);
  if (a.duplicates) add("duplicates", "true");
  if (a.limit != 0) add("limit", std::to_string(a.limit));
  return out;
}

// A page of the server may hold few rows or none where a filter fits rarely: it says where to go on.
int list_rows(Program& p, RegisterArguments a) {
  Backend backend(p.con, p.config);
  const std::size_t wanted = a.limit == 0 ? kRowsShown : a.limit;
  Json all = {{"schema", "congthu.register/1"}, {"documents", Json::array()}, {"next", nullptr}};
  for (;;) {
    a.limit = std::min(wanted - all["documents"].size(), kPage);
    const auto reply = backend.call("GET", "/registers" + query_of(a));
    if (!reply) return backend.code();
    const Json rows = reply->value("documents", Json::array());
    for (const Json& row : rows) all["documents"].push_back(row);
    all["next"] = reply->value("next", Json());
    if (!all["next"].is_string() || all["documents"].size() >= wanted) break;
    a.before = all["next"].get<std::string>();
  }
  show_register_rows(p.con, all);
  if (p.con.format == Format::table && all["next"].is_string())
    p.con.note(p.con.text({"còn nữa: thêm --before {}", "there is more: add --before {}"}, printable(all["next"].get<std::string>())));
  return kDone;
}

int show_row(Program& p, const RegisterArguments& a) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", "/registers/" + encoded(a.row));
  if (!reply) return backend.code();
  show_register_row(p.con, *reply);
  return kDone;
}

int correct_row(Program& p, const RegisterArguments& a) {
  const int asked = int(!a.field.empty()) + int(a.strike) + int(a.restore);
  const bool valued = !a.value.empty() || a.clear;
  if (asked != 1 || (a.field.empty() ? valued : !valued) || (a.clear && !a.value.empty()))
    return p.con.fail(kUsage, p.con.text({"cần --field cùng --value (hoặc --clear), hoặc --void, hoặc --restore", "give --field with --value (or --clear), or --void, or --restore"}));
  Json body = Json::object();
  if (!a.field.empty()) {
    body["field"] = a.field;
    body["value"] = a.clear ? Json(nullptr) : Json(a.value);
  } else {
    body["void"] = a.strike;
  }
  if (!a.reason.empty()) body["reason"] = a.reason;
  return change(p, "POST", "/registers/" + encoded(a.row) + "/correct", body, a.row);
}

int assign_row(Program& p, const RegisterArguments& a) {
  Json body = Json::object();
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) body[name] = value == "-" ? "" : value;
  };
  add("unit", a.unit);
  add("official", a.official);
  add("due", a.due);
  add("status", a.new_status);
  add("note", a.note);
  return change(p, "POST", "/registers/" + encoded(a.row) + "/assign", body, a.row);
}

int edxml_row(Program& p, const RegisterArguments& a) {
  Backend backend(p.con, p.config);
  const auto reply = backend.call("GET", "/registers/" + encoded(a.row) + "/edxml" + (a.paper ? "?paper=true" : ""));
  if (!reply) return backend.code();
  p.con.out += p.con.format == Format::json ? dump(*reply) + "\n" : reply->value("xml", "");
  return kDone;
}

RegisterExport exported(const RegisterArguments& a) { return {query_of(a), a.agency, a.direction, a.from, a.to}; }

int export_rows(Program& p, const RegisterArguments& a) {
  if (a.edxml.empty()) return export_register(p, exported(a));
  RegisterArguments outgoing = a;
  if (outgoing.direction.empty()) outgoing.direction = "out";
  return export_edxml(p, exported(outgoing), a.edxml);
}

void filters(Program& p, CLI::App* c, RegisterArguments& a) {
  c->add_option("--agency", a.agency, p.words({"mã cơ quan; nhiều mã cách nhau bằng dấu phẩy", "code of the agency; several with commas"}))->type_name("CODE");
  c->add_option("--direction", a.direction, p.words({"in: văn bản đến, out: văn bản đi", "in: incoming, out: outgoing"}))->type_name("in|out");
  c->add_option("--from", a.from, p.words({"ngày đầu", "first day"}))->type_name("DATE");
  c->add_option("--to", a.to, p.words({"ngày cuối", "last day"}))->type_name("DATE");
  c->add_option("--kind", a.kind, p.words({"loại văn bản, tên hoặc chữ viết tắt", "kind of document, name or abbreviation"}))->type_name("KIND");
  c->add_option("--issuer", a.issuer, p.words({"cơ quan ban hành có các chữ này", "issuer holds these words"}))->type_name("WORDS");
  c->add_option("--number", a.number, p.words({"số, ký hiệu có các chữ này", "number and symbol hold this"}))->type_name("TEXT");
  c->add_option("--status", a.status, p.words({"received, assigned, in_progress, done, refused; văn bản đi: sent, delivered, read, refused, recalled; void", "received, assigned, in_progress, done, refused; outgoing: sent, delivered, read, refused, recalled; void"}))->type_name("STATE");
  c->add_option("--verdict", a.verdict, p.words({"chữ ký số có kết luận này: valid, unsigned ...", "signatures of this verdict: valid, unsigned ..."}))->type_name("V");
  c->add_option("--unit", a.unit, p.words({"giao cho đơn vị này", "assigned to this unit"}))->type_name("UNIT");
  c->add_option("--official", a.official, p.words({"giao cho người này", "assigned to this official"}))->type_name("WHO");
  c->add_flag("--duplicates", a.duplicates, p.words({"chỉ những số đã trùng", "only numbers that two papers bear"}));
  c->add_flag("--overdue", a.overdue, p.words({"chỉ văn bản quá hạn xử lý", "only what is overdue"}));
}

}  // namespace

void add_register(Program& p) {
  auto a = std::make_shared<RegisterArguments>();
  CLI::App* g = p.group("register", {"Sổ đăng ký văn bản đến và đi.", "Registers of incoming and outgoing documents."}, kRegisterExamples);
  const auto row = [&p, a](CLI::App* c) {
    c->add_option("ROW", a->row, p.words({"dòng của sổ: CƠ_QUAN/in|out/NĂM/SỐ", "row of the register: AGENCY/in|out/YEAR/NUMBER"}))->required();
  };
  CLI::App* c = p.command(*g, "list", {"Liệt kê, mới nhất trước.", "List, the newest first."}, kRegisterExamples, [&p, a](Console&) { return list_rows(p, *a); });
  filters(p, c, *a);
  c->add_option("--before", a->before, p.words({"tiếp sau dòng này", "go on behind this row"}))->type_name("ROW");
  c->add_option("--limit", a->limit, p.words({"nhiều nhất bấy nhiêu dòng (mặc định 100)", "at most that many rows (default 100)"}))->type_name("N");
  c = p.command(*g, "show", {"Một văn bản: nội dung sổ, sửa, phân công, người nhận.", "One document: the row, corrections, handling, recipients."}, kRegisterExamples, [&p, a](Console&) { return show_row(p, *a); });
  row(c);
  c = p.command(*g, "correct", {"Sửa điều máy đọc sai; giá trị cũ được giữ bên cạnh.", "Correct what was misread; the machine's value stays beside it."}, kRegisterExamples, [&p, a](Console&) { return correct_row(p, *a); });
  row(c);
  c->add_option("--field", a->field, p.words({"trường: number, symbol, kind, kind_abbrev, doc_class, issuer, place, date, title, signer, signer_authority, urgency, copy_form, note", "field: number, symbol, kind, kind_abbrev, doc_class, issuer, place, date, title, signer, signer_authority, urgency, copy_form, note"}))->type_name("FIELD");
  c->add_option("--value", a->value, p.words({"giá trị đúng", "the right value"}))->type_name("TEXT");
  c->add_flag("--clear", a->clear, p.words({"bỏ giá trị", "take the value away"}));
  c->add_flag("--void", a->strike, p.words({"gạch dòng: không tính, số vẫn giữ", "strike the row: it counts nowhere, its number stays"}));
  c->add_flag("--restore", a->restore, p.words({"bỏ gạch", "take the strike back"}));
  c->add_option("--reason", a->reason, p.words({"lý do", "reason"}))->type_name("TEXT");
  c = p.command(*g, "assign", {"Giao văn bản đến cho đơn vị, người xử lý, thời hạn; - là bỏ.", "Assign an incoming document to unit, official, due day; - takes away."}, kRegisterExamples, [&p, a](Console&) { return assign_row(p, *a); });
  row(c);
  c->add_option("--unit", a->unit, p.words({"đơn vị", "unit"}))->type_name("UNIT");
  c->add_option("--official", a->official, p.words({"người xử lý: tên hoặc địa chỉ", "official: name or address"}))->type_name("WHO");
  c->add_option("--due", a->due, p.words({"hạn xử lý", "due day"}))->type_name("DATE");
  c->add_option("--status", a->new_status, p.words({"received, assigned, in_progress, done, refused", "received, assigned, in_progress, done, refused"}))->type_name("STATE");
  c->add_option("--note", a->note, p.words({"ghi chú", "note"}))->type_name("TEXT");
  c = p.command(*g, "recall", {"Thu hồi một văn bản đi: gửi thư đến những nơi đã nhận, ghi vào sổ.", "Recall an outgoing document: a mail to who got it, and a mark in the register."}, kRegisterExamples,
                [&p, a](Console&) { return change(p, "POST", "/registers/" + encoded(a->row) + "/recall", {{"reason", a->reason}}, a->row); });
  row(c);
  c->add_option("--reason", a->reason, p.words({"lý do", "reason"}))->type_name("TEXT")->required();
  c = p.command(*g, "edxml", {"Phần đầu edXML (QCVN 102:2016) của một văn bản đi.", "The edXML header (QCVN 102:2016) of an outgoing document."}, kRegisterExamples, [&p, a](Console&) { return edxml_row(p, *a); });
  row(c);
  c->add_flag("--paper", a->paper, p.words({"có gửi kèm bản giấy", "goes on paper too"}));
  c = p.command(*g, "export", {"Xuất sổ theo mẫu NĐ 30/2020 (được ghi nhật ký).", "Export a register in its official form (audited)."}, kRegisterExamples, [&p, a](Console&) { return export_rows(p, *a); });
  p.draws(c);
  filters(p, c, *a);
  c->add_option("--edxml", a->edxml, p.words({"thay vào đó: tiêu đề edXML của từng văn bản đi, mỗi văn bản một tệp trong thư mục này", "instead: the edXML headers of outgoing documents, a file each in this folder"}))->type_name("DIR");
}

}  // namespace cli
