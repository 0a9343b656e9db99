// Reports by agency: exchange of documents, and mailboxes.
#include <map>

#include "tools/admin/directory.hpp"
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

std::string agency_name(const store::Snapshot& snapshot, std::string_view code) {
  const auto agency = code.empty() ? std::nullopt : snapshot.agency(code);
  return agency ? agency->name : std::string{};
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
  return report_json(call, "exchange", *p,
                     {{"group", "Nhóm", "Group"}, {"direction", "Chiều", "Direction"}, {"kind", "Loại văn bản", "Kind"},
                      {"documents", "Số văn bản", "Documents",
                       "Mỗi văn bản (cơ quan ban hành, số, năm; nếu thiếu thì theo tệp) đếm một lần cho mỗi cơ quan gửi và mỗi cơ quan nhận",
                       "Each document (issuer, number, year; else the file) once per sending and per receiving agency"},
                      {"signed", "Đã ký số hợp lệ", "Signed", "Văn bản có chữ ký số với kết luận \"valid\"", "Documents with a verdict \"valid\""},
                      {"unsigned", "Còn lại", "Others", "Số văn bản - Đã ký số hợp lệ", "documents - signed"},
                      {"signed_share", "Tỷ lệ ký số", "Share signed", "Đã ký số hợp lệ / Số văn bản", "signed / documents"}},
                     std::move(rows), std::move(totals));
}

Result<Json> report_mailboxes(const Call& call) {
  const auto p = period_of(call, {"agency"}, "agency");
  if (!p) return p.error();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
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
  // Head counts are the clerks' figures: unknown is null, never 0 (CONTRACT 4).
  for (const auto& [code, m] : counts)
    rows.push_back({{"group", text_or_null(code)}, {"agency_name", text_or_null(agency_name(*snapshot, code))}, {"provisioned", m.provisioned},
                    {"functional", m.functional}, {"headcount", nullptr}, {"provisioned_share", nullptr}, {"active", known ? Json(m.active) : Json(nullptr)},
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
  Json& words = report["labels"]["totals"];
  words["active_days"] = text_json({"Số ngày làm việc có dùng để tính là có sử dụng (N)", "Working days of use that make a mailbox active (N)"});
  words["working_days"] = text_json({"Số ngày làm việc của kỳ", "Working days of the period"});
  words["use_recorded_since"] = text_json({"Ghi nhận việc sử dụng từ", "Use recorded since"});
  return report;
}

}  // namespace admin
