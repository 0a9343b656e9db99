// Stored mail judged again by the running rules and by changed ones: what would have been otherwise. Nothing is written. Each copy that
// lies in a mailbox here is judged for its owner as recipient: other recipients, and the address the mail came from, are not kept.
#pragma once
#include "tools/admin/context.hpp"
#include "tools/congthud/ingest.hpp"
#include "tools/congthud/site.hpp"

namespace tools {

// Errc::invalid: a policy file, a rule's name or its mode is wrong; unavailable: `progress` (mails looked at, how many there are) said stop.
[[nodiscard]] base::Result<admin::Json> simulate(const store::Store& store, const Ingest& ingest, const StoreSite& site, const base::Config& config,
                                                 const admin::PolicyChange& change, const std::function<bool(std::uint64_t done, std::uint64_t total)>& progress);

}  // namespace tools
