// Certification paths, by the sections of NIST PKITS (4.1 to 4.13, 4.16): what each asks, with paths of our own.
#include "tests/policy/signature/path_cast.hpp"

using namespace policy;
using test::anchor;
using test::authority;
using test::bad;
using test::CertSpec;
using test::extensions;
using test::good;
using test::Identity;
using test::person;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(policy_path)

BOOST_AUTO_TEST_CASE(signatures_4_1) {
  const Identity ca = authority("CA");
  good("valid", {person(ca), {ca}});
  bad("CA signature", {person(ca), {authority("CA", anchor(), [](CertSpec& s) { s.broken_signature = true; })}}, Code::untrusted_issuer);
  const Identity broken = authority("CA hỏng", anchor(), [](CertSpec& s) { s.broken_signature = true; });
  bad("CA signature, key in use", {person(broken), {broken}}, Code::issuer_forged);
  bad("signature of the end entity", {person(ca, [](CertSpec& s) { s.broken_signature = true; }), {ca}}, Code::issuer_forged);
  const Identity dsa = authority("CA DSA", anchor(), [](CertSpec& s) { s.key = "dsa2048"; });
  bad("DSA is accepted, and weak", {person(dsa), {dsa}}, Code::weak_chain);
  BOOST_CHECK(verdict_of(test::judge_path({person(dsa), {dsa}})) == Verdict::weak);
  const Identity heir = authority("CA DSA kế thừa", dsa, [](CertSpec& s) { s.key = "dsa2048", s.inherit_parameters = true; });
  BOOST_CHECK(verdict_of(test::judge_path({person(heir), {heir, dsa}})) != Verdict::valid);
  bad("DSA signature", {person(dsa, [](CertSpec& s) { s.broken_signature = true; }), {dsa}}, Code::issuer_forged);
}

BOOST_AUTO_TEST_CASE(validity_4_2) {
  const base::Time now = test::test_now();
  const base::Time old = base::parse_rfc3339("1950-01-01T00:00:00Z").value(), far = base::parse_rfc3339("2100-01-01T00:00:00Z").value();
  const Identity ca = authority("CA");
  const Identity young = authority("CA trẻ", anchor(), [&](CertSpec& s) { s.not_before = now + 24h; });
  bad("CA not yet", {person(young), {young}}, Code::not_yet_valid);
  bad("end entity not yet", {person(ca, [&](CertSpec& s) { s.not_before = now + 24h; }), {ca}}, Code::not_yet_valid);
  bad("not before 2050", {person(ca, [&](CertSpec& s) { s.not_before = base::parse_rfc3339("2050-06-01T00:00:00Z").value(), s.not_after = far; }), {ca}},
      Code::not_yet_valid);
  good("not before 1950", {person(ca, [&](CertSpec& s) { s.not_before = old; }), {ca}});
  const Identity ended = authority("CA cũ", anchor(), [&](CertSpec& s) { s.not_after = now - 24h; });
  bad("CA expired", {person(ended), {ended}}, Code::expired);
  bad("end entity expired", {person(ca, [&](CertSpec& s) { s.not_after = now - 1s; }), {ca}}, Code::expired);
  bad("ended in 1999", {person(ca, [&](CertSpec& s) { s.not_before = old, s.not_after = base::parse_rfc3339("1999-12-31T23:59:59Z").value(); }), {ca}},
      Code::expired);
  good("until 2100", {person(ca, [&](CertSpec& s) { s.not_after = far; }), {ca}});
}

