// The audit log as a chain: hash of a row = SHA-256(hash before it, sequence as u64 big-endian, payload). A row changed, taken out
// or put elsewhere breaks it. Whoever can write all rows can also write all hashes anew: that only shows against a head that an
// outside reader kept (tools/admin/audit_head.hpp). Pure; used by the store, its check, and those who verify an export of the log.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/crypto.hpp"

namespace store {

struct AuditLink {  // seq 0: the beginning, before the first row
  std::uint64_t seq = 0;
  base::Digest hash{};
  friend bool operator==(const AuditLink&, const AuditLink&) = default;
};

struct AuditRow {
  AuditLink link;
  std::string_view payload;
};

base::Digest audit_hash(const AuditLink& before, std::uint64_t seq, std::string_view payload);

class AuditChain {
 public:
  enum class Problem : unsigned char { none, gap, order, changed };
  explicit AuditChain(const AuditLink& before = {}) : last_(before) {}
  // Goes on from the row as it stands, so that one damaged row is one finding. `gap`: rows between `last` and it are missing, its own
  // hash cannot be judged; `order`: it is not after the one before.
  Problem next(const AuditRow& row);
  const AuditLink& last() const { return last_; }

 private:
  AuditLink last_;
};

}  // namespace store
