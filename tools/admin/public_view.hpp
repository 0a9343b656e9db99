// What of a report may be shown to everybody (CONTRACT 4): sums of agencies, never persons, addresses, titles or rows; a count of persons
// below `least` (but not 0) is merged with others so that no total gives it away. Pure.
#pragma once
#include "tools/admin/context.hpp"

namespace admin {

// `report`: a reply of a report's handler. Errc::invalid: this report, or this grouping of it, is about persons.
[[nodiscard]] Result<Json> public_view(Json report, std::uint64_t least);

}  // namespace admin
