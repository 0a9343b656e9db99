// Any bytes as a CMS, detached and opaque: no crash, and without trust never `valid`.
#include <cstdint>
#include <cstdlib>

#include "policy/smime/cms.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const policy::trust::TrustStore trust;
  const std::string_view in(reinterpret_cast<const char*>(data), size);
  for (const auto& r : {policy::smime::verify_detached(in, {"x"}, trust, {}), policy::smime::verify_opaque(in, trust, {})}) {
    policy::Verdict v = policy::verdict_of(r.reasons);
    for (const auto& s : r.signers) v = policy::worse(v, policy::verdict_of(s.reasons));
    if (v == policy::Verdict::valid) std::abort();
  }
  return 0;
}
