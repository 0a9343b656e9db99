// Rows P3 to P6 and P9 of the attack catalogue: what may come after a signature, and what may not.
#include <zlib.h>

#include "base/encoding.hpp"
#include "tests/policy/signature/cast.hpp"
#include "tests/support/crl.hpp"
#include "tests/support/ocsp.hpp"
#include "tests/support/timestamp.hpp"

using namespace policy;
using test::append_revision;
using test::expect;
using test::judge_pdf;
using test::PdfSignSpec;
using test::pki;
using test::sign_pdf;
using namespace std::chrono_literals;

namespace {

using RevisionObjects = std::vector<std::pair<int, std::string>>;
constexpr int kFormObject = 30, kTextField = 31, kFreeObject = 60;  // object numbers of these tests, beyond those that build_pdf gives

std::string stream_of(const std::string& bytes, const std::string& more = {}) {
  return "<< /Length " + std::to_string(bytes.size()) + more + " >>\nstream\n" + bytes + "\nendstream";
}

// A letter with one text field, which is what a form to be signed is.
const std::string& form_letter() {
  static const std::string pdf = append_revision(
      test::build_pdf(test::official_letter()),
      {{1, "<< /Type /Catalog /Pages 2 0 R /AcroForm 30 0 R >>"}, {kFormObject, "<< /Fields [31 0 R] >>"},
       {kTextField, "<< /Type /Annot /Subtype /Widget /FT /Tx /T (ten) /V (a) /Rect [0 0 9 9] /P 3 0 R >>"}});
  return pdf;
}

PdfSignSpec named(const std::string& field) {
  PdfSignSpec spec;
  spec.field = field;
  return spec;
}
PdfSignSpec certified(int p, const std::string& extra = {}) {
  PdfSignSpec spec;
  spec.doc_mdp = p;
  spec.dictionary_extra = extra;
  return spec;
}
std::string certified_form(int p) { return sign_pdf(form_letter(), pki().user, certified(p)); }
const std::string& signed_form() {
  static const std::string pdf = sign_pdf(form_letter(), pki().user);
  return pdf;
}

const std::string kFilled = "<< /Type /Annot /Subtype /Widget /FT /Tx /T (ten) /V (b) /Rect [0 0 9 9] /P 3 0 R >>";

// The newest text of an object, to be written again with a change.
std::string object_of(const std::string& pdf, int n) {
  const std::string head = "\n" + std::to_string(n) + " 0 obj\n";
  const std::size_t at = pdf.rfind(head);
  BOOST_REQUIRE(at != std::string::npos);
  return pdf.substr(at + head.size(), pdf.find("\nendobj", at) - at - head.size());
}
std::string with_key(const std::string& dictionary, const std::string& key) { return dictionary.substr(0, dictionary.rfind(">>")) + key + " >>"; }

std::string with_dss(const std::string& pdf, const std::string& store, RevisionObjects more = {}) {
  more.insert(more.begin(), {{1, with_key(object_of(pdf, 1), "/DSS " + store)}});
  return append_revision(pdf, more);
}

void changed(const std::string& what, const std::string& pdf) { expect(judge_pdf(pdf), Verdict::invalid, Code::changed_after_signing, what); }

std::string der_of(const std::string& pem) {
  const std::size_t from = pem.find('\n') + 1;
  std::string body = pem.substr(from, pem.find("-----END") - from);
  std::erase(body, '\n');
  return base::base64_decode(body).value();
}

const test::Identity& stamper() {
  static const test::Identity t = test::make_certificate(test::tsa_spec(), &pki().sub);
  return t;
}
std::string stamped_pdf(const std::string& pdf, base::Time time, const test::Identity& authority = stamper()) {
  PdfSignSpec spec = named("Stamp");
  spec.sub_filter = "ETSI.RFC3161";
  spec.value = [&](const std::string& covered) {
    test::TokenSpec token;
    token.time = time;
    return test::make_token(covered, authority, token);
  };
  return sign_pdf(pdf, pki().user, spec);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_pdf_revision)

BOOST_AUTO_TEST_CASE(person_then_agency) {
  const std::string both = sign_pdf(signed_form(), pki().user, named("Agency"));
  const auto r = judge_pdf(both);
  BOOST_REQUIRE_EQUAL(r.signatures.size(), 2u);
  for (const auto& s : r.signatures) BOOST_CHECK(s.verdict == Verdict::valid);
  BOOST_CHECK(has(r.signatures[0].reasons, Code::further_signature) && has(r.signatures[0].reasons, Code::covers_earlier_revision));
  BOOST_CHECK(!has(r.signatures[1].reasons, Code::further_signature));
  const auto three = judge_pdf(sign_pdf(both, pki().user, named("Third")));
  expect(three, Verdict::valid, Code::further_signature, "three");
  BOOST_CHECK_EQUAL(three.signatures.size(), 3u);
}

BOOST_AUTO_TEST_CASE(a_further_signature_must_be_trusted) {
  const test::Pki strangers = test::make_pki();
  const auto r = judge_pdf(sign_pdf(signed_form(), strangers.user, named("Second")));
  BOOST_REQUIRE_EQUAL(r.signatures.size(), 2u);
  BOOST_CHECK(r.signatures[0].verdict == Verdict::indeterminate && has(r.signatures[0].reasons, Code::further_signature_unverified));
  std::string broken = sign_pdf(signed_form(), pki().user, named("Second"));
  broken[broken.rfind("/T (Second)") + 4] = 'T';  // in what only the second one covers
  const auto bad = judge_pdf(broken);
  BOOST_REQUIRE_EQUAL(bad.signatures.size(), 2u);
  BOOST_CHECK(has(bad.signatures[1].reasons, Code::digest_mismatch) && has(bad.signatures[0].reasons, Code::changed_after_signing));
}

BOOST_AUTO_TEST_CASE(p3_changes_of_content) {
  const std::string& pdf = signed_form();
  changed("page content", append_revision(pdf, {{4, stream_of("BT ET")}}));
  changed("a font", append_revision(pdf, {{5, "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"}}));
  changed("the page", append_revision(pdf, {{3, with_key(object_of(pdf, 3), "/Rotate 180")}}));
  changed("the page tree", append_revision(pdf, {{2, "<< /Type /Pages /Kids [3 0 R 60 0 R] /Count 2 >>"}, {kFreeObject, object_of(pdf, 3)}}));
  changed("another catalog key", append_revision(pdf, {{1, with_key(object_of(pdf, 1), "/OpenAction 60 0 R")}, {kFreeObject, "<< /S /JavaScript /JS (1) >>"}}));
  changed("an object that nothing needs", append_revision(pdf, {{kFreeObject, "<< /A 1 >>"}}));
  changed("content and a further signature", sign_pdf(append_revision(pdf, {{4, stream_of("BT ET")}}), pki().user, named("Second")));
  changed("the signature's own dictionary", append_revision(pdf, {{9, "<< /Type /Sig >>"}}));
  changed("other numbers in the catalog", append_revision(pdf, {{1, "<< /Type /Catalog /Pages 60 0 R /AcroForm 30 0 R >>"}, {kFreeObject, object_of(pdf, 2)}}));
  // What cannot be read behind the signed bytes is a change, whatever it was meant to be.
  changed("offsets that do not fit", pdf + "60 0 obj\n<< /A 1 >>\nendobj\n" + append_revision(pdf, {{1, object_of(pdf, 1)}}).substr(pdf.size()));
}

BOOST_AUTO_TEST_CASE(an_appearance_that_a_program_left_behind_shows_nothing) {
  const std::string& pdf = signed_form();
  const std::string form = stream_of("", " /Subtype /Form /BBox [0 0 0 0]");
  expect(judge_pdf(sign_pdf(append_revision(pdf, {{kFreeObject, form}}), pki().user, named("Second"))), Verdict::valid, Code::further_signature, "left behind");
  changed("used by the page", append_revision(pdf, {{3, with_key(object_of(pdf, 3), "/Extra 60 0 R")}, {kFreeObject, form}}));
  changed("used by what nothing needs", append_revision(pdf, {{kFreeObject, form}, {kFreeObject + 1, "<< /A 60 0 R >>"}}));
}

BOOST_AUTO_TEST_CASE(a_revision_that_changes_nothing_is_none) {
  expect(judge_pdf(append_revision(signed_form(), {{1, object_of(signed_form(), 1)}})), Verdict::valid, Code::covers_earlier_revision);
}

BOOST_AUTO_TEST_CASE(bytes_that_no_section_lists) {
  const std::string& pdf = signed_form();
  const std::string update = append_revision(pdf, {{1, object_of(pdf, 1)}});
  changed("an object behind it all", update + "4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n");
  changed("text behind it all", update + "x");
  const std::string again = append_revision(update, {{1, object_of(pdf, 1)}});
  expect(judge_pdf(again), Verdict::valid, Code::covers_earlier_revision, "two revisions");
  std::string old_xref = pdf + pdf.substr(pdf.rfind("xref\n", pdf.rfind("startxref") - 1));
  BOOST_CHECK(judge_pdf(old_xref).verdict != Verdict::valid);
}

// Signing programs in use count a line end too few.
BOOST_AUTO_TEST_CASE(a_section_may_begin_behind_a_line_end) {
  std::string pdf = test::build_pdf(test::official_letter());
  const std::size_t at = pdf.rfind("startxref\n") + 10, stated = std::stoul(pdf.substr(at));
  BOOST_REQUIRE_EQUAL(pdf.substr(stated - 1, 5), "\nxref");
  const auto moved = [&](std::size_t to) { return pdf.substr(0, at) + std::to_string(to) + "\n%%EOF\n"; };
  expect(judge_pdf(sign_pdf(moved(stated - 1), pki().user)), Verdict::valid, Code::verified, "one byte before");
  BOOST_CHECK(judge_pdf(moved(stated + 1) + "%/ByteRange\n").verdict != Verdict::valid);
}

BOOST_AUTO_TEST_CASE(p4_what_was_left_open_stays_open) {
  const std::string base = append_revision(form_letter(), {{3, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents [4 0 R 60 0 R] /Resources << >> >>"}});
  const std::string pdf = sign_pdf(base, pki().user);
  expect(judge_pdf(pdf), Verdict::valid, Code::verified, "prepared");
  changed("filled by the DSS", with_dss(pdf, "61 0 R", {{kFreeObject, stream_of("BT (gia) Tj ET")}, {61, "<< /Type /DSS /Certs [60 0 R] >>"}}));
}

BOOST_AUTO_TEST_CASE(p5_annotations_and_sneaky_fields) {
  for (const int p : {0, 1, 2, 3}) {
    const std::string pdf = p == 0 ? signed_form() : certified_form(p);
    const std::string what = "P=" + std::to_string(p);
    changed(what + ", an annotation", append_revision(pdf, {{3, with_key(object_of(pdf, 3), "/Annots [60 0 R]")}, {kFreeObject, "<< /Type /Annot /Subtype /FreeText /Rect [0 0 99 99] /Contents (gia) >>"}}));
    const std::string fields = object_of(pdf, kFormObject);
    const auto more = [&](const std::string& field) {
      std::string form = fields;
      form.insert(form.find(']'), " 60 0 R");
      return append_revision(pdf, {{kFormObject, form}, {kFreeObject, field}});
    };
    changed(what + ", a visible field nobody signed", more("<< /Type /Annot /Subtype /Widget /FT /Sig /T (S9) /Rect [0 0 99 99] /AP << /N 4 0 R >> >>"));
    changed(what + ", a new text field", more("<< /Type /Annot /Subtype /Widget /FT /Tx /T (t9) /V (x) /Rect [0 0 99 99] >>"));
    changed(what + ", a field of the same name", more("<< /Type /Annot /Subtype /Widget /FT /Sig /T (ten) /Rect [0 0 0 0] >>"));
    changed(what + ", a field with an action", more("<< /Type /Annot /Subtype /Widget /FT /Sig /T (S9) /Rect [0 0 0 0] /A << /S /URI >> >>"));
    const std::string empty = more("<< /Type /Annot /Subtype /Widget /FT /Sig /T (S9) /Rect [0 0 0 0] >>");
    if (p == 1) changed(what + ", an empty field", empty);
    else expect(judge_pdf(empty), Verdict::valid, Code::covers_earlier_revision, what + ", an empty field");
  }
}

BOOST_AUTO_TEST_CASE(p5_certification_permits) {
  const auto filled = [](const std::string& pdf) { return append_revision(pdf, {{kTextField, kFilled}}); };
  changed("P=1, filled", filled(certified_form(1)));
  expect(judge_pdf(filled(certified_form(2))), Verdict::valid, Code::form_filling, "P=2, filled");
  expect(judge_pdf(filled(certified_form(3))), Verdict::valid, Code::form_filling, "P=3, filled");
  changed("nobody permitted it", filled(signed_form()));
  changed("P=2, the field moved", append_revision(certified_form(2), {{kTextField, "<< /Type /Annot /Subtype /Widget /FT /Tx /T (ten) /V (b) /Rect [0 0 99 99] /P 3 0 R >>"}}));
  changed("P=1, a further signature", sign_pdf(certified_form(1), pki().user, named("Second")));
  expect(judge_pdf(sign_pdf(certified_form(2), pki().user, named("Second"))), Verdict::valid, Code::further_signature, "P=2, a further signature");
}

BOOST_AUTO_TEST_CASE(p6_locks_and_certifications_out_of_place) {
  const auto locking = [](const std::string& action) {
    return sign_pdf(form_letter(), pki().user,
                    certified(0, "/Reference [<< /TransformMethod /DocMDP /TransformParams << /P 2 /V /1.2 >> >> << /TransformMethod /FieldMDP /TransformParams << " +
                                     action + " /V /1.2 >> >>] "));
  };
  changed("included", append_revision(locking("/Action /Include /Fields [(ten)]"), {{kTextField, kFilled}}));
  changed("all", append_revision(locking("/Action /All"), {{kTextField, kFilled}}));
  expect(judge_pdf(append_revision(locking("/Action /Include /Fields [(khac)]"), {{kTextField, kFilled}})), Verdict::valid, Code::form_filling, "another one");
  expect(judge_pdf(append_revision(locking("/Action /Exclude /Fields [(ten)]"), {{kTextField, kFilled}})), Verdict::valid, Code::form_filling, "excluded");
  PdfSignSpec locked = certified(2);
  locked.field_extra = "/Lock << /Type /SigFieldLock /Action /All >> ";
  changed("the field's own lock", append_revision(sign_pdf(form_letter(), pki().user, locked), {{kTextField, kFilled}}));
  PdfSignSpec late = certified(2);
  late.field = "Second";
  expect(judge_pdf(sign_pdf(signed_form(), pki().user, late)), Verdict::invalid, Code::certification_misplaced, "after an approval");
  expect(judge_pdf(sign_pdf(certified_form(2), pki().user, late)), Verdict::invalid, Code::certification_misplaced, "two certifications");
}

BOOST_AUTO_TEST_CASE(evidence_may_be_added) {
  const std::string& pdf = signed_form();
  const std::string sub = der_of(pki().sub.certificate);
  const std::string added = with_dss(pdf, "61 0 R", {{kFreeObject, stream_of(sub)}, {61, "<< /Type /DSS /Certs [60 0 R] >>"}});
  expect(judge_pdf(added), Verdict::valid, Code::document_evidence, "certificates");
  expect(judge_pdf(append_revision(added, {{61, "<< /Type /DSS /Certs [60 0 R 62 0 R] >>"}, {62, stream_of(sub)}})), Verdict::valid, Code::document_evidence, "grown");
  changed("a store that overwrites the page's content", with_dss(pdf, "61 0 R", {{4, stream_of("BT ET")}, {61, "<< /Type /DSS /Certs [4 0 R] >>"}}));
  changed("a store that is none", with_dss(pdf, "61 0 R", {{61, "<< /Type /DSS /Kids [3 0 R] >>"}}));
  changed("a store with the page in it", with_dss(pdf, "61 0 R", {{3, with_key(object_of(pdf, 3), "/Rotate 90")}, {61, "<< /Type /DSS /VRI 3 0 R >>"}}));
}

BOOST_AUTO_TEST_CASE(evidence_counts_by_its_signature) {
  test::CertSpec spec;
  spec.key = "p256";
  spec.crl_url = "http://ca.example/sub.crl";
  const test::Identity who = test::make_certificate(spec, &pki().sub);
  trust::TrustStore t;
  BOOST_REQUIRE(t.add_anchors(pki().root.certificate, AnchorClass::vgca));
  const std::string pdf = sign_pdf(form_letter(), who);
  const std::string sub = stream_of(der_of(pki().sub.certificate));
  const auto store = [&](const std::string& crl, const std::string& list = "/CRLs [63 0 R]") {
    return with_dss(pdf, "61 0 R", {{kFreeObject, sub}, {61, "<< /Type /DSS /Certs [60 0 R] " + list + " >>"}, {63, stream_of(crl)}});
  };
  expect(judge_pdf(pdf, t), Verdict::indeterminate, Code::untrusted_issuer, "the signature brings its own certificate only");
  expect(judge_pdf(store("x", ""), t), Verdict::invalid, Code::changed_after_signing, "an object that nothing needs");
  expect(judge_pdf(store(der_of(pki().sub_crl)), t), Verdict::valid, Code::document_evidence, "a list");
  test::OcspSpec answer;
  answer.certificate = who.certificate;
  answer.issuer = pki().sub.certificate;
  expect(judge_pdf(store(test::make_ocsp(pki().sub, answer), "/OCSPs [63 0 R]"), t), Verdict::valid, Code::document_evidence, "an answer");
  const test::Pki strangers = test::make_pki();
  expect(judge_pdf(store(der_of(strangers.sub_crl)), t), Verdict::indeterminate, Code::revocation_unavailable, "a stranger's list");
  expect(judge_pdf(store(der_of(test::make_crl(pki().sub, {who.certificate}))), t), Verdict::invalid, Code::revoked, "bad news");
}

BOOST_AUTO_TEST_CASE(document_time_stamps) {
  test::CertSpec spec;
  spec.key = "p256";
  spec.not_after = test::test_now() - 12h;
  const test::Identity ended = test::make_certificate(spec, &pki().sub);
  PdfSignSpec pades;
  pades.sub_filter = "ETSI.CAdES.detached";
  pades.cms.cades = true;
  const std::string pdf = sign_pdf(form_letter(), ended, pades);
  expect(judge_pdf(pdf), Verdict::indeterminate, Code::expired, "ended");
  const auto in_time = judge_pdf(stamped_pdf(pdf, test::test_now() - 24h));
  expect(in_time, Verdict::valid, Code::document_timestamp, "stamped in time");
  BOOST_REQUIRE_EQUAL(in_time.signatures.size(), 2u);
  BOOST_CHECK(in_time.signatures[0].signing_time_proven.has_value());
  BOOST_CHECK(has(in_time.signatures[0].reasons, Code::pades_level));
  expect(judge_pdf(stamped_pdf(pdf, test::test_now() - 6h)), Verdict::indeterminate, Code::expired, "stamped too late");
  const test::Identity unknown = test::make_certificate(test::tsa_spec());
  const auto nobody = judge_pdf(stamped_pdf(signed_form(), test::test_now() - 24h, unknown));
  expect(nobody, Verdict::valid, Code::timestamp_not_counted, "by nobody known");
  BOOST_CHECK_EQUAL(nobody.signatures.size(), 1u);
  expect(judge_pdf(stamped_pdf(certified_form(1), test::test_now() - 1h)), Verdict::valid, Code::document_timestamp, "P=1");
  PdfSignSpec copied = named("Stamp");
  copied.sub_filter = "ETSI.RFC3161";
  copied.value = [](const std::string&) { return test::make_token("other bytes", stamper()); };
  changed("a copied one", sign_pdf(signed_form(), pki().user, copied));
}

BOOST_AUTO_TEST_CASE(p10_who_signed_is_in_the_certificate_alone) {
  PdfSignSpec spec;
  spec.dictionary_extra = " /Name (Chu tich Uy ban) /Reason (Da phe duyet) /Location (Ha Noi) /ContactInfo (chu.tich@songla.gov.vn)";
  const auto report = judge_pdf(sign_pdf(form_letter(), pki().user, spec));
  expect(report, Verdict::valid, Code::verified, "words beside the signature");
  BOOST_REQUIRE(report.signatures.at(0).signer.has_value());
  BOOST_CHECK_EQUAL(report.signatures[0].signer->common_name, "Nguyễn Văn An");
  const std::string told = to_json(report, base::Lang::vi);
  for (const char* word : {"Chu tich", "phe duyet", "Ha Noi", "chu.tich"}) BOOST_CHECK_MESSAGE(told.find(word) == std::string::npos, word);
}

// A file that inflates beyond every limit, and one whose sections follow each other in a circle.
BOOST_AUTO_TEST_CASE(p11_bombs_and_circles_end) {
  std::string zeros(70u << 20, '\0'), packed(compressBound(uLong(zeros.size())), '\0');
  uLongf size = uLongf(packed.size());
  BOOST_REQUIRE(compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(zeros.data()), uLong(zeros.size()), 1) == Z_OK);
  packed.resize(size);
  const std::string head = "%PDF-1.5\n%/ByteRange\n";
  const std::string bomb = head + "1 0 obj\n" + stream_of(packed, " /Type /XRef /W [1 2 1] /Size 17000000 /Root 2 0 R /Filter /FlateDecode") +
                           "\nendobj\nstartxref\n" + std::to_string(head.size()) + "\n%%EOF\n";
  BOOST_CHECK(judge_pdf(bomb).verdict == Verdict::indeterminate || judge_pdf(bomb).verdict == Verdict::invalid);
  const std::string& pdf = signed_form();
  const std::string at = std::to_string(pdf.size());
  const std::string circle = pdf + "xref\n0 0\ntrailer\n<< /Size 60 /Root 1 0 R /Prev " + at + " >>\nstartxref\n" + at + "\n%%EOF\n";
  BOOST_CHECK(judge_pdf(circle).verdict == Verdict::indeterminate || judge_pdf(circle).verdict == Verdict::invalid);
}

BOOST_AUTO_TEST_SUITE_END()
