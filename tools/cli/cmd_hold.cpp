#include "tools/cli/cmd_hold.hpp"

#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

struct HoldArguments {
  std::string name, account, agency, document, search, reason, case_number;
  bool everything = false;
};

constexpr base::Text kHoldExamples{
    "congthu hold place vu-12 --account an@songla.gov.vn --reason \"thanh tra\" --case 12/2026\n"
    "congthu hold place vu-13 --agency snv --reason \"kiểm toán\"\n"
    "congthu hold place vu-14 --document 204/KH-UBND --reason \"khiếu nại\"\n"
    "congthu hold place vu-15 --search 'from:binh@songla.gov.vn \"đấu thầu\"' --reason \"điều tra\" --case 7/2026\n"
    "congthu hold show vu-14\ncongthu hold lift vu-12 --reason \"đã kết thúc\"",
    "congthu hold place case-12 --account an@songla.gov.vn --reason \"inquiry\" --case 12/2026\n"
    "congthu hold place case-13 --agency snv --reason \"audit\"\n"
    "congthu hold place case-14 --document 204/KH-UBND --reason \"complaint\"\n"
    "congthu hold place case-15 --search 'from:binh@songla.gov.vn \"đấu thầu\"' --reason \"investigation\" --case 7/2026\n"
    "congthu hold show case-14\ncongthu hold lift case-12 --reason \"closed\""};

int place(Program& p, const HoldArguments& a) {
  Json body = {{"name", a.name}, {"reason", a.reason}};
  const bool by_text = !a.document.empty() || !a.search.empty();
  const int scopes = int(!a.document.empty()) + int(!a.search.empty()) + int(!a.agency.empty()) + int(a.everything) + int(!a.account.empty() && !by_text);
  if (scopes != 1)
    return p.con.fail(kUsage, p.con.text({"cần đúng một trong --account, --agency, --document, --search, --everything (--account kèm được --document và --search)",
                                          "give one of --account, --agency, --document, --search, --everything (--account goes with --document and --search)"}));
  body["scope"] = !a.document.empty() ? "document" : !a.search.empty() ? "search" : !a.agency.empty() ? "agency" : a.everything ? "everything" : "account";
  if (!a.account.empty()) body["account"] = a.account;
  if (!a.agency.empty()) body["agency"] = a.agency;
  if (by_text) body["text"] = a.document.empty() ? a.search : a.document;
  if (!a.case_number.empty()) body["case"] = a.case_number;
  return change(p, "POST", "/holds", body, a.name);
}

int show_hold(Program& p, const HoldArguments& a) {
  Backend backend(p.con, p.config);
  auto reply = backend.call("GET", "/holds/" + encoded(a.name));
  if (!reply) return backend.code();
  const Json messages = reply->value("messages", Json::array());
  const auto columns = titled(p.con, {"account", "mailbox", "uid", "expunged"});
  if (p.con.format != Format::table) return show(p.con, columns, messages, *reply), kDone;
  reply->erase("messages");
  show_object(p.con, *reply);
  p.con.out += "\n";
  show(p.con, columns, messages, {});
  return kDone;
}

}  // namespace

void add_hold(Program& p) {
  auto a = std::make_shared<HoldArguments>();
  CLI::App* g = p.group("hold", {"Lệnh giữ thư theo pháp luật: không gì bên dưới bị xoá hẳn.", "Legal holds: nothing below one is destroyed."}, kHoldExamples);
  CLI::App* c = p.command(*g, "place", {"Đặt lệnh giữ.", "Place a hold."}, kHoldExamples, [&p, a](Console&) { return place(p, *a); });
  c->add_option("NAME", a->name, p.words({"tên của lệnh giữ", "name of the hold"}))->required();
  c->add_option("--reason", a->reason, p.words({"lý do", "reason"}))->required();
  c->add_option("--case", a->case_number, p.words({"số vụ việc", "case number"}));
  c->add_option("--account", a->account, p.words({"mọi thư của tài khoản này", "all mail of this account"}));
  c->add_option("--agency", a->agency, p.words({"mọi thư của cơ quan này và các đơn vị bên dưới", "all mail of this agency and those below it"}));
  c->add_option("--document", a->document, p.words({"thư có số văn bản này, cả thư đến sau", "mail that names this document number, later mail too"}));
  c->add_option("--search", a->search, p.words({"thư khớp: từ, \"cụm từ\", from: to: subject:, tất cả phải có; cả thư đến sau",
                                                "mail that matches: words, \"phrases\", from: to: subject:, all must occur; later mail too"}));
  c->add_flag("--everything", a->everything, p.words({"mọi thư của kho", "all mail of the store"}));
  c = p.command(*g, "lift", {"Gỡ lệnh giữ.", "Lift a hold."}, kHoldExamples, [&p, a](Console&) {
    std::string target = "/holds/" + encoded(a->name) + "?reason=" + encoded(a->reason);
    if (!a->case_number.empty()) target += "&case=" + encoded(a->case_number);
    return change(p, "DELETE", target, {}, a->name);
  });
  c->add_option("NAME", a->name, p.words({"tên của lệnh giữ", "name of the hold"}))->required();
  c->add_option("--reason", a->reason, p.words({"lý do", "reason"}))->required();
  c->add_option("--case", a->case_number, p.words({"số vụ việc", "case number"}));
  p.command(*g, "list", {"Liệt kê (được ghi nhật ký).", "List them (audited)."}, kHoldExamples, [&p](Console&) {
    return list(p, "/holds", "holds", {"name", "scope", "account", "agency", "text", "reason", "case", "placed", "placed_by", "state"});
  });
  c = p.command(*g, "show", {"Một lệnh giữ và những thư đã khớp (được ghi nhật ký).", "One hold and the messages that matched (audited)."}, kHoldExamples, [&p, a](Console&) { return show_hold(p, *a); });
  c->add_option("NAME", a->name, p.words({"tên của lệnh giữ", "name of the hold"}))->required();
}

}  // namespace cli
