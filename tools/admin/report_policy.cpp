// The report that counts decisions of the policy by rule.
#include <array>
#include <map>

#include "tools/admin/directory.hpp"
#include "tools/admin/numbers.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

Json group_of(const Period& p, const Json& row) {
  if (p.by == "agency") return text_or_null(text_of(row, "agency"));
  if (p.by == "month") return text_of(row, "at").substr(0, 7);
  return nullptr;
}

std::string sort_key(const Json& group) { return group.is_string() ? group.get<std::string>() : std::string{}; }

constexpr std::uint64_t kFindingsListed = 10'000;

// The findings behind the counts, with their evidence. Reading who wrote to whom leaves a trace.
Result<Json> listed_findings(const Call& call, const Period& p) {
  const auto limit = number_arg(call, "limit", kFindingsListed, 1'000'000);
  if (!limit) return limit.error();
  Json rows = Json::array();
  std::uint64_t found = 0;
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const auto wanted = [&](const char* name, const Json& row) { return call.request.arg(name).empty() || text_of(row, name) == call.request.arg(name); };
    for_each_in(*snapshot, store::RecordTable::decisions, p, [&](const Json& row) {
      const auto findings = row.find("findings");
      if (findings == row.end() || !findings->is_array() || !wanted("agency", row)) return;
      for (const Json& f : *findings) {
        if (!f.is_object() || !wanted("rule", f) || !wanted("mode", f) || !wanted("action", f)) continue;
        if (++found > *limit) continue;
        rows.push_back({{"at", text_of(row, "at")}, {"agency", text_or_null(text_of(row, "agency"))}, {"channel", text_or_null(text_of(row, "channel"))}, {"login", text_or_null(text_of(row, "login"))},
                        {"sender", text_or_null(text_of(row, "sender"))}, {"recipients", row.value("recipients", Json::array())}, {"rule", text_of(f, "rule")}, {"mode", text_of(f, "mode")},
                        {"action", text_of(f, "action")}, {"subject", text_or_null(text_of(f, "subject"))}, {"text", f.value("text", Json())}, {"evidence", f.value("evidence", Json())}});
      }
    });
  }
  Json detail = {{"from", p.from}, {"to", p.to}, {"rows", rows.size()}};
  for (const char* name : {"agency", "rule", "mode", "action"})
    if (!call.request.arg(name).empty()) detail[name] = call.request.arg(name);
  const Json audit = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", "report.policy.rows"}, {"target", "policy"}, {"detail", std::move(detail)}};
  if (const auto written = call.context.store.run(store::AppendAudit{audit.dump(-1, ' ', false, Json::error_handler_t::replace)}); !written) return written.error();
  return report_json(call, "policy_findings", p,
                     {{"at", "Lúc", "At"}, {"agency", "Cơ quan", "Agency"}, {"channel", "Chiều", "Channel"}, {"login", "Đăng nhập", "Signed in as"}, {"sender", "Người gửi", "Sender"},
                      {"recipients", "Người nhận", "Recipients"}, {"rule", "Quy tắc", "Rule"}, {"mode", "Chế độ", "Mode"}, {"action", "Hành động", "Action"}, {"subject", "Về", "About"},
                      {"text", "Phát hiện", "Finding"}, {"evidence", "Bằng chứng", "Evidence"}},
                     std::move(rows), {{"findings", found}});
}

}  // namespace

Result<Json> report_policy(const Call& call) {
  const auto p = period_of(call, {"agency", "month"}, "");
  if (!p) return p.error();
  if (call.request.arg("rows") == "true") return listed_findings(call, *p);
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
  Json report = report_json(call, "policy", *p,
                     {{"group", "Nhóm", "Group"}, {"rule", "Quy tắc", "Rule"}, {"mode", "Chế độ", "Mode"}, {"action", "Hành động", "Action"},
                      {"count", "Số lượng", "Count", "Đếm mỗi phát hiện của quy tắc một lần; hành động chỉ có hiệu lực ở chế độ enforce",
                       "Each finding of a rule once; the action binds in mode enforce only"}},
                     std::move(rows), std::move(sums));
  report["charts"] = Json::array({chart_json({"Phát hiện theo quy tắc", "Findings by rule"}, "rule", "action", "count")});
  return report;
}

}  // namespace admin
