// OCSP answers for tests: good ones and every kind that must not count (RFC 6960).
#pragma once
#include "tests/support/pki.hpp"

namespace test {

struct OcspSpec {
  std::string certificate;        // PEM: whom it is about
  std::string issuer;             // PEM of its CA, as the certID names it
  int status = 0;                 // 0 good, 1 revoked, 2 unknown
  base::Time revoked_at{};        // default: a day before test_now()
  int reason = -1;
  base::Time this_update{}, next_update{}, produced{};  // default: an hour before, a day after, an hour before test_now()
  bool without_next = false;
  std::string id_digest = "sha1";
  std::string digest = "sha256";
  std::vector<std::string> certificates;  // PEM, sent along
  bool broken = false;                    // one bit of the signature is changed
  int response_status = 0;                // 6: unauthorized
};

std::string make_ocsp(const Identity& responder, const OcspSpec& spec);  // DER of an OCSPResponse

}  // namespace test
