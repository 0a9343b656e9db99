// The report on signatures: how many with which verdict, and the mails behind each number.
#include <array>
#include <map>

#include "policy/core/reason.hpp"
#include "policy/core/signature_report.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/numbers.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

constexpr std::uint64_t kMessagesListed = 10'000;

// The reason that made the verdict; a row keeps them as they were found.
std::string deciding_reason(const Json& row) {
  const auto reasons = row.find("reasons");
  if (reasons == row.end() || !reasons->is_array() || reasons->empty()) return {};
  const auto verdict = policy::parse_verdict(text_of(row, "verdict"));
  for (const Json& reason : *reasons) {
    const auto code = reason.is_string() ? policy::parse_code(reason.get_ref<const std::string&>()) : std::nullopt;
    if (code && verdict && policy::verdict_of(*code) == *verdict) return reason.get<std::string>();
  }
  return reasons->front().is_string() ? reasons->front().get<std::string>() : std::string{};
}

// Two people may have one name: with the certificate's first address where it has one.
std::string signer_of(const Json& row) {
  const auto signer = row.find("signer");
  if (signer == row.end() || !signer->is_object()) return {};
  const std::string name = text_of(*signer, "common_name");
  const auto emails = signer->find("emails");
  if (emails == signer->end() || !emails->is_array() || emails->empty() || !emails->front().is_string()) return name;
  return name + " <" + emails->front().get<std::string>() + ">";
}

struct Facts {
  std::string month, agency, signer, layer, verdict, anchor_class, reason, channel;
  explicit Facts(const Json& row)
      : month(text_of(row, "at").substr(0, 7)), agency(text_of(row, "agency")), signer(signer_of(row)), layer(text_of(row, "layer")),
        verdict(text_of(row, "verdict")), anchor_class(text_of(row, "anchor_class")), reason(deciding_reason(row)), channel(text_of(row, "channel")) {}
  const std::string& of(std::string_view name) const {
    static const std::string none;
    const std::pair<std::string_view, const std::string*> all[] = {{"month", &month}, {"agency", &agency}, {"signer", &signer}, {"layer", &layer},
                                                                   {"verdict", &verdict}, {"class", &anchor_class}, {"reason", &reason}, {"channel", &channel}};
    for (const auto& [key, value] : all)
      if (key == name) return *value;
    return none;
  }
};
constexpr std::string_view kFilters[] = {"month", "agency", "signer", "layer", "verdict", "class", "reason", "channel"};

// `?verdict=invalid&agency=svd`: the rows that have all of them; "-" = those that have none.
bool wanted(const Call& call, const Facts& facts) {
  for (const std::string_view key : kFilters) {
    const auto asked = call.request.query.find(key);
    if (asked != call.request.query.end() && facts.of(key) != (asked->second == "-" ? std::string() : asked->second)) return false;
  }
  return true;
}

std::optional<base::Text> layer_label(const std::string& code) {
  if (code == "smime") return base::Text{"Thư (S/MIME)", "Mail (S/MIME)"};
  if (code == "document") return base::Text{"Tệp đính kèm", "Attachment"};
  return std::nullopt;
}

std::optional<base::Text> class_label(const std::string& code) {
  if (code == "vgca") return base::Text{"Chuyên dùng Chính phủ", "Government"};
  if (code == "public") return base::Text{"Công cộng", "Public"};
  if (code == "site") return base::Text{"Của đơn vị", "The site's own"};
  return std::nullopt;
}

std::optional<base::Text> verdict_label(const std::string& code) {
  const auto verdict = policy::parse_verdict(code);
  return verdict ? std::optional(policy::label(*verdict)) : std::nullopt;
}

std::optional<base::Text> reason_label(const std::string& code) {
  const auto known = policy::parse_code(code);
  return known ? std::optional(policy::text(*known)) : std::nullopt;
}

