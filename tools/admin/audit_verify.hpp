// Walks an audit log, of the store or of an export, and says what is wrong with it: a row changed, taken out or moved (the chain), the
// end cut off (the store's counter, heads), everything written anew (heads that an outside reader kept). One row after the other,
// constant memory. What a finding means: README.md. Thread rule: one thread.
#pragma once
#include <deque>
#include <map>

#include "tools/admin/audit_head.hpp"

namespace admin {

class AuditVerifier {
 public:
  // `before`: the link that the first row follows. `heads`: kept outside. `keys`: who may have signed those; empty = anybody.
  AuditVerifier(const store::AuditLink& before, std::vector<AuditHead> heads, std::vector<base::PublicKey> keys, std::string store);

  void add(AuditHead head);  // one more that was kept; not of a row long ago
  void row(const store::AuditRow& row);
  void damaged(std::uint64_t after, std::string what);  // no row can be read behind this one
  std::uint64_t last() const { return chain_.last().seq; }
  // `given`: the store's counter. {"ok","rows","seq","hash","heads","own_heads","not_covered","keys":[fingerprint],"findings":[{"code","seq","detail"}],"suppressed"}
  Json finish(std::optional<std::uint64_t> given);

 private:
  void find(std::string_view code, std::uint64_t seq, std::string detail);
  void own_head(const store::AuditRow& row);
  void compare(const AuditHead& head, const base::Digest& hash);

  store::AuditLink before_;
  store::AuditChain chain_;
  std::multimap<std::uint64_t, AuditHead> heads_;
  std::string store_;
  std::vector<base::PublicKey> trusted_;
  std::deque<store::AuditLink> recent_;  // heads in the log name a row shortly before their own
  std::map<std::string, bool> keys_;     // that signed heads in the log
  std::uint64_t rows_ = 0, compared_ = 0, own_ = 0, not_covered_ = 0, suppressed_ = 0;
  Json findings_ = Json::array();
};

}  // namespace admin
