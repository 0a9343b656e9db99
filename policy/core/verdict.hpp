// The six verdicts of CONTRACT part 2 and how they combine. Every room of policy speaks in them.
#pragma once
#include <optional>
#include <string_view>

#include "base/lang.hpp"

namespace policy {

enum class Verdict : unsigned char { valid, invalid, weak, indeterminate, spoof, unsigned_ };

std::string_view to_string(Verdict v);                     // "valid", ..., "unsigned"; stable, for JSON and CSV
std::optional<Verdict> parse_verdict(std::string_view s);  // takes it back
base::Text label(Verdict v);                               // for people

// The one that decides when several findings meet: invalid > spoof > indeterminate > weak > unsigned > valid.
Verdict worse(Verdict a, Verdict b);

// RFC 8601 2.7 / RFC 7281 result word of the smime method; `pending` turns indeterminate into temperror.
std::string_view auth_result(Verdict v, bool pending = false);

}  // namespace policy