std::optional<base::Text> channel_label(const std::string& code) {
  if (code == "inbound") return base::Text{"Từ ngoài vào", "From outside"};
  if (code == "submission") return base::Text{"Của đơn vị gửi", "Submitted here"};
  return std::nullopt;
}

void label_all(Json& report, const store::Snapshot& snapshot, std::string_view by) {
  add_labels(report, "layer", layer_label);
  add_labels(report, "verdict", verdict_label);
  add_labels(report, "anchor_class", class_label);
  add_labels(report, "reason", reason_label);
  add_labels(report, "reasons", reason_label);
  add_labels(report, "channel", channel_label);
  add_agency_names(report, "agency", snapshot);
  if (by == "agency") add_agency_names(report, "group", snapshot);
  if (by == "class") add_labels(report, "group", class_label);
  if (by == "reason") add_labels(report, "group", reason_label);
  report["labels"]["totals"]["unreadable"] = text_json({"Dòng không đọc được", "Rows that cannot be read"});
  report["labels"]["totals"]["messages"] = text_json({"Số dòng khớp", "Rows that match"});
}

Json sums(const std::map<std::string, std::uint64_t>& totals, std::size_t unreadable) {
  Json out = Json::object();
  for (const auto& [verdict, count] : totals) out[verdict] = count;
  if (unreadable > 0) out["unreadable"] = unreadable;
  return out;
}

Json message_json(const Json& row, const Facts& facts) {
  const auto signer = row.find("signer");
  const Json none = nullptr;
  const Json& s = signer != row.end() && signer->is_object() ? *signer : none;
  return {{"at", text_of(row, "at")}, {"agency", text_or_null(facts.agency)}, {"channel", text_or_null(facts.channel)},
          {"from", text_or_null(text_of(row, "from"))}, {"subject", text_or_null(text_of(row, "subject"))}, {"layer", text_or_null(facts.layer)},
          {"file", text_or_null(text_of(row, "file"))}, {"verdict", text_or_null(facts.verdict)}, {"anchor_class", text_or_null(facts.anchor_class)},
          {"legal_form", text_or_null(text_of(row, "legal_form"))}, {"reasons", row.value("reasons", Json::array())}, {"signer", text_or_null(facts.signer)},
          {"message", text_or_null(text_of(row, "message"))}, {"message_id", text_or_null(text_of(row, "message_id"))}, {"digest", text_or_null(text_of(row, "digest"))},
          {"fingerprint", s.is_object() ? text_or_null(text_of(s, "fingerprint")) : none}};
}

// Reading what others wrote about leaves a trace, as a search does.
Result<void> audit_listing(const Call& call, const Period& p, std::uint64_t listed) {
  Json detail = {{"from", p.from}, {"to", p.to}, {"rows", listed}};
  for (const std::string_view key : kFilters)
    if (!call.request.arg(key).empty()) detail[std::string(key)] = call.request.arg(key);
  const Json row = {{"at", base::rfc3339(call.context.clock.now())}, {"who", call.request.who}, {"what", "report.signatures.messages"},
                    {"target", "signatures"}, {"detail", std::move(detail)}};
  if (const auto written = call.context.store.run(store::AppendAudit{row.dump(-1, ' ', false, Json::error_handler_t::replace)}); !written) return written.error();
  return {};
}

