// Reports by agency: exchange of documents, and mailboxes.
#include <map>

#include "tools/admin/directory.hpp"
#include "tools/admin/inputs.hpp"
#include "tools/admin/report.hpp"
#include "tools/admin/use.hpp"
#include "tools/registers/query.hpp"

namespace admin {
namespace {

struct Exchange {
  std::uint64_t documents = 0, signed_ = 0;
};

struct Mailboxes {
  std::uint64_t provisioned = 0, functional = 0, active = 0;
};

std::optional<base::Text> use_label(const std::string& code) {
  if (code == "active") return base::Text{"có sử dụng", "active"};
  if (code == "silent") return base::Text{"không sử dụng", "silent"};
  if (code == "unknown") return base::Text{"chưa có số liệu", "no data yet"};
  return code == "disabled" ? std::optional(base::Text{"bị khóa", "disabled"}) : std::nullopt;
}

std::string agency_name(const store::Snapshot& snapshot, std::string_view code) {
  const auto agency = code.empty() ? std::nullopt : snapshot.agency(code);
  return agency ? agency->name : std::string{};
}

// The mailboxes behind the counts. Who uses his mailbox is somebody's own affair: looking it up leaves a trace.
Result<Json> listed_mailboxes(const Call& call, const Period& p) {
  Json rows = Json::array();
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const auto began = use_began(*snapshot);
    const bool known = began && *began <= p.from;
    const auto days = working_days(call.context.config.reports, p.from, std::min(p.to, base::vietnam_date(call.context.clock.now())));
    snapshot->for_each_account([&](const store::Account& a) {
      const std::string agency = agency_code(*snapshot, a.agency);
      if (a.functional || (!call.request.arg("agency").empty() && call.request.arg("agency") != agency)) return true;
      const unsigned used = known ? days_used(*snapshot, a.id, days) : 0;
      rows.push_back({{"account", a.address}, {"common_name", text_or_null(a.name)}, {"agency", text_or_null(agency)}, {"state", a.disabled ? "disabled" : !known ? "unknown" : used >= call.context.config.reports.active_days ? "active" : "silent"},
                      {"days", known ? Json(used) : Json(nullptr)}});
      return true;
    });
  }
  const Json audit = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", "report.mailboxes.rows"}, {"target", call.request.arg("agency")}, {"detail", {{"from", p.from}, {"to", p.to}, {"rows", rows.size()}}}};
  if (const auto written = call.context.store.run(store::AppendAudit{audit.dump(-1, ' ', false, Json::error_handler_t::replace)}); !written) return written.error();
  Json report = report_json(call, "mailbox_list", p,
                            {{"account", "Hộp thư", "Mailbox"}, {"common_name", "Tên", "Name"}, {"agency", "Cơ quan", "Agency"}, {"state", "Tình trạng", "State"},
                             {"days", "Số ngày làm việc có dùng", "Working days of use"}},
                            std::move(rows), Json::object());
  add_labels(report, "state", use_label);
  return report;
}

}  // namespace

Result<Json> report_exchange(const Call& call) {
  const auto p = period_of(call, {"agency", "month"}, "agency");
  if (!p) return p.error();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  std::map<std::array<std::string, 3>, Exchange> counts;
  std::uint64_t in = 0, out = 0;
  const std::uint64_t unreadable = registers::for_each_head(*snapshot, p->from, p->to, [&](const registers::Book& book, std::uint32_t, const registers::Head& head) {
    if (head.struck) return;
    Exchange& e = counts[{p->by == "month" ? std::string(head.day.substr(0, 7)) : book.agency, std::string(word(book.direction)), std::string(head.kind)}];
    ++e.documents;
    if (head.verdict == "valid") ++e.signed_;
    ++(book.direction == registers::Direction::outgoing ? out : in);
  });
  Json rows = Json::array();
  for (const auto& [key, e] : counts)
    rows.push_back({{"group", text_or_null(key[0])}, {"direction", key[1]}, {"kind", text_or_null(key[2])}, {"documents", e.documents},
                    {"signed", e.signed_}, {"unsigned", e.documents - e.signed_}, {"signed_share", share(e.signed_, e.documents)}});
  Json totals = {{"out", out}, {"in", in}};
  if (unreadable > 0) totals["unreadable"] = unreadable;
  Json report = report_json(call, "exchange", *p,
                     {{"group", "Nhóm", "Group"}, {"direction", "Chiều", "Direction"}, {"kind", "Loại văn bản", "Kind"},
                      {"documents", "Số văn bản", "Documents",
                       "Mỗi văn bản (cơ quan ban hành, số, năm; nếu thiếu thì theo tệp) đếm một lần cho mỗi cơ quan gửi và mỗi cơ quan nhận",
                       "Each document (issuer, number, year; else the file) once per sending and per receiving agency"},
                      {"signed", "Đã ký số hợp lệ", "Signed", "Văn bản có chữ ký số với kết luận \"valid\"", "Documents with a verdict \"valid\""},
                      {"unsigned", "Còn lại", "Others", "Số văn bản - Đã ký số hợp lệ", "documents - signed"},
                      {"signed_share", "Tỷ lệ ký số", "Share signed", "Đã ký số hợp lệ / Số văn bản", "signed / documents"}},
                     std::move(rows), std::move(totals));
  report["labels"]["direction"] = {{"out", text_json({"đi", "out"})}, {"in", text_json({"đến", "in"})}};
  report["labels"]["totals"] = {{"out", text_json({"Văn bản đi", "Sent"})}, {"in", text_json({"Văn bản đến", "Received"})}};
  if (p->by == "agency") add_agency_names(report, "group", *snapshot);
  report["charts"] = Json::array({chart_json({"Văn bản theo nhóm", "Documents by group"}, "group", "direction", "documents"), chart_json({"Văn bản theo loại", "Documents by kind"}, "kind", "direction", "documents")});
  return report;
}

