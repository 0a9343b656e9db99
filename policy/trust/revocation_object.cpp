#include "policy/trust/revocation_object.hpp"

#include <algorithm>

#include "policy/trust/ocsp.hpp"

namespace policy::trust {
namespace {

std::string crl_issuer(const X509_NAME* name) {
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  const char* data = nullptr;
  const long n = BIO_get_mem_data(out.get(), &data);
  return n > 0 ? std::string(data, std::size_t(n)) : std::string();
}

// The answer about the first certificate that was asked about.
OCSP_SINGLERESP* answer_to(OCSP_BASICRESP* answer, std::string_view request) {
  const auto* p = reinterpret_cast<const unsigned char*>(request.data());
  const base::Handle<OCSP_REQUEST, OCSP_REQUEST_free> asked(d2i_OCSP_REQUEST(nullptr, &p, long(request.size())));
  if (!asked || OCSP_request_onereq_count(asked.get()) < 1) return nullptr;
  const int at = OCSP_resp_find(answer, OCSP_onereq_get0_id(OCSP_request_onereq_get0(asked.get(), 0)), -1);
  return at < 0 ? nullptr : OCSP_resp_get0(answer, at);
}

}  // namespace

base::Result<RevocationObject> read_crl_object(std::string_view in) {
  const auto crls = read_crls(in);
  if (!crls) return crls.error();
  if (crls->size() != 1) return base::fail(base::Errc::invalid, "several CRLs in one file");
  X509_CRL* crl = crls->front().get();
  const auto begin = time_of(X509_CRL_get0_lastUpdate(crl));
  if (!begin) return base::fail(base::Errc::invalid, "CRL without a readable time");
  unsigned char* der = nullptr;
  const int n = i2d_X509_CRL(crl, &der);
  RevocationObject out{std::string(reinterpret_cast<char*>(der), n > 0 ? std::size_t(n) : 0), crl_issuer(X509_CRL_get_issuer(crl)), *begin, {}};
  OPENSSL_free(der);
  if (const ASN1_TIME* end = X509_CRL_get0_nextUpdate(crl)) out.next_update = time_of(end);
  clear_errors();
  return out;
}

base::Result<RevocationObject> read_ocsp_object(std::string_view der, std::string_view request) {
  const auto answer = read_ocsp(der);
  if (!answer) return answer.error();
  OCSP_SINGLERESP* single = answer_to(answer->get(), request);
  clear_errors();
  if (single == nullptr) return base::fail(base::Errc::invalid, "OCSP answer about another certificate");
  ASN1_GENERALIZEDTIME *begin = nullptr, *end = nullptr;
  OCSP_single_get0_status(single, nullptr, nullptr, &begin, &end);
  const auto from = time_of(begin);
  if (!from) return base::fail(base::Errc::invalid, "OCSP answer without a readable time");
  RevocationObject out{std::string(der), {}, *from, {}};
  if (end != nullptr) out.next_update = time_of(end);
  return out;
}

}  // namespace policy::trust
