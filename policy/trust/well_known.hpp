// Certificates of the national hierarchies by SHA-256 fingerprint, so that an operator who adds one sees what it is.
// Recognition only: nothing here is trusted until the operator adds it.
#pragma once
#include <optional>
#include <string_view>

#include "policy/core/signature_report.hpp"

namespace policy::trust {

struct WellKnown {
  std::string_view fingerprint;  // SHA-256, upper-case hex
  std::string_view name;
  AnchorClass anchor_class;
};

std::optional<WellKnown> well_known(std::string_view sha256_upper_hex);

}  // namespace policy::trust
