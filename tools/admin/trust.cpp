// Trust anchors, sub-CA certificates and CRLs of the site.
#include <algorithm>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "policy/trust/trust_store.hpp"
#include "policy/trust/well_known.hpp"
#include "base/domain_name.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/change.hpp"
#include "tools/admin/trust_rows.hpp"

namespace admin {
namespace {

using Kind = TrustRow::Kind;

std::optional<Kind> parse_kind(std::string_view name) {
  for (const Kind kind : {Kind::anchor, Kind::intermediate, Kind::crl})
    if (to_string(kind) == name) return kind;
  return std::nullopt;
}

// What the certificate says of itself; empty for a CRL. An error: OpenSSL cannot read it.
Result<std::optional<policy::SignerInfo>> described(const TrustRow& row) {
  policy::trust::TrustStore probe;
  if (row.kind == Kind::crl) {
    const auto added = probe.add_crls(row.der);
    if (!added) return added.error();
    return std::optional<policy::SignerInfo>{};
  }
  const auto added = probe.add_anchors(row.der, policy::AnchorClass::site);
  if (!added) return added.error();
  const auto anchors = probe.anchors();
  if (anchors.empty()) return fail(Errc::invalid, "not a certificate");
  return std::optional(anchors.front().certificate);
}

Json time_or_null(const std::optional<base::Time>& t) { return t ? Json(base::rfc3339(*t)) : Json(nullptr); }

Json trust_json(const TrustRow& row, base::Time now) {
  const auto about = described(row);
  const policy::SignerInfo none;
  const policy::SignerInfo& info = about && *about ? **about : none;
  const auto known = policy::trust::well_known(row.fingerprint);
  const auto text = [](const std::string& s) { return s.empty() ? Json(nullptr) : Json(s); };
  return {{"fingerprint", row.fingerprint}, {"kind", to_string(row.kind)},
          {"class", row.kind == Kind::anchor ? Json(policy::to_string(row.anchor_class)) : Json(nullptr)},
          {"subject", text(info.subject)}, {"issuer", text(info.issuer)}, {"not_before", time_or_null(info.not_before)},
          {"not_after", time_or_null(info.not_after)}, {"expired", info.not_after && *info.not_after < now},
          {"domains", row.rule.domains}, {"agencies", row.rule.agencies}, {"any_name", row.rule.any_name},
          {"well_known", known ? Json(known->name) : Json(nullptr)}};
}

Result<std::string> given_bytes(Body& body) {
  const auto pem = body.text("pem");
  const auto der = body.text("der");
  if (pem.has_value() == der.has_value()) return fail(Errc::invalid, "give either pem or der");
  if (pem) return *pem;
  return base::base64_decode(*der);
}

Result<TrustRow> row_of(std::string der, const TrustRow& pattern, bool class_given) {
  TrustRow row = pattern;
  row.fingerprint = fingerprint(der);
  row.der = std::move(der);
  if (const auto known = policy::trust::well_known(row.fingerprint); known && !class_given) row.anchor_class = known->anchor_class;
  const auto readable = described(row);
  if (!readable) return fail(Errc::invalid, "cannot be read: " + readable.error().detail());
  return row;
}

Result<TrustRow> pattern_of(Body& body) {
  TrustRow row;
  const auto kind = parse_kind(body.text("kind").value_or("anchor"));
  if (!kind) return fail(Errc::invalid, "kind: must be anchor, intermediate or crl");
  row.kind = *kind;
  if (const auto name = body.text("class")) {
    const auto parsed = policy::parse_anchor_class(*name);
    if (!parsed || *parsed == policy::AnchorClass::none) return fail(Errc::invalid, "class: must be vgca, public or site");
    row.anchor_class = *parsed;
  }
  for (const std::string& d : body.list("domains").value_or(std::vector<std::string>{})) {
    auto name = base::canonical_domain(d);
    if (!name) return name.error();
    row.rule.domains.push_back(*std::move(name));
  }
  row.rule.agencies = body.list("agencies").value_or(std::vector<std::string>{});
  row.rule.any_name = body.flag("any_name").value_or(false);
  return row;
}

}  // namespace

Result<Json> list_trust(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  Json list = Json::array();
  const base::Time now = call.context.clock.now();
  std::optional<base::Error> broken;
  snapshot->for_each_entry(store::Entry::trust, "", [&](std::string_view key, std::string_view value) {
    const auto row = decode_trust_row(key, value);
    if (row) list.push_back(trust_json(*row, now));
    else broken = row.error();
    return !broken;
  });
  if (broken) return *broken;
  return Json{{"schema", "congthu.trust/1"}, {"trust", std::move(list)}};
}

Result<Json> add_trust(const Call& call) {
  Body body(call.request.body);
  const auto bytes = given_bytes(body);
  const auto pattern = pattern_of(body);
  const bool class_given = body.has("class");
  if (const auto wrong = body.error()) return *wrong;
  if (!bytes) return bytes.error();
  if (!pattern) return pattern.error();
  const auto objects = der_objects(*bytes);
  if (!objects) return objects.error();
  std::vector<Change::Step> steps;
  Json fingerprints = Json::array();
  for (const std::string& der : *objects) {
    const auto row = row_of(der, *pattern, class_given);
    if (!row) return row.error();
    fingerprints.push_back(row->fingerprint);
    steps.push_back(step(store::PutEntry{store::Entry::trust, row->fingerprint, encode(*row)}));
  }
  Json detail = {{"kind", to_string(pattern->kind)}, {"class", policy::to_string(pattern->anchor_class)}, {"fingerprints", fingerprints}};
  auto reply = commit(call, std::move(steps), "trust.add", fingerprints.front().get<std::string>(), std::move(detail));
  if (!reply) return reply.error();
  (*reply)["fingerprints"] = std::move(fingerprints);
  if (call.context.services.changed) call.context.services.changed(Changed::trust);
  return reply;
}

Result<Json> remove_trust(const Call& call) {
  constexpr std::size_t kShortest = 8;
  std::string wanted(call.segment(1));
  std::erase(wanted, ':');
  wanted = base::lower_ascii(wanted);
  if (wanted.size() < kShortest) return fail(Errc::invalid, "give at least 8 digits of the fingerprint");
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  std::vector<std::string> found;
  snapshot->for_each_entry(store::Entry::trust, "", [&](std::string_view key, std::string_view) {
    if (base::lower_ascii(key).starts_with(wanted)) found.emplace_back(key);
    return found.size() < 2;
  });
  if (found.empty()) return fail(Errc::not_found, "no such certificate or CRL: " + wanted);
  if (found.size() > 1) return fail(Errc::conflict, "several begin with " + wanted + ": give more digits");
  auto reply = commit(call, {step(store::PutEntry{store::Entry::trust, found.front(), ""})}, "trust.remove", found.front());
  if (reply && call.context.services.changed) call.context.services.changed(Changed::trust);
  return reply;
}

}  // namespace admin
