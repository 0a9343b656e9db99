// The inventory of certificates: who signs with what, and until when. Made of the signatures that held (verdict valid) in the period,
// so a certificate that never signed a mail or document that came through here is not in it.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/unicode.hpp"
#include "policy/core/verdict.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

struct Certificate {
  Json signer;
  std::string anchor_class, first, last, account, agency;
  std::string owner = "external";  // person, agency, external
  std::uint64_t signatures = 0;
};
using Certificates = std::map<std::string, Certificate>;  // by fingerprint

// Agencies by what certificates call them: names, other and former names, folded.
std::map<std::string, std::string> agencies_by_name(const store::Snapshot& snapshot) {
  std::map<std::string, std::string> out;
  snapshot.for_each_agency([&](const store::Agency& a) {
    out.emplace(base::fold_search(a.name), a.code);
    for (const std::string& alias : a.aliases) out.emplace(base::fold_search(alias), a.code);
    return true;
  });
  return out;
}

// An address of ours says whose it is; else the name of one of our agencies.
void find_owner(const store::Snapshot& snapshot, const std::map<std::string, std::string>& names, Certificate& c) {
  const auto emails = c.signer.find("emails");
  if (emails != c.signer.end() && emails->is_array())
    for (const Json& email : *emails) {
      const auto address = email.is_string() ? store::canonical_address(email.get_ref<const std::string&>()) : Result<std::string>(fail(Errc::invalid, ""));
      const auto account = address ? snapshot.account(std::string_view(*address)) : std::nullopt;
      if (!account) continue;
      c.owner = account->functional ? "agency" : "person";
      c.account = account->address;
      c.agency = agency_code(snapshot, account->agency);
      return;
    }
  const auto found = names.find(base::fold_search(text_of(c.signer, "common_name")));
  if (found == names.end()) return;
  c.owner = "agency";
  c.agency = found->second;
}

std::size_t gather(const store::Snapshot& snapshot, const Period& p, Certificates& out) {
  const std::size_t unreadable = for_each_in(snapshot, store::RecordTable::signatures, p, [&](const Json& row) {
    const auto signer = row.find("signer");
    if (text_of(row, "verdict") != "valid" || signer == row.end() || !signer->is_object() || text_of(*signer, "fingerprint").empty()) return;
    Certificate& c = out[text_of(*signer, "fingerprint")];
    if (c.signatures++ == 0) c.first = text_of(row, "at");
    c.last = text_of(row, "at");
    c.signer = *signer;  // the latest row says most
    c.anchor_class = text_of(row, "anchor_class");
  });
  const auto names = agencies_by_name(snapshot);
  for (auto& [fingerprint, c] : out) find_owner(snapshot, names, c);
  return unreadable;
}

struct Left {
  std::optional<std::int64_t> days;
  const char* state = "unknown";
};
Left left_of(const Certificate& c, base::Time now, unsigned warn_days) {
  const auto end = base::parse_rfc3339(text_of(c.signer, "not_after"));
  if (!end) return {};
  Left left;
  left.days = std::chrono::floor<std::chrono::days>(*end - now).count();
  left.state = *end < now ? "expired" : *left.days < std::int64_t(warn_days) ? "expiring" : "current";
  return left;
}

std::optional<base::Text> state_label(const std::string& code) {
  if (code == "current") return base::Text{"Còn hạn", "Current"};
  if (code == "expiring") return base::Text{"Sắp hết hạn", "Expiring"};
  if (code == "expired") return base::Text{"Đã hết hạn", "Expired"};
  if (code == "unknown") return base::Text{"Chưa rõ hạn", "Unknown end"};
  return std::nullopt;
}

std::optional<base::Text> owner_label(const std::string& code) {
  if (code == "person") return base::Text{"Cá nhân của đơn vị", "An official here"};
  if (code == "agency") return base::Text{"Cơ quan", "An agency here"};
  if (code == "external") return base::Text{"Bên ngoài", "Outside"};
  return std::nullopt;
}

