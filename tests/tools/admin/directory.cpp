#include "tests/tools/admin/fixture.hpp"
#include "tools/admin/accounts.hpp"

using namespace admin;
using admin::test::Fixture;

BOOST_FIXTURE_TEST_SUITE(admin_directory, Fixture)

BOOST_AUTO_TEST_CASE(domains_are_canonical_and_adding_twice_changes_nothing) {
  BOOST_TEST(changed("POST", "/domains", {{"name", "SongLa.gov.VN."}}));
  BOOST_TEST(!changed("POST", "/domains", {{"name", "songla.gov.vn"}}));
  BOOST_TEST(ok("GET", "/domains").at("domains").size() == 1u);
  BOOST_TEST(ok("GET", "/domains/songla.gov.vn").at("agency").is_null());
  BOOST_TEST(status("POST", "/domains", {{"name", "not a domain"}}) == 400);
  BOOST_TEST(status("POST", "/domains", {{"name", "khac.gov.vn"}, {"agency", "none"}}) == 404);
  BOOST_TEST(changed("DELETE", "/domains/songla.gov.vn"));
  BOOST_TEST(status("GET", "/domains/songla.gov.vn") == 404);
  BOOST_TEST(status("DELETE", "/domains/songla.gov.vn") == 404);
}

BOOST_AUTO_TEST_CASE(agencies_form_a_dated_tree) {
  province();
  changed("POST", "/agencies", {{"code", "huyen"}, {"name", "UBND huyện"}, {"valid_until", "2025-06-30"}});
  changed("POST", "/agencies", {{"code", "xa"}, {"name", "UBND xã"}, {"parent", "huyen"}});
  const Json all = ok("GET", "/agencies").at("agencies");
  BOOST_REQUIRE(all.size() == 4u);
  BOOST_TEST(all[0].at("code") == "huyen");
  BOOST_TEST(all[1].at("depth") == 1u);
  const Json later = ok("GET", "/agencies?at=2025-07-01").at("agencies");
  BOOST_TEST(later.size() == 3u);  // the district is gone, its commune is not
  BOOST_TEST(ok("GET", "/agencies?at=2025-06-30").at("agencies").size() == 4u);
  BOOST_TEST(status("GET", "/agencies?at=2025-02-30") == 400);
}

BOOST_AUTO_TEST_CASE(an_agency_that_differs_conflicts_unless_replaced) {
  province();
  BOOST_TEST(!changed("POST", "/agencies", {{"code", "svd"}, {"name", "Sở Ví dụ"}, {"symbol", "SVD"}}));
  BOOST_TEST(status("POST", "/agencies", {{"code", "svd"}, {"name", "Sở Khác"}}) == 409);
  BOOST_TEST(changed("POST", "/agencies", {{"code", "svd"}, {"name", "Sở Khác"}, {"replace", true}}));
  BOOST_TEST(ok("GET", "/agencies/svd").at("name") == "Sở Khác");
  BOOST_TEST(status("POST", "/agencies", {{"code", "svd"}, {"name", "Sở"}, {"parent", "ttvd"}, {"replace", true}}) == 400);
  BOOST_TEST(status("DELETE", "/agencies/svd") == 409);  // still needed
}

BOOST_AUTO_TEST_CASE(an_account_gets_its_password_and_default_quota) {
  province();
  const Json a = ok("GET", "/accounts/an%40songla.gov.vn");
  BOOST_TEST(a.at("quota") == config.store.default_quota);
  BOOST_TEST(a.at("agency") == "svd");
  auto snapshot = store->snapshot();
  const auto secret = credential(*snapshot, snapshot->account("an@songla.gov.vn")->id);
  BOOST_REQUIRE(secret);
  BOOST_TEST(base::verify_password(secret->argon2, "mat khau 1"));
  BOOST_TEST(!base::verify_password(secret->argon2, "mat khau 2"));
}

BOOST_AUTO_TEST_CASE(repeating_an_account_is_fine_only_with_the_same_password) {
  province();
  const Json same = {{"address", "AN@songla.gov.vn"}, {"name", "Nguyễn Văn An"}, {"agency", "svd"}, {"password", "mat khau 1"}};
  BOOST_TEST(!changed("POST", "/accounts", same));
  Json other = same;
  other["password"] = "mat khau 2";
  BOOST_TEST(status("POST", "/accounts", other) == 409);
  other = same;
  other["name"] = "Người khác";
  BOOST_TEST(status("POST", "/accounts", other) == 409);
}

BOOST_AUTO_TEST_CASE(only_a_functional_mailbox_may_have_no_password) {
  province();
  BOOST_TEST(status("POST", "/accounts", {{"address", "binh@songla.gov.vn"}}) == 400);
  BOOST_TEST(status("POST", "/accounts", {{"address", "binh@songla.gov.vn"}, {"password", ""}}) == 400);
  BOOST_TEST(status("POST", "/accounts", {{"address", "binh@khac.gov.vn"}, {"password", "x y z"}}) == 404);
}

