// Rows S4, S5, S8, S14, S16, S17, S19 and S22 of the attack catalogue beyond the single signature: layers, parts below the root,
// header protection, algorithms by date, and the shapes in which honest programs write signed mail.
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

test::Identity person_with(void (*change)(CertSpec&)) {
  CertSpec s;
  s.key = "p256";
  change(s);
  return test::make_certificate(s, &pki().sub);
}

const test::Identity& colleague() {
  static const test::Identity c = person_with([](CertSpec& s) { s.san = "email:le.thi.binh@songla.gov.vn", s.common_name = "Lê Thị Bình"; });
  return c;
}

CmsSpec opaque() {
  CmsSpec s;
  s.detached = false;
  return s;
}

std::string pkcs7_entity(const std::string& cms) { return test::pkcs7_mail("", cms); }

// A mail whose root is signed by `who` over exactly `entity`.
std::string around(const std::string& entity, const test::Identity& who = pki().user, bool detached = true) {
  if (detached) return test::multipart_signed(test::header_of({}), entity, test::sign_cms(entity, {who}));
  return test::pkcs7_mail(test::header_of({}), test::sign_cms(entity, {who}, opaque()));
}

std::string inner_detached(const test::Identity& who, const std::string& entity = test::entity_of({})) {
  std::string m = test::multipart_signed("", entity, test::sign_cms(entity, {who}));
  for (std::size_t at; (at = m.find("outer")) != std::string::npos;) m.replace(at, 5, "other");
  return m;
}

std::string broken(std::string s) {
  const std::size_t at = s.find("cong van kem");
  BOOST_REQUIRE(at != std::string::npos);
  s[at] = 'C';
  return s;
}

std::string mixed(const std::vector<std::string>& parts) {
  std::string m = test::header_of({}) + "Content-Type: multipart/mixed; boundary=\"w\"\r\n\r\n";
  for (const std::string& one : parts) m += "--w\r\n" + one + "\r\n";
  return m + "--w--\r\n";
}

const std::string kText = "Content-Type: text/plain\r\n\r\nChuyen tien ngay\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_layers)

BOOST_AUTO_TEST_CASE(s16_every_layer_is_reported_and_must_hold) {
  for (const bool detached : {true, false}) {
    const auto both = judge(around(inner_detached(colleague()), pki().user, detached)).report;
    expect(both, Verdict::valid, Code::nested_signature, "two layers");
    BOOST_REQUIRE_EQUAL(both.signatures.size(), 2u);
    BOOST_CHECK_EQUAL(both.signatures[0].part, "");
    BOOST_CHECK_EQUAL(both.signatures[1].part, detached ? "1" : "p7m");
    BOOST_CHECK_EQUAL(both.signatures[1].signer->emails.at(0), "le.thi.binh@songla.gov.vn");
    const auto opaque_inside = judge(around(pkcs7_entity(test::sign_cms(test::entity_of({}), {colleague()}, opaque())), pki().user, detached));
    expect(opaque_inside.report, Verdict::valid, Code::nested_signature, "opaque inside");
    BOOST_CHECK_EQUAL(opaque_inside.opaque.value_or(""), test::entity_of({}));  // what the reader sees is inspected
    expect(judge(around(broken(inner_detached(colleague())), pki().user, detached)).report, Verdict::invalid, Code::digest_mismatch, "inner broken");
    const auto stranger = test::make_certificate([] { CertSpec s; s.key = "p256"; return s; }());
    expect(judge(around(inner_detached(stranger), pki().user, detached)).report, Verdict::indeterminate, Code::untrusted_issuer, "inner unknown");
  }
  // Only the outer signer is asked for From: a genuine mail of the sender wrapped by another is not the sender's mail.
  expect(judge(around(inner_detached(pki().user), colleague())).report, Verdict::spoof, Code::from_mismatch, "wrapped by another");
}

BOOST_AUTO_TEST_CASE(s16_a_triple_wrapped_mail_is_judged_by_its_outer_signature) {
  const std::string inner = inner_detached(pki().user);
  const std::string wrapped = pkcs7_entity(test::encrypt_cms(inner, pki().user.certificate));
  for (const bool detached : {true, false}) {
    const auto r = judge(around(wrapped, pki().user, detached)).report;
    expect(r, Verdict::valid, Code::content_encrypted, "sign(encrypt(sign))");
    BOOST_CHECK_EQUAL(r.signatures.size(), 1u);
  }
  expect(judge(test::header_of({}) + wrapped).report, Verdict::unsigned_, Code::encrypted, "encrypt(sign)");
  std::string deep = test::entity_of({});
  for (int i = 0; i < 12; ++i) deep = pkcs7_entity(test::sign_cms(deep, {colleague()}, opaque()));
  expect(judge(around(deep)).report, Verdict::indeterminate, Code::limit_exceeded, "thirteen layers");
}

