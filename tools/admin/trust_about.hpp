// What is said of a row of the site's trust: as JSON for lists and confirmations, and until when it holds, for warnings.
#pragma once
#include "policy/trust/object.hpp"
#include "tools/admin/trust_rows.hpp"

namespace admin {

// "current", "expiring" (within warn_days), "expired", "not_yet", "unknown" (a CRL without nextUpdate).
std::string_view trust_state(const policy::trust::ObjectInfo& info, base::Time now, unsigned warn_days);

// {"fingerprint","kind","class","subject","issuer","not_before","not_after","expired","state","days_left","domains","agencies",
// "any_name","well_known","warning":{"vi","en"}|null}. A row that cannot be read any more has its fingerprint and nulls.
Json trust_json(const TrustRow& row, base::Time now, unsigned warn_days);

// What an operator should know before he trusts it: it bears a national root's name without being it, is no CA, ends soon.
std::optional<base::Text> trust_warning(const TrustRow& row, const policy::trust::ObjectInfo& info, base::Time now, unsigned warn_days);

// A row must be one that a TrustStore takes: else the next reload would fail on it. Errc::invalid.
[[nodiscard]] Result<void> usable(const TrustRow& row);

// Every row, decoded; Errc::corrupt on the first that is broken.
[[nodiscard]] Result<std::vector<TrustRow>> trust_rows(const store::Snapshot& snapshot);

}  // namespace admin