BOOST_AUTO_TEST_CASE(name_chaining_4_3) {
  using Name = std::vector<std::pair<std::string, std::string>>;
  const auto named = [](Name name, int type = 0, const std::string& key = {}) {
    CertSpec s = test::ca_spec("");
    s.key = "p256";
    s.name = std::move(name);
    s.string_type = type;
    return test::make_certificate(s, &anchor(), key);
  };
  const Identity plain = named({{"C", "VN"}, {"O", "To Chuc"}, {"CN", "CA Ten"}});
  const auto issued_as = [&](const Identity& twin) { return person(twin); };  // names the twin, is signed by the same key
  good("same", {issued_as(plain), {plain}});
  bad("other name", {issued_as(named({{"C", "VN"}, {"O", "To Chuc"}, {"CN", "CA Khac"}}, 0, plain.key)), {plain}}, Code::untrusted_issuer);
  bad("other order", {issued_as(named({{"C", "VN"}, {"CN", "CA Ten"}, {"O", "To Chuc"}}, 0, plain.key)), {plain}}, Code::untrusted_issuer);
  good("blanks", {issued_as(named({{"C", "VN"}, {"O", "To  Chuc "}, {"CN", " CA   Ten"}}, 0, plain.key)), {plain}});
  good("capitals", {issued_as(named({{"C", "VN"}, {"O", "TO CHUC"}, {"CN", "ca ten"}}, 0, plain.key)), {plain}});
  good("PrintableString to UTF8String", {issued_as(named({{"C", "VN"}, {"O", "To Chuc"}, {"CN", "CA Ten"}}, V_ASN1_PRINTABLESTRING, plain.key)), {plain}});
  const Identity viet = named({{"C", "VN"}, {"O", "Tổ chức"}, {"CN", "CA Tên"}});
  good("UTF-8", {issued_as(viet), {viet}});
  const Identity odd = named({{"C", "VN"}, {"ST", "Tinh"}, {"L", "Huyen"}, {"serialNumber", "42"}, {"dnQualifier", "x"}, {"title", "ong"}, {"GN", "a"},
                              {"SN", "b"}, {"initials", "c"}, {"pseudonym", "d"}, {"generationQualifier", "III"}, {"DC", "songla"}, {"CN", "CA Day Du"}});
  good("every attribute", {issued_as(odd), {odd}});
}

BOOST_AUTO_TEST_CASE(self_issued_4_5) {
  const Identity old_key = authority("CA đổi khóa");
  const Identity new_key = authority("CA đổi khóa");
  CertSpec rollover = test::ca_spec("CA đổi khóa");
  rollover.key = "p256";
  const Identity new_with_old = test::make_certificate(rollover, &old_key, new_key.key);
  const std::string crls = test::make_crl(old_key), root = test::make_crl(anchor());
  good("new with old", {person(new_key), {new_with_old, old_key}, {root, crls, test::make_crl(new_key)}});
  const Identity leaf = person(new_key);
  bad("revoked by the new key", {leaf, {new_with_old, old_key}, {root, crls, test::make_crl(new_key, {leaf.certificate})}}, Code::revoked);
}

BOOST_AUTO_TEST_CASE(basic_constraints_4_6) {
  const auto with = [](const std::string& constraints, const std::string& usage = "critical,keyCertSign,cRLSign", const Identity& issuer = anchor()) {
    return authority("CA " + constraints, issuer, [&](CertSpec& s) { s.basic_constraints = constraints, s.usage = usage; });
  };
  const Identity missing = with(""), no = with("critical,CA:FALSE"), no_soft = with("CA:FALSE"), soft = with("CA:TRUE");
  bad("missing", {person(missing), {missing}}, Code::path_invalid);
  bad("CA:FALSE critical", {person(no), {no}}, Code::path_invalid);
  bad("CA:FALSE", {person(no_soft), {no_soft}}, Code::path_invalid);
  good("not critical", {person(soft), {soft}});
  BOOST_CHECK(has(test::judge_path({person(soft), {soft}}), Code::certificate_nonconforming));
  const Identity zero = with("critical,CA:TRUE,pathlen:0");
  good("pathlen 0, an end entity below", {person(zero), {zero}});
  const Identity below = authority("CA dưới", zero);
  bad("pathlen 0, a CA below", {person(below), {below, zero}}, Code::path_invalid);
  const Identity below_as_person = authority("CA cuối", zero, [](CertSpec& s) { s.usage = "critical,keyCertSign,cRLSign,digitalSignature"; });
  good("pathlen 0, a CA as end entity", {below_as_person, {zero}});
  const Identity six = with("critical,CA:TRUE,pathlen:2");
  const Identity a = authority("CA a", six), b = authority("CA b", a), c = authority("CA c", b);
  good("pathlen 2, two below", {person(b), {b, a, six}});
  bad("pathlen 2, three below", {person(c), {c, b, a, six}}, Code::path_invalid);
  const Identity wide = authority("CA rộng", zero, [](CertSpec& s) { s.basic_constraints = "critical,CA:TRUE,pathlen:7"; });
  bad("a lower CA cannot widen", {person(wide), {wide, zero}}, Code::path_invalid);
  CertSpec self = test::ca_spec("CA critical,CA:TRUE,pathlen:0");
  self.key = "p256";
  const Identity renewed = test::make_certificate(self, &zero);  // self-issued: does not count (RFC 5280 6.1.4 l)
  good("self-issued is not counted", {person(renewed), {renewed, zero}});
}

