// What of a report may be shown to everybody (CONTRACT 4): sums of agencies, never persons, addresses, titles or rows. A count of persons
// below `least` (but not 0) is put together with others, and always the same agencies are, in every report of a period and in each of its
// indicators: what one figure leaves out could be told from another. Pure.
#pragma once
#include <array>
#include <set>

#include "tools/admin/context.hpp"

namespace admin {

struct MailboxFigures {
  std::string agency;
  std::array<std::uint64_t, 3> persons{};  // mailboxes, active, silent; the last two 0 where use is not known
};
struct Merged {
  std::set<std::string> agencies;
  bool enough = true;  // false: even all of them together are too few
};
Merged merged_agencies(const std::vector<MailboxFigures>& all, std::uint64_t least);

// `report`: a reply of a report's handler, of the whole site. Errc::invalid: this report, or this grouping of it, is about persons.
[[nodiscard]] Result<Json> public_view(Json report, const Merged& merged, std::uint64_t least);

}  // namespace admin
