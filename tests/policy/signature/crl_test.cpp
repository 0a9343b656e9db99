// Revocation lists, by the sections of NIST PKITS (4.4, 4.14, 4.15): complete, partitioned, indirect and delta CRLs.
#include "tests/policy/signature/path_cast.hpp"

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
using test::person;
using namespace std::chrono_literals;

namespace {

const std::string& root_crl() {
  static const std::string crl = make_crl(anchor());
  return crl;
}

CrlSpec listing(const Identity& who) {
  CrlSpec s;
  s.revoked = {{who.certificate, {}, -1, {}, {}}};
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_crl)

BOOST_AUTO_TEST_CASE(complete_lists_4_4) {
  const Identity ca = authority("CA"), other = authority("CA khác"), leaf = person(ca);
  good("there", {leaf, {ca}});
  bad("missing", {leaf, {ca}, {root_crl()}}, Code::revocation_unavailable);
  bad("the CA is revoked", {leaf, {ca}, {make_crl(anchor(), {ca.certificate}), make_crl(ca)}}, Code::revoked);
  bad("revoked", {leaf, {ca}, {root_crl(), make_crl(ca, {leaf.certificate})}}, Code::revoked);
  const Identity twin = authority("CA");  // the same name, another key
  bad("signed by another key", {leaf, {ca}, {root_crl(), make_crl(twin)}}, Code::revocation_unavailable);
  bad("of another CA", {leaf, {ca}, {root_crl(), make_crl(other)}}, Code::revocation_unavailable);
  good("one that does not hold and one that does", {leaf, {ca}, {root_crl(), make_crl(twin), make_crl(ca)}});
  CrlSpec odd;
  odd.unknown_critical = true;
  bad("unknown critical extension", {leaf, {ca}, {root_crl(), make_crl(ca, odd)}}, Code::revocation_stale);
  CrlSpec odd_revoked = listing(leaf);
  odd_revoked.unknown_critical = true;
  bad("unknown critical extension, and revoked", {leaf, {ca}, {root_crl(), make_crl(ca, odd_revoked)}}, Code::revoked);
  bad("old", {leaf, {ca}, {root_crl(), make_crl(ca, {}, test::test_now() - 48h, test::test_now() - 24h)}}, Code::revocation_stale);
  bad("from 1999", {leaf, {ca}, {root_crl(), make_crl(ca, {}, base::parse_rfc3339("1998-01-01T00:00:00Z").value(), base::parse_rfc3339("1999-01-01T00:00:00Z").value())}},
      Code::revocation_stale);
  bad("from tomorrow", {leaf, {ca}, {root_crl(), make_crl(ca, {}, test::test_now() + 24h, test::test_now() + 48h)}}, Code::revocation_stale);
  good("until 2060", {leaf, {ca}, {root_crl(), make_crl(ca, {}, {}, base::parse_rfc3339("2060-01-01T00:00:00Z").value())}});
  const auto numbered = [&](const std::string& serial) { return person(ca, [&](CertSpec& s) { s.serial = serial; }); };
  for (const char* serial : {"-1", "99999999999999999999999999999999999999999999"}) {
    const Identity odd_number = numbered(serial);
    good("serial number", {odd_number, {ca}});
    bad("serial number, revoked", {odd_number, {ca}, {root_crl(), make_crl(ca, {odd_number.certificate})}}, Code::revoked);
  }
  const Identity rsa = authority("CA RSA", anchor(), [](CertSpec& s) { s.key = "rsa2048"; });
  CrlSpec md5;
  md5.digest = "md5";
  bad("MD5 proves nothing", {person(rsa), {rsa}, {root_crl(), make_crl(rsa, md5)}}, Code::revocation_stale);
}

BOOST_AUTO_TEST_CASE(hold_and_its_end) {
  const Identity ca = authority("CA"), leaf = person(ca);
  CrlSpec hold = listing(leaf);
  hold.revoked[0].reason = 6;
  bad("on hold", {leaf, {ca}, {root_crl(), make_crl(ca, hold)}}, Code::revoked);
}

BOOST_AUTO_TEST_CASE(distribution_points_4_14) {
  const std::string point = "http://ca.example/1.crl";
  const auto idp = [](const std::string& lines) {
    CrlSpec s;
    s.distribution_point = lines;
    return s;
  };
  const Identity ca = authority("CA điểm");
  const Identity leaf = person(ca, extensions("crlDistributionPoints=URI:" + point));
  good("the same point", {leaf, {ca}, {root_crl(), make_crl(ca, idp("fullname=URI:" + point))}});
  bad("another point", {leaf, {ca}, {root_crl(), make_crl(ca, idp("fullname=URI:http://ca.example/2.crl"))}}, Code::revocation_stale);
  good("for users only", {leaf, {ca}, {root_crl(), make_crl(ca, idp("onlyuser=TRUE"))}});
  bad("for CAs only", {leaf, {ca}, {root_crl(), make_crl(ca, idp("onlyCA=TRUE"))}}, Code::revocation_stale);
  bad("for attribute certificates only", {leaf, {ca}, {root_crl(), make_crl(ca, idp("onlyAA=TRUE"))}}, Code::revocation_stale);
  bad("a scope that contradicts itself", {leaf, {ca}, {root_crl(), make_crl(ca, idp("onlyuser=TRUE\nonlyCA=TRUE"))}}, Code::revocation_unavailable);
  bad("for some reasons only", {leaf, {ca}, {root_crl(), make_crl(ca, idp("onlysomereasons=keyCompromise,CACompromise"))}}, Code::revocation_unavailable);
  const std::string first = make_crl(ca, idp("onlysomereasons=keyCompromise,CACompromise"));
  const std::string rest = "onlysomereasons=affiliationChanged,superseded,cessationOfOperation,certificateHold,privilegeWithdrawn,AACompromise";
  good("two that cover every reason", {leaf, {ca}, {root_crl(), first, make_crl(ca, idp(rest))}});
  CrlSpec rest_listing = idp(rest);
  rest_listing.revoked = {{leaf.certificate, {}, 4, {}, {}}};
  bad("revoked in the second", {leaf, {ca}, {root_crl(), first, make_crl(ca, rest_listing)}}, Code::revoked);
  bad("root lists CAs only for the end entity's CA", {leaf, {ca}, {make_crl(anchor(), idp("onlyuser=TRUE")), make_crl(ca)}}, Code::revocation_stale);
}

BOOST_AUTO_TEST_CASE(indirect_lists_4_14) {
  const Identity ca = authority("CA gián tiếp"), lister = authority("Noi phat hanh CRL", anchor(), [](CertSpec& s) { s.organization = "Co quan Chung thuc"; });
  const std::string section = "[cdp]\nfullname=URI:http://ca.example/i.crl\nCRLissuer=dirName:who\n[who]\nC=VN\nO=Co quan Chung thuc\nCN=Noi phat hanh CRL\n";
  const Identity leaf = person(ca, [&](CertSpec& s) { s.config = "[ext]\ncrlDistributionPoints=cdp\n" + section; });
  CrlSpec empty, listed, foreign;
  empty.distribution_point = listed.distribution_point = foreign.distribution_point = "fullname=URI:http://ca.example/i.crl\nindirectCRL=TRUE";
  listed.revoked = {{leaf.certificate, {}, -1, {}, ca.certificate}};
  foreign.revoked = {{leaf.certificate, {}, -1, {}, lister.certificate}};  // the same number of another CA
  const std::string of_ca = make_crl(ca);
  good("not listed", {leaf, {ca, lister}, {root_crl(), make_crl(lister, empty)}});
  bad("listed", {leaf, {ca, lister}, {root_crl(), make_crl(lister, listed)}}, Code::revoked);
  good("another CA's number is listed", {leaf, {ca, lister}, {root_crl(), make_crl(lister, foreign)}});
  CrlSpec direct;
  direct.distribution_point = "fullname=URI:http://ca.example/i.crl";
  bad("not marked as indirect", {leaf, {ca, lister}, {root_crl(), make_crl(lister, direct)}}, Code::revocation_unavailable);
  CertSpec self = test::ca_spec("Noi phat hanh CRL");
  self.key = "p256";
  self.organization = "Co quan Chung thuc";
  const Identity stranger = test::make_certificate(self);
  bad("by somebody of that name", {leaf, {ca, stranger}, {root_crl(), make_crl(stranger, empty)}}, Code::revocation_stale);
}

BOOST_AUTO_TEST_CASE(delta_lists_4_15) {
  const Identity ca = authority("CA delta");
  const Identity leaf = person(ca, extensions("freshestCRL=URI:http://ca.example/delta.crl"));
  const auto base_of = [](long number, std::vector<test::RevokedEntry> revoked = {}) {
    CrlSpec s;
    s.number = number;
    s.revoked = std::move(revoked);
    s.this_update = test::test_now() - 48h;
    return s;
  };
  const auto delta_of = [](long number, long base, std::vector<test::RevokedEntry> revoked = {}) {
    CrlSpec s;
    s.number = number;
    s.delta_base = base;
    s.revoked = std::move(revoked);
    return s;
  };
  const test::RevokedEntry gone{leaf.certificate, {}, 1, {}, {}}, held{leaf.certificate, {}, 6, {}, {}}, back{leaf.certificate, {}, 8, {}, {}};
  const auto with = [&](const CrlSpec& complete, const CrlSpec& delta) { return test::PathCase{leaf, {ca}, {root_crl(), make_crl(ca, complete), make_crl(ca, delta)}}; };
  good("both empty", with(base_of(1), delta_of(2, 1)));
  bad("revoked in the delta", with(base_of(1), delta_of(2, 1, {gone})), Code::revoked);
  bad("revoked in the base", with(base_of(1, {gone}), delta_of(2, 1)), Code::revoked);
  good("taken off hold by the delta", with(base_of(1, {held}), delta_of(2, 1, {back})));
  bad("on hold in both", with(base_of(1, {held}), delta_of(2, 1, {held})), Code::revoked);
  good("a delta for a later base is not used", with(base_of(1), delta_of(5, 4, {gone})));
  bad("a delta alone", {leaf, {ca}, {root_crl(), make_crl(ca, delta_of(2, 1))}}, Code::revocation_unavailable);
}

BOOST_AUTO_TEST_CASE(a_good_path_is_remembered_only_while_it_holds) {
  const Identity ca = authority("CA nhớ"), leaf = person(ca, [](CertSpec& s) { s.not_after = test::test_now() + 24h * 20; });
  trust::TrustStore t;
  BOOST_REQUIRE(t.add_anchors(anchor().certificate, AnchorClass::site));
  BOOST_REQUIRE(t.add_intermediates(ca.certificate));
  BOOST_REQUIRE(t.add_crls(root_crl()));
  BOOST_REQUIRE(t.add_crls(make_crl(ca, {}, test::test_now() - 24h, test::test_now() + 24h * 10)));
  const std::string mail = test::signed_mail({}, {leaf});
  const auto at = [&](base::Time when, trust::Revocation revocation = trust::Revocation::require) {
    auto o = test::mail_options();
    o.at = when;
    o.revocation = revocation;
    return test::judge(mail, t, o).report;
  };
  const base::Time now = test::test_now();
  for (int i = 0; i < 2; ++i) {
    test::expect(at(now), Verdict::valid, Code::verified, "now");
    test::expect(at(now + 24h * 9), Verdict::valid, Code::verified, "before the CRL ends");
    test::expect(at(now + 24h * 11), Verdict::indeterminate, Code::revocation_stale, "after it");
    test::expect(at(now + 24h * 21), Verdict::indeterminate, Code::expired, "after the certificate");
    test::expect(at(now - 24h * 3), Verdict::indeterminate, Code::revocation_stale, "before the CRL");
    test::expect(at(now, trust::Revocation::off), Verdict::valid, Code::revocation_off, "revocation off");
  }
  trust::AlgorithmFloor floor;
  floor.from = now + 24h * 5;
  floor.ec_bits = 384;
  t.set_algorithms({floor});
  test::expect(at(now), Verdict::valid, Code::verified, "before the floor rises");
  test::expect(at(now + 24h * 6), Verdict::weak, Code::weak_key, "after it rose");
  BOOST_REQUIRE(t.add_crls(make_crl(ca, {leaf.certificate}, now - 1h, now + 24h * 10)));
  test::expect(at(now), Verdict::invalid, Code::revoked, "a CRL that came later");
}

BOOST_AUTO_TEST_CASE(lists_that_come_with_the_signature_count_beside_the_stores) {
  const Identity ca = authority("CA kèm"), leaf = person(ca, [](CertSpec& s) { s.crl_url = "http://ca.example/1.crl"; });
  const auto with = [&](const std::vector<std::string>& brought, const std::vector<std::string>& known = {}) {
    trust::TrustStore t;
    BOOST_REQUIRE(t.add_anchors(anchor().certificate, AnchorClass::site));
    BOOST_REQUIRE(t.add_intermediates(ca.certificate));
    for (const std::string& one : known) BOOST_REQUIRE(t.add_crls(one));
    test::CmsSpec spec;
    spec.crls = brought;
    return test::judge(test::signed_mail({}, {leaf}, spec), t).report;
  };
  const base::Time now = test::test_now();
  const std::string fresh = make_crl(ca), revoking = make_crl(ca, {leaf.certificate});
  const std::string older = make_crl(ca, {}, now - 24h * 5, now + 24h * 30);
  const Identity twin = authority("CA kèm");
  test::expect(with({}), Verdict::indeterminate, Code::revocation_unavailable, "nothing");
  test::expect(with({fresh}), Verdict::valid, Code::verified, "brought along");
  test::expect(with({revoking}), Verdict::invalid, Code::revoked, "its own revocation brought along");
  test::expect(with({older}, {revoking}), Verdict::invalid, Code::revoked, "an older list does not hide what the store knows");
  test::expect(with({revoking}, {older}), Verdict::invalid, Code::revoked, "a newer one than the store's");
  BOOST_CHECK(with({make_crl(twin)}).verdict == Verdict::indeterminate);  // made by somebody of that name
  test::expect(with({make_crl(twin, {leaf.certificate})}, {fresh}), Verdict::valid, Code::verified, "a forged revocation");
  test::expect(with({make_crl(ca, {}, now - 48h, now - 24h)}), Verdict::indeterminate, Code::revocation_stale, "an old one");
}

BOOST_AUTO_TEST_CASE(a_signer_whom_the_site_knows_needs_no_certificate_in_the_signature) {
  trust::TrustStore t;
  BOOST_REQUIRE(t.add_anchors(anchor().certificate, AnchorClass::site));
  const Identity ca = authority("CA biết"), leaf = person(ca);
  BOOST_REQUIRE(t.add_intermediates(ca.certificate + leaf.certificate));
  test::CmsSpec spec;
  spec.embed_signer = false;
  test::expect(test::judge(test::signed_mail({}, {leaf}, spec), t).report, Verdict::valid, Code::verified);
}

BOOST_AUTO_TEST_SUITE_END()
