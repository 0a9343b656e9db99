// congthu domain, congthu alias.
#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

struct DomainArguments {
  std::string name, agency;
  std::vector<std::string> targets;
  bool replace = false;
};

constexpr base::Text kDomainExamples{"congthu domain add songla.gov.vn --agency ubnd\ncongthu domain list --format json\ncongthu domain remove cu.songla.gov.vn",
                                     "congthu domain add songla.gov.vn --agency ubnd\ncongthu domain list --format json\ncongthu domain remove old.songla.gov.vn"};
constexpr base::Text kAliasExamples{"congthu alias add postmaster@songla.gov.vn quantri@songla.gov.vn\ncongthu alias list\ncongthu alias remove cu@songla.gov.vn",
                                    "congthu alias add postmaster@songla.gov.vn admin@songla.gov.vn\ncongthu alias list\ncongthu alias remove old@songla.gov.vn"};

}  // namespace

void add_domain(Program& p) {
  auto a = std::make_shared<DomainArguments>();
  CLI::App* g = p.group("domain", {"Tên miền thư của đơn vị.", "The site's mail domains."}, kDomainExamples);
  const auto name = [&p, a](CLI::App* c) { c->add_option("NAME", a->name, p.words({"tên miền", "the domain"}))->required(); };
  CLI::App* add = p.command(*g, "add", {"Thêm tên miền.", "Add a domain."}, kDomainExamples, [&p, a](Console&) {
    Json body{{"name", a->name}};
    if (!a->agency.empty()) body["agency"] = a->agency;
    return change(p, "POST", "/domains", body, a->name);
  });
  name(add);
  add->add_option("--agency", a->agency, p.words({"mã cơ quan quản lý", "code of the agency"}))->type_name("CODE");
  p.command(*g, "list", {"Liệt kê tên miền.", "List the domains."}, kDomainExamples,
            [&p](Console&) { return list(p, "/domains", "domains", {"name", "agency"}); });
  name(p.command(*g, "show", {"Xem một tên miền.", "Show a domain."}, kDomainExamples, [&p, a](Console&) { return show_one(p, "/domains/" + encoded(a->name)); }));
  name(p.command(*g, "remove", {"Bỏ một tên miền không còn dùng.", "Remove a domain that is no longer used."}, kDomainExamples,
                 [&p, a](Console&) { return change(p, "DELETE", "/domains/" + encoded(a->name), {}, a->name); }));
}

void add_alias(Program& p) {
  auto a = std::make_shared<DomainArguments>();
  CLI::App* g = p.group("alias", {"Địa chỉ chuyển tiếp.", "Aliases."}, kAliasExamples);
  const auto address = [&p, a](CLI::App* c) { c->add_option("ADDRESS", a->name, p.words({"địa chỉ", "the address"}))->required(); };
  CLI::App* add = p.command(*g, "add", {"Thêm địa chỉ chuyển tiếp.", "Add an alias."}, kAliasExamples, [&p, a](Console&) {
    Json body{{"address", a->name}, {"targets", a->targets}};
    if (a->replace) body["replace"] = true;
    return change(p, "POST", "/aliases", body, a->name);
  });
  address(add);
  add->add_option("TARGET", a->targets, p.words({"địa chỉ nhận", "addresses that get the mail"}))->required();
  add->add_flag("--replace", a->replace, p.words({"thay danh sách đang có", "replace the present list"}));
  p.command(*g, "list", {"Liệt kê.", "List them."}, kAliasExamples, [&p](Console&) { return list(p, "/aliases", "aliases", {"address", "targets"}); });
  address(p.command(*g, "show", {"Xem một địa chỉ.", "Show one."}, kAliasExamples, [&p, a](Console&) { return show_one(p, "/aliases/" + encoded(a->name)); }));
  address(p.command(*g, "remove", {"Bỏ một địa chỉ.", "Remove one."}, kAliasExamples,
                    [&p, a](Console&) { return change(p, "DELETE", "/aliases/" + encoded(a->name), {}, a->name); }));
}

}  // namespace cli
