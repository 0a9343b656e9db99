// Reports that count rows: signatures by verdict, and decisions of the policy by rule.
#include <array>
#include <map>

#include "tools/admin/directory.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

Json group_of(const Period& p, const Json& row) {
  if (p.by == "agency") return text_or_null(text_of(row, "agency"));
  if (p.by == "month") return text_of(row, "at").substr(0, 7);
  if (p.by == "signer") {
    const auto signer = row.find("signer");
    return signer == row.end() || !signer->is_object() ? Json(nullptr) : text_or_null(text_of(*signer, "common_name"));
  }
  return nullptr;
}

// The reason that comes first is the one that made the verdict; the row keeps them in that order.
std::string first_reason(const Json& row) {
  const auto reasons = row.find("reasons");
  if (reasons == row.end() || !reasons->is_array() || reasons->empty() || !reasons->front().is_string()) return {};
  return reasons->front().get<std::string>();
}

std::string sort_key(const Json& group) { return group.is_string() ? group.get<std::string>() : std::string{}; }

}  // namespace

Result<Json> report_signatures(const Call& call) {
  const auto p = period_of(call, {"agency", "month", "signer"}, "");
  if (!p) return p.error();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  std::map<std::array<std::string, 5>, std::uint64_t> counts;
  std::map<std::string, std::uint64_t> totals;
  const std::size_t unreadable = for_each_in(*snapshot, store::RecordTable::signatures, *p, [&](const Json& row) {
    const std::string verdict = text_of(row, "verdict");
    ++counts[{sort_key(group_of(*p, row)), text_of(row, "layer"), verdict, text_of(row, "anchor_class"), first_reason(row)}];
    ++totals[verdict];
  });
  Json rows = Json::array();
  for (const auto& [key, count] : counts)
    rows.push_back({{"group", text_or_null(key[0])}, {"layer", key[1]}, {"verdict", key[2]}, {"anchor_class", text_or_null(key[3])},
                    {"reason", text_or_null(key[4])}, {"count", count}});
  Json sums = Json::object();
  for (const auto& [verdict, count] : totals) sums[verdict] = count;
  if (unreadable > 0) sums["unreadable"] = unreadable;
  return report_json(call, "signatures", *p,
                     {{"group", "Nhóm", "Group"}, {"layer", "Lớp chữ ký", "Layer"}, {"verdict", "Kết luận", "Verdict"},
                      {"anchor_class", "Loại chứng thư gốc", "Anchor class"}, {"reason", "Lý do", "Reason"},
                      {"count", "Số lượng", "Count", "Đếm mỗi thư một lần (lớp smime) và mỗi chữ ký của từng tài liệu một lần, theo giờ máy chủ nhận",
                       "Each mail once (layer smime) and each signature of a document once, by the time of acceptance"}},
                     std::move(rows), std::move(sums));
}

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
