// Trust anchors, sub-CA certificates, CRLs and OCSP answers of the site.
#include <algorithm>

#include "base/ascii.hpp"
#include "base/domain_name.hpp"
#include "base/encoding.hpp"
#include "policy/trust/well_known.hpp"
#include "tools/admin/body.hpp"
#include "tools/admin/trust_about.hpp"
#include "tools/admin/trust_pending.hpp"

namespace admin {
namespace {

using Kind = TrustRow::Kind;
using policy::trust::ObjectInfo;

// What the caller said of all objects of his file.
struct Wish {
  TrustRow pattern;
  std::optional<Kind> kind;
  bool class_given = false, check = false;
  std::optional<std::vector<std::string>> expected;  // fingerprints
};

constexpr std::size_t kMaxObject = 96u << 20;  // in base64: a large CRL has some ten MB

Result<std::string> given_bytes(Body& body) {
  const auto pem = body.text("pem", kMaxObject);
  const auto der = body.text("der", kMaxObject);
  if (pem.has_value() == der.has_value()) return fail(Errc::invalid, "give either pem or der");
  if (pem) return *pem;
  return base::base64_decode(*der);
}

std::string plain_hex(std::string text) {
  std::erase_if(text, [](char c) { return c == ':' || c == ' '; });
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return base::upper_ascii(c); });
  return text;
}

Result<Wish> wish_of(Body& body) {
  Wish w;
  if (const auto name = body.text("kind")) {
    w.kind = parse_trust_kind(*name);
    if (!w.kind) return fail(Errc::invalid, "kind: must be anchor, intermediate, crl or ocsp");
  }
  if (const auto name = body.text("class")) {
    const auto parsed = policy::parse_anchor_class(*name);
    if (!parsed || *parsed == policy::AnchorClass::none) return fail(Errc::invalid, "class: must be vgca, public or site");
    w.pattern.anchor_class = *parsed;
    w.class_given = true;
  }
  for (const std::string& d : body.list("domains").value_or(std::vector<std::string>{})) {
    auto name = base::canonical_domain(d);
    if (!name) return name.error();
    w.pattern.rule.domains.push_back(*std::move(name));
  }
  w.pattern.rule.agencies = body.list("agencies").value_or(std::vector<std::string>{});
  w.pattern.rule.any_name = body.flag("any_name").value_or(false);
  w.check = body.flag("check").value_or(false);
  w.expected = body.list("expect");
  if (w.expected)
    for (std::string& f : *w.expected) f = plain_hex(std::move(f));
  return w;
}

Result<Kind> kind_of(const ObjectInfo& info, const std::optional<Kind>& wanted) {
  const bool certificate = info.kind == ObjectInfo::Kind::certificate;
  if (!wanted) return certificate ? Kind::anchor : info.kind == ObjectInfo::Kind::crl ? Kind::crl : Kind::ocsp;
  const bool fits = certificate ? *wanted == Kind::anchor || *wanted == Kind::intermediate : *wanted == (info.kind == ObjectInfo::Kind::crl ? Kind::crl : Kind::ocsp);
  if (!fits) return fail(Errc::invalid, "kind: " + std::string(to_string(*wanted)) + " does not fit what the file holds");
  return *wanted;
}

Result<TrustRow> row_of(std::string der, const Wish& wish) {
  const auto info = policy::trust::describe_object(der);
  if (!info) return fail(Errc::invalid, "cannot be read: " + info.error().detail());
  const auto kind = kind_of(*info, wish.kind);
  if (!kind) return kind.error();
  TrustRow row = wish.pattern;
  row.kind = *kind;
  row.fingerprint = fingerprint(der);
  row.der = std::move(der);
  if (const auto known = policy::trust::well_known(row.fingerprint); known && row.kind == Kind::anchor) {
    if (wish.class_given && row.anchor_class != known->anchor_class)
      return fail(Errc::invalid, "class: this is " + std::string(known->name) + ", which is " + std::string(policy::to_string(known->anchor_class)));
    row.anchor_class = known->anchor_class;
  }
  if (const auto taken = usable(row); !taken) return taken.error();
  return row;
}

