// What reports about agencies count, in one pass over the heads of the registers and one over the accounts: memory grows with the agencies.
#pragma once
#include <map>
#include <set>

#include "tools/admin/report.hpp"

namespace admin {

struct AgencyCounts {  // of one agency itself
  std::uint64_t mailboxes = 0, active = 0;  // personal
  std::uint64_t outgoing = 0, outgoing_signed = 0, internal = 0, internal_signed = 0, incoming = 0, incoming_signed = 0;
  std::uint64_t scans = 0;                            // outgoing, pictures of paper without a valid signature
  std::uint64_t e_only = 0, e_paper = 0, classed = 0;  // outgoing, by the policy file; classed: of which it says a way
};

struct Scene {
  std::map<std::string, AgencyCounts> agencies;  // that the report is about, those without figures too
  bool use_known = false;                  // the period does not begin before use was recorded
  std::string period;                      // as inputs name it; empty: nothing can be entered for it
};
// Of ?agency=CODE with all below, else of all that the asker's role reaches, as far as they are there at the period's end.
// Errc::not_found, denied: that agency.
[[nodiscard]] Result<Scene> count_all(const Call& call, const store::Snapshot& snapshot, const Period& period);

}  // namespace admin
