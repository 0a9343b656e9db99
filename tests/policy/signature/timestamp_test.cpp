// RFC 3161 tokens: what they prove, what they do not, and what a revocation means before and after the proven time.
#include "policy/smime/timestamp.hpp"
#include "tests/policy/signature/cast.hpp"
#include "tests/support/crl.hpp"
#include "tests/support/timestamp.hpp"

using namespace policy;
using test::CertSpec;
using test::CmsSpec;
using test::expect;
using test::pki;
using test::TokenSpec;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kBytes = "cac byte duoc dong dau thoi gian";

const test::Identity& tsa() {
  static const test::Identity t = test::make_certificate(test::tsa_spec(), &pki().sub);
  return t;
}

smime::CmsOptions at(base::Time t) {
  smime::CmsOptions o;
  o.at = t;
  return o;
}

smime::TimeStamp stamp(const std::string& token, const trust::TrustStore& t = test::trust(), base::Time now = test::test_now()) {
  return smime::verify_timestamp(token, {kBytes}, t, at(now));
}

void refused(const smime::TimeStamp& s, Code code, const char* what) {
  BOOST_CHECK_MESSAGE(!s.time && has(s.reasons, code), what << ": time " << bool(s.time) << ", wanted " << name(code));
  if (!has(s.reasons, code))
    for (const Reason& r : s.reasons) BOOST_TEST_MESSAGE(what << " gave " << name(r.code) << " " << r.detail);
}

test::Identity tsa_with(void (*change)(CertSpec&)) {
  CertSpec s = test::tsa_spec();
  change(s);
  return test::make_certificate(s, &pki().sub);
}

trust::TrustStore trust_with(const std::vector<std::string>& crls) {
  trust::TrustStore t;
  BOOST_REQUIRE(t.add_anchors(pki().root.certificate, AnchorClass::vgca));
  BOOST_REQUIRE(t.add_intermediates(pki().sub.certificate));
  for (const std::string& one : crls) BOOST_REQUIRE(t.add_crls(one));
  return t;
}

std::string stamped_mail(const test::Identity& who, base::Time time, const test::Identity& authority = tsa()) {
  CmsSpec spec;
  spec.timestamp = [&, time](std::string_view value) {
    TokenSpec token;
    token.time = time;
    return test::make_token(value, authority, token);
  };
  return test::signed_mail({}, {who}, spec);
}

VerifyReport judge_at(const std::string& mail, const trust::TrustStore& t, base::Time now) {
  auto o = test::mail_options();
  o.at = now;
  return test::judge(mail, t, o).report;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_timestamp)

BOOST_AUTO_TEST_CASE(a_good_token_proves_its_time) {
  for (const char* digest : {"sha256", "sha384", "sha512"}) {
    TokenSpec spec;
    spec.imprint = digest;
    spec.time = test::test_now() - 48h;
    const auto s = stamp(test::make_token(kBytes, tsa(), spec));
    BOOST_REQUIRE_MESSAGE(s.time, digest);
    BOOST_CHECK(*s.time == test::test_now() - 48h + 1s);  // with its accuracy
    BOOST_CHECK(s.anchor_class == AnchorClass::vgca);
    BOOST_CHECK_EQUAL(s.authority->common_name, "Ví dụ TSA");
  }
  const std::string token = test::make_token(kBytes, tsa());
  BOOST_CHECK(smime::verify_timestamp(token, {kBytes.substr(0, 5), kBytes.substr(5)}, test::trust(), at(test::test_now())).time);
}

BOOST_AUTO_TEST_CASE(a_token_over_other_bytes_or_of_another_shape_proves_nothing) {
  refused(smime::verify_timestamp(test::make_token(kBytes, tsa()), {"khac"}, test::trust(), at(test::test_now())), Code::digest_mismatch, "other bytes");
  TokenSpec s;
  s.imprint = "sha1";
  refused(stamp(test::make_token(kBytes, tsa(), s)), Code::weak_digest, "SHA-1 imprint");
  s = {};
  s.cms.digest = "sha1";
  refused(stamp(test::make_token(kBytes, tsa(), s)), Code::weak_digest, "SHA-1 token");
  s = {};
  s.cms.content_type = "1.2.840.113549.1.7.1";
  refused(stamp(test::make_token(kBytes, tsa(), s)), Code::malformed_cms, "plain data");
  s = {};
  s.version = 2;
  refused(stamp(test::make_token(kBytes, tsa(), s)), Code::malformed_cms, "version 2");
  s = {};
  s.tail = std::string("\x05\x00", 2);
  refused(stamp(test::make_token(kBytes, tsa(), s)), Code::malformed_cms, "bytes behind the TSTInfo");
  s = {};
  s.critical_extension = true;
  refused(stamp(test::make_token(kBytes, tsa(), s)), Code::malformed_cms, "critical extension");
  s = {};
  s.cms.cades = false;
  refused(stamp(test::make_token(kBytes, tsa(), s)), Code::signing_certificate_mismatch, "signer not named");
  s = {};
  s.cms.attributes = false;
  refused(stamp(test::make_token(kBytes, tsa(), s)), Code::signed_attributes_missing, "no signed attributes");
  s = {};
  s.time = test::test_now() + 24h;
  refused(stamp(test::make_token(kBytes, tsa(), s)), Code::not_yet_valid, "from the future");
  const std::string good = test::make_token(kBytes, tsa());
  refused(stamp(good + '\0'), Code::malformed_cms, "trailing byte");
  refused(stamp(""), Code::malformed_cms, "empty");
  refused(stamp(test::certs_only({tsa().certificate})), Code::malformed_cms, "no signer");
  for (std::size_t cut = 0; cut < good.size(); cut += 11) BOOST_CHECK(!stamp(good.substr(0, cut)).time);
}

