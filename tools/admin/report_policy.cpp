// The report that counts decisions of the policy by rule.
#include <array>
#include <map>

#include "tools/admin/directory.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

Json group_of(const Period& p, const Json& row) {
  if (p.by == "agency") return text_or_null(text_of(row, "agency"));
  if (p.by == "month") return text_of(row, "at").substr(0, 7);
  return nullptr;
}

std::string sort_key(const Json& group) { return group.is_string() ? group.get<std::string>() : std::string{}; }

}  // namespace

Result<Json> report_policy(const Call& call) {
  const auto p = period_of(call, {"agency", "month"}, "");
  if (!p) return p.error();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  std::map<std::array<std::string, 4>, std::uint64_t> counts;
  std::map<std::string, std::uint64_t> totals;
  const std::size_t unreadable = for_each_in(*snapshot, store::RecordTable::decisions, *p, [&](const Json& row) {
    ++totals[text_of(row, "action")];
    const auto findings = row.find("findings");
    if (findings == row.end() || !findings->is_array()) return;
    for (const Json& f : *findings)
      if (f.is_object()) ++counts[{sort_key(group_of(*p, row)), text_of(f, "rule"), text_of(f, "mode"), text_of(f, "action")}];
  });
  Json rows = Json::array();
  for (const auto& [key, count] : counts)
    rows.push_back({{"group", text_or_null(key[0])}, {"rule", key[1]}, {"mode", key[2]}, {"action", key[3]}, {"count", count}});
  Json sums = Json::object();
  for (const auto& [action, count] : totals) sums[action] = count;
  if (unreadable > 0) sums["unreadable"] = unreadable;
  return report_json(call, "policy", *p,
                     {{"group", "Nhóm", "Group"}, {"rule", "Quy tắc", "Rule"}, {"mode", "Chế độ", "Mode"}, {"action", "Hành động", "Action"},
                      {"count", "Số lượng", "Count", "Đếm mỗi phát hiện của quy tắc một lần; hành động chỉ có hiệu lực ở chế độ enforce",
                       "Each finding of a rule once; the action binds in mode enforce only"}},
                     std::move(rows), std::move(sums));
}

}  // namespace admin
