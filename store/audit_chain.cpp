#include "store/audit_chain.hpp"

#include <string>

namespace store {

base::Digest audit_hash(const AuditLink& before, std::uint64_t seq, std::string_view payload) {
  std::string number(8, '\0');
  for (int i = 0; i < 8; ++i) number[std::size_t(i)] = char(seq >> (56 - 8 * i));
  base::Sha256 hash;
  hash.update(base::view(before.hash));
  hash.update(number);
  hash.update(payload);
  return hash.finish();
}

AuditChain::Problem AuditChain::next(const AuditRow& row) {
  const AuditLink before = last_;
  last_ = row.link;
  if (row.link.seq <= before.seq) return Problem::order;
  if (row.link.seq != before.seq + 1) return Problem::gap;
  return audit_hash(before, row.link.seq, row.payload) == row.link.hash ? Problem::none : Problem::changed;
}

}  // namespace store
