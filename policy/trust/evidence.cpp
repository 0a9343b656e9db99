#include "policy/trust/evidence.hpp"

#include "policy/trust/ocsp.hpp"

namespace policy::trust {

bool Evidence::push(X509_CRL* crl) {
  if (sk_X509_CRL_num(crls_.get()) >= kMax || X509_CRL_up_ref(crl) != 1) return false;
  if (sk_X509_CRL_push(crls_.get(), crl) > 0) return true;
  X509_CRL_free(crl);
  return false;
}

bool Evidence::add_certificate(std::string_view der) {
  auto read = read_certificates(der);
  if (!read || read->size() != 1 || certificates_.size() == std::size_t(kMax)) return false;
  certificates_.push_back(std::move(read->front()));
  return true;
}

bool Evidence::add_crl(std::string_view der) {
  const auto crls = read_crls(der);
  if (!crls) return false;
  for (const Crl& crl : *crls)
    if (!push(crl.get())) return false;
  return true;
}

bool Evidence::add_ocsp(std::string_view der) {
  auto answer = read_ocsp(der);
  if (!answer || ocsp_.size() == kMax) return false;
  ocsp_.push_back(std::move(*answer));
  return true;
}

bool Evidence::add_basic_ocsp(std::string_view der) {
  auto answer = read_basic_ocsp(der);
  if (!answer || ocsp_.size() == kMax) return false;
  ocsp_.push_back(std::move(*answer));
  return true;
}

void Evidence::add(const Evidence& other) {
  for (const Cert& c : other.certificates_)
    if (certificates_.size() < std::size_t(kMax) && X509_up_ref(c.get()) == 1) certificates_.emplace_back(c.get());
  add(other.crls());
  for (const Ocsp& o : other.ocsp_)
    if (ocsp_.size() < kMax) ocsp_.push_back(o);
}

void Evidence::add(STACK_OF(X509_CRL) * crls) {
  for (int i = 0; i < sk_X509_CRL_num(crls); ++i) push(sk_X509_CRL_value(crls, i));
}

}  // namespace policy::trust
