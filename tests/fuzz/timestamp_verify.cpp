// Any bytes as a time-stamp token: no crash, and without trust it proves nothing.
#include <cstdint>
#include <cstdlib>

#include "policy/smime/timestamp.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const policy::trust::TrustStore trust;
  const std::string_view in(reinterpret_cast<const char*>(data), size);
  if (policy::smime::verify_timestamp(in, {"x"}, trust, {}).time) std::abort();
  return 0;
}
