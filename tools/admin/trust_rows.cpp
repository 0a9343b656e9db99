#include "tools/admin/trust_rows.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "tools/admin/evidence_rows.hpp"
#include "tools/admin/handle.hpp"

namespace admin {
namespace {
constexpr std::string_view kTrustKinds[] = {"anchor", "intermediate", "crl", "ocsp"};
}

std::string_view to_string(TrustRow::Kind kind) {
  return kTrustKinds[static_cast<unsigned>(kind)];
}

std::optional<TrustRow::Kind> parse_trust_kind(std::string_view name) {
  const auto found = std::find(std::begin(kTrustKinds), std::end(kTrustKinds), name);
  if (found == std::end(kTrustKinds)) return std::nullopt;
  return TrustRow::Kind(found - std::begin(kTrustKinds));
}

std::string encode(const TrustRow& row) {
  return dump({{"schema", "congthu.trust_row/1"}, {"kind", to_string(row.kind)}, {"class", policy::to_string(row.anchor_class)},
               {"any_name", row.rule.any_name}, {"domains", row.rule.domains}, {"agencies", row.rule.agencies},
               {"der", base::base64_encode(row.der)}});
}

Result<TrustRow> decode_trust_row(std::string_view fingerprint, std::string_view value) {
  const auto broken = [&] { return fail(Errc::corrupt, "trust row " + std::string(fingerprint) + " is broken"); };
  try {
    const Json j = Json::parse(value);
    TrustRow row;
    row.fingerprint = fingerprint;
    const auto kind = parse_trust_kind(j.at("kind").get<std::string>());
    if (!kind) return broken();  // a kind of a later version must not pass for an anchor
    row.kind = *kind;
    row.anchor_class = policy::parse_anchor_class(j.at("class").get<std::string>()).value_or(policy::AnchorClass::none);
    row.rule.any_name = j.at("any_name").get<bool>();
    row.rule.domains = j.at("domains").get<std::vector<std::string>>();
    row.rule.agencies = j.at("agencies").get<std::vector<std::string>>();
    auto der = base::base64_decode(j.at("der").get<std::string>());
    if (!der) return broken();
    row.der = *std::move(der);
    return row;
  } catch (const Json::exception&) {
    return broken();
  }
}

Result<std::vector<std::string>> der_objects(std::string_view text) {
  std::vector<std::string> out;
  if (text.find("-----BEGIN ") == std::string_view::npos) {
    if (text.empty() || text.front() != '\x30') return fail(Errc::invalid, "neither PEM nor DER");  // SEQUENCE
    out.emplace_back(text);
    return out;
  }
  for (std::size_t at = 0; (at = text.find("-----BEGIN ", at)) != std::string_view::npos;) {
    const std::size_t label_end = text.find("-----", at + 11);
    if (label_end == std::string_view::npos) return fail(Errc::invalid, "a PEM block has no end");
    const std::string_view label = text.substr(at + 11, label_end - at - 11);
    const std::size_t end = text.find("-----END " + std::string(label) + "-----", label_end);
    if (end == std::string_view::npos) return fail(Errc::invalid, "a PEM block has no end");
    if (label.find("PRIVATE KEY") != std::string_view::npos) return fail(Errc::invalid, "the file holds a private key: give the certificate only");
    std::string body(text.substr(label_end + 5, end - label_end - 5));
    std::erase_if(body, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
    auto der = base::base64_decode(body);
    if (!der) return fail(Errc::invalid, "a PEM block is not base64");
    out.push_back(*std::move(der));
    at = end;
  }
  return out;
}

std::string fingerprint(std::string_view der) {
  const base::Digest digest = base::sha256(der);
  std::string hex = base::hex_encode(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
  std::transform(hex.begin(), hex.end(), hex.begin(), [](char c) { return c >= 'a' && c <= 'f' ? char(c - 32) : c; });
  return hex;
}

namespace {

policy::trust::Revocation revocation(base::Revocation r) {
  using policy::trust::Revocation;
  if (r == base::Revocation::off) return Revocation::off;
  return r == base::Revocation::require ? Revocation::require : Revocation::prefer;
}

}  // namespace

policy::trust::Material trust_material(const store::Snapshot& snapshot, const base::Config& config) {
  policy::trust::Material m;
  m.revocation = revocation(config.signature.revocation);
  for (const base::AlgorithmRow& row : config.signature.algorithms) m.algorithms.push_back({row.from, row.rsa_bits, row.ec_bits, row.digests});
  snapshot.for_each_entry(store::Entry::trust, "", [&](std::string_view key, std::string_view value) {
    auto row = decode_trust_row(key, value);
    if (!row) {
      base::log_error("trust_row", {{"error", row.error()}});
      return true;
    }
    if (row->kind == TrustRow::Kind::anchor) m.anchors.push_back({std::move(row->der), row->anchor_class, std::move(row->rule)});
    else if (row->kind == TrustRow::Kind::crl) m.crls.push_back(std::move(row->der));
    else if (row->kind == TrustRow::Kind::ocsp) m.ocsp.push_back(std::move(row->der));
    else m.intermediates.push_back(std::move(row->der));
    return true;
  });
  add_fetched(snapshot, m);
  snapshot.for_each_domain([&](const store::Domain& d) {
    m.site_domains.push_back(d.name);
    return true;
  });
  snapshot.for_each_agency([&](const store::Agency& a) {
    m.site_agencies.push_back(a.name);
    m.site_agencies.insert(m.site_agencies.end(), a.aliases.begin(), a.aliases.end());
    m.agency_names.push_back({{a.name}, a.valid_from, a.valid_until});
    m.agency_names.back().names.insert(m.agency_names.back().names.end(), a.aliases.begin(), a.aliases.end());
    return true;
  });
  return m;
}

}  // namespace admin
