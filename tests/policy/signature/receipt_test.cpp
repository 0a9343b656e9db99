// Signed receipts: keys in files and in a token (SoftHSM2 stands for the hardware), the statement, the time-stamp that is added.
#include "policy/receipt/receipt.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "policy/receipt/signer.hpp"
#include "policy/receipt/timestamp_request.hpp"
#include "policy/smime/signature_file.hpp"
#include "tests/policy/signature/cast.hpp"
#include "tests/support/timestamp.hpp"

namespace {

using base::Errc;
using policy::Code;
using policy::Verdict;
using policy::receipt::Receipt;
using policy::receipt::Signer;
using test::expect;

struct ReceiptFiles {
  std::string directory = (std::filesystem::temp_directory_path() / "congthu-receipt-XXXXXX").string();
  ReceiptFiles() { BOOST_REQUIRE(::mkdtemp(directory.data()) != nullptr); }
  ~ReceiptFiles() { std::filesystem::remove_all(directory); }
  std::string put(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const std::string path = directory + "/" + name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
};

test::Identity issued(const std::string& key) {
  test::CertSpec spec;
  spec.common_name = "Máy chủ thư Sông La";
  spec.san.clear();
  spec.key = key;
  return test::make_certificate(spec, &test::pki().sub);
}

Receipt statement() {
  Receipt r;
  r.id = "00112233445566778899aabbccddeeff";
  r.accepted = test::test_now();
  r.server = "mail.songla.gov.vn";
  r.channel = "submission";
  r.client = "192.0.2.7";
  r.login = "an@songla.gov.vn";
  r.sender = "an@songla.gov.vn";
  r.recipients = {"binh@songla.gov.vn", "phòng@songla.gov.vn"};
  r.message_id = "<1@songla.gov.vn>";
  r.size = 1234;
  r.received_sha256 = r.stored_sha256 = std::string(64, 'a');
  return r;
}

policy::smime::SignatureFile judge_receipt(const std::string& cms, const policy::trust::TrustStore& trust = test::trust()) {
  return policy::smime::verify_signature_file(cms, std::nullopt, policy::smime::SignatureForm::cms, trust, test::mail_options());
}

std::string signed_by(const Signer& signer) {
  const auto cms = signer.sign(policy::receipt::to_json(statement()), test::test_now());
  BOOST_REQUIRE_MESSAGE(cms, cms.error().detail());
  return *cms;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(receipts, ReceiptFiles)

BOOST_AUTO_TEST_CASE(a_statement_survives_its_json) {
  const auto back = policy::receipt::parse_receipt(policy::receipt::to_json(statement()));
  BOOST_REQUIRE(back);
  BOOST_TEST((*back == statement()));
  BOOST_TEST(!policy::receipt::parse_receipt("{}"));
  BOOST_TEST(!policy::receipt::parse_receipt("[1"));
  BOOST_TEST(!policy::receipt::parse_receipt("{\"schema\":\"congthu.receipt/2\"}"));
}

BOOST_AUTO_TEST_CASE(a_receipt_of_a_key_in_a_file_is_valid_and_a_changed_one_is_not) {
  for (const char* kind : {"rsa2048", "p256", "p384"}) {
    const test::Identity server = issued(kind);
    const auto signer = Signer::open(put("key.pem", server.key), put("cert.pem", server.certificate + test::pki().sub.certificate));
    BOOST_REQUIRE_MESSAGE(signer, signer.error().detail());
    const std::string cms = signed_by(**signer);
    const auto judged = judge_receipt(cms);
    expect(judged.report, Verdict::valid, Code::verified, kind);
    BOOST_TEST(judged.content.value_or("") == policy::receipt::to_json(statement()));
    const auto inside = policy::receipt::statement_of(cms);
    BOOST_REQUIRE(inside);
    BOOST_TEST((*inside == statement()));
    std::string bad = cms;
    bad.replace(bad.find("binh@"), 5, "khac@");
    expect(judge_receipt(bad).report, Verdict::invalid, Code::digest_mismatch, kind);
    expect(judge_receipt(cms, policy::trust::TrustStore{}).report, Verdict::indeterminate, Code::untrusted_issuer, kind);
  }
}

BOOST_AUTO_TEST_CASE(wrong_keys_and_certificates_are_named) {
  const test::Identity one = issued("p256"), other = issued("p256");
  const std::string key = put("key.pem", one.key), cert = put("cert.pem", one.certificate);
  const auto code = [](const std::string& k, const std::string& c) {
    const auto opened = Signer::open(k, c);
    BOOST_REQUIRE(!opened);
    return opened.error().code();
  };
  BOOST_TEST((code(put("other.pem", other.key), cert) == Errc::invalid));
  BOOST_TEST((code(put("open.pem", one.key, 0644), cert) == Errc::denied));
  BOOST_TEST((code(directory + "/none.pem", cert) == Errc::not_found));
  BOOST_TEST((code(key, directory + "/none.pem") == Errc::not_found));
  BOOST_TEST((code(put("junk.pem", "junk"), cert) == Errc::invalid));
  BOOST_TEST((code(key, put("junk2.pem", "junk")) == Errc::invalid));
  const test::Identity edwards = issued("ed25519");
  BOOST_TEST((code(put("ed.pem", edwards.key), put("edc.pem", edwards.certificate)) == Errc::invalid));
}

BOOST_AUTO_TEST_CASE(a_key_in_a_token_signs_without_leaving_it) {
  std::filesystem::create_directory(directory + "/tokens");
  put("softhsm2.conf", "directories.tokendir = " + directory + "/tokens\nlog.level = ERROR\n");
  ::setenv("SOFTHSM2_CONF", (directory + "/softhsm2.conf").c_str(), 1);
  put("pin", "2468\n");
  const auto softhsm = [&](const std::string& arguments) {
    const int status = std::system(("softhsm2-util " + arguments + " >" + directory + "/log 2>&1").c_str());
    BOOST_REQUIRE_MESSAGE(WIFEXITED(status) && WEXITSTATUS(status) == 0, "softhsm2-util " << arguments << " (is the package softhsm2 installed?)");
  };
  softhsm("--init-token --free --label CongThu --pin 2468 --so-pin 13579");
  const std::string uri = "pkcs11:token=CongThu;object=receipt?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:" + directory + "/pin";
  BOOST_TEST((Signer::open(uri, put("c.pem", issued("p256").certificate)).error().code() == Errc::not_found));
  int id = 1;
  for (const char* kind : {"rsa2048", "p256"}) {
    const test::Identity server = issued(kind);
    const std::string label = std::string("receipt-") + kind;
    softhsm("--import " + put("import.pem", server.key) + " --token CongThu --label " + label + " --id 0" + std::to_string(id++) + " --pin 2468");
    std::string own = uri;
    own.replace(own.find("object=receipt"), 14, "object=" + label);
    const auto signer = Signer::open(own, put("cert.pem", server.certificate));
    BOOST_REQUIRE_MESSAGE(signer, signer.error().detail());
    expect(judge_receipt(signed_by(**signer)).report, Verdict::valid, Code::verified, kind);
    const auto second = Signer::open(own, put("other.pem", issued(kind).certificate));
    BOOST_TEST((second.has_error() && second.error().code() == Errc::invalid));
    expect(judge_receipt(signed_by(**signer)).report, Verdict::valid, Code::verified, "after another session ended");
  }
  ::unsetenv("SOFTHSM2_CONF");
}

BOOST_AUTO_TEST_CASE(an_authoritys_time_stamp_is_added_and_proves_the_time) {
  const test::Identity server = issued("p256"), tsa = test::make_certificate(test::tsa_spec(), &test::pki().root);
  const auto signer = Signer::open(put("key.pem", server.key), put("cert.pem", server.certificate));
  BOOST_REQUIRE(signer);
  const std::string cms = signed_by(**signer);
  BOOST_TEST(!policy::receipt::has_timestamp(cms));
  const auto request = policy::receipt::timestamp_request(cms);
  BOOST_REQUIRE(request);
  const std::string answer = test::answer_timestamp(request->der, tsa);
  const auto stamped = policy::receipt::with_timestamp(cms, answer, *request);
  BOOST_REQUIRE_MESSAGE(stamped, stamped.error().detail());
  BOOST_TEST(policy::receipt::has_timestamp(*stamped));
  const auto judged = judge_receipt(*stamped);
  expect(judged.report, Verdict::valid, Code::timestamp_verified);
  BOOST_TEST((judged.report.signatures.at(0).signing_time_proven == test::test_now()));

  const auto code = [&](const std::string& given, const policy::receipt::TimestampRequest& asked) {
    const auto none = policy::receipt::with_timestamp(cms, given, asked);
    BOOST_REQUIRE(!none);
    return none.error().code();
  };
  BOOST_TEST((code(test::answer_timestamp(request->der, tsa, {}, 2), *request) == Errc::denied));
  BOOST_TEST((code("", *request) == Errc::invalid));
  BOOST_TEST((code("<html>", *request) == Errc::invalid));
  for (std::size_t n = 1; n < answer.size(); n += 11) BOOST_TEST((code(answer.substr(0, n), *request) == Errc::invalid));
  const auto later = policy::receipt::timestamp_request(cms);  // another nonce
  BOOST_REQUIRE(later);
  BOOST_TEST((code(answer, *later) == Errc::invalid));
  const auto elsewhere = policy::receipt::timestamp_request(signed_by(**signer));
  BOOST_REQUIRE(elsewhere);
  BOOST_TEST((code(test::answer_timestamp(elsewhere->der, tsa), *request) == Errc::invalid));
  BOOST_TEST(!policy::receipt::timestamp_request("junk"));
}

BOOST_AUTO_TEST_SUITE_END()
