// Asking a time-stamping authority (RFC 3161 2.4) for a token over a CMS signature, and putting it there. The caller does the exchange:
// POST, application/timestamp-query. Pure but for OpenSSL and its random numbers; any thread.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace policy::receipt {

struct TimestampRequest {
  std::string der;      // TimeStampReq: SHA-256 of the signature value, a nonce, the authority's certificate asked for
  std::string nonce, imprint;
};

// For the first signer of a CMS. Errc::invalid: it has none.
[[nodiscard]] base::Result<TimestampRequest> timestamp_request(std::string_view cms);

// The CMS with the token of this answer as an unsigned attribute (RFC 3161 appendix A). Errc::denied: the authority refused;
// invalid: no answer, or not to this request. Whether the authority is trusted is judged by whoever verifies.
[[nodiscard]] base::Result<std::string> with_timestamp(std::string_view cms, std::string_view answer, const TimestampRequest& request);

}  // namespace policy::receipt
