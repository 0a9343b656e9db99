#include "tests/support/pki.hpp"
#include "tests/tools/admin/fixture.hpp"
#include "tools/admin/trust_rows.hpp"

using namespace admin;
using admin::test::Fixture;

BOOST_FIXTURE_TEST_SUITE(admin_trust, Fixture)

BOOST_AUTO_TEST_CASE(anchors_are_added_listed_and_removed) {
  const auto root = ::test::make_certificate(::test::ca_spec("Root Ví dụ"));
  const Json body = {{"pem", root.certificate}, {"class", "vgca"}, {"domains", {"SongLa.gov.vn"}}};
  const Json added = ok("POST", "/trust", body);
  BOOST_TEST(added.at("changed") == true);
  const std::string fingerprint = added.at("fingerprints").at(0).get<std::string>();
  BOOST_TEST(!changed("POST", "/trust", body));
  const Json rows = ok("GET", "/trust").at("trust");
  BOOST_REQUIRE(rows.size() == 1u);
  BOOST_TEST(rows[0].at("fingerprint") == fingerprint);
  BOOST_TEST(rows[0].at("class") == "vgca");
  BOOST_TEST(rows[0].at("subject").get<std::string>().find("Root Ví dụ") != std::string::npos);
  BOOST_TEST(rows[0].at("expired") == false);
  BOOST_TEST(rows[0].at("domains") == Json::array({"songla.gov.vn"}));
  BOOST_TEST(status("POST", "/trust", {{"pem", root.certificate}, {"class", "site"}}) == 409);
  BOOST_TEST(status("DELETE", "/trust/ab") == 400);
  BOOST_TEST(changed("DELETE", "/trust/" + fingerprint.substr(0, 12)));
  BOOST_TEST(ok("GET", "/trust").at("trust").empty());
  BOOST_TEST(status("DELETE", "/trust/" + fingerprint) == 404);
}

BOOST_AUTO_TEST_CASE(several_certificates_in_one_file_and_crls_are_rows_of_their_own) {
  const auto root = ::test::make_certificate(::test::ca_spec("Root A"));
  const auto other = ::test::make_certificate(::test::ca_spec("Root B"));
  BOOST_TEST(ok("POST", "/trust", {{"pem", "text before\n" + root.certificate + other.certificate}}).at("fingerprints").size() == 2u);
  BOOST_TEST(changed("POST", "/trust", {{"pem", ::test::make_crl(root)}, {"kind", "crl"}}));
  auto snapshot = store->snapshot();
  const auto material = trust_material(*snapshot, config);
  BOOST_TEST(material.anchors.size() == 2u);
  BOOST_TEST(material.crls.size() == 1u);
  BOOST_TEST(policy::trust::make_store(material).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_certificate_is_refused) {
  const auto root = ::test::make_certificate(::test::ca_spec("Root A"));
  BOOST_TEST(status("POST", "/trust", {{"pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}}) == 400);
  BOOST_TEST(status("POST", "/trust", {{"pem", "-----BEGIN CERTIFICATE-----\nAAAA\n"}}) == 400);
  BOOST_TEST(status("POST", "/trust", {{"pem", "nothing"}}) == 400);
  BOOST_TEST(status("POST", "/trust", {{"pem", root.certificate + root.key}}) == 400);  // a private key must not get in here
  BOOST_TEST(status("POST", "/trust", {{"pem", root.certificate}, {"class", "none"}}) == 400);
  BOOST_TEST(status("POST", "/trust", {{"pem", root.certificate}, {"kind", "key"}}) == 400);
  BOOST_TEST(status("POST", "/trust", {{"pem", ""}, {"der", ""}}) == 400);
  BOOST_TEST(ok("GET", "/trust").at("trust").empty());
}

BOOST_AUTO_TEST_CASE(the_sites_names_go_with_the_anchors) {
  province();
  changed("POST", "/agencies", {{"code", "cu"}, {"name", "Sở Mới"}, {"aliases", {"Sở Cũ"}}});
  auto snapshot = store->snapshot();
  const auto material = trust_material(*snapshot, config);
  BOOST_TEST(material.site_domains == std::vector<std::string>{"songla.gov.vn"}, boost::test_tools::per_element());
  BOOST_TEST(std::count(material.site_agencies.begin(), material.site_agencies.end(), "Sở Cũ") == 1);
}

BOOST_AUTO_TEST_CASE(running_parts_hear_of_a_change) {
  unsigned heard = 0;
  context->services.changed = [&](Changed what) { heard += what == Changed::trust; };
  const auto root = ::test::make_certificate(::test::ca_spec("Root A"));
  const Json added = ok("POST", "/trust", {{"pem", root.certificate}});
  changed("DELETE", "/trust/" + added.at("fingerprints").at(0).get<std::string>());
  BOOST_TEST(heard == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
