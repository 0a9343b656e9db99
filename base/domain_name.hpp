// One spelling for each domain name, so that lookups and comparisons are byte comparisons.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

// Lower-case A-labels, no trailing dot, by IDNA2008 with non-transitional UTS #46 mapping (RFC 5891).
// Errors: empty, over 253 bytes, a label over 63, underscore or other characters outside letter-digit-hyphen, address literals.
[[nodiscard]] Result<std::string> canonical_domain(std::string_view name);

// U-labels for people; a name that does not decode comes back as it is.
std::string display_domain(std::string_view ascii_name);

// True when name is domain or lies below it; both canonical. "us.evil" is not below "us".
bool is_subdomain(std::string_view name, std::string_view domain);

}  // namespace base
