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
  std::string_view common_name;  // as its subject has it
  AnchorClass anchor_class;
};

std::optional<WellKnown> well_known(std::string_view sha256_upper_hex);

// A certificate that calls itself as one of them (accents, case and spaces aside) and is not: the operator must be told.
std::optional<WellKnown> namesake(std::string_view common_name, std::string_view sha256_upper_hex);

}  // namespace policy::trust
