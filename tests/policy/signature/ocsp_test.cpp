// OCSP answers (RFC 6960): who may give them, for how long they count, and those that come with a signature.
#include "policy/trust/ocsp.hpp"

#include "tests/policy/signature/path_cast.hpp"
#include "tests/support/ocsp.hpp"
#include "tests/support/timestamp.hpp"

using namespace policy;
using test::anchor;
using test::authority;
using test::bad;
using test::CertSpec;
using test::CrlSpec;
using test::extensions;
using test::good;
using test::Identity;
using test::make_crl;
using test::make_ocsp;
using test::OcspSpec;
using test::PathCase;
using test::person;
using namespace std::chrono_literals;

namespace {

constexpr const char* kResponder = "extendedKeyUsage=OCSPSigning\n";
constexpr const char* kNoCheck = "extendedKeyUsage=OCSPSigning\nnoCheck=ignored\n";

const Identity& ocsp_ca() {
  static const Identity ca = authority("CA có OCSP");
  return ca;
}
const Identity& official() {
  static const Identity who = person(ocsp_ca(), extensions("authorityInfoAccess=OCSP;URI:http://ocsp.example/"));
  return who;
}

Identity responder_of(const Identity& issuer, const char* lines, const test::Change& also = {}) {
  return person(issuer, [&](CertSpec& s) {
    s.common_name = "OCSP";
    s.usage = "critical,digitalSignature";
    s.extended_usage.clear();
    s.san.clear();
    s.config = std::string("[ext]\n") + lines;
    if (also) also(s);
  });
}

OcspSpec about(const Identity& who = official(), const Identity& issuer = ocsp_ca()) {
  OcspSpec s;
  s.certificate = who.certificate;
  s.issuer = issuer.certificate;
  return s;
}
OcspSpec with(void (*change)(OcspSpec&)) {
  OcspSpec s = about();
  change(s);
  return s;
}
OcspSpec sent_along(const Identity& responder) {
  OcspSpec s = about();
  s.certificates = {responder.certificate};
  return s;
}

// The anchor's CRL speaks for the CA, so that all hangs on the answer.
PathCase answered(const std::string& der) {
  PathCase c{official(), {ocsp_ca()}, {make_crl(anchor())}};
  c.ocsp = {der};
  return c;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_ocsp)

BOOST_AUTO_TEST_CASE(the_issuer_answers) {
  bad("no answer", {official(), {ocsp_ca()}, {make_crl(anchor())}}, Code::revocation_unavailable);
  for (const char* digest : {"sha1", "sha256", "sha512"}) {
    OcspSpec s = about();
    s.id_digest = digest;
    good(std::string("named by ") + digest, answered(make_ocsp(ocsp_ca(), s)));
  }
  bad("revoked", answered(make_ocsp(ocsp_ca(), with([](OcspSpec& s) { s.status = 1; }))), Code::revoked);
  bad("unknown", answered(make_ocsp(ocsp_ca(), with([](OcspSpec& s) { s.status = 2; }))), Code::revocation_stale);
  PathCase both = answered(make_ocsp(ocsp_ca(), about()));
  both.crls.push_back(make_crl(ocsp_ca(), {official().certificate}));
  bad("good by OCSP and revoked by a CRL", both, Code::revoked);
  PathCase other = answered(make_ocsp(ocsp_ca(), with([](OcspSpec& s) { s.status = 1; })));
  other.crls.push_back(make_crl(ocsp_ca()));
  bad("revoked by OCSP and not on the CRL", other, Code::revoked);
}

BOOST_AUTO_TEST_CASE(it_must_be_about_this_certificate) {
  const Identity colleague = person(ocsp_ca()), twin = authority("CA có OCSP");  // the same name, another key
  bad("another certificate", answered(make_ocsp(ocsp_ca(), about(colleague))), Code::revocation_unavailable);
  bad("another CA of that name", answered(make_ocsp(twin, about(official(), twin))), Code::revocation_unavailable);
  bad("the twin answers about ours", answered(make_ocsp(twin, about())), Code::revocation_stale);
}

BOOST_AUTO_TEST_CASE(who_may_answer) {
  const Identity delegate = responder_of(ocsp_ca(), kNoCheck);
  good("authorised", answered(make_ocsp(delegate, sent_along(delegate))));
  bad("authorised, not sent along", answered(make_ocsp(delegate, about())), Code::revocation_stale);
  const Identity colleague = person(ocsp_ca());
  bad("a colleague", answered(make_ocsp(colleague, sent_along(colleague))), Code::revocation_stale);
  bad("the official himself", answered(make_ocsp(official(), sent_along(official()))), Code::revocation_stale);
  const Identity any = responder_of(ocsp_ca(), "extendedKeyUsage=anyExtendedKeyUsage\nnoCheck=ignored\n");
  bad("any usage is not this one", answered(make_ocsp(any, sent_along(any))), Code::revocation_stale);
  const Identity other_ca = authority("CA khác"), foreign = responder_of(other_ca, kNoCheck), above = responder_of(anchor(), kNoCheck);
  bad("another CA's responder", answered(make_ocsp(foreign, sent_along(foreign))), Code::revocation_stale);
  bad("the responder of the CA above", answered(make_ocsp(above, sent_along(above))), Code::revocation_stale);
  bad("the CA above", answered(make_ocsp(anchor(), sent_along(anchor()))), Code::revocation_stale);
  const Identity ended = responder_of(ocsp_ca(), kNoCheck, [](CertSpec& s) { s.not_after = test::test_now() - 24h; });
  bad("ended", answered(make_ocsp(ended, sent_along(ended))), Code::revocation_stale);
  const Identity false_one = responder_of(authority("CA có OCSP"), kNoCheck);
  bad("a twin's responder", answered(make_ocsp(false_one, sent_along(false_one))), Code::revocation_stale);
  const Identity forged = responder_of(ocsp_ca(), kNoCheck, [](CertSpec& s) { s.broken_signature = true; });
  bad("a forged certificate", answered(make_ocsp(forged, sent_along(forged))), Code::revocation_stale);
  const Identity small = responder_of(ocsp_ca(), kNoCheck, [](CertSpec& s) { s.key = "rsa1024"; });
  bad("a weak key", answered(make_ocsp(small, sent_along(small))), Code::revocation_stale);
}

BOOST_AUTO_TEST_CASE(a_responder_is_checked_for_revocation_too) {
  const auto at_point = [](const char* file) { return std::string("crlDistributionPoints=URI:http://ca.example/") + file; };
  const Identity delegate = responder_of(ocsp_ca(), (kResponder + at_point("r.crl")).c_str());
  const Identity leaf = person(ocsp_ca(), extensions(at_point("l.crl")));
  OcspSpec s = about(leaf);
  s.certificates = {delegate.certificate};
  const auto with_list = [&](bool revoked) {
    CrlSpec r;
    r.distribution_point = "fullname=URI:http://ca.example/r.crl";
    if (revoked) r.revoked = {{delegate.certificate, {}, -1, {}, {}}};
    PathCase c{leaf, {ocsp_ca()}, {make_crl(anchor()), make_crl(ocsp_ca(), r)}};
    c.ocsp = {make_ocsp(delegate, s)};
    return c;
  };
  good("good by its own list", with_list(false));
  bad("revoked", with_list(true), Code::revocation_stale);
  PathCase none{leaf, {ocsp_ca()}, {make_crl(anchor())}};
  none.ocsp = {make_ocsp(delegate, s)};
  bad("nothing known", none, Code::revocation_stale);
}

BOOST_AUTO_TEST_CASE(how_long_it_counts) {
  const auto dated = [](base::Time from, base::Time until, bool without = false) {
    OcspSpec s = about();
    s.this_update = s.produced = from;
    s.next_update = until;
    s.without_next = without;
    return answered(make_ocsp(ocsp_ca(), s));
  };
  const base::Time now = test::test_now();
  good("current", dated(now - 48h, now + 1h));
  bad("over", dated(now - 48h, now - 1h), Code::revocation_stale);
  bad("from tomorrow", dated(now + 24h, now + 48h), Code::revocation_stale);
  good("clocks differ", dated(now + 2min, now + 48h));
  good("without an end, of today", dated(now - 20h, {}, true));
  bad("without an end, of last week", dated(now - 24h * 7, {}, true), Code::revocation_stale);
  OcspSpec held = about(), gone = about();
  held.status = gone.status = 1;
  held.reason = 6;
  held.this_update = gone.this_update = now - 24h * 9;
  held.next_update = gone.next_update = now - 24h * 8;
  held.revoked_at = gone.revoked_at = now - 24h * 10;
  bad("revoked stays", answered(make_ocsp(ocsp_ca(), gone)), Code::revoked);
  bad("an old hold says nothing any more", answered(make_ocsp(ocsp_ca(), held)), Code::revocation_stale);
  PathCase lifted = answered(make_ocsp(ocsp_ca(), held));
  lifted.ocsp.push_back(make_ocsp(ocsp_ca(), about()));
  good("a hold that was lifted", lifted);
}

BOOST_AUTO_TEST_CASE(damaged_and_weak_ones) {
  bad("a changed bit", answered(make_ocsp(ocsp_ca(), with([](OcspSpec& s) { s.broken = true; }))), Code::revocation_stale);
  bad("SHA-1", answered(make_ocsp(ocsp_ca(), with([](OcspSpec& s) { s.digest = "sha1"; }))), Code::revocation_stale);
  trust::TrustStore t;
  BOOST_CHECK(!t.add_ocsp(""));
  BOOST_CHECK(!t.add_ocsp("junk"));
  BOOST_CHECK(!t.add_ocsp(make_ocsp(ocsp_ca(), with([](OcspSpec& s) { s.response_status = 6; }))));
  const std::string whole = make_ocsp(ocsp_ca(), about());
  BOOST_CHECK(!t.add_ocsp(whole + "x"));
  BOOST_CHECK(!t.add_ocsp(std::string_view(whole).substr(0, whole.size() - 1)));
  BOOST_CHECK(!t.add_ocsp(std::string(300 * 1024, '0')));
  BOOST_CHECK(t.add_ocsp(whole));
}

BOOST_AUTO_TEST_CASE(what_comes_with_a_signature_counts_by_its_signer) {
  PathCase c{official(), {ocsp_ca()}, {make_crl(anchor())}};
  c.brought_ocsp = {make_ocsp(ocsp_ca(), about())};
  good("an answer", c);
  c.ocsp = {make_ocsp(ocsp_ca(), with([](OcspSpec& s) { s.status = 1; }))};
  bad("the site knows better", c, Code::revoked);
  const Identity twin = authority("CA có OCSP");
  PathCase forged{official(), {ocsp_ca()}, {make_crl(anchor())}};
  forged.brought_ocsp = {make_ocsp(twin, about())};
  bad("by a stranger", forged, Code::revocation_stale);
  PathCase list{official(), {ocsp_ca()}, {make_crl(anchor())}};
  list.brought_crls = {make_crl(ocsp_ca())};
  good("a list", list);
  PathCase revoked = answered(make_ocsp(ocsp_ca(), about()));
  revoked.brought_ocsp = {make_ocsp(ocsp_ca(), with([](OcspSpec& s) { s.status = 1; }))};
  bad("it may also be bad news", revoked, Code::revoked);
}

BOOST_AUTO_TEST_CASE(what_was_known_at_the_proven_time_serves_for_ever) {
  const base::Time then = test::test_now() - 24h * 300;
  const auto judged = [&](base::Time from, base::Time until, bool list, int status = 0) {
    trust::TrustStore t;
    BOOST_REQUIRE(t.add_anchors(anchor().certificate, AnchorClass::site));
    BOOST_REQUIRE(t.add_intermediates(ocsp_ca().certificate));
    trust::Evidence brought;
    BOOST_REQUIRE(brought.add_crl(make_crl(anchor(), {}, from, until)));
    OcspSpec s = about();
    s.this_update = s.produced = from;
    s.next_update = until;
    s.status = status;
    s.revoked_at = from - 1h;
    BOOST_REQUIRE(list ? brought.add_crl(make_crl(ocsp_ca(), {}, from, until)) : brought.add_ocsp(make_ocsp(ocsp_ca(), s)));
    trust::PathOptions options;
    options.at = then;
    options.now = test::test_now();
    options.revocation = trust::Revocation::require;
    options.evidence = &brought;
    const auto leaf = trust::read_certificates(official().certificate).value();
    return trust::check_path(t, leaf.front().get(), nullptr, options).reasons;
  };
  for (const bool list : {false, true}) {
    BOOST_CHECK(verdict_of(judged(then - 1h, then + 24h, list)) == Verdict::valid);
    BOOST_CHECK(verdict_of(judged(then + 1h, then + 24h, list)) == Verdict::valid);   // gathered right after signing (PAdES B-LT)
    BOOST_CHECK(verdict_of(judged(then - 48h, then - 24h, list)) == Verdict::indeterminate);  // over before the signature
  }
  BOOST_CHECK(has(judged(then - 1h, then + 24h, false, 1), Code::revoked));
}

BOOST_AUTO_TEST_SUITE_END()
