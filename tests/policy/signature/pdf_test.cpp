// Rows P1-P3, P7, P8 and P12 of the attack catalogue, and the good cases beside them.
#include "tests/policy/signature/cast.hpp"

using namespace policy;
using test::expect;
using test::judge_pdf;
using test::pki;

namespace {

const std::string& letter() {
  static const std::string pdf = test::build_pdf(test::official_letter());
  return pdf;
}
const std::string& signed_letter() {
  static const std::string pdf = test::sign_pdf(letter(), pki().user);
  return pdf;
}
std::string swapped(std::string s, const std::string& from, const std::string& to) {
  const std::size_t at = s.rfind(from);
  BOOST_REQUIRE(at != std::string::npos);
  return s.replace(at, from.size(), to);
}
std::string range_of(const std::string& pdf) {
  const std::size_t at = pdf.rfind("/ByteRange [");
  return pdf.substr(at, pdf.find(']', at) - at + 1);
}
std::string padded(const std::string& text, std::size_t size) {
  BOOST_REQUIRE(text.size() <= size);
  return text + std::string(size - text.size(), ' ');
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_pdf)

BOOST_AUTO_TEST_CASE(one_signature_over_the_whole_file_is_valid) {
  const auto r = judge_pdf(signed_letter());
  expect(r, Verdict::valid, Code::verified);
  BOOST_REQUIRE_EQUAL(r.signatures.size(), 1u);
  BOOST_CHECK_EQUAL(r.signatures[0].part, "Signature1");
  BOOST_CHECK_EQUAL(r.signatures[0].signer->organization, "Sở Ví dụ");
  test::PdfSignSpec pades;
  pades.sub_filter = "ETSI.CAdES.detached";
  pades.cms.cades = true;
  expect(judge_pdf(test::sign_pdf(letter(), pki().user, pades)), Verdict::valid, Code::verified, "PAdES");
  test::PdfSignSpec certified;
  certified.doc_mdp = 1;
  expect(judge_pdf(test::sign_pdf(letter(), pki().user, certified)), Verdict::valid, Code::certified, "DocMDP");
  expect(judge_pdf(letter()), Verdict::unsigned_, Code::not_signed, "unsigned");
}

BOOST_AUTO_TEST_CASE(changed_bytes_are_invalid) {
  expect(judge_pdf(swapped(signed_letter(), "/MediaBox [0 0 595 842]", "/MediaBox [0 0 595 841]")), Verdict::invalid, Code::digest_mismatch);
}

BOOST_AUTO_TEST_CASE(p1_missing_or_broken_values_are_invalid) {
  const std::string& pdf = signed_letter();
  const std::string range = range_of(pdf);
  expect(judge_pdf(swapped(pdf, "/ByteRange [", "/ByteRanGe [")), Verdict::invalid, Code::byte_range_bad, "no ByteRange");
  expect(judge_pdf(swapped(pdf, "/Contents <", "/ContentZ <")), Verdict::invalid, Code::contents_bad, "no Contents");
  expect(judge_pdf(swapped(pdf, range, padded("/ByteRange null", range.size()))), Verdict::invalid, Code::byte_range_bad, "null");
  expect(judge_pdf(swapped(pdf, range, padded("/ByteRange []", range.size()))), Verdict::invalid, Code::byte_range_bad, "empty");
  expect(judge_pdf(swapped(pdf, range, padded("/ByteRange [0 1 2]", range.size()))), Verdict::invalid, Code::byte_range_bad, "three");
  expect(judge_pdf(swapped(pdf, range, padded("/ByteRange [0 -1 2 3]", range.size()))), Verdict::invalid, Code::byte_range_bad, "negative");
  expect(judge_pdf(swapped(pdf, range, padded("/ByteRange [0 99999999 99999999 9]", range.size()))), Verdict::invalid, Code::byte_range_bad, "outside");
  expect(judge_pdf(swapped(pdf, "/Contents <3", "/Contents <Z")), Verdict::invalid, Code::signature_field_unparsable, "no hexadecimal");
  std::string zeros = pdf;
  const std::size_t open = zeros.rfind("/Contents <") + 11, close = zeros.find('>', open);
  zeros.replace(open, close - open, std::string(close - open, '0'));
  expect(judge_pdf(zeros), Verdict::invalid, Code::malformed_cms, "zeros");
  const std::string no_value = test::append_revision(letter(), {{1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [9 0 R] >> >>"},
                                                                {9, "<< /FT /Sig /T (S) /V 10 0 R >>"}});
  expect(judge_pdf(no_value), Verdict::invalid, Code::signature_field_unparsable, "V points nowhere");
}

BOOST_AUTO_TEST_CASE(p2_the_gap_is_exactly_this_contents_string) {
  const std::string& pdf = signed_letter();
  const std::string range = range_of(pdf);
  unsigned long a = 0, b = 0, c = 0;
  BOOST_REQUIRE_EQUAL(std::sscanf(range.c_str(), "/ByteRange [0 %lu %lu %lu]", &a, &b, &c), 3);
  const unsigned long moved[][3] = {{a - 1, b, c}, {a, b + 1, c - 1}, {a + 1, b, c}, {a, b - 1, c + 1}, {a, b, c - 9}, {b, a, c}};
  for (const auto& m : moved) {
    char text[80];
    std::snprintf(text, sizeof text, "/ByteRange [0 %010lu %010lu %010lu]", m[0], m[1], m[2]);
    BOOST_CHECK_MESSAGE(judge_pdf(swapped(pdf, range, text)).verdict == Verdict::invalid, text);
  }
  BOOST_CHECK(judge_pdf(swapped(pdf, "/ByteRange [0 ", "/ByteRange [1 ")).verdict == Verdict::invalid);
  BOOST_CHECK(judge_pdf(swapped(pdf, "] /Contents", "]%/Contents")).verdict != Verdict::valid);
}

BOOST_AUTO_TEST_CASE(p3_anything_behind_the_last_signature_is_a_change) {
  const std::string& pdf = signed_letter();
  expect(judge_pdf(test::append_revision(pdf, {{4, "<< /Length 0 >>\nstream\n\nendstream"}})), Verdict::invalid, Code::changed_after_signing, "update");
  expect(judge_pdf(pdf + "4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n"), Verdict::invalid, Code::changed_after_signing, "no xref");
  expect(judge_pdf(pdf + "startxref\n5\n%%EOF\n"), Verdict::invalid, Code::changed_after_signing, "broken startxref");
  expect(judge_pdf(test::append_revision(pdf, {{1, "<< /Type /Catalog /Pages 2 0 R >>"}})), Verdict::invalid, Code::hidden_signature, "form removed");
  expect(judge_pdf(pdf + "\r\n"), Verdict::valid, Code::verified, "a line end");
}

BOOST_AUTO_TEST_CASE(p7_files_that_readers_read_differently_are_not_valid) {
  const std::string& pdf = signed_letter();
  expect(judge_pdf(swapped(pdf, "/Root 1 0 R", "/Encrypt 9 0 R")), Verdict::indeterminate, Code::encrypted_document, "encrypted");
  const std::string hybrid = test::sign_pdf(swapped(letter(), "/Size 9", "/XRefStm 9 /Size 9"), pki().user);
  expect(judge_pdf(hybrid), Verdict::indeterminate, Code::hybrid_xref, "hybrid");
  test::PdfSignSpec twice;
  twice.dictionary_extra = "/Filter /Other ";
  expect(judge_pdf(test::sign_pdf(letter(), pki().user, twice)), Verdict::invalid, Code::signature_field_unparsable, "duplicate keys");
  const std::string broken = test::sign_pdf(swapped(letter(), "0000000000 65535 f", "0000000000 6553x f"), pki().user);
  expect(judge_pdf(broken), Verdict::indeterminate, Code::repaired_xref, "xref needs repair");
}

BOOST_AUTO_TEST_CASE(p8_the_cms_must_be_of_this_signature_alone) {
  const std::string other = test::sign_pdf(test::build_pdf(test::official_letter("13/SVD-VP")), pki().user);
  std::string reused = signed_letter();
  const std::size_t to = reused.rfind("/Contents <") + 11, from = other.rfind("/Contents <") + 11;
  reused.replace(to, 16384, other.substr(from, 16384));
  expect(judge_pdf(reused), Verdict::invalid, Code::digest_mismatch, "reused CMS");
  test::PdfSignSpec spec;
  spec.cms.attributes = false;
  expect(judge_pdf(test::sign_pdf(letter(), pki().user, spec)), Verdict::invalid, Code::signed_attributes_missing, "no attributes");
  spec = {};
  spec.sub_filter = "adbe.pkcs7.sha1";
  expect(judge_pdf(test::sign_pdf(letter(), pki().user, spec)), Verdict::weak, Code::weak_subfilter, "adbe.pkcs7.sha1");
  spec.sub_filter = "adbe.x509.rsa_sha1";
  expect(judge_pdf(test::sign_pdf(letter(), pki().user, spec)), Verdict::indeterminate, Code::unsupported_subfilter, "x509.rsa_sha1");
  spec = {};
  spec.cms.digest = "sha1";
  expect(judge_pdf(test::sign_pdf(letter(), pki().user, spec)), Verdict::weak, Code::weak_digest, "SHA-1");
}

BOOST_AUTO_TEST_CASE(two_signatures_are_both_judged) {
  test::PdfSignSpec second;
  second.field = "Signature2";
  const std::string both = test::sign_pdf(signed_letter(), pki().user, second);
  const auto r = judge_pdf(both);
  expect(r, Verdict::valid, Code::further_signature);
  BOOST_REQUIRE_EQUAL(r.signatures.size(), 2u);
  BOOST_CHECK_EQUAL(r.signatures[0].part, "Signature1");
  expect(judge_pdf(both + "x"), Verdict::invalid, Code::changed_after_signing, "tail after two");
  expect(judge_pdf(swapped(both, "/MediaBox [0 0 595 842]", "/MediaBox [0 0 595 841]")), Verdict::invalid, Code::digest_mismatch, "changed");
}

BOOST_AUTO_TEST_CASE(p12_only_a_file_that_starts_as_a_pdf_is_judged) {
  expect(judge_pdf("junk\n" + signed_letter()), Verdict::indeterminate, Code::header_not_at_start, "prefix");
  expect(judge_pdf(""), Verdict::indeterminate, Code::unparsable_container, "empty");
  expect(judge_pdf("%PDF-1.7\n"), Verdict::indeterminate, Code::unparsable_container, "header only");
}

BOOST_AUTO_TEST_CASE(anchors_and_paths_count_for_documents_too) {
  expect(judge_pdf(signed_letter(), test::trust_in(pki(), AnchorClass::public_)), Verdict::spoof, Code::anchor_not_allowed, "public anchor");
  expect(judge_pdf(signed_letter(), policy::trust::TrustStore{}), Verdict::indeterminate, Code::untrusted_issuer, "no anchors");
}

BOOST_AUTO_TEST_CASE(every_prefix_ends_without_a_valid_verdict) {
  const std::string& pdf = signed_letter();
  for (std::size_t n = 0; n + 1 < pdf.size(); n += 97) BOOST_CHECK(judge_pdf(pdf.substr(0, n)).verdict != Verdict::valid);
}

BOOST_AUTO_TEST_SUITE_END()