BOOST_AUTO_TEST_CASE(s4_signed_parts_below_the_root_are_told_and_lend_nothing) {
  const auto r = judge(mixed({kText, inner_detached(pki().user)})).report;
  expect(r, Verdict::spoof, Code::partially_signed, "text before");
  BOOST_REQUIRE_EQUAL(r.signatures.size(), 1u);
  BOOST_CHECK_EQUAL(r.signatures[0].part, "2");
  BOOST_CHECK(r.signatures[0].verdict == Verdict::spoof);
  BOOST_CHECK_EQUAL(r.signatures[0].signer->common_name, "Nguyễn Văn An");
  expect(judge(mixed({inner_detached(pki().user)})).report, Verdict::spoof, Code::partially_signed, "alone in a multipart");
  expect(judge(mixed({kText, broken(inner_detached(pki().user))})).report, Verdict::spoof,
         Code::partially_signed, "broken part");
  const std::string in_opaque = pkcs7_entity(test::sign_cms(test::entity_of({}), {pki().user}, opaque()));
  expect(judge(mixed({kText, in_opaque})).report, Verdict::spoof, Code::partially_signed, "opaque part");
  expect(judge(mixed({"Content-Type: text/html\r\n\r\n<img src=\"cid:x\"><!--\r\n", inner_detached(pki().user)})).report, Verdict::spoof,
         Code::partially_signed, "hidden behind HTML");
  expect(judge(mixed({kText, pkcs7_entity(test::encrypt_cms(test::entity_of({}), pki().user.certificate))})).report, Verdict::unsigned_, Code::not_signed,
         "an encrypted part");
  expect(judge(mixed({kText, pkcs7_entity(test::certs_only({pki().user.certificate}))})).report, Verdict::unsigned_, Code::not_signed, "certificates");
  const std::string lone = "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
                           test::base64_lines(test::sign_cms(test::entity_of({}), {pki().user}));
  expect(judge(mixed({test::entity_of({}), lone})).report, Verdict::spoof, Code::partially_signed, "the signature beside, the type is gone");
  std::string document = lone;
  document.replace(document.find("smime.p7s"), 9, "cv12.pdf.p7s");
  expect(judge(mixed({test::entity_of({}), document})).report, Verdict::unsigned_, Code::not_signed, "a document's own signature");
}

BOOST_AUTO_TEST_CASE(s4_an_attached_mail_has_a_verdict_of_its_own) {
  const std::string genuine = test::signed_mail({}, {pki().user});
  const std::string attached = "Content-Type: message/rfc822\r\n\r\n" + genuine;
  const auto forwarded = judge(mixed({kText, attached})).report;
  expect(forwarded, Verdict::unsigned_, Code::signed_attachment_only, "forwarded");
  BOOST_REQUIRE_EQUAL(forwarded.signatures.size(), 1u);
  BOOST_CHECK_EQUAL(forwarded.signatures[0].part, "2");
  BOOST_CHECK(forwarded.signatures[0].verdict == Verdict::valid);
  const std::string outer = mixed({kText, attached});
  const std::string entity = outer.substr(outer.find("Content-Type: multipart/mixed"));
  const auto signed_forward = judge(around(entity, pki().user)).report;
  expect(signed_forward, Verdict::valid, Code::verified, "signed forward");
  BOOST_CHECK_EQUAL(signed_forward.signatures.size(), 2u);
  const auto forged_inside = judge(around(mixed({"Content-Type: message/rfc822\r\n\r\n" + broken(genuine)}).substr(test::header_of({}).size()))).report;
  expect(forged_inside, Verdict::valid, Code::verified, "a forged mail forwarded under one's own signature");
  BOOST_CHECK(forged_inside.signatures.at(1).verdict == Verdict::invalid);
}

BOOST_AUTO_TEST_CASE(s8_unprotected_fields_are_named) {
  const auto r = judge(test::signed_mail({}, {pki().user})).report;
  const auto it = std::find_if(r.reasons.begin(), r.reasons.end(), [](const Reason& one) { return one.code == Code::headers_unprotected; });
  BOOST_REQUIRE(it != r.reasons.end());
  BOOST_CHECK_EQUAL(it->detail, "To, Subject, Date, Message-ID");
}