Result<Json> report_mailboxes(const Call& call) {
  const auto p = period_of(call, {"agency"}, "agency");
  if (!p) return p.error();
  if (call.request.arg("rows") == "true") return listed_mailboxes(call, *p);
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const std::string period = period_named(p->from, p->to);
  std::map<std::string, Mailboxes> counts;
  snapshot->for_each_agency([&](const store::Agency& a) {
    if (holds_on(a, p->to)) counts[a.code];
    return true;
  });
  const base::ReportsConfig& how = call.context.config.reports;
  const auto began = use_began(*snapshot);
  const bool known = began && *began <= p->from;  // of a period that began before the record nothing is said
  const auto days = working_days(how, p->from, std::min(p->to, base::vietnam_date(call.context.clock.now())));  // of a running period those that were
  std::uint64_t provisioned = 0, active = 0;
  snapshot->for_each_account([&](const store::Account& a) {
    if (a.disabled) return true;
    Mailboxes& m = counts[agency_code(*snapshot, a.agency)];
    ++(a.functional ? m.functional : m.provisioned);
    if (a.functional) return true;
    ++provisioned;
    if (!known || days_used(*snapshot, a.id, days) < how.active_days) return true;
    ++m.active;
    ++active;
    return true;
  });
  Json rows = Json::array();
  // Head counts are the clerks' figures, once they are confirmed: unknown is null, never 0 (CONTRACT 4).
  const auto headcount = [&](const std::string& code) -> Json {
    const auto input = find_input(*snapshot, "headcount", code, period);
    return input && input->confirmed && input->denominator ? Json(*input->denominator) : Json(nullptr);
  };
  for (const auto& [code, m] : counts)
    rows.push_back({{"group", text_or_null(code)}, {"agency_name", text_or_null(agency_name(*snapshot, code))}, {"provisioned", m.provisioned},
                    {"functional", m.functional}, {"headcount", headcount(code)}, {"provisioned_share", headcount(code).is_null() ? Json(nullptr) : share(m.provisioned, headcount(code).get<std::uint64_t>())}, {"active", known ? Json(m.active) : Json(nullptr)},
                    {"silent", known ? Json(m.provisioned - m.active) : Json(nullptr)}, {"active_share", known ? share(m.active, m.provisioned) : Json(nullptr)}});
  Json totals = {{"provisioned", provisioned}};
  if (known) totals["active"] = active;
  totals["active_days"] = how.active_days;
  totals["working_days"] = days.size();
  if (began) totals["use_recorded_since"] = *began;
  Json report = report_json(call, "mailboxes", *p,
                     {{"group", "Mã cơ quan", "Agency"}, {"agency_name", "Cơ quan", "Agency name"},
                      {"provisioned", "Hộp thư cá nhân đã cấp", "Provisioned",
                       "Tài khoản cá nhân không bị khóa, tại thời điểm lập báo cáo", "Personal accounts that are not disabled, as of the report"},
                      {"functional", "Hộp thư chức năng", "Functional", "Hộp thư của cơ quan, không của cá nhân", "Mailboxes of the agency, not of a person"},
                      {"headcount", "Số cán bộ, công chức", "Head count"},
                      {"provisioned_share", "Tỷ lệ được cấp", "Share provisioned", "Hộp thư cá nhân đã cấp / Số cán bộ, công chức", "provisioned / headcount"},
                      {"active", "Có sử dụng", "Active",
                       "Có gửi hoặc có thư mới đọc trong ít nhất N ngày làm việc của kỳ; máy trạm tự kiểm tra thư không tính",
                       "Sent or newly read mail on at least N working days of the period; polling is not use"},
                      {"silent", "Không sử dụng", "Silent", "Hộp thư cá nhân đã cấp - Có sử dụng", "provisioned - active"},
                      {"active_share", "Tỷ lệ sử dụng", "Share active", "Có sử dụng / Hộp thư cá nhân đã cấp", "active / provisioned"}},
                     std::move(rows), std::move(totals));
  report["charts"] = Json::array({chart_json({"Tỷ lệ sử dụng hộp thư", "Share of active mailboxes"}, "agency_name", "", "active_share")});
  Json& words = report["labels"]["totals"];
  words["active_days"] = text_json({"Số ngày làm việc có dùng để tính là có sử dụng (N)", "Working days of use that make a mailbox active (N)"});
  words["working_days"] = text_json({"Số ngày làm việc của kỳ", "Working days of the period"});
  words["use_recorded_since"] = text_json({"Ghi nhận việc sử dụng từ", "Use recorded since"});
  return report;
}

}  // namespace admin
