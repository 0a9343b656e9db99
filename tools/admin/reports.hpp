// Every report by its name: for the routes, for publishing, for schedules and for whoever lists them.
#pragma once
#include <span>

#include "tools/admin/handlers.hpp"

namespace admin {

struct ReportKind {
  std::string_view name;
  Result<Json> (*handler)(const Call&);
  base::Text about;
  std::initializer_list<std::string_view> groupings;  // what `by` may be
};
std::span<const ReportKind> report_kinds();
const ReportKind* report_kind(std::string_view name);  // nullptr: no such report

// The report as of now, for whoever `call` is; `query` as in the request of it. `for_all`: its public edition (public_view.hpp).
[[nodiscard]] Result<Json> make_report_of(const Call& call, std::string_view name, const std::map<std::string, std::string, std::less<>>& query, bool for_all);

}  // namespace admin