BOOST_AUTO_TEST_CASE(s8_protected_fields_are_compared_with_those_outside) {
  const std::string subject = "Subject: =?utf-8?q?M=E1=BB=9Di_h=E1=BB=8Dp?=\r\n";
  const auto with = [](const std::string& outer, const std::string& inner, const std::string& hp = "; hp=\"clear\"") {
    const std::string entity = inner + "Content-Type: text/plain; charset=utf-8" + hp + "\r\n\r\nNoi dung\r\n";
    return judge(test::multipart_signed(outer, entity, test::sign_cms(entity, {pki().user}))).report;
  };
  const std::string from = "From: An <nguyen.van.an@songla.gov.vn>\r\n", to = "To: van.thu@songla.gov.vn\r\n", date = "Date: Sun, 22 Nov 2026 09:00:00 +0700\r\n";
  const auto same = with(from + to + subject + date, from + to + subject + date);
  expect(same, Verdict::valid, Code::headers_protected, "same");
  BOOST_CHECK(!has(same.reasons, Code::headers_unprotected) && !has(same.reasons, Code::header_differs));
  expect(with(from + "To:\r\n\tvan.thu@songla.gov.vn\r\n" + subject + date, from + to + subject + date), Verdict::valid, Code::headers_protected, "folded");
  const auto other = with(from + to + "Subject: Khac\r\n" + date, from + to + subject + date);
  expect(other, Verdict::valid, Code::header_differs, "subject replaced");
  BOOST_CHECK(std::any_of(other.reasons.begin(), other.reasons.end(), [](const Reason& r) { return r.code == Code::header_differs && r.detail == "Subject"; }));
  const auto added = with(from + to + subject + date + "Reply-To: eve@evil.example\r\n", from + to + subject + date);
  BOOST_CHECK(std::any_of(added.reasons.begin(), added.reasons.end(), [](const Reason& r) { return r.code == Code::headers_unprotected && r.detail == "Reply-To"; }));
  expect(with(from + to, "From: giam.doc@songla.gov.vn\r\n" + to), Verdict::spoof, Code::from_mismatch, "another From inside");
  expect(with("From: giam.doc@songla.gov.vn\r\n" + to, from + to), Verdict::spoof, Code::from_mismatch, "another From outside");
  expect(with(from, from + "From: giam.doc@songla.gov.vn\r\n"), Verdict::spoof, Code::from_several, "two inside");
  expect(with(from + to, to), Verdict::spoof, Code::from_missing, "none inside");
  const auto unmarked = with(from + to + "Subject: Khac\r\n", from + to + subject, "");
  expect(unmarked, Verdict::valid, Code::headers_unprotected, "without hp they are only fields of a part");
  const auto cipher = with(from + to + "Subject: [...]\r\n", from + to + subject + "HP-Outer: Subject: [...]\r\n", "; hp=\"cipher\"");
  BOOST_CHECK(has(cipher.reasons, Code::headers_protected) && !has(cipher.reasons, Code::header_differs));
}

BOOST_AUTO_TEST_CASE(s8_a_wrapped_message_protects_its_fields) {
  const auto with = [](const std::string& outer_from, const std::string& inner_from) {
    MailSpec inner;
    inner.from = inner_from;
    MailSpec outer;
    outer.from = outer_from;
    const std::string entity = "Content-Type: message/rfc822; forwarded=no\r\n\r\n" + test::plain_mail(inner);
    return judge(test::multipart_signed(test::header_of(outer), entity, test::sign_cms(entity, {pki().user}))).report;
  };
  const std::string an = "An <nguyen.van.an@songla.gov.vn>", director = "giam.doc@songla.gov.vn";
  expect(with(an, an), Verdict::valid, Code::headers_protected, "wrapped");
  expect(with(an, director), Verdict::spoof, Code::from_mismatch, "another From inside");
  expect(with(director, an), Verdict::spoof, Code::from_mismatch, "another From outside");
}

