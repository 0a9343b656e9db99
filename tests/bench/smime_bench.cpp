// bench_smime: CPU of one S/MIME verdict: a mail of 50 KB, RSA-2048, a chain of three, the CRLs of both CAs at hand; then what a
// time-stamp, an opaque signature and an unsigned mail cost.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "mime/structure.hpp"
#include "policy/smime/smime.hpp"
#include "tests/support/signed_mail.hpp"
#include "tests/support/timestamp.hpp"

namespace {

using policy::smime::verify_message;

void measure(const char* what, const std::string& mail, const policy::trust::TrustStore& trust, const policy::smime::Options& options,
             policy::Verdict expected) {
  constexpr int kRounds = 1000;
  const std::clock_t start = std::clock();  // CPU time: holds on a busy machine
  for (int i = 0; i < kRounds; ++i) {
    if (verify_message(mail, mime::scan(mail), trust, options).report.verdict == expected) continue;
    std::printf("%s: not the verdict that was expected\n", what);
    std::exit(1);
  }
  const double each = double(std::clock() - start) / CLOCKS_PER_SEC / kRounds;
  std::printf("%-44s %6.0f us, %6.0f/s a core (%zu bytes)\n", what, each * 1e6, 1 / each, mail.size());
}

}  // namespace

int main() {
  const test::Pki pki = test::make_pki();
  const test::Identity tsa = test::make_certificate(test::tsa_spec(), &pki.sub);
  policy::trust::TrustStore trust;
  if (!trust.add_anchors(pki.root.certificate, policy::AnchorClass::vgca) || !trust.add_intermediates(pki.sub.certificate) ||
      !trust.add_crls(pki.root_crl) || !trust.add_crls(pki.sub_crl))
    return 1;
  const policy::smime::Options options{test::test_now(), policy::trust::Revocation::require, {"songla.gov.vn"}};
  test::MailSpec mail;
  while (mail.text.size() < 48000) mail.text += "Kinh gui quy co quan, xin gui kem van ban de phoi hop thuc hien theo tham quyen.\r\n";
  measure("signed, detached", test::signed_mail(mail, {pki.user}), trust, options, policy::Verdict::valid);
  measure("signed, opaque", test::opaque_mail(mail, {pki.user}), trust, options, policy::Verdict::valid);
  test::CmsSpec stamped;
  stamped.timestamp = [&](std::string_view value) { return test::make_token(value, tsa); };
  measure("signed and time-stamped", test::signed_mail(mail, {pki.user}, stamped), trust, options, policy::Verdict::valid);
  measure("not signed", test::plain_mail(mail), trust, options, policy::Verdict::unsigned_);
  return 0;
}
