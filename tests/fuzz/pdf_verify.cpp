// Any bytes as a PDF: no crash, and without trust never `valid`.
#include <cstdint>
#include <cstdlib>

#include "policy/pdf/pdf.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const policy::trust::TrustStore trust;
  const auto r = policy::pdf::verify_document({reinterpret_cast<const char*>(data), size}, trust, {});
  if (r.verdict == policy::Verdict::valid) std::abort();
  return 0;
}