BOOST_AUTO_TEST_CASE(s14_strength_follows_the_floor_of_the_judging_time) {
  auto t = test::trust_in(pki());
  trust::AlgorithmFloor later;
  later.from = test::test_now() + 24h;
  later.rsa_bits = 3072;
  trust::AlgorithmFloor now;
  now.from = test::test_now() - 24h;
  now.digests = {"sha384", "sha512"};
  const std::string mail = test::signed_mail({}, {pki().user});
  t.set_algorithms({later});
  expect(judge(mail, t).report, Verdict::valid, Code::verified, "before the row begins");
  auto then = test::mail_options();
  then.at = later.from;
  expect(judge(mail, t, then).report, Verdict::weak, Code::weak_key, "RSA 2048 after it began");
  t.set_algorithms({later, now});
  expect(judge(mail, t).report, Verdict::weak, Code::weak_digest, "SHA-256 not among the digests");
  now.digests.clear();
  now.ec_bits = 384;
  t.set_algorithms({now});
  const auto p256 = person_with([](CertSpec&) {}), p384 = person_with([](CertSpec& s) { s.key = "p384"; });
  expect(judge(test::signed_mail({}, {p256}), t).report, Verdict::weak, Code::weak_key, "P-256");
  expect(judge(test::signed_mail({}, {p384}), t).report, Verdict::valid, Code::verified, "P-384");
  trust::AlgorithmFloor sha1;
  sha1.digests = {"sha1"};
  t.set_algorithms({sha1});
  CmsSpec old;
  old.digest = "sha1";
  expect(judge(test::signed_mail({}, {pki().user}, old), t).report, Verdict::weak, Code::weak_digest, "SHA-1 cannot be allowed");
}

BOOST_AUTO_TEST_CASE(s14_every_supported_key_signs) {
  for (const char* key : {"p256", "p384", "p521"}) {
    CertSpec s;
    s.key = key;
    const auto who = test::make_certificate(s, &pki().sub);
    CmsSpec cms;
    cms.digest = "sha512";
    expect(judge(test::signed_mail({}, {who}, cms)).report, Verdict::valid, Code::verified, key);
  }
  expect(judge(test::signed_mail({}, {person_with([](CertSpec& s) { s.key = "p224"; })})).report, Verdict::weak, Code::weak_key, "P-224");
}

BOOST_AUTO_TEST_CASE(s14_a_pss_signature_needs_a_salt) {
  CmsSpec pss;
  pss.pss = true;
  for (const auto& [salt, good] : std::vector<std::pair<int, bool>>{{32, true}, {20, true}, {0, false}, {8, false}}) {
    pss.pss_salt = salt;
    const auto r = judge(test::signed_mail({}, {pki().user}, pss)).report;
    expect(r, good ? Verdict::valid : Verdict::weak, good ? Code::verified : Code::weak_key, "salt " + std::to_string(salt));
  }
}

BOOST_AUTO_TEST_CASE(s14_ed25519_is_verified_over_the_attributes_themselves) {
  CertSpec s;
  s.key = "ed25519";
  const auto who = test::make_certificate(s, &pki().sub);
  const auto mail = [&](const std::string& entity, const std::string& p7s) { return judge(test::multipart_signed(test::header_of({}), entity, p7s)).report; };
  const std::string entity = test::entity_of({}), p7s = test::sign_ed25519(entity, who);
  expect(mail(entity, p7s), Verdict::valid, Code::verified, "good");
  expect(mail(broken(entity), p7s), Verdict::invalid, Code::digest_mismatch, "changed");
  std::string bad = p7s;
  bad.back() = char(bad.back() ^ 1);
  expect(mail(entity, bad), Verdict::invalid, Code::signature_value_bad, "value");
}

BOOST_AUTO_TEST_CASE(s14_the_named_algorithms_must_be_those_that_were_used) {
  const std::string entity = test::entity_of({});
  std::string p7s = test::sign_cms(entity, {person_with([](CertSpec&) {})});
  const std::string sha256("\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02", 10);  // ecdsa-with-SHA256
  const std::size_t at = p7s.rfind(sha256);
  BOOST_REQUIRE(at != std::string::npos);
  p7s[at + 9] = '\x03';  // ecdsa-with-SHA384
  BOOST_CHECK(judge(test::multipart_signed(test::header_of({}), entity, p7s)).report.verdict != Verdict::valid);
}

