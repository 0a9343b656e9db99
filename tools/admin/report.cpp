#include "tools/admin/report.hpp"

#include <algorithm>
#include <cmath>

#include "base/codec.hpp"

namespace admin {
namespace {

constexpr std::pair<std::string_view, base::Text> kReportTitles[] = {
    {"signatures", {"Báo cáo chữ ký số", "Report on signatures"}},
    {"signature_messages", {"Thư và văn bản theo kết luận chữ ký số", "Messages and documents by the verdict on their signatures"}},
    {"certificates", {"Chứng thư số đang dùng", "Certificates in use"}},
    {"exchange", {"Báo cáo gửi, nhận văn bản điện tử", "Report on the exchange of documents"}},
    {"mailboxes", {"Báo cáo hộp thư công vụ", "Report on mailboxes"}},
    {"monthly", {"Thống kê sử dụng thư điện tử công vụ và gửi, nhận văn bản điện tử", "Statistics of official mailboxes and electronic documents"}},
    {"deadlines", {"Hạn các báo cáo định kỳ", "Deadlines of periodic reports"}},
    {"provisioning", {"Báo cáo cấp, chuyển, thu hồi hộp thư", "Report on mailboxes that joined, moved and left"}},
    {"provisioning_moves", {"Các lần cấp, chuyển, thu hồi hộp thư", "Mailboxes that joined, moved and left, one by one"}},
    {"policy_findings", {"Phát hiện của quy tắc, từng thư", "Findings of the rules, mail by mail"}},
    {"mailbox_list", {"Hộp thư và việc sử dụng", "Mailboxes and their use"}},
    {"policy", {"Báo cáo quy tắc thư công vụ", "Report on the rules"}},
};

Json title_json(std::string_view name) {
  for (const auto& [known, text] : kReportTitles)
    if (known == name) return text_json(text);
  return nullptr;
}

}  // namespace

Json text_json(base::Text text) { return {{"vi", text.vi}, {"en", text.en}}; }

Json chart_json(base::Text title, const char* category, const char* series, const char* value) {
  return {{"title", text_json(title)}, {"category", category}, {"series", series}, {"value", value}};
}

void add_labels(Json& report, const char* column, std::optional<base::Text> (*label)(const std::string&)) {
  const auto add = [&](const Json& code) {
    if (!code.is_string() || report["labels"][column].contains(code.get_ref<const std::string&>())) return;
    if (const auto text = label(code.get_ref<const std::string&>())) report["labels"][column][code.get_ref<const std::string&>()] = text_json(*text);
  };
  for (const Json& row : report.at("rows")) {
    const auto found = row.find(column);
    if (found == row.end()) continue;
    if (!found->is_array()) add(*found);
    else for (const Json& one : *found) add(one);
  }
}

void add_agency_names(Json& report, const char* column, const store::Snapshot& snapshot) {
  for (const Json& row : report.at("rows")) {
    const std::string code = text_of(row, column);
    if (code.empty()) continue;
    if (const auto agency = snapshot.agency(code)) report["labels"][column][code] = {{"vi", agency->name}, {"en", agency->name}};
  }
}

Result<Period> period_of(const Call& call, std::initializer_list<std::string_view> groupings, std::string_view otherwise) {
  Period p;
  p.from = call.request.arg("from");
  p.to = call.request.arg("to");
  p.by = call.request.arg("by");
  const auto first = base::vietnam_day(p.from);
  if (!first) return fail(Errc::invalid, "from: " + first.error().detail());
  const auto last = base::vietnam_day(p.to);
  if (!last) return fail(Errc::invalid, "to: " + last.error().detail());
  if (last->first < first->first) return fail(Errc::invalid, "to is before from");
  p.begin = first->first;
  p.end = last->second;
  if (p.by.empty()) p.by = otherwise;
  if (!p.by.empty() && std::find(groupings.begin(), groupings.end(), p.by) == groupings.end())
    return fail(Errc::invalid, "by: this report cannot be grouped by " + p.by);
  return p;
}

Json report_json(const Call& call, std::string_view name, const Period& p, std::initializer_list<Column> columns, Json rows, Json totals) {
  Json heads = Json::array();
  for (const Column& c : columns) {
    Json formula = nullptr;
    if (c.formula_vi != nullptr) formula = {{"vi", c.formula_vi}, {"en", c.formula_en}};
    heads.push_back({{"key", c.key}, {"title", {{"vi", c.vi}, {"en", c.en}}}, {"formula", std::move(formula)}});
  }
  return {{"schema", "congthu.report." + std::string(name) + "/1"}, {"report", name}, {"title", title_json(name)}, {"from", p.from}, {"to", p.to},
          {"by", p.by.empty() ? Json(nullptr) : Json(p.by)}, {"as_of", base::rfc3339(call.context.clock.now())},
          {"columns", std::move(heads)}, {"rows", std::move(rows)}, {"totals", std::move(totals)}};
}

std::size_t for_each_in(const store::Snapshot& snapshot, store::RecordTable table, const Period& p, store::FunctionRef<void(const Json&)> f) {
  const auto key = [](base::Time t) {  // tools::record_key: milliseconds, big-endian
    return base::Writer().fixed(static_cast<std::uint64_t>(std::max<std::int64_t>(0, t.time_since_epoch().count()))).take();
  };
  std::size_t unreadable = 0;
  snapshot.for_each_record(table, key(p.begin), key(p.end), [&](std::string_view, std::string_view value) {
    const Json row = Json::parse(value, nullptr, false);
    if (row.is_object()) f(row);
    else ++unreadable;
    return true;
  });
  return unreadable;
}

std::string text_of(const Json& row, const char* name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

Json share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return nullptr;
  return std::round(double(part) * 1000.0 / double(whole)) / 1000.0;
}

}  // namespace admin
