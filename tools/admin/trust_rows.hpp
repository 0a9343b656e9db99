// The site's trust as rows of the directory: one row a certificate, CRL or OCSP answer, key = SHA-256 of its DER in hex, value = JSON.
// Written by the trust handlers, read at start and on every change to make policy::trust::Material.
#pragma once
#include "policy/trust/material.hpp"
#include "tools/admin/context.hpp"

namespace admin {

struct TrustRow {
  enum class Kind : unsigned char { anchor, intermediate, crl, ocsp };
  std::string fingerprint;  // upper-case hex
  Kind kind = Kind::anchor;
  policy::AnchorClass anchor_class = policy::AnchorClass::site;
  policy::trust::AnchorRule rule;
  std::string der;
};
std::string_view to_string(TrustRow::Kind kind);
std::optional<TrustRow::Kind> parse_trust_kind(std::string_view name);

std::string encode(const TrustRow& row);  // the value; key is the fingerprint
[[nodiscard]] Result<TrustRow> decode_trust_row(std::string_view fingerprint, std::string_view value);

// Every object of a PEM text, as DER; a text without "-----BEGIN" is taken as one DER object.
[[nodiscard]] Result<std::vector<std::string>> der_objects(std::string_view pem_or_der);
std::string fingerprint(std::string_view der);

// Anchors, intermediates, CRLs, and the site's names: domains, agencies with their other and former names.
policy::trust::Material trust_material(const store::Snapshot& snapshot, const base::Config& config);

}  // namespace admin
