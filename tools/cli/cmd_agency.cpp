// congthu agency: the tree of agencies with effective dates.
#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

struct AgencyArguments {
  std::string code, name, parent, symbol, from, until, at;
  std::vector<std::string> aliases;
  bool replace = false;
};

constexpr base::Text kAgencyExamples{"congthu agency add ubnd --name \"UBND tỉnh Ví dụ\" --symbol UBND\ncongthu agency add snv --name \"Sở Nội vụ\" --parent ubnd --symbol SNV\n"
                               "congthu agency list --at 2025-06-30",
                               "congthu agency add ubnd --name \"UBND tỉnh Ví dụ\" --symbol UBND\ncongthu agency add snv --name \"Sở Nội vụ\" --parent ubnd --symbol SNV\n"
                               "congthu agency list --at 2025-06-30"};

int add(Program& p, const AgencyArguments& a) {
  Json body{{"code", a.code}, {"name", a.name}};
  const std::pair<const char*, const std::string&> optional[] = {{"parent", a.parent}, {"symbol", a.symbol}, {"valid_from", a.from}, {"valid_until", a.until}};
  for (const auto& [key, value] : optional)
    if (!value.empty()) body[key] = value;
  if (!a.aliases.empty()) body["aliases"] = a.aliases;
  if (a.replace) body["replace"] = true;
  return change(p, "POST", "/agencies", body, a.code);
}

}  // namespace

void add_agency(Program& p) {
  auto a = std::make_shared<AgencyArguments>();
  CLI::App* g = p.group("agency", {"Cơ quan, đơn vị và thời gian hiệu lực.", "Agencies and when they exist."}, kAgencyExamples);
  const auto code = [&p, a](CLI::App* c) { c->add_option("CODE", a->code, p.words({"mã cơ quan", "the agency's code"}))->required(); };
  CLI::App* c = p.command(*g, "add", {"Thêm hoặc (--replace) sửa cơ quan.", "Add or (--replace) change an agency."}, kAgencyExamples, [&p, a](Console&) { return add(p, *a); });
  code(c);
  c->add_option("--name", a->name, p.words({"tên đầy đủ", "the full name"}))->required()->type_name("N");
  c->add_option("--parent", a->parent, p.words({"mã cơ quan cấp trên", "code of the parent"}))->type_name("CODE");
  c->add_option("--symbol", a->symbol, p.words({"ký hiệu trong số văn bản", "symbol in document numbers"}))->type_name("S");
  c->add_option("--from", a->from, p.words({"có từ ngày (2025-07-01)", "exists from (2025-07-01)"}))->type_name("DATE");
  c->add_option("--until", a->until, p.words({"đến hết ngày", "until the end of"}))->type_name("DATE");
  c->add_option("--alias", a->aliases, p.words({"tên khác, tên cũ; lặp lại được", "another or former name; repeatable"}))->type_name("N")->expected(1)->take_all();
  c->add_flag("--replace", a->replace, p.words({"sửa cơ quan đã có", "change an agency that is there"}));
  c = p.command(*g, "list", {"Liệt kê theo cây.", "List the tree."}, kAgencyExamples, [&p, a](Console&) {
    return list(p, "/agencies" + (a->at.empty() ? "" : "?at=" + encoded(a->at)), "agencies", {"code", "name", "parent", "symbol", "valid_from", "valid_until", "aliases"});
  });
  c->add_option("--at", a->at, p.words({"chỉ cơ quan có vào ngày này", "only those that exist on this day"}))->type_name("DATE");
  code(p.command(*g, "show", {"Xem một cơ quan.", "Show one."}, kAgencyExamples, [&p, a](Console&) { return show_one(p, "/agencies/" + encoded(a->code)); }));
  code(p.command(*g, "remove", {"Bỏ một cơ quan không còn gì thuộc về.", "Remove an agency that nothing belongs to."}, kAgencyExamples,
                 [&p, a](Console&) { return change(p, "DELETE", "/agencies/" + encoded(a->code), {}, a->code); }));
}

}  // namespace cli