Result<Json> listed_messages(const Call& call, const Period& p, std::uint64_t limit) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json rows = Json::array();
  std::uint64_t found = 0;
  const std::size_t unreadable = for_each_in(*snapshot, store::RecordTable::signatures, p, [&](const Json& row) {
    const Facts facts(row);
    if (!wanted(call, facts)) return;
    if (++found <= limit) rows.push_back(message_json(row, facts));
  });
  Json totals = {{"messages", found}};
  if (unreadable > 0) totals["unreadable"] = unreadable;
  const bool all = rows.size() == found;
  Json report = report_json(call, "signature_messages", p,
                            {{"at", "Lúc", "At"}, {"agency", "Cơ quan", "Agency"}, {"channel", "Chiều", "Channel"}, {"from", "Người gửi (From)", "From"},
                             {"subject", "Chủ đề", "Subject"}, {"layer", "Lớp chữ ký", "Layer"}, {"file", "Tệp", "File"}, {"verdict", "Kết luận", "Verdict"},
                             {"anchor_class", "Loại chứng thư gốc", "Anchor class"}, {"legal_form", "Thể thức", "Legal form"}, {"reasons", "Lý do", "Reasons"},
                             {"signer", "Người ký", "Signer"}, {"message", "Mã thư (verify --stored)", "Mail (verify --stored)"}, {"message_id", "Message-ID", "Message-ID"}, {"digest", "SHA-256 của tệp", "SHA-256 of the file"},
                             {"fingerprint", "Vân tay chứng thư", "Certificate"}},
                            std::move(rows), std::move(totals));
  label_all(report, *snapshot, "");
  if (!all) report["notes"].push_back(text_json({"Chỉ liệt kê một phần: tăng --limit để xem hết.", "Only a part is listed: raise --limit to see all."}));
  return report;
}

Result<Json> signature_messages(const Call& call, const Period& p) {
  const auto limit = number_arg(call, "limit", kMessagesListed, 1'000'000);
  if (!limit) return limit.error();
  auto report = listed_messages(call, p, *limit);  // its snapshot has ended when the audit row is written
  if (!report) return report.error();
  if (const auto written = audit_listing(call, p, report->at("rows").size()); !written) return written.error();
  return report;
}

}  // namespace

Result<Json> report_signatures(const Call& call) {
  const auto p = period_of(call, {"agency", "month", "signer", "class", "reason"}, "");
  if (!p) return p.error();
  if (call.request.arg("messages") == "true") return signature_messages(call, *p);
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  std::map<std::array<std::string, 5>, std::uint64_t> counts;
  std::map<std::string, std::uint64_t> totals;
  const std::size_t unreadable = for_each_in(*snapshot, store::RecordTable::signatures, *p, [&](const Json& row) {
    const Facts facts(row);
    if (!wanted(call, facts)) return;
    ++counts[{p->by.empty() ? std::string() : facts.of(p->by), facts.layer, facts.verdict, facts.anchor_class, facts.reason}];
    ++totals[facts.verdict];
  });
  Json rows = Json::array();
  for (const auto& [key, count] : counts)
    rows.push_back({{"group", text_or_null(key[0])}, {"layer", key[1]}, {"verdict", key[2]}, {"anchor_class", text_or_null(key[3])},
                    {"reason", text_or_null(key[4])}, {"count", count}});
  Json report = report_json(call, "signatures", *p,
                            {{"group", "Nhóm", "Group"}, {"layer", "Lớp chữ ký", "Layer"}, {"verdict", "Kết luận", "Verdict"},
                             {"anchor_class", "Loại chứng thư gốc", "Anchor class"}, {"reason", "Lý do", "Reason"},
                             {"count", "Số lượng", "Count", "Đếm mỗi thư một lần (lớp smime) và mỗi chữ ký của từng tài liệu một lần, theo giờ máy chủ nhận",
                              "Each mail once (layer smime) and each signature of a document once, by the time of acceptance"}},
                            std::move(rows), sums(totals, unreadable));
  label_all(report, *snapshot, p->by);
  if (!p->by.empty()) report["charts"].push_back(chart_json({"Kết luận theo nhóm", "Verdicts by group"}, "group", "verdict", "count"));
  report["charts"].push_back(chart_json({"Kết luận theo lớp chữ ký", "Verdicts by layer"}, "layer", "verdict", "count"));
  report["charts"].push_back(chart_json({"Lý do", "Reasons"}, "reason", "verdict", "count"));
  report["charts"].push_back(chart_json({"Loại chứng thư gốc", "Anchor classes"}, "anchor_class", "verdict", "count"));
  return report;
}

}  // namespace admin