BOOST_AUTO_TEST_CASE(s19_what_readers_cut_differently_is_not_valid) {
  const std::string mail = test::signed_mail({}, {pki().user});
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string m = mail;
    m.replace(m.find(from), from.size(), to);
    return judge(m).report;
  };
  expect(with("boundary=\"outer\"", "boundary=\"outer\"; boundary=\"x\""), Verdict::indeterminate, Code::unparsable_container, "two boundaries");
  expect(with("boundary=\"outer\"", "Boundary = outer; x=\"; boundary=y\"; z=boundary"), Verdict::valid, Code::verified, "one, among words like it");
  expect(with("boundary=\"outer\"", "boundary*=us-ascii''outer"), Verdict::indeterminate, Code::unparsable_container, "RFC 2231");
  expect(with("\r\n\r\n--outer", "\r\n\r\n\n--outer\n\nEvil\n\r\n--outer"), Verdict::invalid, Code::malformed_multipart_signed, "bare LF before");
  BOOST_CHECK(with("kem theo.\r\n", "kem theo.\n").verdict == Verdict::invalid);
  BOOST_CHECK(with("\r\n--outer--", "\r\n\n--outer--").verdict != Verdict::valid);
}

BOOST_AUTO_TEST_CASE(s22_names_that_deceive_are_unusable) {
  auto t = test::trust_in(pki());
  t.protect_names({"Sở Ví dụ", "Văn phòng UBND"});
  const auto with = [&](void (*change)(CertSpec&)) { return judge(test::signed_mail({}, {person_with(change)}), t).report; };
  expect(with([](CertSpec&) {}), Verdict::valid, Code::verified, "the agency's own name");
  expect(with([](CertSpec& s) { s.organization = "SỞ VÍ DỤ"; }), Verdict::valid, Code::verified, "in capitals");
  expect(with([](CertSpec& s) { s.organization = "S\xe1\xbb\x9f V\xc3\xad d\xe1\xbb\xa5"; }), Verdict::valid, Code::verified, "plain");
  expect(with([](CertSpec& s) { s.organization = "Văn ph\xd0\xbeng UBND"; }), Verdict::spoof, Code::name_unusable, "a Cyrillic o");
  expect(with([](CertSpec& s) { s.common_name = "An\xe2\x80\xae gov.vn"; }), Verdict::spoof, Code::name_unusable, "right-to-left");
  expect(with([](CertSpec& s) { s.common_name = "Nguyen\xe2\x80\x8b Van An"; }), Verdict::spoof, Code::name_unusable, "zero width");
  expect(with([](CertSpec& s) { s.unit = std::string("Phong\x01", 6); }), Verdict::spoof, Code::name_unusable, "control character in the OU");
  expect(with([](CertSpec& s) { s.san.clear(), s.config = test::utf8_mailbox("nguyen.v\xd0\xb0n.an@songla.gov.vn"); }), Verdict::spoof, Code::name_unusable,
         "a Cyrillic a in the address");
  auto public_ca = test::trust_in(pki(), AnchorClass::public_);
  public_ca.protect_names({"Sở Ví dụ"});
  auto foreign = test::mail_options();
  foreign.site_domains = {"khac.gov.vn"};
  expect(judge(test::signed_mail({}, {pki().user}), public_ca, foreign).report, Verdict::spoof, Code::anchor_not_allowed, "a public CA, our agency's name");
}

BOOST_AUTO_TEST_CASE(s5_internationalised_addresses_match) {
  const auto who = person_with([](CertSpec& s) { s.san.clear(), s.config = test::utf8_mailbox("ngô.đình@songla.gov.vn"); });
  MailSpec mail;
  mail.from = "Ngô <ngô.đình@songla.gov.vn>";
  expect(judge(test::signed_mail(mail, {who})).report, Verdict::valid, Code::verified, "SmtpUTF8Mailbox");
  mail.from = "Ngô <ngo.dinh@songla.gov.vn>";
  expect(judge(test::signed_mail(mail, {who})).report, Verdict::spoof, Code::from_mismatch, "without its marks");
}

