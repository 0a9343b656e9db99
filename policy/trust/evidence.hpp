// Revocation data that came with a signature (CMS, DSS of a PDF) or that the server kept with a message. It counts as what the store
// holds does: by who signed it and when. Private to the rooms trust, smime and pdf.
#pragma once
#include "policy/trust/openssl.hpp"

namespace policy::trust {

class Evidence {
 public:
  static constexpr int kMax = 64;  // of each kind; what is more is left out, and so is what cannot be read

  bool add_certificate(std::string_view der);  // a hint for the path, never trust
  bool add_crl(std::string_view der);
  bool add_ocsp(std::string_view der);        // an OCSPResponse
  bool add_basic_ocsp(std::string_view der);  // the BasicOCSPResponse within one (CAdES revocation-values)
  void add(const Evidence& other);            // shares what it holds
  void add(STACK_OF(X509_CRL) * crls);        // shares them; null is none

  bool empty() const { return sk_X509_CRL_num(crls_.get()) <= 0 && ocsp_.empty(); }
  const std::vector<Cert>& certificates() const { return certificates_; }
  STACK_OF(X509_CRL) * crls() const { return crls_.get(); }  // null or empty when there are none
  const std::vector<Ocsp>& ocsp() const { return ocsp_; }

 private:
  bool push(X509_CRL* crl);

  std::vector<Cert> certificates_;
  CrlStack crls_{sk_X509_CRL_new_null()};
  std::vector<Ocsp> ocsp_;
};

}  // namespace policy::trust