std::optional<base::Text> issuer_class_label(const std::string& code) {
  if (code == "vgca") return base::Text{"Chuyên dùng Chính phủ", "Government"};
  if (code == "public") return base::Text{"Công cộng", "Public"};
  if (code == "site") return base::Text{"Của đơn vị", "The site's own"};
  return std::nullopt;
}

Json notes() {
  return Json::array({text_json({"Chỉ gồm chứng thư của các chữ ký hợp lệ trên thư và văn bản đã qua máy chủ trong kỳ; chứng thư chưa ký lần nào thì chưa có ở đây.",
                                 "Only certificates of valid signatures on mail and documents that came through this server in the period; one that has not signed yet is not here."})});
}

Result<Json> list_certificates(const Call& call, const Period& p) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Certificates found;
  const std::size_t unreadable = gather(*snapshot, p, found);
  const base::Time now = call.context.clock.now();
  Json rows = Json::array();
  std::map<std::string, std::uint64_t> states;
  for (const auto& [fingerprint, c] : found) {
    const Left left = left_of(c, now, call.context.config.signature.warn_days);
    ++states[left.state];
    rows.push_back({{"owner", c.owner}, {"agency", text_or_null(c.agency)}, {"account", text_or_null(c.account)},
                    {"common_name", text_or_null(text_of(c.signer, "common_name"))}, {"organization", text_or_null(text_of(c.signer, "organization"))},
                    {"emails", c.signer.value("emails", Json::array())}, {"anchor_class", text_or_null(c.anchor_class)},
                    {"issuer", text_or_null(text_of(c.signer, "issuer"))}, {"not_before", text_or_null(text_of(c.signer, "not_before"))},
                    {"not_after", text_or_null(text_of(c.signer, "not_after"))}, {"days_left", left.days ? Json(*left.days) : Json(nullptr)},
                    {"state", left.state}, {"signatures", c.signatures}, {"first_seen", c.first}, {"last_seen", c.last},
                    {"serial", text_or_null(text_of(c.signer, "serial"))}, {"fingerprint", fingerprint}, {"count", 1}});
  }
  // What ends first comes first.
  std::stable_sort(rows.begin(), rows.end(), [](const Json& a, const Json& b) { return text_of(a, "not_after") < text_of(b, "not_after"); });
  Json totals = {{"certificates", rows.size()}};
  for (const auto& [state, count] : states) totals[state] = count;
  if (unreadable > 0) totals["unreadable"] = unreadable;
  Json report = report_json(call, "certificates", p,
                            {{"owner", "Thuộc về", "Owner"}, {"agency", "Cơ quan", "Agency"}, {"account", "Hộp thư", "Mailbox"}, {"common_name", "Tên trong chứng thư", "Name"},
                             {"organization", "Tổ chức", "Organization"}, {"emails", "Địa chỉ thư", "Addresses"}, {"anchor_class", "Loại chứng thư gốc", "Anchor class"},
                             {"issuer", "Nơi cấp", "Issuer"}, {"not_before", "Hiệu lực từ", "Not before"}, {"not_after", "Hết hiệu lực", "Not after"},
                             {"days_left", "Còn lại (ngày)", "Days left", "Số ngày trọn từ lúc lập báo cáo đến khi hết hiệu lực; âm là đã hết",
                              "Whole days from the report to the end; negative: it has ended"},
                             {"state", "Tình trạng", "State"},
                             {"signatures", "Số chữ ký", "Signatures", "Chữ ký hợp lệ của chứng thư này trong kỳ", "Valid signatures of this certificate in the period"},
                             {"first_seen", "Lần đầu", "First seen"}, {"last_seen", "Lần cuối", "Last seen"}, {"serial", "Số sê-ri", "Serial"},
                             {"fingerprint", "Vân tay SHA-256", "SHA-256 fingerprint"}},
                            std::move(rows), std::move(totals));
  add_labels(report, "owner", owner_label);
  add_labels(report, "state", state_label);
  add_labels(report, "anchor_class", issuer_class_label);
  add_agency_names(report, "agency", *snapshot);
  for (const char* state : {"current", "expiring", "expired", "unknown"}) report["labels"]["totals"][state] = text_json(*state_label(state));
  report["labels"]["totals"]["certificates"] = text_json({"Chứng thư", "Certificates"});
  report["charts"] = Json::array({chart_json({"Tình trạng chứng thư theo cơ quan", "State of certificates by agency"}, "agency", "state", "count")});
  report["notes"] = notes();
  return report;
}

