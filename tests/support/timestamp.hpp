// RFC 3161 time-stamp tokens for tests, good ones and bad ones.
#pragma once
#include "tests/support/pki.hpp"

namespace test {

CertSpec tsa_spec(const std::string& common_name = "Ví dụ TSA");  // the extended key usage critical and for time-stamping only

struct TokenSpec {
  base::Time time = test_now();
  std::string imprint = "sha256";  // digest of the imprint
  int version = 1;
  int accuracy = 1;                // seconds; 0 = absent
  bool critical_extension = false; // one that nobody knows, in the TSTInfo
  std::string tail;                // bytes behind the TSTInfo, inside the signed content
  CmsSpec cms;                     // `cades` names the signer, as tokens must
  TokenSpec() { cms.cades = true; }
};

std::string make_token(std::string_view stamped, const Identity& tsa, const TokenSpec& spec = {});  // DER

// What an authority answers (TimeStampResp) to a TimeStampReq: its imprint and nonce, signed. `status` other than 0: refused.
std::string answer_timestamp(const std::string& request, const Identity& tsa, const TokenSpec& spec = {}, int status = 0);  // DER

}  // namespace test
