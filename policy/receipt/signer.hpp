// The key and certificate with which the server signs receipts. Opened once at start; sign() from any thread (a token takes one
// signature at a time). Blocks for as long as the key takes.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace policy::receipt {

class Signer {
 public:
  // `key`: a PEM file that nobody else may read, or "pkcs11:..." (base/token.hpp). `certificates`: PEM, the signer's own first, then its
  // issuers. Errc::not_found, denied, invalid (also: key and certificate do not belong together), unavailable.
  [[nodiscard]] static base::Result<std::unique_ptr<Signer>> open(const std::string& key, const std::string& certificates);
  ~Signer();

  // A CMS SignedData (DER, RFC 5652) with the content inside, signed attributes, signing-certificate-v2 and the certificates.
  [[nodiscard]] base::Result<std::string> sign(std::string_view content, base::Time at) const;
  base::Time expires() const;   // the certificate's notAfter
  std::string subject() const;

 private:
  struct Impl;
  explicit Signer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace policy::receipt
