#include "base/encoding.hpp"
#include "tests/support/ocsp.hpp"
#include "tests/support/pki.hpp"
#include "tests/tools/admin/fixture.hpp"
#include "tools/admin/trust_rows.hpp"

using namespace admin;

namespace {

::test::CertSpec ca_named(const char* name) {
  ::test::CertSpec spec = ::test::ca_spec(name);
  spec.key = "p256";  // made in no time
  return spec;
}

struct TrustFixture : admin::test::Fixture {
  int as(const std::string& who, std::string method, std::string_view target) {
    auto request = make_request(std::move(method), target, {}, who);
    BOOST_REQUIRE(request);
    return handle(*context, *request).status;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_trust, TrustFixture)

BOOST_AUTO_TEST_CASE(anchors_are_added_listed_and_removed) {
  const auto root = ::test::make_certificate(ca_named("Root Ví dụ"));
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
  const auto root = ::test::make_certificate(ca_named("Root A"));
  const auto other = ::test::make_certificate(ca_named("Root B"));
  BOOST_TEST(ok("POST", "/trust", {{"pem", "text before\n" + root.certificate + other.certificate}}).at("fingerprints").size() == 2u);
  BOOST_TEST(changed("POST", "/trust", {{"pem", ::test::make_crl(root)}, {"kind", "crl"}}));
  auto snapshot = store->snapshot();
  const auto material = trust_material(*snapshot, config);
  BOOST_TEST(material.anchors.size() == 2u);
  BOOST_TEST(material.crls.size() == 1u);
  BOOST_TEST(policy::trust::make_store(material).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_certificate_is_refused) {
  const auto root = ::test::make_certificate(ca_named("Root A"));
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

BOOST_AUTO_TEST_CASE(a_check_shows_and_changes_nothing) {
  const auto root = ::test::make_certificate(ca_named("RootCA chuyên dùng Chính phủ G2"));
  const Json seen = ok("POST", "/trust", {{"pem", root.certificate}, {"class", "vgca"}, {"check", true}});
  BOOST_REQUIRE(seen.at("objects").size() == 1u);
  BOOST_TEST(seen["objects"][0].at("well_known").is_null());
  BOOST_TEST(seen["objects"][0].at("warning").at("vi").get<std::string>().find("vân tay khác") != std::string::npos);  // the name alone is no proof
  BOOST_TEST(ok("GET", "/trust").at("trust").empty());
  BOOST_TEST(ok("GET", "/audit").at("audit").empty());
}

BOOST_AUTO_TEST_CASE(another_fingerprint_than_the_expected_one_is_not_added) {
  const auto root = ::test::make_certificate(ca_named("Root A"));
  const std::string right = fingerprint(der_objects(root.certificate)->front());
  BOOST_TEST(status("POST", "/trust", {{"pem", root.certificate}, {"expect", {std::string(64, 'A')}}}) == 409);
  BOOST_TEST(status("POST", "/trust", {{"pem", root.certificate}, {"expect", {right.substr(0, 16)}}}) == 409);  // the whole of it
  BOOST_TEST(ok("GET", "/trust").at("trust").empty());
  std::string with_colons;
  for (std::size_t i = 0; i < right.size(); i += 2) with_colons += (i > 0 ? ":" : "") + right.substr(i, 2);
  BOOST_TEST(changed("POST", "/trust", {{"pem", root.certificate}, {"expect", {with_colons}}}));
}

BOOST_AUTO_TEST_CASE(a_change_waits_for_another_person) {
  config.signature.two_person = true;
  const auto root = ::test::make_certificate(ca_named("Root A"));
  unsigned heard = 0;
  context->services.changed = [&](Changed what) { heard += what == Changed::trust; };
  const Json asked = ok("POST", "/trust", {{"pem", root.certificate}, {"class", "site"}});
  BOOST_REQUIRE(asked.at("pending").is_string());
  const std::string id = asked["pending"].get<std::string>();
  BOOST_TEST(ok("GET", "/trust").at("trust").empty());
  BOOST_TEST(heard == 0u);
  const Json waiting = ok("GET", "/trust/pending").at("pending");
  BOOST_REQUIRE(waiting.size() == 1u);
  BOOST_TEST(waiting[0].at("id") == id);
  BOOST_TEST(waiting[0].at("who") == "uid 0 (root)");
  BOOST_TEST(status("POST", "/trust/pending/" + id + "/approve") == 403);  // not the one who asked
  BOOST_TEST(as("uid 0 (root) congthu", "POST", "/trust/pending/" + id + "/approve") == 403);  // nor by another way in
  BOOST_TEST(as("uid 1001 (binh)", "POST", "/trust/pending/" + id + "/approve") == 200);
  BOOST_TEST(as("uid 1001 (binh)", "POST", "/trust/pending/" + id + "/approve") == 404);
  BOOST_REQUIRE(ok("GET", "/trust").at("trust").size() == 1u);
  BOOST_TEST(heard == 1u);
  const Json audit = ok("GET", "/audit").at("audit");
  BOOST_TEST(audit[0].at("what") == "trust.add.asked");
  BOOST_TEST(audit[1].at("what") == "trust.add");
  BOOST_TEST(audit[1].at("who") == "uid 1001 (binh)");
  BOOST_TEST(audit[1].at("detail").at("asked_by") == "uid 0 (root)");
  // What is so already needs nobody; taking trust away needs two, too.
  BOOST_TEST(ok("POST", "/trust", {{"pem", root.certificate}, {"class", "site"}}).at("changed") == false);
  const Json removal = ok("DELETE", "/trust/" + fingerprint(der_objects(root.certificate)->front()));
  BOOST_REQUIRE(removal.at("pending").is_string());
  BOOST_TEST(ok("GET", "/trust").at("trust").size() == 1u);
  BOOST_TEST(ok("DELETE", "/trust/pending/" + removal["pending"].get<std::string>()).at("changed") == true);
  BOOST_TEST(ok("GET", "/trust/pending").at("pending").empty());
}

BOOST_AUTO_TEST_CASE(a_change_that_waited_too_long_is_not_confirmed) {
  config.signature.two_person = true;
  const auto root = ::test::make_certificate(ca_named("Root A"));
  const std::string id = ok("POST", "/trust", {{"pem", root.certificate}}).at("pending").get<std::string>();
  clock.advance(std::chrono::hours(24 * 15));
  BOOST_TEST(as("uid 1001 (binh)", "POST", "/trust/pending/" + id + "/approve") == 409);
  BOOST_TEST(ok("GET", "/trust").at("trust").empty());
}

BOOST_AUTO_TEST_CASE(a_bundle_brings_sub_cas_and_lists_but_no_anchor) {
  const auto root = ::test::make_certificate(ca_named("Root A"));
  const auto sub = ::test::make_certificate(ca_named("Sub A"), &root);
  ::test::CertSpec person;
  person.key = "p256";
  const auto leaf = ::test::make_certificate(person, &sub);
  const std::string list = ::test::make_crl(root);
  const auto states = [&](std::initializer_list<std::string> pems) {
    Json body = {{"objects", Json::array()}};
    for (const std::string& pem : pems) body["objects"].push_back(base::base64_encode(pem.starts_with("-----") ? der_objects(pem)->front() : pem));
    std::string out;
    const Json reply = ok("POST", "/trust/bundle", body);
    for (const Json& one : reply.at("objects")) out += one.at("state").get<std::string>() + " ";
    return out;
  };
  BOOST_TEST(states({root.certificate, sub.certificate, leaf.certificate, list, "0nothing"}) == "skipped added skipped added unreadable ");
  BOOST_TEST(states({sub.certificate, list}) == "present present ");
  auto snapshot = store->snapshot();
  const auto material = trust_material(*snapshot, config);
  BOOST_TEST(material.anchors.empty());
  BOOST_TEST(material.intermediates.size() == 1u);
  BOOST_TEST(material.crls.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_newer_list_takes_the_place_of_the_older) {
  const auto root = ::test::make_certificate(ca_named("Root A"));
  const auto other = ::test::make_certificate(ca_named("Root B"));
  const base::Time now = ::test::test_now();
  const auto at = [&](const ::test::Identity& ca, int hours) {
    return base::base64_encode(der_objects(::test::make_crl(ca, {}, now + std::chrono::hours(hours), now + std::chrono::hours(hours + 100)))->front());
  };
  const auto add = [&](const std::string& crl) { return ok("POST", "/trust/bundle", {{"objects", {crl}}}).at("objects")[0].at("state").get<std::string>(); };
  const std::string first = at(root, -40), second = at(root, -20);
  ok("POST", "/trust", {{"pem", root.certificate}});
  BOOST_TEST(add(first) == "added");
  BOOST_TEST(add(at(other, -30)) == "added");
  BOOST_TEST(add(second) == "replaced");
  BOOST_TEST(add(first) == "older");
  BOOST_TEST(add(at(root, 20)) == "skipped");  // from the future
  BOOST_TEST(ok("GET", "/trust").at("trust").size() == 3u);
  // Within one bundle, too.
  const Json both = ok("POST", "/trust/bundle", {{"objects", {at(root, -10), at(root, -5)}}}).at("objects");
  BOOST_TEST(both[1].at("state") == "replaced");
  BOOST_TEST(ok("GET", "/trust").at("trust").size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_list_that_nobody_known_signed_pushes_none_out) {
  const auto root = ::test::make_certificate(ca_named("Root A"));
  const base::Time now = ::test::test_now();
  const auto add = [&](int hours) {
    const std::string der = der_objects(::test::make_crl(root, {}, now - std::chrono::hours(hours)))->front();
    return ok("POST", "/trust/bundle", {{"objects", {base::base64_encode(der)}}}).at("objects")[0].at("state").get<std::string>();
  };
  BOOST_TEST(add(40) == "added");
  BOOST_TEST(add(20) == "added");  // it may be forged: beside the other, and it proves nothing where it is used
  ok("POST", "/trust", {{"pem", root.certificate}});
  BOOST_TEST(add(10) == "replaced");
  auto snapshot = store->snapshot();
  BOOST_TEST(trust_material(*snapshot, config).crls.size() == 2u);
}

BOOST_AUTO_TEST_CASE(ocsp_answers_are_carried_in_and_judged_with) {
  const auto root = ::test::make_certificate(ca_named("Root A"));
  ::test::CertSpec person;
  person.key = "p256";
  const auto leaf = ::test::make_certificate(person, &root);
  ::test::OcspSpec spec;
  spec.certificate = leaf.certificate;
  spec.issuer = root.certificate;
  const auto add = [&](const std::string& answer) {
    return ok("POST", "/trust/bundle", {{"objects", {base::base64_encode(answer)}}}).at("objects")[0];
  };
  const Json first = add(::test::make_ocsp(root, spec));
  BOOST_TEST(first.at("kind") == "ocsp");
  BOOST_TEST(first.at("state") == "added");
  spec.this_update = ::test::test_now() - std::chrono::minutes(5);
  BOOST_TEST(add(::test::make_ocsp(root, spec)).at("state") == "added");  // both speak still
  clock.advance(std::chrono::hours(24 * 3));
  spec.this_update = clock.now() - std::chrono::minutes(5);
  spec.next_update = clock.now() + std::chrono::hours(5);
  BOOST_TEST(add(::test::make_ocsp(root, spec)).at("state") == "replaced");
  auto snapshot = store->snapshot();
  const auto material = trust_material(*snapshot, config);
  BOOST_TEST(material.ocsp.size() == 2u);
  BOOST_TEST(policy::trust::make_store(material).has_value());
}

BOOST_AUTO_TEST_CASE(what_ends_soon_is_told) {
  ::test::CertSpec spec = ca_named("Root A");
  spec.not_after = clock.now() + std::chrono::hours(24 * 10 + 1);
  const auto root = ::test::make_certificate(spec);
  ok("POST", "/trust", {{"pem", root.certificate}});
  BOOST_TEST(ok("GET", "/trust").at("trust")[0].at("state") == "expiring");
  BOOST_TEST(ok("GET", "/trust").at("trust")[0].at("days_left") == 10);
  config.signature.warn_days = 5;
  BOOST_TEST(ok("GET", "/trust").at("trust")[0].at("state") == "current");
  clock.advance(std::chrono::hours(24 * 11));
  BOOST_TEST(ok("GET", "/trust").at("trust")[0].at("state") == "expired");
  BOOST_TEST(ok("GET", "/trust").at("trust")[0].at("warning").at("en") == "has ended");
}

BOOST_AUTO_TEST_CASE(a_kind_of_a_later_version_is_no_anchor) {
  BOOST_TEST(!decode_trust_row("AA", R"({"kind":"ticket","class":"site","any_name":false,"domains":[],"agencies":[],"der":"MAA="})"));
}

BOOST_AUTO_TEST_CASE(running_parts_hear_of_a_change) {
  unsigned heard = 0;
  context->services.changed = [&](Changed what) { heard += what == Changed::trust; };
  const auto root = ::test::make_certificate(ca_named("Root A"));
  const Json added = ok("POST", "/trust", {{"pem", root.certificate}});
  changed("DELETE", "/trust/" + added.at("fingerprints").at(0).get<std::string>());
  BOOST_TEST(heard == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