BOOST_AUTO_TEST_CASE(key_usage_4_7) {
  const auto with = [](const std::string& usage) { return authority("CA " + usage, anchor(), [&](CertSpec& s) { s.usage = usage; }); };
  const Identity no_sign = with("critical,cRLSign"), no_sign_soft = with("cRLSign"), soft = with("keyCertSign,cRLSign");
  bad("no keyCertSign", {person(no_sign), {no_sign}}, Code::path_invalid);
  bad("no keyCertSign, not critical", {person(no_sign_soft), {no_sign_soft}}, Code::path_invalid);
  good("not critical", {person(soft), {soft}});
  for (const char* usage : {"critical,keyCertSign", "keyCertSign"}) {
    const Identity no_crl = with(usage);
    bad("no cRLSign", {person(no_crl), {no_crl}}, Code::revocation_stale);
  }
}

BOOST_AUTO_TEST_CASE(policies_4_8_to_4_12) {
  const std::string one = "certificatePolicies=2.16.704.1.1.1.1.1", two = "certificatePolicies=1.3.6.1.4.1.99999.2";
  const std::string explicit_now = "policyConstraints=critical,requireExplicitPolicy:0";
  const Identity ca = authority("CA chính sách", anchor(), extensions(one));
  good("one policy", {person(ca, extensions(one)), {ca}});
  good("none required, none there", {person(ca), {ca}});
  const Identity must = authority("CA bắt buộc", anchor(), extensions(one + "\n" + explicit_now));
  good("required and there", {person(must, extensions(one)), {must}});
  bad("required and missing", {person(must), {must}}, Code::path_invalid);
  bad("required and another", {person(must, extensions(two)), {must}}, Code::path_invalid);
  const Identity later = authority("CA về sau", anchor(), extensions(one + "\npolicyConstraints=critical,requireExplicitPolicy:5"));
  good("required only further down", {person(later), {later}});
  const Identity any = authority("CA mọi chính sách", anchor(), extensions("certificatePolicies=2.5.29.32.0\n" + explicit_now));
  good("anyPolicy covers", {person(any, extensions(one)), {any}});
  const Identity no_any = authority("CA cấm mọi", anchor(), extensions("certificatePolicies=2.5.29.32.0\n" + explicit_now + "\ninhibitAnyPolicy=critical,0"));
  const Identity under = authority("CA dưới cấm mọi", no_any, extensions("certificatePolicies=2.5.29.32.0"));
  bad("inhibitAnyPolicy", {person(under, extensions(one)), {under, no_any}}, Code::path_invalid);
  const std::string mapping = "policyMappings=critical,2.16.704.1.1.1.1.1:1.3.6.1.4.1.99999.2";
  const Identity maps = authority("CA ánh xạ", anchor(), extensions(one + "\n" + explicit_now + "\n" + mapping));
  good("mapped policy", {person(maps, extensions(two)), {maps}});
  bad("the policy it was mapped from", {person(maps, extensions(one)), {maps}}, Code::path_invalid);
  const Identity inhibits = authority("CA cấm ánh xạ", anchor(), extensions(one + "\npolicyConstraints=critical,requireExplicitPolicy:0,inhibitPolicyMapping:0"));
  const Identity tries = authority("CA vẫn ánh xạ", inhibits, extensions(one + "\n" + mapping));
  bad("inhibitPolicyMapping", {person(tries, extensions(two)), {tries, inhibits}}, Code::path_invalid);
  const Identity from_any = authority("CA ánh xạ mọi", anchor(), extensions(one + "\npolicyMappings=critical,2.5.29.32.0:1.3.6.1.4.1.99999.2"));
  bad("anyPolicy must not be mapped", {person(from_any, extensions(two)), {from_any}}, Code::path_invalid);
  bad("the same policy twice", {person(ca, extensions("certificatePolicies=2.16.704.1.1.1.1.1,2.16.704.1.1.1.1.1")), {ca}}, Code::path_invalid);
}

