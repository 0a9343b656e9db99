// The monthly statistics of each agency that directives order to be made public: mailboxes, documents, attempts to use free mail.
#include "tools/admin/directory.hpp"
#include "tools/admin/figures.hpp"
#include "tools/admin/inputs.hpp"

namespace admin {
namespace {

// Refused attempts of officials to send by a free provider; of each finding once.
std::map<std::string, std::uint64_t> free_mail_attempts(const store::Snapshot& snapshot, const Period& p, std::size_t& unreadable) {
  std::map<std::string, std::uint64_t> out;
  unreadable = for_each_in(snapshot, store::RecordTable::decisions, p, [&](const Json& row) {
    const auto findings = row.find("findings");
    if (findings == row.end() || !findings->is_array() || text_of(row, "channel") != "submission") return;
    for (const Json& f : *findings)
      if (f.is_object() && text_of(f, "rule") == "free-provider") ++out[text_of(row, "agency")];
  });
  return out;
}

// What an agency entered counts before what mail shows: it knows of papers that no mail carried.
Json entered_or(const Json& seen, const store::Snapshot& snapshot, const char* figure, const std::string& agency, const Scene& scene, bool& unconfirmed) {
  const auto input = find_input(snapshot, figure, agency, scene.period);
  if (!input || !input->numerator) return seen;
  unconfirmed = unconfirmed || !input->confirmed;
  return *input->numerator;
}

}  // namespace

Result<Json> report_monthly(const Call& call) {
  const auto p = period_of(call, {"agency"}, "agency");
  if (!p) return p.error();
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto scene = count_all(call, *snapshot, *p);
  if (!scene) return scene.error();
  std::size_t unreadable = 0;
  const auto attempts = free_mail_attempts(*snapshot, *p, unreadable);
  Json rows = Json::array();
  AgencyCounts all;
  std::uint64_t tried = 0;
  bool unconfirmed = false;
  for (const auto& [code, c] : scene->agencies) {
    const auto agency = snapshot->agency(code);
    const auto found = attempts.find(code);
    const std::uint64_t own = found == attempts.end() ? 0 : found->second;
    const auto way = [&](std::uint64_t n) { return c.classed > 0 || c.outgoing == 0 ? Json(n) : Json(nullptr); };  // no policy file told ways
    const auto known = [&](std::uint64_t n) { return scene->use_known ? Json(n) : Json(nullptr); };
    rows.push_back({{"group", code}, {"agency_name", agency ? text_or_null(agency->name) : Json(nullptr)}, {"provisioned", c.mailboxes}, {"active", known(c.active)},
                    {"silent", known(c.mailboxes - c.active)}, {"active_share", scene->use_known ? share(c.active, c.mailboxes) : Json(nullptr)},
                    {"sent", c.outgoing}, {"sent_signed", c.outgoing_signed}, {"sent_unsigned", c.outgoing - c.outgoing_signed}, {"sent_signed_share", share(c.outgoing_signed, c.outgoing)},
                    {"received", c.incoming}, {"received_signed", c.incoming_signed}, {"received_signed_share", share(c.incoming_signed, c.incoming)}, {"internal", c.internal},
                    {"scanned", entered_or(c.scans, *snapshot, "monthly/scanned", code, *scene, unconfirmed)}, {"e_only", entered_or(way(c.e_only), *snapshot, "monthly/e-only", code, *scene, unconfirmed)},
                    {"e_paper", entered_or(way(c.e_paper), *snapshot, "monthly/e-paper", code, *scene, unconfirmed)}, {"free_mail_attempts", own}});
    all.mailboxes += c.mailboxes;
    all.active += c.active;
    all.outgoing += c.outgoing;
    all.outgoing_signed += c.outgoing_signed;
    all.incoming += c.incoming;
    tried += own;
  }
  Json totals = {{"provisioned", all.mailboxes}};
  if (scene->use_known) totals["active"] = all.active;
  totals.update(Json{{"sent", all.outgoing}, {"sent_signed", all.outgoing_signed}, {"received", all.incoming}, {"free_mail_attempts", tried}});
  if (unreadable > 0) totals["unreadable"] = unreadable;
  Json report = report_json(
      call, "monthly", *p,
      {{"group", "Mã cơ quan", "Agency"}, {"agency_name", "Cơ quan", "Agency name"},
       {"provisioned", "Hộp thư cá nhân", "Mailboxes", "Tài khoản cá nhân không bị khóa, tại thời điểm lập báo cáo", "Personal accounts that are not disabled, as of the report"},
       {"active", "Có sử dụng", "Active", "Có gửi hoặc có thư mới đọc trong ít nhất N ngày làm việc của kỳ (reports.active_days)", "Sent or newly read mail on at least N working days (reports.active_days)"},
       {"silent", "Không sử dụng", "Silent", "Hộp thư cá nhân - Có sử dụng", "mailboxes - active"},
       {"active_share", "Tỷ lệ sử dụng", "Share active", "Có sử dụng / Hộp thư cá nhân", "active / mailboxes"},
       {"sent", "Văn bản đi", "Documents sent", "Mỗi văn bản đếm một lần cho cơ quan ban hành, gửi ra ngoài cơ quan", "Each document once, for its issuer, sent outside the agency"},
       {"sent_signed", "Đi, ký số hợp lệ", "Sent, signed", "Văn bản đi có kết luận \"valid\"", "sent with a verdict \"valid\""},
       {"sent_unsigned", "Đi, còn lại", "Sent, others", "Văn bản đi - Đi, ký số hợp lệ", "sent - sent, signed"},
       {"sent_signed_share", "Tỷ lệ ký số văn bản đi", "Share signed, sent", "Đi, ký số hợp lệ / Văn bản đi", "sent, signed / sent"},
       {"received", "Văn bản đến", "Documents received", "Mỗi văn bản đếm một lần cho mỗi cơ quan nhận; không tính thư miễn phí", "Each document once per receiving agency; not from free mail"},
       {"received_signed", "Đến, ký số hợp lệ", "Received, signed", "Văn bản đến có kết luận \"valid\"", "received with a verdict \"valid\""},
       {"received_signed_share", "Tỷ lệ ký số văn bản đến", "Share signed, received", "Đến, ký số hợp lệ / Văn bản đến", "received, signed / received"},
       {"internal", "Văn bản nội bộ", "Internal documents", "Văn bản chỉ gửi trong cơ quan", "Documents sent inside the agency only"},
       {"scanned", "Đi, quét từ giấy, không ký số", "Sent, unsigned scans", "Văn bản đi là ảnh quét từ giấy và không có kết luận \"valid\"; cơ quan nhập thì lấy số nhập (monthly/scanned)", "Sent pictures of paper without a verdict \"valid\"; what the agency entered comes first (monthly/scanned)"},
       {"e_only", "Đi, chỉ bản điện tử", "Sent, electronic only", "Văn bản đi mà tệp quy tắc xếp vào loại chỉ gửi bản điện tử; cơ quan nhập thì lấy số nhập (monthly/e-only)", "Sent documents that the policy file classes as electronic only; what the agency entered comes first (monthly/e-only)"},
       {"e_paper", "Đi, cả bản giấy", "Sent, on paper too", "Văn bản đi mà tệp quy tắc xếp vào loại gửi cả bản giấy; cơ quan nhập thì lấy số nhập (monthly/e-paper)", "Sent documents that the policy file classes as electronic and on paper; what the agency entered comes first (monthly/e-paper)"},
       {"free_mail_attempts", "Lần định dùng thư miễn phí", "Attempts at free mail", "Phát hiện của quy tắc free-provider khi cán bộ gửi thư", "Findings of the rule free-provider at submission"}},
      std::move(rows), std::move(totals));
  report["charts"] = Json::array({chart_json({"Văn bản đi theo cơ quan", "Documents sent, by agency"}, "agency_name", "", "sent"),
                                  chart_json({"Tỷ lệ sử dụng hộp thư", "Share of active mailboxes"}, "agency_name", "", "active_share")});
  if (unconfirmed) report["notes"].push_back(text_json({"Có số liệu cơ quan nhập CHƯA được xác nhận.", "Holds entered figures that are NOT confirmed."}));
  if (!scene->use_known) report["notes"].push_back(text_json({"Việc sử dụng hộp thư chưa được ghi nhận từ đầu kỳ.", "The use of mailboxes was not recorded from the beginning of the period."}));
  return report;
}

}  // namespace admin