BOOST_AUTO_TEST_CASE(only_a_trusted_authority_for_time_stamps_counts) {
  const auto by = [](const test::Identity& who, const trust::TrustStore& t = test::trust()) { return stamp(test::make_token(kBytes, who), t); };
  refused(by(pki().user), Code::wrong_purpose, "an official's own certificate");
  refused(by(tsa_with([](CertSpec& s) { s.extended_usage = "timeStamping"; })), Code::wrong_purpose, "not critical");
  refused(by(tsa_with([](CertSpec& s) { s.extended_usage = "critical,timeStamping,emailProtection"; })), Code::wrong_purpose, "not alone");
  refused(by(tsa_with([](CertSpec& s) { s.extended_usage = "critical,anyExtendedKeyUsage"; })), Code::wrong_purpose, "any");
  refused(by(tsa_with([](CertSpec& s) { s.extended_usage.clear(); })), Code::wrong_purpose, "absent");
  refused(by(tsa_with([](CertSpec& s) { s.usage = "critical,keyEncipherment"; })), Code::wrong_key_usage, "key usage");
  refused(by(tsa_with([](CertSpec& s) { s.key = "rsa1024"; })), Code::weak_key, "short key");
  refused(by(test::make_certificate(test::tsa_spec())), Code::untrusted_issuer, "self-made");
  refused(by(tsa(), trust::TrustStore{}), Code::untrusted_issuer, "no anchors");
  const auto young = tsa_with([](CertSpec& s) { s.not_before = test::test_now() - 24h; });
  TokenSpec before;
  before.time = test::test_now() - 48h;
  refused(stamp(test::make_token(kBytes, young, before)), Code::not_yet_valid, "made before its certificate began");
  const auto old = tsa_with([](CertSpec& s) { s.not_after = test::test_now() - 24h; });
  refused(stamp(test::make_token(kBytes, old, before)), Code::expired, "the authority's certificate has expired since");
  auto proven = at(test::test_now());
  proven.proven = test::test_now() - 36h;
  BOOST_CHECK(smime::verify_timestamp(test::make_token(kBytes, old, before), {kBytes}, test::trust(), proven).time);  // archive time-stamp
}

BOOST_AUTO_TEST_CASE(a_revoked_authority_counts_only_for_what_it_stamped_before_a_harmless_revocation) {
  TokenSpec then;
  then.time = test::test_now() - 24h * 10;
  const std::string token = test::make_token(kBytes, tsa(), then);
  const auto with = [&](base::Time date, int reason) {
    test::CrlSpec crl;
    crl.revoked = {{tsa().certificate, date, reason, {}, {}}};
    return stamp(token, trust_with({pki().root_crl, test::make_crl(pki().sub, crl)}));
  };
  const base::Time after = test::test_now() - 24h * 5, before = test::test_now() - 24h * 20;
  for (const int reason : {0, 3, 4, 5}) {
    BOOST_CHECK_MESSAGE(with(after, reason).time, reason);
    refused(with(before, reason), Code::revoked, "revoked before");
  }
  for (const int reason : {-1, 1, 2, 6, 9, 10}) refused(with(after, reason), Code::revoked, "key compromise or no reason");
}

