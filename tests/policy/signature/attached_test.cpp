// Signatures of documents in files of their own: cong-van.pdf.p7s beside cong-van.pdf, cong-van.pdf.p7m with the document inside.
#include "policy/smime/attached_signature.hpp"
#include "tests/policy/signature/cast.hpp"

namespace {

using policy::Code;
using policy::Verdict;
using policy::smime::SignatureForm;
using test::CmsSpec;
using test::expect;
using test::pki;

policy::smime::Options file_judging() {
  policy::smime::Options o = test::mail_options();
  o.site_agencies = {"Sở Ví dụ"};
  return o;
}

policy::VerifyReport judge_signature(const std::string& signature, const std::optional<std::string>& beside, SignatureForm form = SignatureForm::cms,
                                     const policy::trust::TrustStore& trust = test::trust()) {
  std::optional<std::string_view> content;
  if (beside) content = *beside;
  return policy::smime::verify_signature_file(signature, content, form, trust, file_judging()).report;
}

std::string opaque_cms(const std::string& content) {
  CmsSpec spec;
  spec.detached = false;
  return test::sign_cms(content, {pki().user}, spec);
}

struct File {
  std::string name, bytes;
  std::string fields = "Content-Type: application/octet-stream\r\n";
};

std::string part_of(const File& f) {
  return "--mixed\r\n" + f.fields + "Content-Disposition: attachment; filename=\"" + f.name + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
         test::base64_lines(f.bytes) + "\r\n";
}

std::string mail_with(const std::vector<File>& files) {
  std::string out = test::header_of({}) + "Content-Type: multipart/mixed; boundary=mixed\r\n\r\n--mixed\r\n\r\nKinh gui\r\n\r\n";
  for (const File& f : files) out += part_of(f);
  return out + "--mixed--\r\n";
}

struct Found {
  bool any = false, ambiguous = false;
  std::string signs;
};

// What the first signature file of this mail signs.
Found named_in(const std::vector<File>& files) {
  const std::string mail = mail_with(files);
  const mime::Structure s = mime::scan(mail);
  const auto found = policy::smime::attached_signatures(mail, s);
  if (found.empty()) return {};
  const auto& first = found.front();
  if (first.signs == mime::kNoPart) return {true, first.ambiguous, ""};
  return {true, false, *policy::smime::attached_bytes(s.parts[first.signs], mail)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signature_files)

BOOST_AUTO_TEST_CASE(a_detached_signature_is_judged_over_the_file_that_it_signs) {
  const std::string document = "PK noi dung", signature = test::sign_cms(document, {pki().user});
  const auto good = judge_signature(signature, document);
  expect(good, Verdict::valid, Code::verified);
  BOOST_TEST(good.signatures.size() == 1u);
  BOOST_TEST(good.signatures[0].signer->common_name == "Nguyễn Văn An");
  expect(judge_signature(signature, document + " "), Verdict::invalid, Code::digest_mismatch, "changed");
  expect(judge_signature(signature, std::nullopt), Verdict::indeterminate, Code::signed_file_missing, "alone");
  expect(judge_signature(signature, document, SignatureForm::cms, policy::trust::TrustStore{}), Verdict::indeterminate, Code::untrusted_issuer, "no trust");
}

BOOST_AUTO_TEST_CASE(an_opaque_one_covers_what_it_holds_and_nothing_else) {
  const std::string document = "%PDF-1.4 noi dung", signature = opaque_cms(document);
  const auto read = policy::smime::verify_signature_file(signature, std::nullopt, SignatureForm::cms, test::trust(), file_judging());
  expect(read.report, Verdict::valid, Code::verified);
  BOOST_TEST(read.content.value_or("") == document);
  expect(judge_signature(signature, document), Verdict::valid, Code::verified, "the same file beside");
  expect(judge_signature(signature, "%PDF-1.4 khac"), Verdict::spoof, Code::signed_file_differs, "another file beside");
  expect(judge_signature(signature, ""), Verdict::spoof, Code::signed_file_differs, "an empty file beside");
}

BOOST_AUTO_TEST_CASE(every_way_to_save_a_signature_is_read) {
  const std::string document = "noi dung", der = test::sign_cms(document, {pki().user}), lines = test::base64_lines(der);
  for (const std::string& saved : {"-----BEGIN PKCS7-----\r\n" + lines + "\r\n-----END PKCS7-----\r\n", "\n-----BEGIN CMS-----\n" + lines + "\n-----END CMS-----", lines})
    expect(judge_signature(saved, document), Verdict::valid, Code::verified, saved.substr(0, 20));
}

BOOST_AUTO_TEST_CASE(what_is_no_signature_is_told) {
  const std::string document = "noi dung", der = test::sign_cms(document, {pki().user});
  expect(judge_signature("junk", document), Verdict::invalid, Code::malformed_cms, "junk");
  expect(judge_signature("", document), Verdict::invalid, Code::malformed_cms, "empty");
  expect(judge_signature(der + std::string(1, '\0'), document), Verdict::invalid, Code::malformed_cms, "a zero behind it");
  expect(judge_signature(der.substr(0, der.size() / 2), document), Verdict::invalid, Code::malformed_cms, "cut");
  expect(judge_signature("junk", document, SignatureForm::any), Verdict::indeterminate, Code::unparsable_container, ".sig");
  expect(judge_signature("-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n", document, SignatureForm::any), Verdict::unsigned_,
         Code::openpgp_not_judged, "OpenPGP");
  expect(judge_signature(test::certs_only({pki().user.certificate}), document), Verdict::unsigned_, Code::certificates_only, "certificates");
  expect(judge_signature(test::encrypt_cms("bi mat", pki().user.certificate), std::nullopt), Verdict::unsigned_, Code::encrypted, "encrypted");
  CmsSpec bare;
  bare.attributes = false;
  expect(judge_signature(test::sign_cms(document, {pki().user}, bare), document), Verdict::invalid, Code::signed_attributes_missing, "no attributes");
}

BOOST_AUTO_TEST_CASE(an_anchor_vouches_for_its_own_only) {
  const auto citizens = test::trust_in(pki(), policy::AnchorClass::public_);
  const std::string document = "noi dung", signature = test::sign_cms(document, {pki().user});
  expect(judge_signature(signature, document, SignatureForm::cms, citizens), Verdict::spoof, Code::anchor_not_allowed);
}

BOOST_AUTO_TEST_CASE(every_prefix_ends_without_a_valid_verdict) {
  const std::string document = "noi dung", signature = test::sign_cms(document, {pki().user});
  for (std::size_t n = 0; n < signature.size(); n += 7)
    BOOST_TEST_REQUIRE((judge_signature(signature.substr(0, n), document).verdict != Verdict::valid), n);
}

BOOST_AUTO_TEST_CASE(names_bind_a_signature_to_its_file) {
  BOOST_TEST(named_in({{"cv.pdf", "A"}, {"cv.pdf.p7s", "S"}}).signs == "A");
  BOOST_TEST(named_in({{"cv.pdf.p7s", "S"}, {"CV.PDF", "A"}}).signs == "A");
  BOOST_TEST(named_in({{"cv.docx", "A"}, {"khac.pdf", "B"}, {"cv.p7s", "S"}}).signs == "A");
  BOOST_TEST(named_in({{"cv.pdf", "A"}, {"cv.docx", "B"}, {"cv.pdf.sig", "S"}}).signs == "A");
  BOOST_TEST(named_in({{"cv.pdf", "A"}, {"cv.pdf.p7m", "S"}}).signs == "A");
  BOOST_TEST(named_in({{"quyết-định.pdf", "A"}, {"quye\xCC\x82\xCC\x81t-\xC4\x91i\xCC\xA3nh.pdf.p7s", "S"}}).signs == "A");  // NFC and NFD
}

BOOST_AUTO_TEST_CASE(a_missing_or_doubtful_file_binds_nothing) {
  for (const auto& files : std::vector<std::vector<File>>{{{"cv.pdf.p7s", "S"}}, {{"khac.pdf", "A"}, {"cv.pdf.p7s", "S"}}, {{"cv.pdf.sig", "S"}, {"cv.pdf.p7s.txt", "A"}}}) {
    const Found f = named_in(files);
    BOOST_TEST(f.any);
    BOOST_TEST(!f.ambiguous);
    BOOST_TEST(f.signs.empty());
  }
  BOOST_TEST(named_in({{"cv.pdf", "A"}, {"cv.pdf", "B"}, {"cv.pdf.p7s", "S"}}).ambiguous);
  BOOST_TEST(named_in({{"cv.pdf", "A"}, {"cv.docx", "B"}, {"cv.p7s", "S"}}).ambiguous);
  BOOST_TEST(named_in({{"cv.pdf", "A"}, {"CV.pdf.", "B"}, {"cv.pdf.p7s", "S"}}).ambiguous);
  BOOST_TEST(named_in({{"cv.pdf", "A"}, {"cv.pdf", "A"}, {"cv.pdf.p7s", "S"}}).signs == "A");  // twice the same bytes are one file
  // A second name of a part counts, too: readers follow either.
  const Found two = named_in({{"cv.pdf", "A"}, {"khac.pdf", "B", "Content-Type: application/pdf; name=\"cv.pdf\"\r\n"}, {"cv.pdf.p7s", "S"}});
  BOOST_TEST(two.ambiguous);
}

BOOST_AUTO_TEST_CASE(the_mails_own_signature_is_no_attachment) {
  const std::string mail = test::signed_mail({}, {pki().user});
  BOOST_TEST(policy::smime::attached_signatures(mail, mime::scan(mail)).empty());
  BOOST_TEST(!named_in({{"smime.p7s", "S"}, {"smime", "A"}}).any);
  const std::string opaque = test::opaque_mail({}, {pki().user});
  BOOST_TEST(policy::smime::attached_signatures(opaque, mime::scan(opaque)).empty());
}

BOOST_AUTO_TEST_CASE(files_of_an_attached_mail_are_not_beside_those_of_this_one) {
  const std::string inner = mail_with({{"cv.pdf", "A"}});
  const std::string mail = test::header_of({}) + "Content-Type: multipart/mixed; boundary=top\r\n\r\n--top\r\nContent-Type: message/rfc822\r\n\r\n" + inner +
                           "\r\n--top\r\nContent-Type: application/pkcs7-signature\r\nContent-Disposition: attachment; filename=cv.pdf.p7s\r\n\r\nS\r\n--top--\r\n";
  const auto found = policy::smime::attached_signatures(mail, mime::scan(mail));
  BOOST_TEST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].signs == mime::kNoPart);
}

BOOST_AUTO_TEST_CASE(base64_with_foreign_bytes_is_not_judged) {
  std::string mail = mail_with({{"cv.pdf", "noi dung"}});
  mail.insert(mail.find("bm9p"), "!");
  const mime::Structure s = mime::scan(mail);
  BOOST_TEST(!policy::smime::attached_bytes(s.parts.back(), mail).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
