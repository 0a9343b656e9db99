// Certification paths for the conformance tests: short-lived authorities with P-256 keys, their CRLs, and one judgement.
#pragma once
#include <functional>

#include "policy/trust/path.hpp"
#include "tests/policy/signature/cast.hpp"
#include "tests/support/crl.hpp"

namespace test {

using Change = std::function<void(CertSpec&)>;

inline const Identity& anchor() {
  static const Identity a = [] {
    CertSpec s = ca_spec("Gốc thử nghiệm");
    s.key = "p256";
    return make_certificate(s);
  }();
  return a;
}

inline Identity authority(const std::string& name, const Identity& issuer = anchor(), const Change& change = {}) {
  CertSpec s = ca_spec(name);
  s.key = "p256";
  if (change) change(s);
  return make_certificate(s, &issuer);
}

inline Identity person(const Identity& issuer, const Change& change = {}) {
  CertSpec s;
  s.key = "p256";
  if (change) change(s);
  return make_certificate(s, &issuer);
}

// extensions("certificatePolicies=1.2.3.4") for CertSpec::config
inline Change extensions(std::string lines) {
  return [lines = std::move(lines)](CertSpec& s) { s.config = "[ext]\n" + lines + "\n"; };
}

struct PathCase {
  Identity leaf;
  std::vector<Identity> authorities;  // between leaf and anchor, in any order: hints
  std::vector<std::string> crls = {};  // empty: an empty CRL of the anchor and of every authority
  policy::trust::Revocation revocation = policy::trust::Revocation::require;
  policy::AnchorClass anchor_class = policy::AnchorClass::site;
  std::vector<std::string> ocsp = {}, brought_ocsp = {}, brought_crls = {};  // DER, DER, PEM: of the site; come with the signature
};

inline policy::Reasons judge_path(const PathCase& c) {
  policy::trust::TrustStore t;
  BOOST_REQUIRE(t.add_anchors(anchor().certificate, c.anchor_class));
  std::vector<std::string> crls = c.crls;
  if (crls.empty()) {
    crls.push_back(make_crl(anchor()));
    for (const Identity& ca : c.authorities) crls.push_back(make_crl(ca));
  }
  for (const std::string& one : crls) BOOST_REQUIRE(t.add_crls(one));
  for (const std::string& one : c.ocsp) BOOST_REQUIRE(t.add_ocsp(one));
  policy::trust::Evidence brought;
  for (const std::string& one : c.brought_crls) BOOST_REQUIRE(brought.add_crl(one));
  for (const std::string& one : c.brought_ocsp) BOOST_REQUIRE(brought.add_ocsp(one));
  const auto leaf = policy::trust::read_certificates(c.leaf.certificate).value();
  std::vector<policy::trust::Cert> owned;
  const policy::trust::CertList hints(sk_X509_new_null());
  for (const Identity& ca : c.authorities) {
    auto read = policy::trust::read_certificates(ca.certificate).value();
    sk_X509_push(hints.get(), read.front().get());
    owned.push_back(std::move(read.front()));
  }
  policy::trust::PathOptions options;
  options.at = test_now();
  options.revocation = c.revocation;
  options.evidence = &brought;
  return policy::trust::check_path(t, leaf.front().get(), hints.get(), options).reasons;
}

inline std::string shown(const policy::Reasons& reasons) {
  std::string out(to_string(policy::verdict_of(reasons)));
  for (const auto& one : reasons) out.append(" ").append(name(one.code)).append("(" + one.detail + ")");
  return out;
}

inline void good(const std::string& what, const PathCase& c) {
  const auto r = judge_path(c);
  BOOST_CHECK_MESSAGE(policy::verdict_of(r) == policy::Verdict::valid, what << ": " << shown(r));
}
inline void bad(const std::string& what, const PathCase& c, policy::Code code) {
  const auto r = judge_path(c);
  BOOST_CHECK_MESSAGE(policy::has(r, code) && policy::verdict_of(r) != policy::Verdict::valid, what << ": wanted " << name(code) << ", got " << shown(r));
}

}  // namespace test