BOOST_AUTO_TEST_CASE(the_proven_time_is_the_judging_time) {
  const base::Time signing = test::test_now() - 24h * 10;
  const auto r = judge_at(stamped_mail(pki().user, signing), test::trust(), test::test_now());
  expect(r, Verdict::valid, Code::timestamp_verified);
  BOOST_CHECK(r.signatures.at(0).signing_time_proven == signing + 1s);
  const test::Identity ended = [] {
    CertSpec s;
    s.key = "p256";
    s.not_after = test::test_now() - 24h / 2;
    return test::make_certificate(s, &pki().sub);
  }();
  expect(judge_at(test::signed_mail({}, {ended}), test::trust(), test::test_now()), Verdict::indeterminate, Code::expired, "no time-stamp");
  expect(judge_at(stamped_mail(ended, signing), test::trust(), test::test_now()), Verdict::valid, Code::timestamp_verified, "stamped in time");
  expect(judge_at(stamped_mail(ended, test::test_now() - 6h), test::trust(), test::test_now()), Verdict::indeterminate, Code::expired, "stamped late");
  expect(judge_at(stamped_mail(ended, signing, test::make_certificate(test::tsa_spec())), test::trust(), test::test_now()), Verdict::indeterminate,
         Code::timestamp_not_counted, "stamped by nobody known");
  CmsSpec other;
  other.timestamp = [](std::string_view) { return test::make_token("another value", tsa()); };
  expect(judge_at(test::signed_mail({}, {pki().user}, other), test::trust(), test::test_now()), Verdict::valid, Code::timestamp_not_counted, "copied");
  expect(judge_at(test::signed_mail({}, {ended}, other), test::trust(), test::test_now()), Verdict::indeterminate, Code::expired, "copied, expired");
  other.timestamp = [](std::string_view) { return std::string("\x30\x03\x02\x01\x05", 5); };
  expect(judge_at(test::signed_mail({}, {pki().user}, other), test::trust(), test::test_now()), Verdict::valid, Code::timestamp_not_counted, "junk");
}

BOOST_AUTO_TEST_CASE(a_revocation_after_the_proven_time_does_not_undo_the_signature) {
  const base::Time signing = test::test_now() - 24h * 10;
  const std::string stamped = stamped_mail(pki().user, signing), plain = test::signed_mail({}, {pki().user});
  const auto with = [&](const std::string& mail, base::Time date, base::Time invalidity = {}) {
    test::CrlSpec crl;
    crl.revoked = {{pki().user.certificate, date, 1, invalidity, {}}};
    return judge_at(mail, trust_with({pki().root_crl, test::make_crl(pki().sub, crl)}), test::test_now());
  };
  const base::Time after = test::test_now() - 24h * 5, before = test::test_now() - 24h * 20;
  expect(with(stamped, after), Verdict::valid, Code::revoked_after_timestamp, "after");
  expect(with(stamped, before), Verdict::invalid, Code::revoked, "before");
  expect(with(stamped, signing), Verdict::invalid, Code::revoked, "at the same moment");
  expect(with(stamped, after, before), Verdict::invalid, Code::revoked, "the key was lost before, as found out later");
  expect(with(plain, after), Verdict::invalid, Code::revoked, "no time-stamp");
  expect(with(plain, test::test_now() + 24h), Verdict::invalid, Code::revoked, "no time-stamp, dated in the future");
}

BOOST_AUTO_TEST_CASE(revocation_data_of_today_or_of_then_serves_an_old_signature) {
  const base::Time signing = test::test_now() - 24h * 10;
  const test::Identity ended = [] {
    CertSpec s;
    s.key = "p256";
    s.not_after = test::test_now() - 24h * 2;
    s.crl_url = "http://ca.example/sub.crl";
    return test::make_certificate(s, &pki().sub);
  }();
  const std::string mail = stamped_mail(ended, signing, test::make_certificate(test::tsa_spec(), &pki().root));  // not on the sub-CA's CRLs
  const auto with = [&](const std::vector<std::string>& crls) {
    auto o = test::mail_options();
    o.revocation = trust::Revocation::prefer;
    return test::judge(mail, trust_with(crls), o).report;
  };
  const std::string then = test::make_crl(pki().sub, {}, signing - 24h, signing + 24h);
  const std::string between = test::make_crl(pki().sub, {}, test::test_now() - 24h * 3, test::test_now() + 24h);
  const std::string today = test::make_crl(pki().sub, {}, test::test_now() - 24h, test::test_now() + 24h);
  const std::string revoked_later = test::make_crl(pki().sub, {ended.certificate}, test::test_now() - 24h * 3, test::test_now() + 24h);
  test::CrlSpec keeping, early;
  keeping.expired_kept = true;
  early.this_update = test::test_now() - 24h * 3;
  early.revoked = {{ended.certificate, signing - 24h, 4, {}, {}}};
  expect(with({then}), Verdict::valid, Code::timestamp_verified, "kept from then");
  expect(with({between}), Verdict::valid, Code::timestamp_verified, "made before the certificate ended, still current");
  expect(with({today}), Verdict::indeterminate, Code::revocation_stale, "an expired certificate may have been dropped");
  expect(with({today, then}), Verdict::valid, Code::timestamp_verified, "both");
  expect(with({test::make_crl(pki().sub, keeping)}), Verdict::valid, Code::timestamp_verified, "a CRL that keeps expired ones");
  expect(with({then, revoked_later}), Verdict::valid, Code::revoked_after_timestamp, "revoked later");
  expect(with({then, test::make_crl(pki().sub, early)}), Verdict::invalid, Code::revoked, "what was good then turned out to be revoked before");
  expect(with({}), Verdict::indeterminate, Code::revocation_unavailable, "nothing");
}

BOOST_AUTO_TEST_SUITE_END()
