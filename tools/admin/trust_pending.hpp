// Two persons for what is trusted (signature.two_person): a change waits as a row until another administrator confirms it. Changes
// that add no trust (intermediates, revocation lists, OCSP answers: each proves itself where it is used) never wait.
#pragma once
#include "tools/admin/handlers.hpp"

namespace admin {

struct TrustChange {
  std::string what, target;  // of the audit row: "trust.add", a fingerprint
  Json detail = Json::object();
  std::vector<std::pair<std::string, std::string>> puts;  // fingerprint, encoded row
  std::vector<std::string> removes;                       // fingerprints
};

// Commits it and tells the running parts, or keeps it for the second person: the reply is a change, with "pending": ID or null.
[[nodiscard]] Result<Json> commit_trust(const Call& call, const TrustChange& change, bool needs_two);

}  // namespace admin
