// congthu role grant|revoke|list.
#include "tools/cli/admin_command.hpp"

namespace cli {
namespace {

struct RoleArguments {
  std::string account, role, domain, agency;
};

constexpr base::Text kRoleExamples{
    "congthu role grant an.nguyen@songla.gov.vn auditor\ncongthu role grant vanthu@songla.gov.vn clerk --agency svd\n"
    "congthu role grant binh.le@songla.gov.vn domain-admin --domain songla.gov.vn\n"
    "congthu role list\ncongthu --as an.nguyen@songla.gov.vn audit verify",
    "congthu role grant an.nguyen@songla.gov.vn auditor\ncongthu role grant clerk@songla.gov.vn clerk --agency svd\n"
    "congthu role grant binh.le@songla.gov.vn domain-admin --domain songla.gov.vn\n"
    "congthu role list\ncongthu --as an.nguyen@songla.gov.vn audit verify"};

void role_options(Program& p, CLI::App* c, const std::shared_ptr<RoleArguments>& a) {
  c->add_option("ACCOUNT", a->account, p.words({"địa chỉ của tài khoản", "the account's address"}))->required();
  c->add_option("ROLE", a->role, p.words({"admin, domain-admin, agency-admin, clerk (văn thư), compliance (giám sát), auditor (kiểm toán)",
                                          "admin, domain-admin, agency-admin, clerk, compliance, auditor"}))->required();
  c->add_option("--domain", a->domain, p.words({"trong tên miền này", "for this domain"}));
  c->add_option("--agency", a->agency, p.words({"trong cơ quan này và các đơn vị bên dưới; không có cả hai: toàn máy chủ", "for this agency and all below; without either: the whole site"}));
}

}  // namespace

void add_role(Program& p) {
  auto a = std::make_shared<RoleArguments>();
  CLI::App* g = p.group("role", {"Vai trò: ai được làm gì, ở đâu (congthu --as TÀI_KHOẢN).", "Roles: who may do what, and where (congthu --as ACCOUNT)."}, kRoleExamples);
  CLI::App* c = p.command(*g, "grant", {"Trao vai trò.", "Grant a role."}, kRoleExamples, [&p, a](Console&) {
    Json body = {{"account", a->account}, {"role", a->role}};
    if (!a->domain.empty()) body["domain"] = a->domain;
    if (!a->agency.empty()) body["agency"] = a->agency;
    return change(p, "POST", "/roles", body, a->account + " " + a->role);
  });
  role_options(p, c, a);
  c = p.command(*g, "revoke", {"Thu lại vai trò.", "Revoke a role."}, kRoleExamples, [&p, a](Console&) {
    std::string target = "/roles?account=" + encoded(a->account) + "&role=" + encoded(a->role);
    if (!a->domain.empty()) target += "&domain=" + encoded(a->domain);
    if (!a->agency.empty()) target += "&agency=" + encoded(a->agency);
    return change(p, "DELETE", target, {}, a->account + " " + a->role);
  });
  role_options(p, c, a);
  c = p.command(*g, "list", {"Mọi vai trò, hoặc của một tài khoản.", "All roles, or those of one account."}, kRoleExamples, [&p, a](Console&) {
    return list(p, a->account.empty() ? "/roles" : "/roles?account=" + encoded(a->account), "roles", {"account", "role", "scope", "name"});
  });
  c->add_option("ACCOUNT", a->account, p.words({"địa chỉ của tài khoản", "the account's address"}));
}

}  // namespace cli
