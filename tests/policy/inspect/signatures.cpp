#include <boost/test/unit_test.hpp>

#include "policy/core/signature_report.hpp"
#include "policy/inspect/cache.hpp"
#include "policy/inspect/pool.hpp"
#include "policy/trust/material.hpp"
#include "samples.hpp"
#include "tests/support/signed_mail.hpp"
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
  policy::inspect::PoolOptions options() const {
    policy::inspect::PoolOptions o;
    o.worker_path = INSPECT_PATH;
    o.workers = 1;
    o.judging = policy::trust::to_json(material);
    return o;
  }
  policy::inspect::Facts inspect(const std::string& pdf) const {
    policy::inspect::InspectPool pool(options());
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

BOOST_AUTO_TEST_CASE(mails_are_judged_in_one_exchange_in_their_order) {
  const std::string sound = test::signed_mail({}, {pki.user}), opaque = test::opaque_mail({}, {pki.user}), plain = test::plain_mail({});
  std::string changed = sound;
  changed.replace(changed.find("cong van kem theo"), 4, "giay");
  const std::vector<std::string_view> mails{sound, changed, opaque, plain};
  policy::inspect::InspectPool pool(options());
  const auto judged = pool.verify_mails(mails, {test::test_now(), {}});
  BOOST_TEST_REQUIRE(judged.has_value());
  BOOST_TEST_REQUIRE(judged->size() == mails.size());
  const std::vector<policy::Verdict> wanted{policy::Verdict::valid, policy::Verdict::invalid, policy::Verdict::valid, policy::Verdict::unsigned_};
  for (std::size_t i = 0; i < mails.size(); ++i) {
    const policy::VerifyReport& report = (*judged)[i].report;
    BOOST_TEST(policy::to_string(report.verdict) == policy::to_string(wanted[i]), i);
    BOOST_TEST((*judged)[i].opaque.has_value() == (i == 2));
  }
  BOOST_TEST((*judged)[2].opaque->find("cong van kem theo") != std::string::npos);
  BOOST_TEST(pool.counters().spawned == 1u);
}

BOOST_AUTO_TEST_CASE(a_mail_that_cannot_be_taken_costs_only_its_own_verdict) {
  const std::string sound = test::signed_mail({}, {pki.user});
  test::MailSpec long_one;
  long_one.text.assign(100000, 'x');
  const std::string large = test::signed_mail(long_one, {pki.user});
  auto small = options();
  small.max_bytes = 3 * std::uint32_t(sound.size());
  BOOST_TEST_REQUIRE(large.size() > small.max_bytes);
  policy::inspect::InspectPool pool(small);
  const std::vector<std::string_view> mails{sound, large, sound};
  const auto judged = pool.verify_mails(mails, {test::test_now(), {}});
  BOOST_TEST_REQUIRE(judged.has_value());
  BOOST_TEST((judged->at(0).report.verdict == policy::Verdict::valid));
  BOOST_TEST((judged->at(1).report.verdict == policy::Verdict::indeterminate));
  BOOST_TEST((judged->at(2).report.verdict == policy::Verdict::valid));
}

BOOST_AUTO_TEST_CASE(a_cms_file_is_judged_without_a_sender) {
  test::CmsSpec with_content;
  with_content.detached = false;
  const std::string cms = test::sign_cms("văn bản", {pki.user}, with_content);
  policy::inspect::InspectPool pool(options());
  const auto judged = pool.verify_cms({cms, {}, true}, {test::test_now(), {}});
  BOOST_TEST_REQUIRE(judged.has_value());
  BOOST_TEST((judged->verdict == policy::Verdict::valid));
  const auto broken = pool.verify_cms({"no CMS", {}, true}, {test::test_now(), {}});
  BOOST_TEST_REQUIRE(broken.has_value());
  BOOST_TEST((broken->verdict == policy::Verdict::invalid));
}

BOOST_AUTO_TEST_CASE(a_verdict_is_kept_until_something_that_it_hangs_on_ends) {
  const auto facts = inspect(test::sign_pdf(test::build_pdf(test::official_letter()), pki.user));
  BOOST_TEST_REQUIRE(facts.until.has_value());
  BOOST_TEST((*facts.until > test::test_now()));
  policy::inspect::FactsCache cache(8, 1 << 20);
  policy::inspect::Facts soon, never;
  const base::Time now = test::test_now();
  soon.until = now + std::chrono::minutes(1);
  cache.put("soon", soon, now);
  cache.put("never", never, now);
  BOOST_TEST(cache.find("soon", now) != nullptr);
  BOOST_TEST(cache.find("soon", *soon.until) == nullptr);
  BOOST_TEST(cache.find("soon", now) == nullptr);  // forgotten, not only hidden
  BOOST_TEST(cache.find("never", now + std::chrono::minutes(59)) != nullptr);
  BOOST_TEST(cache.find("never", now + std::chrono::hours(1)) == nullptr);
}

BOOST_AUTO_TEST_CASE(broken_trust_material_stops_the_worker_with_an_error) {
  policy::inspect::PoolOptions options;
  options.worker_path = INSPECT_PATH;
  options.judging = "{\"anchors\":[{\"bytes\":\"!\"}]}";
  policy::inspect::InspectPool pool(options);
  BOOST_TEST(pool.inspect("%PDF-1.4", "application/pdf", "a.pdf").has_error());
}

BOOST_AUTO_TEST_CASE(broken_xml_signatures_of_packages_and_files_are_told) {
  policy::inspect::PoolOptions options;
  options.worker_path = INSPECT_PATH;
  options.workers = 1;
  policy::inspect::InspectPool pool(options);
  const std::string sig = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo/></ds:Signature>";
  const std::string types = "<Types><Override PartName=\"/_xmlsignatures/sig1.xml\" ContentType=\"application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml\"/></Types>";
  const std::string word = "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body><w:p/></w:body></w:document>";
  struct Row {
    std::string what, name, bytes, verdict, format;
    std::size_t signatures;
  };
  const std::vector<Row> rows{
      {"signed docx", "a.docx", make_zip({{"[Content_Types].xml", types}, {"word/document.xml", word}, {"_xmlsignatures/sig1.xml", sig}}), "invalid", "docx", 1},
      {"signed twice", "a.docx", make_zip({{"[Content_Types].xml", types}, {"word/document.xml", word}, {"_xmlsignatures/sig1.xml", sig}, {"_XMLsignatures/sig2.xml", sig}}), "invalid", "docx", 2},
      {"signature part elsewhere", "a.docx", make_zip({{"[Content_Types].xml", types}, {"word/document.xml", word}, {"x/sig1.xml", sig}}), "indeterminate", "docx", 1},
      {"unsigned docx", "a.docx", make_zip({{"[Content_Types].xml", "<Types/>"}, {"word/document.xml", word}}), "unsigned", "docx", 0},
      {"signed odt", "a.odt", make_zip({{"mimetype", "application/vnd.oasis.opendocument.text"}, {"META-INF/documentsignatures.xml", "<d>" + sig + sig + "</d>"}}), "indeterminate", "", 1},
      {"odt, damaged signatures", "a.odt", make_zip({{"mimetype", "application/vnd.oasis.opendocument.text"}, {"META-INF/documentsignatures.xml", "<d><"}}), "indeterminate", "", 1},
      {"unsigned odt", "a.odt", make_zip({{"mimetype", "application/vnd.oasis.opendocument.text"}, {"content.xml", "<a/>"}}), "unsigned", "odt", 0},
      {"signed xml", "a.xml", "<?xml version=\"1.0\"?><a>" + sig + "</a>", "invalid", "xml", 1},
      {"signed xml by its name", "a.xml", "<a>" + sig + "</a>", "invalid", "xml", 1},
      {"a doctype before it", "a.xml", "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;" + sig + "</a>", "indeterminate", "xml", 1},
      {"unsigned xml", "a.xml", "<?xml version=\"1.0\"?><a><Signature/></a>", "unsigned", "xml", 0},
      {"a PDF under that name", "a.xml", make_pdf({"x"}), "unsigned", "pdf", 0},
  };
  for (const Row& row : rows) {
    const auto facts = pool.inspect(row.bytes, "application/octet-stream", row.name);
    BOOST_REQUIRE(facts);
    BOOST_TEST_CONTEXT(row.what) {
      BOOST_TEST(facts->signatures_checked);
      BOOST_TEST(facts->verdict == row.verdict);
      BOOST_TEST(facts->format == row.format);
      std::size_t told = 0;
      for (std::size_t at = 0; (at = facts->signatures.find("\"layer\":\"xml\"", at)) != std::string::npos; ++at) ++told;
      BOOST_TEST(told == row.signatures);
    }
  }
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
