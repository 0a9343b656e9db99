// bench_pdf: CPU of the verdict on a PDF of 5 MB that a person and then an agency signed, the chain's CRLs at hand.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>

#include "policy/pdf/pdf.hpp"
#include "tests/support/signed_pdf.hpp"

namespace {

// An image is what makes such files large: bytes that do not compress.
std::string image(std::size_t bytes) {
  std::mt19937 random(1);
  std::string noise(bytes, '\0');
  for (char& c : noise) c = char(random());
  return "<< /Type /XObject /Subtype /Image /Width 1000 /Height 1000 /BitsPerComponent 8 /ColorSpace /DeviceGray /Length " + std::to_string(bytes) +
         " >>\nstream\n" + noise + "\nendstream";
}

}  // namespace

int main() {
  const test::Pki pki = test::make_pki();
  test::CertSpec agency;
  agency.common_name = "SỞ VÍ DỤ";
  agency.organization = "ỦY BAN NHÂN DÂN TỈNH SÔNG LA";
  const test::Identity stamp = test::make_certificate(agency, &pki.sub);
  policy::trust::TrustStore trust;
  if (!trust.add_anchors(pki.root.certificate, policy::AnchorClass::vgca) || !trust.add_intermediates(pki.sub.certificate) ||
      !trust.add_crls(pki.root_crl) || !trust.add_crls(pki.sub_crl))
    return 1;
  const policy::pdf::Options options{test::test_now(), policy::trust::Revocation::require, {"songla.gov.vn"}, {}, {}};
  test::PdfSignSpec second;
  second.field = "Signature2";
  std::string pdf = test::append_revision(test::build_pdf(test::official_letter()), {{60, image(5u << 20)}});
  pdf = test::sign_pdf(test::sign_pdf(pdf, pki.user), stamp, second);
  constexpr int kRounds = 50;
  const std::clock_t start = std::clock();  // CPU time: holds on a busy machine
  for (int i = 0; i < kRounds; ++i) {
    const auto report = policy::pdf::verify_document(pdf, trust, options);
    if (report.verdict == policy::Verdict::valid && report.signatures.size() == 2) continue;
    std::printf("not the verdict that was expected: %s\n", policy::to_json(report, base::Lang::en).c_str());
    return 1;
  }
  const double each = double(std::clock() - start) / CLOCKS_PER_SEC / kRounds;
  std::printf("two signatures, %.1f MB: %.2f ms\n", double(pdf.size()) / 1e6, each * 1e3);
  return 0;
}
