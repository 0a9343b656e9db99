// Roles: what each may do and where it ends, at the one table that every request passes.
#include <set>

#include "base/crypto.hpp"
#include "tests/tools/admin/fixture.hpp"
#include "tools/registers/arrivals.hpp"
#include "tools/registers/rules.hpp"

using namespace admin;
using admin::test::Fixture;

namespace {

struct Roled : Fixture {
  Roled() {
    config.audit.key = directory / "audit-key.pem";
    province();  // an (svd), vanthu (ttvd, below svd)
    changed("POST", "/domains", {{"name", "khac.gov.vn"}});
    changed("POST", "/agencies", {{"code", "sk"}, {"name", "Sở Khác"}});
    person("kiem@songla.gov.vn", "sk");
    person("binh@songla.gov.vn", "ttvd");
    person("xa@khac.gov.vn", "sk");
  }
  void person(const std::string& address, const std::string& agency) {
    changed("POST", "/accounts", {{"address", address}, {"agency", agency}, {"password", "mat khau 1"}});
  }
  void grant(const std::string& account, const std::string& role, const std::string& key = "", const std::string& name = "") {
    Json body = {{"account", account}, {"role", role}};
    if (!key.empty()) body[key] = name;
    BOOST_TEST(changed("POST", "/roles", body));
  }
  Reply as(const std::string& account, std::string method, std::string_view target, const Json& body = nullptr, const std::string& password = "mat khau 1") {
    auto request = make_request(std::move(method), target, body.is_null() ? std::string{} : body.dump(), "uid 1000 (ai)");
    BOOST_REQUIRE(request);
    request->login = Login{account, password};
    return handle(*context, *request);
  }
  int code(const std::string& account, std::string method, std::string_view target, const Json& body = nullptr) {
    return as(account, std::move(method), target, body).status;
  }
};

const std::string kAn = "an@songla.gov.vn", kKiem = "kiem@songla.gov.vn", kBinh = "binh@songla.gov.vn", kXa = "xa@khac.gov.vn";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_roles, Roled)

BOOST_AUTO_TEST_CASE(without_a_role_only_the_own_mailbox_is_open) {
  BOOST_TEST(code(kAn, "GET", "/accounts") == 403);
  BOOST_TEST(code(kAn, "GET", "/domains") == 403);
  BOOST_TEST(code(kAn, "GET", "/health") == 403);
  BOOST_TEST(code(kAn, "GET", "/metrics") == 403);
  BOOST_TEST(code(kAn, "GET", "/accounts/an%40songla.gov.vn") == 200);
  BOOST_TEST(code(kAn, "GET", "/accounts/an%40songla.gov.vn/accesses") == 200);
  BOOST_TEST(code(kAn, "GET", "/accounts/binh%40songla.gov.vn/accesses") == 403);
  BOOST_TEST(code(kAn, "GET", "/roles?account=an%40songla.gov.vn") == 200);
  BOOST_TEST(code(kAn, "GET", "/roles") == 403);
  BOOST_TEST(code(kAn, "POST", "/accounts/an%40songla.gov.vn", {{"quota", 0}}) == 403);  // own, and still not his to change
  BOOST_TEST(code(kAn, "DELETE", "/accounts/an%40songla.gov.vn") == 403);
  BOOST_TEST(code(kAn, "POST", "/roles", {{"account", kAn}, {"role", "admin"}}) == 403);
}

BOOST_AUTO_TEST_CASE(a_wrong_password_an_unknown_and_a_disabled_account_are_refused_alike) {
  grant(kAn, "admin");
  const Reply wrong = as(kAn, "GET", "/domains", nullptr, "sai");
  BOOST_TEST(wrong.status == 403);
  BOOST_TEST(as("ai@songla.gov.vn", "GET", "/domains").body == wrong.body);
  BOOST_TEST(as("not an address", "GET", "/domains").body == wrong.body);
  BOOST_TEST(as("vanthu@songla.gov.vn", "GET", "/domains").body == wrong.body);  // functional, no password
  BOOST_TEST(code(kAn, "GET", "/domains") == 200);
  changed("POST", "/accounts/an%40songla.gov.vn", {{"disabled", true}});
  BOOST_TEST(as(kAn, "GET", "/domains").body == wrong.body);
}

BOOST_AUTO_TEST_CASE(guessing_is_limited) {
  base::AuthGuard guard(clock, {.pair_limit = 3});
  context->services.guard = &guard;
  grant(kAn, "admin");
  for (int i = 0; i < 3; ++i) BOOST_TEST(as(kAn, "GET", "/domains", nullptr, "sai").status == 403);
  BOOST_TEST(code(kAn, "GET", "/domains") == 503);
  context->services.guard = nullptr;
}

