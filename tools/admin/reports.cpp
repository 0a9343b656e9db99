#include "tools/admin/reports.hpp"

#include <algorithm>

#include "tools/admin/figures.hpp"
#include "tools/admin/public_view.hpp"

namespace admin {

std::span<const ReportKind> report_kinds() {
  static const ReportKind kinds[] = {
      {"signatures", report_signatures, {"Kết luận về chữ ký số.", "Verdicts on signatures."}, {"agency", "month", "signer", "class", "reason"}},
      {"certificates", report_certificates, {"Chứng thư của ai, còn hạn đến bao giờ.", "Who has which certificate, and until when."}, {"agency"}},
      {"exchange", report_exchange, {"Văn bản gửi, nhận và tỷ lệ ký số.", "Documents sent and received, and how many are signed."}, {"agency", "month"}},
      {"mailboxes", report_mailboxes, {"Hộp thư đã cấp và đang dùng.", "Mailboxes provisioned and used."}, {"agency"}},
      {"kpi", report_kpi, {"Bảng chỉ tiêu của chỉ thị, kế hoạch: kết quả, hiện trạng, mục tiêu.", "Indicators of a directive or plan: results, baseline, targets."}, {"agency"}},
      {"monthly", report_monthly, {"Thống kê hàng tháng của từng cơ quan, để công khai.", "The monthly statistics of each agency, to be made public."}, {"agency"}},
      {"provisioning", report_provisioning, {"Hộp thư được cấp, chuyển, thu hồi.", "Mailboxes that joined, moved and left."}, {"agency"}},
      {"deadlines", report_deadlines, {"Báo cáo nào đến hạn, đã công bố, quá hạn.", "Which reports are due, published, overdue."}, {}},
      {"policy", report_policy, {"Quy tắc đã tác động tới thư.", "What the rules did."}, {"agency", "month"}},
  };
  return kinds;
}

const ReportKind* report_kind(std::string_view name) {
  const auto kinds = report_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const ReportKind& k) { return k.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

Result<Json> make_report_of(const Call& call, std::string_view name, const std::map<std::string, std::string, std::less<>>& query, bool for_all) {
  const ReportKind* kind = report_kind(name);
  if (kind == nullptr) return fail(Errc::not_found, "no such report: " + std::string(name));
  Request request = call.request;
  request.method = "GET";
  request.path = {"reports", std::string(name)};
  request.query = query;
  request.body.clear();
  auto report = kind->handler(Call{call.context, request, call.progress, call.actor});
  if (!report || !for_all) return report;
  if (const auto agency = query.find("agency"); agency != query.end() && !agency->second.empty())
    return fail(Errc::invalid, "agency: a public edition is of the whole site: beside it, one of an agency would tell what was put together");
  Request whole = request;
  whole.query.erase("table");
  const Call site{call.context, whole, call.progress, call.actor};
  const auto period = period_of(site, {"agency", "month", "class", "reason"}, "");
  if (!period) return period.error();
  std::vector<MailboxFigures> figures;
  {
    const auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    const auto scene = count_all(site, *snapshot, *period);
    if (!scene) return scene.error();
    for (const auto& [code, c] : scene->agencies) figures.push_back({code, {c.mailboxes, scene->use_known ? c.active : 0, scene->use_known ? c.mailboxes - c.active : 0}});
  }
  const std::uint64_t least = call.context.config.reports.public_least;
  return public_view(*std::move(report), merged_agencies(figures, least), least);
}

}  // namespace admin
