#include "tools/admin/trust_about.hpp"

#include "policy/trust/trust_store.hpp"
#include "policy/trust/well_known.hpp"
#include "tools/admin/directory.hpp"
#include "tools/admin/report.hpp"

namespace admin {
namespace {

using policy::trust::ObjectInfo;

Json time_or_null(const std::optional<base::Time>& t) { return t ? Json(base::rfc3339(*t)) : Json(nullptr); }

Json days_left(const ObjectInfo& info, base::Time now) {
  if (!info.end) return nullptr;
  return std::int64_t(std::chrono::floor<std::chrono::days>(*info.end - now).count());
}

}  // namespace

std::string_view trust_state(const ObjectInfo& info, base::Time now, unsigned warn_days) {
  if (!info.end) return "unknown";
  if (*info.end < now) return "expired";
  if (info.begin && *info.begin > now) return "not_yet";
  // A revocation list lives for days: it is told of when it has ended, not weeks before.
  const bool certificate = info.kind == ObjectInfo::Kind::certificate;
  return certificate && *info.end - now < std::chrono::days(warn_days) ? "expiring" : "current";
}

std::optional<base::Text> trust_warning(const TrustRow& row, const ObjectInfo& info, base::Time now, unsigned warn_days) {
  if (info.kind == ObjectInfo::Kind::certificate && policy::trust::namesake(info.common_name, row.fingerprint))
    return base::Text{"mang tên một chứng thư gốc quốc gia nhưng vân tay khác: kiểm tra lại nguồn trước khi tin cậy",
                      "bears the name of a national certificate but has another fingerprint: check its source before trusting it"};
  const std::string_view state = trust_state(info, now, warn_days);
  if (state == "expired") return base::Text{"đã hết hạn", "has ended"};
  if (state == "not_yet") return base::Text{"chưa có hiệu lực", "is not valid yet"};
  if (row.kind == TrustRow::Kind::anchor && !info.authority)
    return base::Text{"không phải chứng thư của một tổ chức chứng thực (CA)", "is not the certificate of a certification authority"};
  if (row.kind == TrustRow::Kind::anchor && row.anchor_class == policy::AnchorClass::vgca && !policy::trust::well_known(row.fingerprint))
    return base::Text{"không nằm trong các chứng thư chuyên dùng Chính phủ đã biết: đối chiếu vân tay với Cục Chứng thực số và Bảo mật thông tin",
                      "is none of the known government certificates: compare its fingerprint with the issuing authority"};
  if (state == "expiring") return base::Text{"sắp hết hạn", "ends soon"};
  return std::nullopt;
}

Json trust_json(const TrustRow& row, base::Time now, unsigned warn_days) {
  const auto about = policy::trust::describe_object(row.der);
  const ObjectInfo none;
  const ObjectInfo& info = about ? *about : none;
  const auto known = policy::trust::well_known(row.fingerprint);
  const auto warning = about ? trust_warning(row, info, now, warn_days) : std::nullopt;
  return {{"fingerprint", row.fingerprint}, {"kind", to_string(row.kind)},
          {"class", row.kind == TrustRow::Kind::anchor ? Json(policy::to_string(row.anchor_class)) : Json(nullptr)},
          {"subject", text_or_null(info.subject)}, {"issuer", text_or_null(info.issuer)}, {"not_before", time_or_null(info.begin)},
          {"not_after", time_or_null(info.end)}, {"expired", info.end && *info.end < now}, {"state", trust_state(info, now, warn_days)},
          {"days_left", days_left(info, now)}, {"domains", row.rule.domains}, {"agencies", row.rule.agencies}, {"any_name", row.rule.any_name},
          {"well_known", known ? Json(known->name) : Json(nullptr)}, {"warning", warning ? text_json(*warning) : Json(nullptr)}};
}

Result<void> usable(const TrustRow& row) {
  policy::trust::TrustStore probe;
  const auto told = [](const auto& taken) -> Result<void> {
    if (taken) return {};
    return fail(Errc::invalid, "cannot be used: " + taken.error().detail());
  };
  switch (row.kind) {
    case TrustRow::Kind::anchor: return told(probe.add_anchors(row.der, policy::AnchorClass::site));
    case TrustRow::Kind::intermediate: return told(probe.add_intermediates(row.der));
    case TrustRow::Kind::crl: return told(probe.add_crls(row.der));
    case TrustRow::Kind::ocsp: return told(probe.add_ocsp(row.der));
  }
  return fail(Errc::internal, "a kind of trust that nobody knows");
}

Result<std::vector<TrustRow>> trust_rows(const store::Snapshot& snapshot) {
  std::vector<TrustRow> rows;
  std::optional<base::Error> broken;
  snapshot.for_each_entry(store::Entry::trust, "", [&](std::string_view key, std::string_view value) {
    auto row = decode_trust_row(key, value);
    if (row) rows.push_back(*std::move(row));
    else broken = row.error();
    return !broken;
  });
  if (broken) return *broken;
  return rows;
}

}  // namespace admin