struct AgencyCertificates {
  std::uint64_t accounts = 0, with = 0, personal = 0, own = 0, expiring = 0, expired = 0;
};

Result<Json> certificates_by_agency(const Call& call, const Period& p) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Certificates found;
  const std::size_t unreadable = gather(*snapshot, p, found);
  const base::Time now = call.context.clock.now();
  std::map<std::string, AgencyCertificates> counts;
  std::map<std::string, bool> holders;  // accounts with a certificate that has not ended
  for (const auto& [fingerprint, c] : found) {
    if (c.owner == "external") continue;
    AgencyCertificates& a = counts[c.agency];
    const std::string_view state = left_of(c, now, call.context.config.signature.warn_days).state;
    ++(c.owner == "person" ? a.personal : a.own);
    if (state == "expiring") ++a.expiring;
    if (state == "expired") ++a.expired;
    else if (c.owner == "person") holders[c.account] = true;
  }
  snapshot->for_each_account([&](const store::Account& account) {
    if (account.disabled || account.functional) return true;
    AgencyCertificates& a = counts[agency_code(*snapshot, account.agency)];
    ++a.accounts;
    if (holders.contains(account.address)) ++a.with;
    return true;
  });
  Json rows = Json::array();
  AgencyCertificates all;
  for (const auto& [code, a] : counts) {
    rows.push_back({{"group", text_or_null(code)}, {"accounts", a.accounts}, {"with_certificate", a.with}, {"certificate_share", share(a.with, a.accounts)},
                    {"personal", a.personal}, {"agency_own", a.own}, {"expiring", a.expiring}, {"expired", a.expired}});
    all.accounts += a.accounts, all.with += a.with, all.expiring += a.expiring, all.expired += a.expired;
  }
  Json totals = {{"accounts", all.accounts}, {"with_certificate", all.with}, {"certificate_share", share(all.with, all.accounts)},
                 {"expiring", all.expiring}, {"expired", all.expired}};
  if (unreadable > 0) totals["unreadable"] = unreadable;
  Json report = report_json(call, "certificates", p,
                            {{"group", "Cơ quan", "Agency"},
                             {"accounts", "Hộp thư cá nhân", "Personal mailboxes", "Tài khoản cá nhân không bị khóa, tại thời điểm lập báo cáo",
                              "Personal accounts that are not disabled, as of the report"},
                             {"with_certificate", "Có chứng thư", "With a certificate",
                              "Hộp thư cá nhân có ít nhất một chữ ký hợp lệ trong kỳ bằng chứng thư chưa hết hạn",
                              "Personal mailboxes with a valid signature in the period by a certificate that has not ended"},
                             {"certificate_share", "Tỷ lệ có chứng thư", "Share", "Có chứng thư / Hộp thư cá nhân", "with a certificate / personal mailboxes"},
                             {"personal", "Chứng thư cá nhân", "Personal certificates"}, {"agency_own", "Chứng thư cơ quan", "Agency certificates"},
                             {"expiring", "Sắp hết hạn", "Expiring", "Hết hạn trong số ngày của signature.warn_days", "Ends within signature.warn_days"},
                             {"expired", "Đã hết hạn", "Expired"}},
                            std::move(rows), std::move(totals));
  add_agency_names(report, "group", *snapshot);
  report["charts"] = Json::array({chart_json({"Cán bộ có chứng thư theo cơ quan", "Officials with a certificate, by agency"}, "group", "", "with_certificate")});
  report["notes"] = notes();
  return report;
}

}  // namespace

Result<Json> report_certificates(const Call& call) {
  const auto p = period_of(call, {"agency"}, "");
  if (!p) return p.error();
  return p->by == "agency" ? certificates_by_agency(call, *p) : list_certificates(call, *p);
}

}  // namespace admin
