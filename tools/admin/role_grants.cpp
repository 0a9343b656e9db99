// Granting, revoking and listing roles.
#include "base/domain_name.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/transfers.hpp"

namespace admin {
namespace {

Json grant_json(const store::Snapshot& snapshot, const RoleGrant& g) {
  const auto account = snapshot.account(g.account);
  Json out = {{"account", account ? Json(account->address) : Json(nullptr)}, {"role", name_of(g.role)}, {"scope", "site"}, {"name", nullptr}};
  if (g.domain != store::DomainId{}) {
    out["scope"] = "domain";
    snapshot.for_each_domain([&](const store::Domain& d) {
      if (d.id == g.domain) out["name"] = d.name;
      return d.id != g.domain;
    });
  } else if (g.agency != store::AgencyId{}) {
    out["scope"] = "agency";
    out["name"] = text_or_null(agency_code(snapshot, g.agency));
  }
  return out;
}

// Which reach a role may have: one that may set passwords never goes beyond what it is named after.
Result<void> check_reach(const RoleGrant& g) {
  const bool domain = g.domain != store::DomainId{}, agency = g.agency != store::AgencyId{}, site = !domain && !agency;
  const auto wrong = [&](const char* reach) { return fail(Errc::invalid, "role " + std::string(name_of(g.role)) + " is granted for " + reach); };
  if (g.role == Role::admin && !site) return wrong("the whole site");
  if (g.role == Role::domain_admin && !domain) return wrong("a domain");
  if ((g.role == Role::agency_admin || g.role == Role::clerk) && !agency) return wrong("an agency");
  return {};
}

struct Wanted {
  std::string account, role;
  std::optional<std::string> domain, agency;
};

Result<RoleGrant> grant_from(const store::Snapshot& snapshot, const Wanted& w) {
  RoleGrant g;
  const auto role = role_of(w.role);
  if (!role) return fail(Errc::invalid, "role: admin, domain-admin, agency-admin, clerk, compliance or auditor");
  g.role = *role;
  const auto account = account_named(snapshot, w.account);
  if (!account) return account.error();
  g.account = account->id;
  if (w.domain && w.agency) return fail(Errc::invalid, "domain and agency: only one of them");
  if (w.domain) {
    const auto name = base::canonical_domain(*w.domain);
    if (!name) return name.error();
    const auto row = snapshot.domain(*name);
    if (!row) return fail(Errc::not_found, "no such domain: " + *name);
    g.domain = row->id;
  }
  const auto agency = agency_id(snapshot, w.agency);
  if (!agency) return agency.error();
  g.agency = *agency;
  if (auto good = check_reach(g); !good) return good.error();
  return g;
}

Result<Json> change_grant(const Call& call, const Wanted& wanted, bool grant) {
  std::string key, address;
  Json detail;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const auto g = grant_from(*snapshot, wanted);
    if (!g) return g.error();
    key = grant_key(*g);
    detail = grant_json(*snapshot, *g);
    address = detail["account"].get<std::string>();
    detail.erase("account");
  }
  store::PutEntry op{store::Entry::role, std::move(key), grant ? "1" : ""};
  return commit(call, {step(std::move(op))}, grant ? "role.grant" : "role.revoke", address, std::move(detail));
}

}  // namespace

Result<Json> list_roles(const Call& call) {
  const auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json list = Json::array();
  if (const std::string_view given = call.request.arg("account"); !given.empty()) {
    const auto account = account_named(*snapshot, given);
    if (!account) return account.error();
    for (const RoleGrant& g : grants_of(*snapshot, account->id)) list.push_back(grant_json(*snapshot, g));
  } else {
    snapshot->for_each_entry(store::Entry::role, "", [&](std::string_view key, std::string_view) {
      if (const auto g = parse_grant(key)) list.push_back(grant_json(*snapshot, *g));
      return true;
    });
  }
  return Json{{"schema", "congthu.roles/1"}, {"roles", std::move(list)}};
}

Result<Json> grant_role(const Call& call) {
  Body body(call.request.body);
  const Wanted wanted{body.required("account"), body.required("role"), body.text("domain"), body.text("agency")};
  if (auto error = body.error()) return *error;
  return change_grant(call, wanted, true);
}

Result<Json> revoke_role(const Call& call) {
  const auto arg = [&](const char* name) {
    const std::string_view text = call.request.arg(name);
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
  };
  return change_grant(call, {std::string(call.request.arg("account")), std::string(call.request.arg("role")), arg("domain"), arg("agency")}, false);
}

std::vector<Change::Step> without_grants(const store::Snapshot& snapshot, store::DomainId domain, store::AgencyId agency) {
  std::vector<Change::Step> out;
  snapshot.for_each_entry(store::Entry::role, "", [&](std::string_view key, std::string_view) {
    const auto g = parse_grant(key);
    if (g && ((domain != store::DomainId{} && g->domain == domain) || (agency != store::AgencyId{} && g->agency == agency)))
      out.push_back(step(store::PutEntry{store::Entry::role, std::string(key), ""}));
    return true;
  });
  return out;
}

}  // namespace admin
