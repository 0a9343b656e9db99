// Rows S1-S7, S9, S11-S16 and S18 of the attack catalogue, and the good cases beside them.
#include "policy/smime/ber.hpp"
#include "policy/smime/cms_shape.hpp"
#include "policy/smime/mailbox.hpp"
#include "tests/policy/signature/cast.hpp"

using namespace policy;
using test::CertSpec;
using test::CmsSpec;
using test::expect;
using test::judge;
using test::MailSpec;
using test::pki;
using namespace std::chrono_literals;

namespace {

std::string signed_by(const test::Identity& who, const CmsSpec& spec = {}, const MailSpec& mail = {}) {
  return test::signed_mail(mail, {who}, spec);
}

std::string replaced(std::string s, const std::string& from, const std::string& to) {
  const std::size_t at = s.find(from);
  BOOST_REQUIRE(at != std::string::npos);
  return s.replace(at, from.size(), to);
}

test::Identity user_with(void (*change)(CertSpec&)) {
  CertSpec s;
  change(s);
  return test::make_certificate(s, &pki().sub);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_smime)

BOOST_AUTO_TEST_CASE(good_mail_is_valid) {
  const auto detached = judge(signed_by(pki().user));
  expect(detached.report, Verdict::valid, Code::verified, "detached");
  BOOST_REQUIRE_EQUAL(detached.report.signatures.size(), 1u);
  const SignatureReport& r = detached.report.signatures[0];
  BOOST_CHECK(r.anchor_class == AnchorClass::vgca);
  BOOST_CHECK_EQUAL(r.signer->common_name, "Nguyễn Văn An");
  BOOST_CHECK_EQUAL(r.signer->emails.at(0), "nguyen.van.an@songla.gov.vn");
  BOOST_CHECK(has(detached.report.reasons, Code::headers_unprotected));
  BOOST_CHECK(has(detached.report.reasons, Code::no_revocation_source) == false);  // the CRLs were there and were used
  const auto opaque = judge(test::opaque_mail({}, {pki().user}));
  expect(opaque.report, Verdict::valid, Code::verified, "opaque");
  BOOST_REQUIRE(opaque.opaque);
  BOOST_CHECK_EQUAL(*opaque.opaque, test::entity_of({}));
}

BOOST_AUTO_TEST_CASE(good_algorithms_are_valid) {
  CmsSpec spec;
  for (const char* digest : {"sha256", "sha384", "sha512"}) {
    spec.digest = digest;
    expect(judge(signed_by(pki().user, spec)).report, Verdict::valid, Code::verified, digest);
  }
  spec.pss = true;
  expect(judge(signed_by(pki().user, spec)).report, Verdict::valid, Code::verified, "PSS");
  CmsSpec cades;
  cades.cades = true;
  expect(judge(signed_by(pki().user, cades)).report, Verdict::valid, Code::verified, "ESS");
  expect(judge(signed_by(user_with([](CertSpec& s) { s.key = "p256"; }))).report, Verdict::valid, Code::verified, "ECDSA");
}

BOOST_AUTO_TEST_CASE(changed_bytes_are_invalid) {
  const std::string mail = signed_by(pki().user);
  expect(judge(replaced(mail, "cong van kem", "cong van KEM")).report, Verdict::invalid, Code::digest_mismatch, "text");
  expect(judge(replaced(mail, "charset=utf-8", "charset=UTF-8")).report, Verdict::invalid, Code::digest_mismatch, "part header");
  expect(judge(replaced(mail, "kem theo.\r\n", "kem theo. \r\n")).report, Verdict::invalid, Code::digest_mismatch, "trailing blank");
}

BOOST_AUTO_TEST_CASE(s1_content_inside_a_detached_signature_is_invalid) {
  CmsSpec inside;
  inside.detached = false;
  const std::string good = test::entity_of({});
  const std::string evil = replaced(good, "cong van", "lenh chi");
  const std::string p7s = test::sign_cms(good, {pki().user}, inside);
  expect(judge(test::multipart_signed(test::header_of({}), evil, p7s)).report, Verdict::invalid, Code::content_in_detached, "other");
  expect(judge(test::multipart_signed(test::header_of({}), good, p7s)).report, Verdict::invalid, Code::content_in_detached, "same");
}

BOOST_AUTO_TEST_CASE(s2_no_signer_and_a_foreign_second_signer_are_not_valid) {
  const std::string none = test::certs_only({pki().user.certificate});
  expect(judge(test::multipart_signed(test::header_of({}), test::entity_of({}), none)).report, Verdict::unsigned_, Code::certificates_only);
  const test::Identity stranger = test::make_certificate({});
  const auto both = judge(test::signed_mail({}, {pki().user, stranger})).report;
  expect(both, Verdict::indeterminate, Code::untrusted_issuer);
  BOOST_CHECK_EQUAL(both.signatures.size(), 2u);
  const test::Identity colleague = user_with([](CertSpec& s) { s.san = "email:le.thi.binh@songla.gov.vn"; });
  expect(judge(test::signed_mail({}, {colleague, pki().user})).report, Verdict::valid, Code::signer_not_sender, "trusted co-signer");
}

BOOST_AUTO_TEST_CASE(s3_missing_signed_attributes_are_invalid) {
  CmsSpec bare;
  bare.attributes = false;
  expect(judge(signed_by(pki().user, bare)).report, Verdict::invalid, Code::signed_attributes_missing, "detached");
  expect(judge(test::opaque_mail({}, {pki().user}, bare)).report, Verdict::invalid, Code::signed_attributes_missing, "opaque");
}

BOOST_AUTO_TEST_CASE(s4_a_signed_part_below_the_root_lends_nothing) {
  const std::string inner = signed_by(pki().user);
  const std::string part = inner.substr(inner.find("Content-Type: multipart/signed"));
  const std::string head = test::header_of({}) + "Content-Type: multipart/mixed; boundary=\"w\"\r\n\r\n--w\r\n";
  expect(judge(head + "Content-Type: text/plain\r\n\r\nChuyen tien ngay\r\n--w\r\n" + part + "\r\n--w--\r\n").report, Verdict::spoof,
         Code::partially_signed, "prepended");
  expect(judge(head + "Content-Type: message/rfc822\r\n\r\n" + inner + "\r\n--w--\r\n").report, Verdict::unsigned_,
         Code::signed_attachment_only, "attached");
  const std::string third = replaced(inner, "--outer--", "--outer\r\nContent-Type: text/html\r\n\r\n<b>x</b>\r\n--outer--");
  expect(judge(third).report, Verdict::invalid, Code::malformed_multipart_signed, "third part");
}

BOOST_AUTO_TEST_CASE(s5_to_s7_from_must_be_the_signer) {
  struct Row { const char* from; Verdict verdict; Code code; };
  const Row rows[] = {
      {"nguyen.van.an@songla.gov.vn", Verdict::valid, Code::verified},
      {"<nguyen.van.an@SONGLA.gov.VN>", Verdict::valid, Code::verified},
      {"\"nguyen.van.an@songla.gov.vn\" <nguyen.van.an@songla.gov.vn>", Verdict::valid, Code::verified},
      {"An (giam doc) <nguyen.van.an@songla.gov.vn>", Verdict::valid, Code::verified},
      {"An <Nguyen.Van.An@songla.gov.vn>", Verdict::spoof, Code::from_mismatch},
      {"An <giam.doc@songla.gov.vn>", Verdict::spoof, Code::from_mismatch},
      {"\"nguyen.van.an@songla.gov.vn\" <eve@evil.example>", Verdict::spoof, Code::from_mismatch},
      {"\"giam.doc@songla.gov.vn\" <nguyen.van.an@songla.gov.vn>", Verdict::spoof, Code::display_name_address},
      {"=?utf-8?B?Z2lhbS5kb2NAc29uZ2xhLmdvdi52bg==?= <nguyen.van.an@songla.gov.vn>", Verdict::spoof, Code::display_name_address},
      {"Nguyen Van An", Verdict::spoof, Code::from_missing},
      {"<>", Verdict::spoof, Code::from_missing},
      {"", Verdict::spoof, Code::from_missing},
      {"a@b.vn, nguyen.van.an@songla.gov.vn", Verdict::spoof, Code::from_several},
      {"nhom: nguyen.van.an@songla.gov.vn;", Verdict::spoof, Code::from_several},
      {"nguyen.van.an@songla.gov.vn\r\nFrom: giam.doc@songla.gov.vn", Verdict::spoof, Code::from_several},
      {"nguyen.van.an@songla.gov.vn <giam.doc@songla.gov.vn>", Verdict::spoof, Code::from_missing},
      {"<@evil.example:nguyen.van.an@songla.gov.vn>", Verdict::spoof, Code::from_several},
      {"nguyen.van.an@songla.gov.vn (", Verdict::spoof, Code::from_missing},
  };
  for (const Row& row : rows) {
    MailSpec mail;
    mail.from = row.from;
    expect(judge(signed_by(pki().user, {}, mail)).report, row.verdict, row.code, row.from);
  }
}

BOOST_AUTO_TEST_CASE(s5_the_address_of_the_name_counts_only_without_an_alternative_name) {
  const auto dn_only = user_with([](CertSpec& s) { s.san.clear(); s.dn_email = "nguyen.van.an@songla.gov.vn"; });
  expect(judge(signed_by(dn_only)).report, Verdict::valid, Code::verified, "DN");
  const auto san_beats = user_with([](CertSpec& s) { s.san = "email:khac@songla.gov.vn"; s.dn_email = "nguyen.van.an@songla.gov.vn"; });
  expect(judge(signed_by(san_beats)).report, Verdict::spoof, Code::from_mismatch, "SAN beats DN");
  const auto nothing = user_with([](CertSpec& s) { s.san.clear(); });
  expect(judge(signed_by(nothing)).report, Verdict::spoof, Code::certificate_without_address, "no address");
}

BOOST_AUTO_TEST_CASE(s22_control_characters_and_foreign_anchors_are_spoof) {
  const auto nul = user_with([](CertSpec& s) { s.raw_san_email = std::string("nguyen.van.an@songla.gov.vn\0.evil.example", 41); });
  expect(judge(signed_by(nul)).report, Verdict::spoof, Code::name_unusable, "NUL");
  const auto public_ca = test::trust_in(pki(), AnchorClass::public_);
  expect(judge(signed_by(pki().user), public_ca).report, Verdict::spoof, Code::anchor_not_allowed, "public anchor, own domain");
  auto other_site = test::mail_options();
  other_site.site_domains = {"khac.gov.vn"};
  expect(judge(signed_by(pki().user), public_ca, other_site).report, Verdict::valid, Code::verified, "public anchor, foreign domain");
  const auto narrow = test::trust_in(pki(), AnchorClass::vgca, {false, {"khac.gov.vn"}, {}});
  expect(judge(signed_by(pki().user), narrow).report, Verdict::spoof, Code::anchor_not_allowed, "listed domains only");
  const auto any = test::trust_in(pki(), AnchorClass::public_, {true, {}, {}});
  expect(judge(signed_by(pki().user), any).report, Verdict::valid, Code::verified, "any name");
}

BOOST_AUTO_TEST_CASE(s9_only_the_sites_own_anchors_count) {
  expect(judge(signed_by(test::make_certificate({}))).report, Verdict::indeterminate, Code::untrusted_issuer, "self-signed");
  const test::Pki other = test::make_pki();  // the same names, other keys: a forgery of the trusted hierarchy
  CmsSpec chain;
  chain.extra_certificates = {other.sub.certificate, other.root.certificate};
  expect(judge(signed_by(other.user, chain)).report, Verdict::invalid, Code::issuer_forged, "borrowed names");
  policy::trust::TrustStore empty;
  chain.extra_certificates = {pki().sub.certificate, pki().root.certificate};
  expect(judge(signed_by(pki().user, chain), empty).report, Verdict::indeterminate, Code::untrusted_issuer, "no anchors");
  policy::trust::TrustStore root_only;
  BOOST_REQUIRE(root_only.add_anchors(pki().root.certificate, AnchorClass::site));
  expect(judge(signed_by(pki().user), root_only).report, Verdict::indeterminate, Code::untrusted_issuer, "sub-CA unknown");
  chain.extra_certificates = {pki().sub.certificate};
  expect(judge(signed_by(pki().user, chain), root_only).report, Verdict::valid, Code::no_revocation_source, "sub-CA as hint");
  policy::trust::TrustStore leaf;
  BOOST_REQUIRE(leaf.add_anchors(pki().user.certificate, AnchorClass::site));
  expect(judge(signed_by(pki().user), leaf).report, Verdict::valid, Code::verified, "the signer itself as anchor");
}

BOOST_AUTO_TEST_CASE(s10_path_rules_hold) {
  CertSpec no_ca = test::ca_spec("Không phải CA");
  no_ca.basic_constraints = "critical,CA:FALSE";
  no_ca.usage = "critical,digitalSignature,keyCertSign";
  const auto fake = test::make_certificate(no_ca, &pki().root);
  CmsSpec chain;
  chain.extra_certificates = {fake.certificate};
  expect(judge(signed_by(test::make_certificate({}, &fake), chain)).report, Verdict::invalid, Code::path_invalid, "not a CA");
  const auto deep = test::make_certificate(test::ca_spec("CA thứ ba"), &pki().sub);  // the sub-CA allows none below it
  chain.extra_certificates = {deep.certificate};
  expect(judge(signed_by(test::make_certificate({}, &deep), chain)).report, Verdict::invalid, Code::path_invalid, "path length");
  CertSpec narrow = test::ca_spec("CA hẹp");
  narrow.name_constraints = "critical,permitted;email:khac.gov.vn";
  const auto constrained = test::make_certificate(narrow, &pki().root);
  chain.extra_certificates = {constrained.certificate};
  expect(judge(signed_by(test::make_certificate({}, &constrained), chain)).report, Verdict::invalid, Code::path_invalid, "name constraints");
}

BOOST_AUTO_TEST_CASE(s11_revocation_follows_the_contract) {
  using policy::trust::Revocation;
  const auto named = user_with([](CertSpec& s) { s.crl_url = "http://ca.example/sub.crl"; });
  const std::string mail = signed_by(named);
  const auto with = [&](const std::vector<std::string>& crls) {
    policy::trust::TrustStore t;
    BOOST_REQUIRE(t.add_anchors(pki().root.certificate, AnchorClass::vgca));
    BOOST_REQUIRE(t.add_intermediates(pki().sub.certificate));
    for (const auto& c : crls) BOOST_REQUIRE(t.add_crls(c));
    return t;
  };
  const auto in = [](Revocation r) {
    auto o = test::mail_options();
    o.revocation = r;
    return o;
  };
  const std::string revoked = test::make_crl(pki().sub, {named.certificate});
  const std::string stale = test::make_crl(pki().sub, {}, test::test_now() - 24h * 60, test::test_now() - 24h);
  const std::string stale_revoked = test::make_crl(pki().sub, {named.certificate}, test::test_now() - 24h * 60, test::test_now() - 24h);
  const std::string root_revokes_sub = test::make_crl(pki().root, {pki().sub.certificate});
  const std::string forged = test::make_crl(test::make_pki().sub);  // the right name, the wrong key
  const auto& p = pki();
  expect(judge(mail, with({p.root_crl, p.sub_crl}), in(Revocation::require)).report, Verdict::valid, Code::verified, "require, all there");
  expect(judge(mail, with({}), in(Revocation::prefer)).report, Verdict::indeterminate, Code::revocation_unavailable, "prefer, named");
  expect(judge(signed_by(p.user), with({}), in(Revocation::prefer)).report, Verdict::valid, Code::no_revocation_source, "prefer, unnamed");
  expect(judge(signed_by(p.user), with({}), in(Revocation::require)).report, Verdict::indeterminate, Code::revocation_unavailable, "require");
  expect(judge(signed_by(p.user), with({p.sub_crl}), in(Revocation::require)).report, Verdict::indeterminate, Code::revocation_unavailable,
         "require, the sub-CA's own status is missing");
  expect(judge(mail, with({revoked}), in(Revocation::prefer)).report, Verdict::invalid, Code::revoked, "revoked");
  expect(judge(mail, with({p.sub_crl, root_revokes_sub}), in(Revocation::prefer)).report, Verdict::invalid, Code::revoked, "revoked CA");
  expect(judge(mail, with({stale}), in(Revocation::prefer)).report, Verdict::indeterminate, Code::revocation_stale, "stale");
  expect(judge(mail, with({stale_revoked}), in(Revocation::prefer)).report, Verdict::invalid, Code::revoked, "stale and revoked");
  BOOST_CHECK(judge(mail, with({forged}), in(Revocation::prefer)).report.verdict == Verdict::indeterminate);
  expect(judge(mail, with({revoked}), in(Revocation::off)).report, Verdict::valid, Code::revocation_off, "off");
}

BOOST_AUTO_TEST_CASE(s12_time_is_the_judges_and_not_the_signers) {
  auto late = test::mail_options(), early = test::mail_options(), shifted = test::mail_options();
  late.at = test::test_now() + 24h * 1000;
  early.at = test::test_now() - 24h * 500;
  const std::string mail = signed_by(pki().user);
  policy::trust::TrustStore t;
  BOOST_REQUIRE(t.add_anchors(pki().root.certificate, AnchorClass::vgca));
  BOOST_REQUIRE(t.add_intermediates(pki().sub.certificate));
  expect(judge(mail, t, late).report, Verdict::indeterminate, Code::expired, "expired");
  expect(judge(mail, t, early).report, Verdict::indeterminate, Code::not_yet_valid, "not yet valid");
  const auto claimed = judge(mail, t).report.signatures.at(0).signing_time_claimed;
  BOOST_REQUIRE(claimed);
  shifted.at = *claimed - 7h;
  expect(judge(mail, t, shifted).report, Verdict::valid, Code::signing_time_shifted, "7 hours");
}

BOOST_AUTO_TEST_CASE(s13_the_certificate_must_be_for_signing_mail) {
  expect(judge(signed_by(user_with([](CertSpec& s) { s.extended_usage = "serverAuth"; }))).report, Verdict::invalid, Code::wrong_purpose);
  expect(judge(signed_by(user_with([](CertSpec& s) { s.usage = "critical,keyEncipherment"; }))).report, Verdict::invalid, Code::wrong_key_usage);
  expect(judge(signed_by(user_with([](CertSpec& s) { s.extended_usage.clear(); }))).report, Verdict::valid, Code::verified, "absent");
  expect(judge(signed_by(user_with([](CertSpec& s) { s.extended_usage = "anyExtendedKeyUsage"; }))).report, Verdict::valid, Code::verified, "any");
  expect(judge(signed_by(user_with([](CertSpec& s) { s.usage = "critical,nonRepudiation"; }))).report, Verdict::valid, Code::verified, "NR only");
}

BOOST_AUTO_TEST_CASE(s14_old_algorithms_are_weak) {
  CmsSpec old;
  for (const char* digest : {"sha1", "md5"}) {
    old.digest = digest;
    expect(judge(signed_by(pki().user, old)).report, Verdict::weak, Code::weak_digest, digest);
  }
  expect(judge(signed_by(user_with([](CertSpec& s) { s.key = "rsa1024"; }))).report, Verdict::weak, Code::weak_key, "RSA 1024");
  expect(judge(signed_by(user_with([](CertSpec& s) { s.digest = "sha1"; }))).report, Verdict::weak, Code::weak_chain, "SHA-1 certificate");
  old.digest = "sha1";
  const std::string mail = replaced(signed_by(pki().user, old), "cong van kem", "cong van KEM");
  expect(judge(mail).report, Verdict::invalid, Code::digest_mismatch, "weak never hides broken");
}

BOOST_AUTO_TEST_CASE(s15_the_named_certificate_must_be_the_signers) {
  CertSpec other;
  other.common_name = "Người khác";
  const auto twin = test::make_certificate(other, &pki().sub, pki().user.key);  // the same key in another certificate
  CmsSpec swapped;
  swapped.cades = true;
  swapped.use_key_id = true;
  swapped.embed_signer = false;
  swapped.extra_certificates = {twin.certificate};
  expect(judge(signed_by(pki().user, swapped)).report, Verdict::invalid, Code::signing_certificate_mismatch, "substituted");
  swapped.extra_certificates = {pki().user.certificate};
  expect(judge(signed_by(pki().user, swapped)).report, Verdict::valid, Code::verified, "by key identifier");
  swapped.extra_certificates.clear();
  expect(judge(signed_by(pki().user, swapped)).report, Verdict::indeterminate, Code::signer_certificate_missing, "no certificate");
}

BOOST_AUTO_TEST_CASE(s16_the_content_decides_and_not_the_label) {
  const std::string head = test::header_of({});
  CmsSpec opaque;
  opaque.detached = false;
  const std::string cms = test::sign_cms(test::entity_of({}), {pki().user}, opaque);
  expect(judge(test::pkcs7_mail(head, cms, "enveloped-data")).report, Verdict::valid, Code::verified, "signed, labelled enveloped");
  expect(judge(test::pkcs7_mail(head, test::certs_only({pki().user.certificate}), "signed-data")).report, Verdict::unsigned_,
         Code::certificates_only, "certs-only, labelled signed");
  expect(judge(test::pkcs7_mail(head, test::encrypt_cms("x", pki().user.certificate), "signed-data")).report, Verdict::unsigned_,
         Code::encrypted, "enveloped, labelled signed");
  expect(judge(test::plain_mail({})).report, Verdict::unsigned_, Code::not_signed, "plain");
  expect(judge(test::pkcs7_mail(head, test::sign_cms("x", {pki().user}), "signed-data")).report, Verdict::invalid, Code::malformed_cms,
         "no content in opaque");
}

BOOST_AUTO_TEST_CASE(s18_bombs_and_broken_values_end_cheaply) {
  const auto with = [](const std::string& p7s) { return judge(test::multipart_signed(test::header_of({}), test::entity_of({}), p7s)).report; };
  const std::string good = test::sign_cms(test::entity_of({}), {pki().user});
  expect(with(""), Verdict::invalid, Code::malformed_cms, "empty");
  expect(with(good + std::string(1, '\0')), Verdict::invalid, Code::malformed_cms, "trailing byte");
  expect(with(good.substr(0, good.size() - 1)), Verdict::invalid, Code::malformed_cms, "cut");
  expect(with("\x30\x84\xff\xff\xff\xff" + good), Verdict::invalid, Code::malformed_cms, "huge length");
  std::string nested;
  for (int i = 0; i < 5000; ++i) nested += "\x30\x80";
  BOOST_CHECK(with(nested).verdict != Verdict::valid);
  expect(with(std::string(100000, '\x05')), Verdict::invalid, Code::malformed_cms, "junk");
  expect(with(std::string(2u << 20, '\x05')), Verdict::indeterminate, Code::limit_exceeded, "2 MiB");
  CmsSpec many;
  for (int i = 0; i < 33; ++i) {
    CertSpec s = test::ca_spec("CA " + std::to_string(i));
    s.key = "p256";
    many.extra_certificates.push_back(test::make_certificate(s).certificate);
  }
  expect(with(test::sign_cms(test::entity_of({}), {pki().user}, many)), Verdict::indeterminate, Code::limit_exceeded, "34 certificates");
  for (std::size_t cut = 0; cut < good.size(); cut += 7) BOOST_CHECK(with(good.substr(0, cut)).verdict != Verdict::valid);
  for (std::size_t at = 0; at < good.size(); at += 5) {  // any flipped bit: never valid, or it was in an unprotected, meaningless place
    std::string bad = good;
    bad[at] = char(bad[at] ^ 0x01);
    const auto report = with(bad);
    if (report.verdict == Verdict::valid) BOOST_CHECK_EQUAL(report.signatures.at(0).signer->common_name, "Nguyễn Văn An");
  }
}

BOOST_AUTO_TEST_SUITE_END()
