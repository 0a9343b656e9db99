#include "base/result.hpp"

namespace base {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::internal: return "internal";
    case Errc::invalid: return "invalid";
    case Errc::not_found: return "not_found";
    case Errc::exists: return "exists";
    case Errc::conflict: return "conflict";
    case Errc::denied: return "denied";
    case Errc::limit: return "limit";
    case Errc::over_quota: return "over_quota";
    case Errc::unavailable: return "unavailable";
    case Errc::io: return "io";
    case Errc::corrupt: return "corrupt";
    case Errc::timed_out: return "timed_out";
    case Errc::unsupported: return "unsupported";
  }
  return "unknown";
}

}  // namespace base
