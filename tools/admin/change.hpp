// A change by an admin and its audit row, as one operation: both are committed or neither. Nothing changed: no row.
#pragma once
#include "tools/admin/handlers.hpp"

namespace admin {

struct Change {
  using Outcome = bool;  // whether anything changed
  using Step = std::function<Result<bool>(store::WriteContext&)>;
  std::vector<Step> steps;
  std::string audit;
  Result<Outcome> apply(store::WriteContext& w) const;
};

// An operation as a step; `changes` says what to count when the operation itself does not tell.
template <class Op>
Change::Step step(Op op, bool changes = true) {
  return [op = std::move(op), changes](store::WriteContext& w) -> Result<bool> {
    auto outcome = op.apply(w);
    if (!outcome) return outcome.error();
    if constexpr (std::is_same_v<typename Op::Outcome, bool>) return *outcome;
    else return changes;
  };
}

// Commits the steps with an audit row {"at","who","what","target","detail"}; the reply is {"schema":"congthu.change/1","changed"}.
Result<Json> commit(const Call& call, std::vector<Change::Step> steps, std::string_view what, std::string_view target,
                    Json detail = Json::object());

// Takes the roles granted for a domain or agency away with it.
std::vector<Change::Step> without_grants(const store::Snapshot& snapshot, store::DomainId domain, store::AgencyId agency);

}  // namespace admin