BOOST_AUTO_TEST_CASE(name_constraints_4_13) {
  const auto with = [](const std::string& constraints, const std::string& sections = {}) {
    return authority("CA hẹp", anchor(), [&](CertSpec& s) { s.config = "[ext]\nnameConstraints=critical," + constraints + "\n" + sections; });
  };
  const auto mail = [](const std::string& address) { return [address](CertSpec& s) { s.san = "email:" + address; }; };
  const Identity host = with("permitted;email:songla.gov.vn"), below = with("permitted;email:.songla.gov.vn"),
                 box = with("permitted;email:an@songla.gov.vn"), not_there = with("excluded;email:songla.gov.vn");
  good("permitted host", {person(host, mail("an@songla.gov.vn")), {host}});
  bad("permitted host, other", {person(host, mail("an@khac.gov.vn")), {host}}, Code::path_invalid);
  bad("permitted host, a sub-domain", {person(host, mail("an@so.songla.gov.vn")), {host}}, Code::path_invalid);
  good("permitted below", {person(below, mail("an@so.songla.gov.vn")), {below}});
  bad("permitted below, the domain itself", {person(below, mail("an@songla.gov.vn")), {below}}, Code::path_invalid);
  good("permitted mailbox", {person(box, mail("an@songla.gov.vn")), {box}});
  bad("permitted mailbox, other", {person(box, mail("binh@songla.gov.vn")), {box}}, Code::path_invalid);
  bad("excluded", {person(not_there, mail("an@songla.gov.vn")), {not_there}}, Code::path_invalid);
  good("not excluded", {person(not_there, mail("an@khac.gov.vn")), {not_there}});
  bad("address in the DN alone", {person(host, [](CertSpec& s) { s.san.clear(), s.dn_email = "an@khac.gov.vn"; }), {host}}, Code::path_invalid);
  bad("second address outside", {person(host, [](CertSpec& s) { s.san = "email:an@songla.gov.vn,email:an@khac.gov.vn"; }), {host}}, Code::path_invalid);
  bad("SmtpUTF8Mailbox", {person(host, [](CertSpec& s) { s.san.clear(), s.config = test::utf8_mailbox("ân@khac.gov.vn"); }), {host}}, Code::path_invalid);
  good("SmtpUTF8Mailbox inside", {person(host, [](CertSpec& s) { s.san.clear(), s.config = test::utf8_mailbox("ân@songla.gov.vn"); }), {host}});
  const std::string dn = "[dn]\nC=VN\nO=So Vi du\n";
  const Identity names = with("permitted;dirName:dn", dn), no_names = with("excluded;dirName:dn", dn);
  const auto ascii = [](CertSpec& s) { s.organization = "So Vi du"; };
  good("permitted DN", {person(names, ascii), {names}});
  bad("permitted DN, other", {person(names, [](CertSpec& s) { s.organization = "Sở Khác"; }), {names}}, Code::path_invalid);
  bad("excluded DN", {person(no_names, ascii), {no_names}}, Code::path_invalid);
  const Identity dns = with("permitted;DNS:songla.gov.vn"), uri = with("permitted;URI:.songla.gov.vn");
  good("DNS", {person(dns, [](CertSpec& s) { s.san = "DNS:mail.songla.gov.vn"; }), {dns}});
  bad("DNS, other", {person(dns, [](CertSpec& s) { s.san = "DNS:mail.khac.gov.vn"; }), {dns}}, Code::path_invalid);
  bad("DNS, suffix only", {person(dns, [](CertSpec& s) { s.san = "DNS:xsongla.gov.vn"; }), {dns}}, Code::path_invalid);
  good("URI", {person(uri, [](CertSpec& s) { s.san = "URI:http://a.songla.gov.vn/x"; }), {uri}});
  bad("URI, other", {person(uri, [](CertSpec& s) { s.san = "URI:http://a.khac.gov.vn/"; }), {uri}}, Code::path_invalid);
  const Identity lower = authority("CA hẹp hơn", host, [](CertSpec& s) { s.config = "[ext]\nnameConstraints=critical,permitted;email:khac.gov.vn\n"; });
  bad("what two CAs permit does not meet", {person(lower, mail("an@khac.gov.vn")), {lower, host}}, Code::path_invalid);
}

BOOST_AUTO_TEST_CASE(unknown_extensions_4_16) {
  const Identity ca = authority("CA");
  good("not critical", {person(ca, extensions("1.3.6.1.4.1.99999.9=ASN1:NULL")), {ca}});
  bad("critical", {person(ca, extensions("1.3.6.1.4.1.99999.9=critical,ASN1:NULL")), {ca}}, Code::path_invalid);
  const Identity odd = authority("CA lạ", anchor(), extensions("1.3.6.1.4.1.99999.9=critical,ASN1:NULL"));
  bad("critical in a CA", {person(odd), {odd}}, Code::path_invalid);
}

BOOST_AUTO_TEST_SUITE_END()
