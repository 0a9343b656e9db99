// What one DER object of a trust bundle is, for those who manage trust: a certificate, a revocation list or an OCSP answer, whom it
// is about and until when its word counts. Nothing is verified here: that is done where it is used (path.hpp, revocation.hpp).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace policy::trust {

struct ObjectInfo {
  enum class Kind : unsigned char { certificate, crl, ocsp };
  Kind kind = Kind::certificate;
  std::string subject, common_name;  // of a certificate
  std::string issuer;                // of a CRL: who signed it; of an OCSP answer: the responder's name, or its key's hash in hex
  std::optional<base::Time> begin, end;  // notBefore and notAfter; thisUpdate and nextUpdate (of several answers the narrowest)
  bool authority = false;    // a CA (RFC 5280 4.2.1.9)
  bool self_issued = false;  // subject and issuer are the same name
  // What a newer object takes the place of: CRLs of one issuer, scope and sort (full or delta: RFC 5280 5.2.4, 5.2.5), answers about
  // the same certificates. Empty for certificates.
  std::string series;
};

// Errc::invalid: none of the three, or bytes behind it.
[[nodiscard]] base::Result<ObjectInfo> describe_object(std::string_view der);

// Whether the CRL was signed by the certificate's key, under its name (RFC 5280 6.3.3). Says nothing of the certificate's own worth.
bool crl_signed_by(std::string_view crl_der, std::string_view certificate_der);

// The certificates and CRLs of a certs-only CMS (.p7b, RFC 5652 5), each as DER. Errc::invalid: it is none, or holds none.
[[nodiscard]] base::Result<std::vector<std::string>> unpack_certificates(std::string_view cms_der);

}  // namespace policy::trust
