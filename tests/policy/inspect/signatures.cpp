#include <boost/test/unit_test.hpp>

#include "policy/core/signature_report.hpp"
#include "policy/inspect/pool.hpp"
#include "policy/trust/material.hpp"
#include "tests/support/signed_pdf.hpp"

namespace {

struct Fixture {
  test::Pki pki = test::make_pki();
  policy::trust::Material material;

  Fixture() {
    material.anchors.push_back({pki.root.certificate, policy::AnchorClass::site, {}});
    material.intermediates.push_back(pki.sub.certificate);
    material.site_domains = {"songla.gov.vn"};
    material.at = test::test_now();
  }
  policy::inspect::Facts inspect(const std::string& pdf) const {
    policy::inspect::PoolOptions options;
    options.worker_path = INSPECT_PATH;
    options.workers = 1;
    options.judging = policy::trust::to_json(material);
    policy::inspect::InspectPool pool(options);
    auto facts = pool.inspect(pdf, "application/pdf", "cong-van.pdf");
    BOOST_REQUIRE_MESSAGE(facts.has_value(), "inspect failed");
    return *facts;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(signatures_in_the_worker, Fixture)

BOOST_AUTO_TEST_CASE(a_signed_document_is_judged_with_the_sites_own_trust) {
  const std::string pdf = test::sign_pdf(test::build_pdf(test::official_letter()), pki.user);
  const auto facts = inspect(pdf);
  BOOST_TEST(facts.signatures_checked);
  BOOST_TEST(facts.verdict == "valid");
  BOOST_TEST(facts.documents.size() == 1u);
  BOOST_TEST(facts.signatures.find("Nguy") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_changed_document_is_invalid_and_an_unsigned_one_unsigned) {
  const std::string plain = test::build_pdf(test::official_letter());
  std::string pdf = test::sign_pdf(plain, pki.user);
  pdf.replace(pdf.find("/MediaBox"), 9, "/MediaBoX");
  BOOST_TEST(inspect(pdf).verdict == "invalid");
  BOOST_TEST(inspect(plain).verdict == "unsigned");
}

BOOST_AUTO_TEST_CASE(without_trust_nothing_is_valid) {
  material.anchors.clear();
  BOOST_TEST(inspect(test::sign_pdf(test::build_pdf(test::official_letter()), pki.user)).verdict == "indeterminate");
}

BOOST_AUTO_TEST_CASE(broken_trust_material_stops_the_worker_with_an_error) {
  policy::inspect::PoolOptions options;
  options.worker_path = INSPECT_PATH;
  options.judging = "{\"anchors\":[{\"bytes\":\"!\"}]}";
  policy::inspect::InspectPool pool(options);
  BOOST_TEST(pool.inspect("%PDF-1.4", "application/pdf", "a.pdf").has_error());
}

BOOST_AUTO_TEST_CASE(a_signature_file_is_judged_here_and_the_document_inside_is_read) {
  policy::inspect::PoolOptions options;
  options.worker_path = INSPECT_PATH;
  options.workers = 1;
  options.judging = policy::trust::to_json(material);
  policy::inspect::InspectPool pool(options);
  const std::string pdf = test::sign_pdf(test::build_pdf(test::official_letter()), pki.user);
  test::CmsSpec opaque;
  opaque.detached = false;
  const std::string p7m = test::sign_cms(pdf, {pki.user}, opaque), p7s = test::sign_cms(pdf, {pki.user});
  const auto inside = pool.inspect({p7m, std::nullopt}, "cong-van.pdf.p7m");
  BOOST_REQUIRE(inside);
  BOOST_TEST(inside->verdict == "valid");
  BOOST_TEST(inside->format == "pdf");
  BOOST_TEST(inside->documents.size() == 1u);
  BOOST_TEST(inside->signatures.find("\"layer\":\"pdf\"") != std::string::npos);
  const auto with = [&](const std::optional<std::string_view>& beside, bool cms = true) {
    const auto facts = pool.inspect({p7s, beside, cms}, "cong-van.pdf.p7s");
    BOOST_REQUIRE(facts);
    BOOST_TEST(facts->signatures_checked);
    return facts->verdict;
  };
  BOOST_TEST(with(pdf) == "valid");
  BOOST_TEST(with(std::string_view(pdf).substr(1)) == "invalid");
  BOOST_TEST(with("") == "invalid");
  BOOST_TEST(with(std::nullopt) == "indeterminate");
  BOOST_TEST(with(pdf) == "valid");
  BOOST_TEST(pool.counters().cache_hits == 1u);
}

BOOST_AUTO_TEST_CASE(material_survives_the_pipe) {
  material.crls = {"crl"};
  material.revocation = policy::trust::Revocation::require;
  material.anchors[0].rule.domains = {"songla.gov.vn"};
  const auto back = policy::trust::parse_material(policy::trust::to_json(material));
  BOOST_TEST_REQUIRE(back.has_value());
  BOOST_TEST(back->anchors[0].bytes == material.anchors[0].bytes);
  BOOST_TEST(back->anchors[0].rule.domains == material.anchors[0].rule.domains, boost::test_tools::per_element());
  BOOST_TEST(back->crls[0] == "crl");
  BOOST_TEST((back->revocation == policy::trust::Revocation::require));
  BOOST_TEST((back->at == material.at));
  BOOST_TEST(policy::trust::parse_material("{\"revocation\":\"maybe\"}").has_error());
}

BOOST_AUTO_TEST_SUITE_END()
