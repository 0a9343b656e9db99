// CRLs of every kind that RFC 5280 5 knows, for tests: complete, delta, indirect, by reason, by kind of certificate, broken.
#pragma once
#include "tests/support/pki.hpp"

namespace test {

struct RevokedEntry {
  std::string certificate;         // PEM: its serial number is listed
  base::Time date{};               // default: the CRL's own thisUpdate
  int reason = -1;                 // CRLReason; -1 = absent
  base::Time invalidity{};         // absent when zero
  std::string certificate_issuer;  // PEM of a CA (indirect CRL): its subject becomes the entry's certificateIssuer
};

struct CrlSpec {
  std::vector<RevokedEntry> revoked;
  base::Time this_update{}, next_update{};  // default: a day before and a month after test_now()
  std::string distribution_point;           // lines of an OpenSSL section for issuingDistributionPoint, e.g. "onlyuser=TRUE"; empty = absent
  long number = 1;
  long delta_base = -1;                     // BaseCRLNumber of a delta CRL
  std::string digest = "sha256";
  bool unknown_critical = false;            // an extension that nobody knows
  bool expired_kept = false;                // expiredCertsOnCRL since long ago
};

std::string make_crl(const Identity& issuer, const CrlSpec& spec);  // PEM

}  // namespace test
