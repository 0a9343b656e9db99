#include <boost/test/unit_test.hpp>
#include <csignal>

#include "tests/support/signed_mail.hpp"
#include "tests/support/signed_pdf.hpp"
#include "tests/tools/cli/process.hpp"

using test::congthu;

namespace {

constexpr const char* kAt = "2026-11-22T09:00:00+07:00";  // test::test_now()

struct Samples {
  test::Pki pki = test::make_pki();
  test::Folder folder;
  test::CmsSpec cms;
  std::string root = folder.write("root.pem", pki.root.certificate);
  Samples() {
    std::signal(SIGPIPE, SIG_IGN);
    cms.extra_certificates = {pki.sub.certificate};
  }
  std::string mail(const test::MailSpec& spec = {}) { return test::signed_mail(spec, {pki.user}, cms); }
  std::string pdf() {
    test::PdfSignSpec spec;
    spec.cms = cms;
    return test::sign_pdf(test::build_pdf(test::official_letter()), pki.user, spec);
  }
  test::Ran verify(std::vector<std::string> args, const std::string& input = {}) {
    args.insert(args.begin(), "verify");
    for (const char* more : {"--trust", root.c_str(), "--at", kAt}) args.emplace_back(more);
    return congthu(std::move(args), input);
  }
};

bool has_code(const nlohmann::json& reasons, const std::string& code) {
  for (const auto& r : reasons)
    if (r.at("code") == code) return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cli_verify)

BOOST_AUTO_TEST_CASE(a_signed_mail_is_valid_and_the_json_has_the_fields_of_the_contract) {
  Samples s;
  const auto ran = s.verify({s.folder.write("a.eml", s.mail()), "--format", "json"});
  BOOST_TEST_REQUIRE(ran.code == 0, ran.err);
  const auto j = ran.json();
  BOOST_TEST(j.at("schema") == "congthu.verify/1");
  BOOST_TEST(j.at("verdict") == "valid");
  BOOST_TEST(ran.out.starts_with("{\"schema\""));
  BOOST_TEST_REQUIRE(j.at("signatures").size() == 1u);
  const auto& one = j.at("signatures").at(0);
  for (const char* key : {"layer", "part", "verdict", "signer", "anchor_class", "legal_form", "reasons"}) BOOST_TEST(one.contains(key), key);
  BOOST_TEST(one.at("layer") == "smime");
  BOOST_TEST(one.at("signer").at("common_name") == "Nguyễn Văn An");
  for (const auto& r : j.at("reasons")) BOOST_TEST((r.contains("code") && r.contains("text")));
}

BOOST_AUTO_TEST_CASE(another_sender_is_a_spoof_and_no_anchor_is_indeterminate) {
  Samples s;
  test::MailSpec spec;
  spec.from = "gia.mao@songla.gov.vn";
  const auto spoof = s.verify({s.folder.write("s.eml", s.mail(spec)), "--format", "json"});
  BOOST_TEST(spoof.code == 1);
  BOOST_TEST(spoof.json().at("verdict") == "spoof");
  BOOST_TEST(has_code(spoof.json().at("reasons"), "from_mismatch"));
  const auto unknown = congthu({"verify", s.folder.write("u.eml", s.mail()), "--at", kAt, "--format", "json"});
  BOOST_TEST(unknown.code == 1);
  BOOST_TEST(unknown.json().at("verdict") == "indeterminate");
}

BOOST_AUTO_TEST_CASE(a_changed_mail_is_invalid_and_an_unsigned_one_unsigned) {
  Samples s;
  std::string changed = s.mail();
  const auto at = changed.find("Kinh gui");
  BOOST_TEST_REQUIRE(at != std::string::npos);
  changed.replace(at, 4, "Xinh");
  BOOST_TEST(s.verify({s.folder.write("c.eml", changed), "--format", "json"}).json().at("verdict") == "invalid");
  const auto plain = s.verify({"-", "--type", "eml", "--format", "json"}, test::plain_mail({}));
  BOOST_TEST(plain.code == 1);
  BOOST_TEST(plain.json().at("verdict") == "unsigned");
}

BOOST_AUTO_TEST_CASE(a_signed_pdf_is_valid_and_a_damaged_one_a_verdict) {
  Samples s;
  const std::string pdf = s.pdf();
  const auto good = s.verify({s.folder.write("a.pdf", pdf), "--format", "json"});
  BOOST_TEST(good.code == 0, good.err << good.out);
  BOOST_TEST(good.json().at("signatures").at(0).at("layer") == "pdf");
  for (const std::string& bytes : {pdf.substr(0, pdf.size() / 2), std::string("%PDF-1.7\nnothing else"), std::string()}) {
    const auto bad = s.verify({s.folder.write("b.pdf", bytes), "--format", "json"});
    BOOST_TEST(bad.code == 1);
    BOOST_TEST(bad.json().at("verdict") != "valid");
    BOOST_TEST(bad.json().at("verdict") != "unsigned");
  }
  BOOST_TEST(s.verify({s.folder.write("u.pdf", test::build_pdf(test::official_letter())), "--format", "json"}).json().at("verdict") == "unsigned");
}

BOOST_AUTO_TEST_CASE(a_signed_pdf_lends_nothing_to_an_unsigned_mail) {
  Samples s;
  test::MailSpec spec;
  spec.attachment = s.pdf();
  const auto ran = s.verify({s.folder.write("a.eml", test::plain_mail(spec)), "--format", "json"});
  BOOST_TEST(ran.code == 1);
  const auto j = ran.json();
  BOOST_TEST(j.at("verdict") == "unsigned");
  BOOST_TEST_REQUIRE(j.at("signatures").size() == 1u);
  BOOST_TEST(j.at("signatures").at(0).at("verdict") == "valid");
  BOOST_TEST(j.at("signatures").at(0).at("part").get<std::string>().find("cong-van.pdf") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bare_cms_is_judged_without_identity_as_der_and_pem) {
  Samples s;
  test::CmsSpec cms = s.cms;
  cms.detached = false;
  const std::string der = test::sign_cms("noi dung", {s.pki.user}, cms);
  const std::string pem = "-----BEGIN PKCS7-----\n" + test::base64_lines(der) + "-----END PKCS7-----\n";
  for (const std::string& bytes : {der, pem}) {
    const auto ran = s.verify({s.folder.write("a.p7m", bytes), "--format", "json"});
    BOOST_TEST(ran.code == 0, ran.out);
  }
  const auto broken = s.verify({s.folder.write("b.p7m", der.substr(0, 200)), "--format", "json"});
  BOOST_TEST(broken.code == 1);
  BOOST_TEST(broken.json().at("verdict") == "invalid");
}

BOOST_AUTO_TEST_CASE(a_detached_signature_is_judged_with_the_file_beside_it) {
  Samples s;
  const std::string document = "PK noi dung";
  const std::string signature = s.folder.write("cv.docx.p7s", test::sign_cms(document, {s.pki.user}, s.cms));
  const auto alone = s.verify({signature, "--format", "json"});
  BOOST_TEST(alone.code == 1);
  BOOST_TEST(has_code(alone.json().at("reasons"), "signed_file_missing"));
  const std::string other = s.folder.write("khac.docx", document + ".");
  BOOST_TEST(s.verify({signature, "--content", other, "--format", "json"}).json().at("verdict") == "invalid");
  s.folder.write("cv.docx", document);
  const auto both = s.verify({signature, "--format", "json"});
  BOOST_TEST(both.code == 0, both.err);
  BOOST_TEST(both.json().at("signatures").at(0).at("covers") == "cv.docx");
  BOOST_TEST(s.verify({signature, "--content", "none.docx"}).code == 4);
}

BOOST_AUTO_TEST_CASE(attached_signatures_are_judged_with_the_attachment_that_they_name) {
  Samples s;
  const std::string pdf = test::build_pdf(test::official_letter());
  test::CmsSpec opaque = s.cms;
  opaque.detached = false;
  const auto part = [](const std::string& name, const std::string& bytes) {
    return "--m\r\nContent-Type: application/octet-stream; name=\"" + name + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + test::base64_lines(bytes) + "\r\n";
  };
  const auto mail = [&](const std::string& parts) {
    return test::header_of({}) + "Content-Type: multipart/mixed; boundary=m\r\n\r\n" + parts + "--m--\r\n";
  };
  const std::string p7s = test::sign_cms(pdf, {s.pki.user}, s.cms);
  const auto judged = [&](const std::string& parts) {
    const auto j = s.verify({"-", "--type", "eml", "--format", "json"}, mail(parts)).json();
    BOOST_TEST(j.at("verdict") == "unsigned");  // an attachment lends the mail nothing
    BOOST_TEST_REQUIRE(!j.at("signatures").empty());
    return j.at("signatures").at(0);
  };
  const auto good = judged(part("cv.pdf", pdf) + part("cv.pdf.p7s", p7s));
  BOOST_TEST(good.at("verdict") == "valid");
  BOOST_TEST(good.at("part") == "2 cv.pdf.p7s");
  BOOST_TEST(good.at("covers") == "cv.pdf");
  BOOST_TEST(judged(part("cv.pdf", pdf + "%") + part("cv.pdf.p7s", p7s)).at("verdict") == "invalid");
  BOOST_TEST(has_code(judged(part("cv.pdf.p7s", p7s)).at("reasons"), "signed_file_missing"));
  const auto two = judged(part("cv.pdf", pdf) + part("cv.pdf", pdf + "%") + part("cv.pdf.p7s", p7s));
  BOOST_TEST(two.at("verdict") == "indeterminate");
  BOOST_TEST(has_code(two.at("reasons"), "signed_file_ambiguous"));
  BOOST_TEST(judged(part("cv.pdf.p7m", test::sign_cms(pdf, {s.pki.user}, opaque))).at("verdict") == "valid");
  BOOST_TEST(judged(part("cv.pdf", pdf + "%") + part("cv.pdf.p7m", test::sign_cms(pdf, {s.pki.user}, opaque))).at("verdict") == "spoof");
}

BOOST_AUTO_TEST_CASE(a_revoked_signer_is_invalid_and_missing_lists_matter_when_required) {
  Samples s;
  const std::string mail = s.folder.write("a.eml", s.mail());
  const std::string crl = s.folder.write("sub.crl", test::make_crl(s.pki.sub, {s.pki.user.certificate}));
  BOOST_TEST(s.verify({mail, "--crl", crl, "--format", "json"}).json().at("verdict") == "invalid");
  BOOST_TEST(s.verify({mail, "--crl", crl, "--revocation", "off", "--format", "json"}).json().at("verdict") == "valid");
  BOOST_TEST(s.verify({mail, "--revocation", "require", "--format", "json"}).json().at("verdict") == "indeterminate");
}

BOOST_AUTO_TEST_CASE(failures_have_their_exit_codes_and_an_empty_output) {
  Samples s;
  const std::string mail = s.folder.write("a.eml", s.mail());
  const std::pair<std::vector<std::string>, int> cases[] = {
      {{"verify", s.folder.path("missing.eml")}, 4},
      {{"verify", mail, s.folder.path("missing.eml")}, 4},
      {{"verify", mail, "--trust", s.folder.path("missing.pem")}, 4},
      {{"verify", mail, "--trust", s.folder.write("no.pem", "not a certificate")}, 4},
      {{"verify", mail, "--inspect", s.folder.path("none")}, 4},
      {{"verify", s.folder.path("")}, 4},
      {{"verify"}, 2},
      {{"verify", mail, "--revocation", "maybe"}, 2},
      {{"verify", mail, "--at", "yesterday"}, 2},
      {{"verify", mail, "--type", "doc"}, 2},
      {{"verify", mail, "--format", "xml"}, 2},
      {{"verify", mail, "--trsut", "x"}, 2},
  };
  for (const auto& [args, code] : cases) {
    const auto ran = congthu(args);
    BOOST_TEST(ran.code == code, args.back() << ": " << ran.code << " " << ran.err);
    BOOST_TEST(ran.out.empty());
    BOOST_TEST(ran.err.starts_with("congthu: "));
  }
}

BOOST_AUTO_TEST_CASE(people_read_vietnamese_or_english_and_csv_has_a_byte_order_mark) {
  Samples s;
  const std::string mail = s.folder.write("a.eml", s.mail());
  BOOST_TEST(s.verify({mail}).out.find("hợp lệ") != std::string::npos);
  BOOST_TEST(s.verify({mail, "--lang", "en"}).out.find("valid") != std::string::npos);
  const auto csv = s.verify({mail, "--format", "csv"});
  BOOST_TEST(csv.code == 0);
  BOOST_TEST(csv.out.starts_with("\xEF\xBB\xBF" "file,verdict,"));
  BOOST_TEST(csv.out.find("\033[") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_that_a_spreadsheet_would_run_is_disarmed_and_escapes_do_not_reach_the_terminal) {
  test::CertSpec spec;
  spec.common_name = "=HYPERLINK(1)\033[31m";
  Samples s;
  s.pki = test::make_pki(spec);
  s.root = s.folder.write("root.pem", s.pki.root.certificate);
  s.cms.extra_certificates = {s.pki.sub.certificate};
  const std::string mail = s.folder.write("a.eml", s.mail());
  BOOST_TEST(s.verify({mail, "--format", "csv"}).out.find("'=HYPERLINK(1)") != std::string::npos);
  BOOST_TEST(s.verify({mail}).out.find('\033') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(several_files_give_one_object_a_line_and_the_worst_exit_code) {
  Samples s;
  const auto ran = s.verify({s.folder.write("a.eml", s.mail()), s.folder.write("b.eml", test::plain_mail({})), "--format", "json"});
  BOOST_TEST(ran.code == 1);
  BOOST_TEST(std::count(ran.out.begin(), ran.out.end(), '\n') == 2);
}

BOOST_AUTO_TEST_SUITE_END()
