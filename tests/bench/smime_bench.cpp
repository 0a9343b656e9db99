// bench_smime: CPU of one S/MIME verdict: a mail of 50 KB, RSA-2048, a chain of three, the CRLs of both CAs at hand; then what a
// time-stamp, an opaque signature, the sandboxed worker and an unsigned mail cost.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "mime/structure.hpp"
#include "policy/inspect/pool.hpp"
#include "policy/smime/smime.hpp"
#include "policy/trust/material.hpp"
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

double cpu_seconds() {  // of this process and of workers that have ended
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage used{};
    ::getrusage(who, &used);
    for (const timeval& t : {used.ru_utime, used.ru_stime}) sum += double(t.tv_sec) + double(t.tv_usec) / 1e6;
  }
  return sum;
}

// As the server does it: in the sandboxed worker, its start included.
void measure_worker(const char* what, const std::string& mail, const policy::trust::Material& material, std::size_t batch) {
  constexpr std::size_t kMails = 4000;
  const std::vector<std::string_view> mails(batch, mail);
  const double cpu = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  {
    policy::inspect::PoolOptions options;
    options.worker_path = INSPECT_PATH;
    options.judging = policy::trust::to_json(material);
    policy::inspect::InspectPool pool(options);
    for (std::size_t done = 0; done < kMails; done += batch) {
      const auto judged = pool.verify_mails(mails, {test::test_now(), {}});
      if (judged && judged->back().report.verdict == policy::Verdict::valid) continue;
      std::printf("%s: not the verdict that was expected\n", what);
      std::exit(1);
    }
  }
  const double each = (cpu_seconds() - cpu) / kMails;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%-44s %6.0f us, %6.0f/s a core (%.0f/s on the clock)\n", what, each * 1e6, 1 / each, double(kMails) / took.count());
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
  policy::trust::Material material;
  material.anchors.push_back({pki.root.certificate, policy::AnchorClass::vgca, {}});
  material.intermediates = {pki.sub.certificate};
  material.crls = {pki.root_crl, pki.sub_crl};
  material.revocation = policy::trust::Revocation::require;
  material.site_domains = options.site_domains;
  const std::string signed_one = test::signed_mail(mail, {pki.user});
  measure_worker("signed, in the worker, one by one", signed_one, material, 1);
  measure_worker("signed, in the worker, 100 at a time", signed_one, material, 100);
  measure("not signed", test::plain_mail(mail), trust, options, policy::Verdict::unsigned_);
  return 0;
}