Result<std::vector<TrustRow>> rows_of(const std::string& bytes, const Wish& wish) {
  const auto objects = der_objects(bytes);
  if (!objects) return objects.error();
  std::vector<TrustRow> rows;
  for (const std::string& der : *objects) {
    auto row = row_of(der, wish);
    if (!row) return row.error();
    if (wish.expected && row->kind == Kind::anchor && std::find(wish.expected->begin(), wish.expected->end(), row->fingerprint) == wish.expected->end())
      return fail(Errc::conflict, "its fingerprint is " + row->fingerprint + ", which is not the expected one");
    rows.push_back(*std::move(row));
  }
  return rows;
}

}  // namespace

Result<Json> list_trust(const Call& call) {
  auto snapshot = call.context.store.snapshot();
  if (!snapshot) return snapshot.error();
  const auto rows = trust_rows(*snapshot);
  if (!rows) return rows.error();
  Json list = Json::array();
  for (const TrustRow& row : *rows) {
    list.push_back(trust_json(row, call.context.clock.now(), call.context.config.signature.warn_days));
    if (call.request.arg("der") == "true") list.back()["der"] = base::base64_encode(row.der);
  }
  return Json{{"schema", "congthu.trust/1"}, {"trust", std::move(list)}};
}

Result<Json> add_trust(const Call& call) {
  Body body(call.request.body);
  const auto bytes = given_bytes(body);
  const auto wish = wish_of(body);
  if (const auto wrong = body.error()) return *wrong;
  if (!bytes) return bytes.error();
  if (!wish) return wish.error();
  const auto rows = rows_of(*bytes, *wish);
  if (!rows) return rows.error();
  TrustChange change{"trust.add", rows->front().fingerprint, Json::object(), {}, {}};
  Json fingerprints = Json::array(), objects = Json::array();
  bool anchors = false;
  for (const TrustRow& row : *rows) {
    fingerprints.push_back(row.fingerprint);
    objects.push_back(trust_json(row, call.context.clock.now(), call.context.config.signature.warn_days));
    change.puts.emplace_back(row.fingerprint, encode(row));
    anchors = anchors || row.kind == Kind::anchor;
  }
  if (wish->check) return Json{{"schema", "congthu.trust_check/1"}, {"objects", std::move(objects)}};
  const TrustRow& first = rows->front();
  change.detail = {{"kind", to_string(first.kind)}, {"class", policy::to_string(first.anchor_class)}, {"fingerprints", fingerprints},
                   {"domains", first.rule.domains}, {"agencies", first.rule.agencies}, {"any_name", first.rule.any_name},
                   {"fingerprint_confirmed", wish->expected.has_value()}};
  auto reply = commit_trust(call, change, anchors);
  if (!reply) return reply.error();
  (*reply)["fingerprints"] = std::move(fingerprints);
  (*reply)["objects"] = std::move(objects);
  return reply;
}

Result<Json> remove_trust(const Call& call) {
  constexpr std::size_t kShortest = 8;
  const std::string wanted = plain_hex(std::string(call.segment(1)));
  if (wanted.size() < kShortest) return fail(Errc::invalid, "give at least 8 digits of the fingerprint");
  std::vector<std::string> found;
  {
    auto snapshot = call.context.store.snapshot();
    if (!snapshot) return snapshot.error();
    snapshot->for_each_entry(store::Entry::trust, "", [&](std::string_view key, std::string_view) {
      if (plain_hex(std::string(key)).starts_with(wanted)) found.emplace_back(key);
      return found.size() < 2;
    });
  }
  if (found.empty()) return fail(Errc::not_found, "no such certificate, CRL or OCSP answer: " + wanted);
  if (found.size() > 1) return fail(Errc::conflict, "several begin with " + wanted + ": give more digits");
  return commit_trust(call, {"trust.remove", found.front(), Json::object(), {}, {found.front()}}, true);
}

}  // namespace admin
