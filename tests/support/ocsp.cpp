#include "tests/support/ocsp.hpp"

#include <openssl/ocsp.h>

#include "tests/support/handles.hpp"

namespace test {
namespace {

using namespace detail;
using namespace std::chrono_literals;
using GeneralizedTime = base::Handle<ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free>;

void free_ocsp_certs(STACK_OF(X509) * s) { sk_X509_pop_free(s, X509_free); }

std::time_t ocsp_seconds(base::Time t, base::Time otherwise) {
  return std::chrono::floor<std::chrono::seconds>(t == base::Time{} ? otherwise : t).time_since_epoch().count();
}
GeneralizedTime ocsp_time(base::Time t, base::Time otherwise) { return GeneralizedTime(ASN1_GENERALIZEDTIME_set(nullptr, ocsp_seconds(t, otherwise))); }

void add_status(OCSP_BASICRESP* basic, const OcspSpec& spec) {
  const Cert subject = read_cert(spec.certificate), issuer = read_cert(spec.issuer);
  const base::Handle<OCSP_CERTID, OCSP_CERTID_free> id(OCSP_cert_to_id(EVP_get_digestbyname(spec.id_digest.c_str()), subject.get(), issuer.get()));
  const GeneralizedTime revoked = ocsp_time(spec.revoked_at, test_now() - 24h), begin = ocsp_time(spec.this_update, test_now() - 1h),
                        end = ocsp_time(spec.next_update, test_now() + 24h);
  must(OCSP_basic_add1_status(basic, id.get(), spec.status, spec.reason, spec.status == 1 ? revoked.get() : nullptr, begin.get(),
                              spec.without_next ? nullptr : end.get()) != nullptr, "OCSP status");
}

}  // namespace

std::string make_ocsp(const Identity& responder, const OcspSpec& spec) {
  const base::Handle<OCSP_BASICRESP, OCSP_BASICRESP_free> basic(OCSP_BASICRESP_new());
  add_status(basic.get(), spec);
  // OpenSSL has no way to say when an answer was produced but now, which tests must not depend on.
  auto* produced = const_cast<ASN1_GENERALIZEDTIME*>(OCSP_resp_get0_produced_at(basic.get()));
  must(ASN1_GENERALIZEDTIME_set(produced, ocsp_seconds(spec.produced, test_now() - 1h)) != nullptr, "producedAt");
  const Cert signer = read_cert(responder.certificate);
  const Key key = read_key(responder.key);
  const base::Handle<STACK_OF(X509), free_ocsp_certs> along(sk_X509_new_null());
  for (const std::string& pem : spec.certificates) sk_X509_push(along.get(), read_cert(pem).release());
  must(OCSP_basic_sign(basic.get(), signer.get(), key.get(), EVP_get_digestbyname(spec.digest.c_str()), along.get(), OCSP_NOTIME | OCSP_NOCERTS) == 1,
       "sign the OCSP answer");
  for (int i = 0; i < sk_X509_num(along.get()); ++i) OCSP_basic_add1_cert(basic.get(), sk_X509_value(along.get(), i));
  if (spec.broken) {
    auto* signature = const_cast<ASN1_OCTET_STRING*>(OCSP_resp_get0_signature(basic.get()));
    signature->data[signature->length - 1] ^= 1;
  }
  const base::Handle<OCSP_RESPONSE, OCSP_RESPONSE_free> response(OCSP_response_create(spec.response_status, spec.response_status == 0 ? basic.get() : nullptr));
  unsigned char* der = nullptr;
  const int n = i2d_OCSP_RESPONSE(response.get(), &der);
  must(n > 0, "encode the OCSP answer");
  const std::string out(reinterpret_cast<char*>(der), std::size_t(n));
  OPENSSL_free(der);
  return out;
}

}  // namespace test