BOOST_AUTO_TEST_CASE(an_admin_may_do_everything_and_acts_under_his_name) {
  grant(kAn, "admin");
  BOOST_TEST(code(kAn, "POST", "/domains", {{"name", "moi.gov.vn"}}) == 200);
  BOOST_TEST(code(kAn, "POST", "/roles", {{"account", kBinh}, {"role", "auditor"}}) == 200);
  const Json trail = ok("GET", "/audit?last=true&limit=1").at("audit");
  BOOST_TEST(trail[0].at("who") == "an@songla.gov.vn (uid 1000 (ai))");
  BOOST_TEST(trail[0].at("what") == "role.grant");
}

BOOST_AUTO_TEST_CASE(refusals_are_audited) {
  code(kAn, "DELETE", "/domains/songla.gov.vn");
  const Json row = ok("GET", "/audit?last=true&limit=1").at("audit")[0];
  BOOST_TEST(row.at("what") == "denied");
  BOOST_TEST(row.at("target") == "DELETE /domains/songla.gov.vn");
  BOOST_TEST(row.at("who").get<std::string>().find(kAn) == 0u);
}

BOOST_AUTO_TEST_CASE(an_agency_admin_rules_his_branch_and_nothing_else) {
  grant(kAn, "agency-admin", "agency", "svd");
  const Json seen = Json::parse(as(kAn, "GET", "/accounts").body).at("accounts");
  std::vector<std::string> names;
  for (const Json& a : seen) names.push_back(a.at("address"));
  std::sort(names.begin(), names.end());
  BOOST_TEST((names == std::vector<std::string>{kAn, kBinh, "vanthu@songla.gov.vn"}));
  const Json made = {{"address", "moi@songla.gov.vn"}, {"agency", "ttvd"}, {"password", "mat khau 2"}};
  BOOST_TEST(code(kAn, "POST", "/accounts", made) == 200);
  Json other = made;
  other["agency"] = "sk";
  other["address"] = "moi2@songla.gov.vn";
  BOOST_TEST(code(kAn, "POST", "/accounts", other) == 403);
  other.erase("agency");
  BOOST_TEST(code(kAn, "POST", "/accounts", other) == 403);
  BOOST_TEST(code(kAn, "POST", "/accounts/binh%40songla.gov.vn", {{"disabled", true}}) == 200);
  BOOST_TEST(code(kAn, "POST", "/accounts/binh%40songla.gov.vn", {{"agency", "sk"}}) == 403);  // out of his hand
  BOOST_TEST(code(kAn, "POST", "/accounts/binh%40songla.gov.vn", {{"agency", nullptr}}) == 403);
  BOOST_TEST(code(kAn, "POST", "/accounts/kiem%40songla.gov.vn", {{"disabled", true}}) == 403);
  BOOST_TEST(code(kAn, "DELETE", "/accounts/kiem%40songla.gov.vn") == 403);
  BOOST_TEST(code(kAn, "POST", "/accounts/vanthu%40songla.gov.vn/send-as/kiem%40songla.gov.vn") == 403);
  BOOST_TEST(code(kAn, "POST", "/accounts/vanthu%40songla.gov.vn/send-as/binh%40songla.gov.vn") == 200);
  BOOST_TEST(code(kAn, "GET", "/search?account=binh%40songla.gov.vn&q=x") == 403);  // administers, does not read
  BOOST_TEST(code(kAn, "GET", "/audit") == 403);
  BOOST_TEST(code(kAn, "POST", "/trust", {{"pem", "x"}}) == 403);
}

BOOST_AUTO_TEST_CASE(nobody_gains_a_role_by_setting_the_password_of_one_who_has_it) {
  grant(kAn, "agency-admin", "agency", "svd");
  grant(kBinh, "auditor");
  BOOST_TEST(code(kAn, "POST", "/accounts/binh%40songla.gov.vn", {{"password", "cua toi"}}) == 403);
  BOOST_TEST(code(kAn, "DELETE", "/accounts/binh%40songla.gov.vn") == 403);
  BOOST_TEST(code(kAn, "POST", "/accounts/binh%40songla.gov.vn/send-as/an%40songla.gov.vn") == 403);
}