BOOST_AUTO_TEST_CASE(an_account_can_be_changed) {
  province();
  BOOST_TEST(changed("POST", "/accounts/an%40songla.gov.vn", {{"quota", 1000}, {"password", "moi hon"}, {"disabled", true}}));
  const Json a = ok("GET", "/accounts/an%40songla.gov.vn");
  BOOST_TEST(a.at("quota") == 1000);
  BOOST_TEST(a.at("disabled") == true);
  BOOST_TEST(changed("POST", "/accounts/an%40songla.gov.vn", {{"quota", nullptr}}));
  BOOST_TEST(ok("GET", "/accounts/an%40songla.gov.vn").at("quota").is_null());
  BOOST_TEST(status("POST", "/accounts/ai%40songla.gov.vn", {{"quota", 1}}) == 404);
}

BOOST_AUTO_TEST_CASE(send_as_is_granted_and_revoked) {
  province();
  const std::string path = "/accounts/vanthu%40songla.gov.vn/send-as/an%40songla.gov.vn";
  BOOST_TEST(changed("POST", path));
  BOOST_TEST(!changed("POST", path));
  BOOST_TEST(ok("GET", "/accounts/vanthu%40songla.gov.vn").at("send_as") == Json::array({"an@songla.gov.vn"}));
  BOOST_TEST(changed("DELETE", path));
  BOOST_TEST(ok("GET", "/accounts/vanthu%40songla.gov.vn").at("send_as").empty());
}

BOOST_AUTO_TEST_CASE(accounts_are_listed_by_agency) {
  province();
  BOOST_TEST(ok("GET", "/accounts").at("accounts").size() == 2u);
  BOOST_TEST(ok("GET", "/accounts?agency=svd").at("accounts").size() == 1u);
  BOOST_TEST(ok("GET", "/accounts?domain=songla.gov.vn").at("accounts").size() == 2u);
  BOOST_TEST(status("GET", "/accounts?agency=none") == 404);
}

BOOST_AUTO_TEST_CASE(aliases_come_and_go) {
  province();
  const Json alias = {{"address", "phong@songla.gov.vn"}, {"targets", {"an@songla.gov.vn", "vanthu@songla.gov.vn"}}};
  BOOST_TEST(changed("POST", "/aliases", alias));
  BOOST_TEST(!changed("POST", "/aliases", alias));
  BOOST_TEST(status("POST", "/aliases", {{"address", "phong@songla.gov.vn"}, {"targets", {"an@songla.gov.vn"}}}) == 409);
  BOOST_TEST(changed("POST", "/aliases", {{"address", "phong@songla.gov.vn"}, {"targets", {"an@songla.gov.vn"}}, {"replace", true}}));
  BOOST_TEST(ok("GET", "/aliases").at("aliases").size() == 1u);
  BOOST_TEST(status("POST", "/aliases", {{"address", "rong@songla.gov.vn"}, {"targets", Json::array()}}) == 400);
  BOOST_TEST(changed("DELETE", "/aliases/phong%40songla.gov.vn"));
  BOOST_TEST(status("GET", "/aliases/phong%40songla.gov.vn") == 404);
}

BOOST_AUTO_TEST_CASE(every_change_is_audited_and_no_password_is) {
  province();
  changed("DELETE", "/accounts/an%40songla.gov.vn");
  const Json trail = ok("GET", "/audit").at("audit");
  BOOST_REQUIRE(trail.size() == 6u);
  BOOST_TEST(trail[0].at("what") == "domain.add");
  BOOST_TEST(trail[0].at("who") == "uid 0 (root)");
  BOOST_TEST(trail[0].at("at") == "2026-11-22T09:00:00+07:00");
  BOOST_TEST(trail[5].at("what") == "account.remove");
  BOOST_TEST(trail.dump().find("mat khau") == std::string::npos);
  BOOST_TEST(ok("GET", "/audit?after=5").at("audit").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_refused_change_leaves_no_audit_row) {
  province();
  const auto before = ok("GET", "/audit").at("audit").size();
  status("DELETE", "/agencies/svd");
  changed("POST", "/domains", {{"name", "songla.gov.vn"}});
  BOOST_TEST(ok("GET", "/audit").at("audit").size() == before);
}

BOOST_AUTO_TEST_CASE(bodies_are_read_strictly) {
  BOOST_TEST(status("POST", "/domains", {{"name", "a.vn"}, {"colour", 1}}) == 400);
  BOOST_TEST(status("POST", "/domains", {{"name", 7}}) == 400);
  BOOST_TEST(status("POST", "/domains", Json::array()) == 400);
  auto request = make_request("POST", "/domains", "{broken", "x");
  BOOST_TEST(handle(*context, *request).status == 400);
  BOOST_TEST(status("GET", "/nothing") == 404);
  BOOST_TEST(status("PUT", "/domains") == 405);
  BOOST_TEST(!make_request("GET", "/a%zz", "", ""));
  BOOST_TEST(!make_request("GET", "a", "", ""));
  BOOST_TEST(!make_request("GET", "/a%00", "", ""));
}

BOOST_AUTO_TEST_SUITE_END()
