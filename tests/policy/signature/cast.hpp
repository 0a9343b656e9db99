// The trust, options and identities that the signature tests share; made once, for RSA keys are slow to make.
#pragma once
#include <boost/test/unit_test.hpp>

#include <string>

#include "mime/structure.hpp"
#include "policy/pdf/pdf.hpp"
#include "policy/smime/smime.hpp"
#include "tests/support/signed_mail.hpp"
#include "tests/support/signed_pdf.hpp"

namespace test {

using namespace std::chrono_literals;

inline const Pki& pki() {
  static const Pki p = make_pki();
  return p;
}

inline policy::trust::TrustStore trust_in(const Pki& p, policy::AnchorClass c = policy::AnchorClass::vgca,
                                          const policy::trust::AnchorRule& rule = {}) {
  policy::trust::TrustStore t;
  BOOST_REQUIRE(t.add_anchors(p.root.certificate, c, rule));
  BOOST_REQUIRE(t.add_intermediates(p.sub.certificate));
  BOOST_REQUIRE(t.add_crls(p.root_crl));
  BOOST_REQUIRE(t.add_crls(p.sub_crl));
  return t;
}

inline const policy::trust::TrustStore& trust() {
  static const policy::trust::TrustStore t = trust_in(pki());
  return t;
}

inline policy::smime::Options mail_options() { return {test_now(), policy::trust::Revocation::prefer, {"songla.gov.vn"}}; }
inline policy::pdf::Options pdf_options() { return {test_now(), policy::trust::Revocation::prefer, {"songla.gov.vn"}, {"Sở Ví dụ"}}; }

inline policy::smime::SmimeResult judge(const std::string& mail, const policy::trust::TrustStore& t = trust(),
                                        const policy::smime::Options& o = mail_options()) {
  return policy::smime::verify_message(mail, mime::scan(mail), t, o);
}

inline policy::VerifyReport judge_pdf(const std::string& pdf, const policy::trust::TrustStore& t = trust(),
                                      const policy::pdf::Options& o = pdf_options()) {
  return policy::pdf::verify_document(pdf, t, o);
}

inline std::string shown(const policy::VerifyReport& r) {
  std::string out(to_string(r.verdict));
  for (const auto& one : r.reasons) out.append(" ").append(name(one.code)).append("(" + one.detail + ")");
  return out;
}

// The verdict and one reason that must be among them.
inline void expect(const policy::VerifyReport& r, policy::Verdict v, policy::Code code, const std::string& what = {}) {
  BOOST_CHECK_MESSAGE(r.verdict == v && policy::has(r.reasons, code), what << ": wanted " << to_string(v) << " " << name(code) << ", got " << shown(r));
}

}  // namespace test