BOOST_AUTO_TEST_CASE(s5_to_s7_shapes_that_hide_the_sender_are_never_valid) {
  const char* const froms[] = {
      "=?utf-8?Q?nguyen.van.an=40songla.gov.vn?= <eve@evil.example>",
      "=?utf-8?Q?nguyen.van.an=40songla.gov.vn=0A=00?=@evil.example",
      "=?utf-8?b?bmd1eWVuLnZhbi5hbkBzb25nbGEuZ292LnZu?==?utf-8?Q?=00?=@evil.example",
      "\"nguyen.van.an@songla.gov.vn\"@evil.example",
      "nguyen.van.an@songla.gov.vn(x)@evil.example",
      "nguyen.van.an@songla.gov.vn@evil.example",
      "<nguyen.van.an@songla.gov.vn>, <eve@evil.example>",
      "<eve@evil.example>, <nguyen.van.an@songla.gov.vn>",
      "<nguyen.van.an@songla.gov.vn> <eve@evil.example>",
      "<eve@evil.example> (nguyen.van.an@songla.gov.vn)",
      "eve@evil.example <nguyen.van.an@songla.gov.vn",
      "a:nguyen.van.an@songla.gov.vn;,eve@evil.example",
      "undisclosed:;",
      "nguyen.van.an@songla.gov.vn.",
      "nguyen.van.an@songla.gov.vn\r\nfrom: eve@evil.example",
      "nguyen.van.an@songla.gov.vn\r\nFROM : eve@evil.example",
      "eve@evil.example\r\nSender: nguyen.van.an@songla.gov.vn",
      "eve@evil.example\r\nResent-From: nguyen.van.an@songla.gov.vn",
      "nguyen.van.an@songla.gov.vn\x01",
      "nguyen.van.an@s\xd0\xbengla.gov.vn",
      "nguyen.v\xd0\xb0n.an@songla.gov.vn",
      "\"Giam doc giam.doc\xef\xbc\xa0songla.gov.vn\" <nguyen.van.an@songla.gov.vn>",
  };
  for (const char* from : froms) {
    MailSpec mail;
    mail.from = from;
    const auto r = judge(test::signed_mail(mail, {pki().user})).report;
    const bool own_trailing_dot = std::string_view(from).ends_with("gov.vn.");
    BOOST_CHECK_MESSAGE(r.verdict == Verdict::spoof || own_trailing_dot, from << ": " << test::shown(r));
  }
}

BOOST_AUTO_TEST_CASE(shapes_of_honest_programs_are_valid) {
  const std::string entity = test::entity_of({});
  const std::string cms = test::sign_cms(entity, {pki().user});
  const auto multipart = [&](const std::string& type, const std::string& second, const std::string& preamble = "", const std::string& epilogue = "") {
    return test::header_of({}) + type + "\r\n\r\n" + preamble + "--b0\r\n" + entity + "\r\n--b0\r\n" + second + test::base64_lines(cms) + "\r\n--b0--\r\n" + epilogue;
  };
  const std::string outlook = multipart("Content-Type: multipart/signed;\r\n\tprotocol=\"application/x-pkcs7-signature\";\r\n\tmicalg=SHA1;\r\n\tboundary=\"b0\"",
                                        "Content-Type: application/x-pkcs7-signature;\r\n\tname=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\n"
                                        "Content-Disposition: attachment;\r\n\tfilename=\"smime.p7s\"\r\n\r\n",
                                        "This is a multipart message in MIME format.\r\n\r\n");
  expect(judge(outlook).report, Verdict::valid, Code::verified, "Outlook, wrong micalg");
  const std::string thunderbird = multipart("Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256; boundary=\"b0\"",
                                            "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64\r\n"
                                            "Content-Disposition: attachment; filename=\"smime.p7s\"\r\nContent-Description: S/MIME Cryptographic Signature\r\n\r\n",
                                            "This is a cryptographically signed message in MIME format.\r\n\r\n", "\r\nfooter outside of every part\r\n");
  expect(judge(thunderbird).report, Verdict::valid, Code::verified, "Thunderbird, preamble and epilogue");
  const std::string unquoted = multipart("Content-type: Multipart/Signed; boundary=b0; protocol=application/pkcs7-signature",
                                         "content-type: Application/PKCS7-Signature\r\ncontent-transfer-encoding: BASE64\r\n\r\n");
  expect(judge(unquoted).report, Verdict::valid, Code::verified, "case, no quotes, no micalg");
  CmsSpec spec;
  spec.detached = false;
  const std::string p7m = test::sign_cms(entity, {pki().user}, spec);
  expect(judge(test::header_of({}) + "Content-Type: application/x-pkcs7-mime; smime-type=signed-data;\r\n name=\"smime.p7m\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
               test::base64_lines(p7m)).report, Verdict::valid, Code::verified, "x-pkcs7-mime");
  expect(judge(test::header_of({}) + "Content-Type: application/octet-stream; name=\"smime.p7m\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
               test::base64_lines(p7m)).report, Verdict::valid, Code::verified, "octet-stream by its name");
  std::string wide = test::base64_lines(p7m);
  wide.erase(std::remove(wide.begin(), wide.end(), '\n'), wide.end());
  wide.erase(std::remove(wide.begin(), wide.end(), '\r'), wide.end());
  expect(judge(test::header_of({}) + "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wide + "\r\n").report, Verdict::valid,
         Code::verified, "base64 in one line, no smime-type");
}

BOOST_AUTO_TEST_SUITE_END()
