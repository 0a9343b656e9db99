// Any bytes as a mail: every layer and part of it is judged without a crash, and without trust never `valid`.
#include <cstdint>
#include <cstdlib>

#include "mime/structure.hpp"
#include "policy/smime/smime.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const policy::trust::TrustStore trust;
  static const policy::smime::Options options;
  const std::string_view in(reinterpret_cast<const char*>(data), size);
  const auto result = policy::smime::verify_message(in, mime::scan(in), trust, options);
  if (result.report.verdict == policy::Verdict::valid) std::abort();
  for (const auto& s : result.report.signatures)
    if (s.verdict == policy::Verdict::valid) std::abort();
  return 0;
}