BOOST_AUTO_TEST_CASE(a_domain_admin_ends_at_his_domain) {
  grant(kAn, "domain-admin", "domain", "songla.gov.vn");
  BOOST_TEST(code(kAn, "POST", "/accounts/kiem%40songla.gov.vn", {{"disabled", true}}) == 200);
  BOOST_TEST(code(kAn, "POST", "/accounts/xa%40khac.gov.vn", {{"disabled", true}}) == 403);
  BOOST_TEST(code(kAn, "POST", "/aliases", {{"address", "chung@songla.gov.vn"}, {"targets", {kAn}}}) == 200);
  BOOST_TEST(code(kAn, "POST", "/aliases", {{"address", "chung@khac.gov.vn"}, {"targets", {kAn}}}) == 403);
  BOOST_TEST(code(kAn, "DELETE", "/aliases/chung%40songla.gov.vn") == 200);
  BOOST_TEST(code(kAn, "POST", "/domains", {{"name", "moi.gov.vn"}}) == 403);
}

BOOST_AUTO_TEST_CASE(a_compliance_officer_reads_with_a_trace_and_changes_no_account) {
  context->services.search = [](store::AccountId, std::string_view, std::size_t) -> Result<Json> { return Json{{"total", 0}}; };
  grant(kKiem, "compliance", "agency", "svd");
  BOOST_TEST(code(kKiem, "GET", "/search?account=binh%40songla.gov.vn&q=x&reason=thanh+tra") == 200);
  BOOST_TEST(code(kKiem, "GET", "/search?account=xa%40khac.gov.vn&q=x") == 403);
  BOOST_TEST(code(kKiem, "POST", "/accounts/binh%40songla.gov.vn", {{"disabled", true}}) == 403);
  BOOST_TEST(code(kKiem, "GET", "/holds") == 403);  // of the whole site
  grant(kKiem, "compliance");
  BOOST_TEST(code(kKiem, "GET", "/holds") == 200);
  BOOST_TEST(code(kKiem, "POST", "/holds", {{"name", "vu-1"}, {"scope", "account"}, {"account", kBinh}, {"reason", "x"}}) == 200);
  const Json own = Json::parse(as(kBinh, "GET", "/accounts/binh%40songla.gov.vn/accesses").body).at("accesses");
  BOOST_REQUIRE(!own.empty());  // the owner sees who searched; not for what, and not the hold
  BOOST_TEST(own.back().at("what") == "search");
  BOOST_TEST(own.back().at("who").get<std::string>().find(kKiem) == 0u);
  BOOST_TEST(!own.back().contains("detail"));
}

BOOST_AUTO_TEST_CASE(an_auditor_reads_the_log_and_changes_nothing) {
  grant(kKiem, "auditor");
  for (const char* target : {"/audit", "/audit/1", "/audit/rows", "/roles", "/trust", "/keys", "/holds", "/accounts", "/health"})
    BOOST_TEST_CONTEXT(target) BOOST_TEST(code(kKiem, "GET", target) == 200);
  BOOST_TEST(code(kKiem, "POST", "/audit/verify", Json::object()) == 200);
  BOOST_TEST(code(kKiem, "POST", "/audit/head") == 200);
  for (const auto& [method, target] : {std::pair{"DELETE", "/accounts/an%40songla.gov.vn"}, std::pair{"POST", "/store/check"}, std::pair{"POST", "/keys/rewrap"},
                                       std::pair{"DELETE", "/holds/x?reason=y"}, std::pair{"POST", "/accounts/an%40songla.gov.vn/exports"}, std::pair{"POST", "/queue/1/drop"}})
    BOOST_TEST_CONTEXT(target) BOOST_TEST(code(kKiem, method, target) == 403);
}

BOOST_AUTO_TEST_CASE(roles_have_the_reach_that_fits_them) {
  BOOST_TEST(status("POST", "/roles", {{"account", kAn}, {"role", "admin"}, {"domain", "songla.gov.vn"}}) == 400);
  BOOST_TEST(status("POST", "/roles", {{"account", kAn}, {"role", "domain-admin"}}) == 400);
  BOOST_TEST(status("POST", "/roles", {{"account", kAn}, {"role", "clerk"}}) == 400);
  BOOST_TEST(status("POST", "/roles", {{"account", kAn}, {"role", "agency-admin"}, {"domain", "songla.gov.vn"}}) == 400);
  BOOST_TEST(status("POST", "/roles", {{"account", kAn}, {"role", "king"}}) == 400);
  BOOST_TEST(status("POST", "/roles", {{"account", kAn}, {"role", "clerk"}, {"agency", "khong"}}) == 404);
  BOOST_TEST(status("POST", "/roles", {{"account", kAn}, {"role", "auditor"}, {"agency", "svd"}, {"domain", "songla.gov.vn"}}) == 400);
  grant(kAn, "clerk", "agency", "svd");
  BOOST_TEST(!changed("POST", "/roles", {{"account", kAn}, {"role", "clerk"}, {"agency", "svd"}}));  // again: nothing new
  BOOST_TEST(ok("GET", "/roles").at("roles") == Json::array({{{"account", kAn}, {"role", "clerk"}, {"scope", "agency"}, {"name", "svd"}}}));
  BOOST_TEST(changed("DELETE", "/roles?account=an%40songla.gov.vn&role=clerk&agency=svd"));
  BOOST_TEST(status("DELETE", "/roles?account=an%40songla.gov.vn&role=clerk&agency=svd") == 404);
}

