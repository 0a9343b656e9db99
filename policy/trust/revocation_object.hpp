// A CRL or OCSP answer as bytes that came from somewhere: whether it is one, whose, and for how long. Says nothing of its signature:
// that is judged with a path. Pure, any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace policy::trust {

struct RevocationObject {
  std::string der;
  std::string issuer;  // of a CRL, RFC 2253; empty for an answer
  base::Time this_update{};
  std::optional<base::Time> next_update;
};

[[nodiscard]] base::Result<RevocationObject> read_crl_object(std::string_view pem_or_der);  // one CRL
// `request`: DER of the OCSPRequest that it must answer.
[[nodiscard]] base::Result<RevocationObject> read_ocsp_object(std::string_view der, std::string_view request);

}  // namespace policy::trust