BOOST_AUTO_TEST_CASE(a_role_goes_with_its_domain_agency_or_account) {
  grant(kAn, "auditor", "domain", "khac.gov.vn");
  grant(kXa, "clerk", "agency", "sk");
  changed("DELETE", "/accounts/xa%40khac.gov.vn");
  BOOST_TEST(ok("GET", "/roles").at("roles").size() == 1u);
  changed("DELETE", "/domains/khac.gov.vn");
  BOOST_TEST(ok("GET", "/roles").at("roles").empty());
  BOOST_TEST(code(kAn, "GET", "/domains") == 403);
}

BOOST_AUTO_TEST_CASE(a_clerk_works_in_the_registers_of_the_own_agency) {
  std::vector<registers::Arrival> papers;
  for (const char* agency : {"svd", "ttvd", "sk"}) {
    registers::Arrival a;
    a.direction = registers::Direction::incoming;
    a.agency = agency;
    a.at = clock.now();
    a.fields = {{"number", "9/KH-UBND"}, {"issuer", "Ủy ban nhân dân tỉnh Sông La"}, {"date", "2026-11-20"}};
    a.file = "ke-hoach.pdf";
    a.digest = base::sha256_hex("9/KH-UBND");
    papers.push_back(std::move(a));
  }
  BOOST_REQUIRE(store->run(store::ApplyRules{{registers::enter(std::move(papers))}}));
  grant(kAn, "clerk", "agency", "svd");
  grant(kXa, "compliance", "domain", "khac.gov.vn");  // a domain without an agency: no register
  grant(kKiem, "auditor");
  const auto seen = [&](const std::string& account, std::string_view method, std::string_view target, const Json& body = nullptr) {
    const Reply reply = as(account, std::string(method), target, body);
    BOOST_TEST_REQUIRE(reply.status == 200);
    std::set<std::string> out;
    const Json json = Json::parse(reply.body);
    const Json& found = json.contains("documents") ? json.at("documents") : json.at("matches");
    for (const Json& d : found) {
      const Json& row = d.contains("document") ? d.at("document") : d;
      out.insert(row.at("agency"));
    }
    return out;
  };
  const std::set<std::string> own = {"svd", "ttvd"}, all = {"sk", "svd", "ttvd"};
  BOOST_TEST((seen(kAn, "GET", "/registers") == own));
  BOOST_TEST((seen(kAn, "POST", "/registers/export") == own));
  BOOST_TEST((seen(kAn, "GET", "/documents?number=9%2FKH-UBND") == own));
  BOOST_TEST((seen(kAn, "POST", "/documents/match", {{"digest", base::sha256_hex("9/KH-UBND")}, {"text_digest", ""}}) == own));
  BOOST_TEST((seen(kKiem, "GET", "/registers") == all));
  BOOST_TEST(code(kAn, "GET", "/registers?agency=svd,sk") == 403);
  BOOST_TEST(code(kXa, "GET", "/registers") == 403);
  BOOST_TEST(code(kAn, "GET", "/registers/ttvd%2Fin%2F2026%2F1") == 200);
  BOOST_TEST(code(kAn, "GET", "/registers/sk%2Fin%2F2026%2F1") == 403);
  BOOST_TEST(code(kAn, "GET", "/registers/nonsense") == 403);
  BOOST_TEST(code(kAn, "POST", "/registers/ttvd%2Fin%2F2026%2F1/correct", {{"field", "title"}, {"value", "Khác"}}) == 200);
  BOOST_TEST(code(kAn, "POST", "/registers/sk%2Fin%2F2026%2F1/correct", {{"field", "title"}, {"value", "Khác"}}) == 403);
  BOOST_TEST(code(kKiem, "POST", "/registers/svd%2Fin%2F2026%2F1/correct", {{"field", "title"}, {"value", "Khác"}}) == 403);  // reads only
}

BOOST_AUTO_TEST_SUITE_END()
