// Private to the rooms trust, smime and pdf: OpenSSL handles and the few readings of a certificate that all three need.
// No other folder includes this header; what leaves these rooms are the value types of policy/core.
#pragma once
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/handle.hpp"
#include "base/result.hpp"
#include "policy/core/signature_report.hpp"

namespace policy::trust {

using Cert = base::Handle<X509, X509_free>;
using Crl = base::Handle<X509_CRL, X509_CRL_free>;
using Ocsp = std::shared_ptr<OCSP_BASICRESP>;  // OpenSSL counts no references to it
using Bio = base::Handle<BIO, BIO_free_all>;
using Store = base::Handle<X509_STORE, X509_STORE_free>;
inline void free_cert_stack(STACK_OF(X509) * s) { sk_X509_pop_free(s, X509_free); }   // owns its certificates
inline void free_cert_list(STACK_OF(X509) * s) { sk_X509_free(s); }                    // does not
using CertStack = base::Handle<STACK_OF(X509), free_cert_stack>;
using CertList = base::Handle<STACK_OF(X509), free_cert_list>;
inline void free_crl_stack(STACK_OF(X509_CRL) * s) { sk_X509_CRL_pop_free(s, X509_CRL_free); }
using CrlStack = base::Handle<STACK_OF(X509_CRL), free_crl_stack>;

// Every certificate (CRL) in a PEM text or one DER value; an error when there is none or one is damaged.
[[nodiscard]] base::Result<std::vector<Cert>> read_certificates(std::string_view pem_or_der);
[[nodiscard]] base::Result<std::vector<Crl>> read_crls(std::string_view pem_or_der);

std::string name_text(const X509_NAME* name);                 // RFC 2253, UTF-8
std::string name_entry(const X509_NAME* name, int nid);       // the last one of that kind, UTF-8; empty when absent
std::optional<std::string> text_of(const ASN1_STRING* s);     // UTF-8; nothing when it is damaged
std::string fingerprint(const X509* cert);                    // SHA-256, upper-case hex
std::string_view bytes_of(const ASN1_STRING* s);               // a view into it
std::optional<base::Time> time_of(const ASN1_TIME* t);

// The mail addresses a certificate speaks for. SAN beats DN: the DN's emailAddress counts only when the SAN names no mailbox.
struct Addresses {
  std::vector<std::string> all;
  bool unusable = false;  // NUL, control characters or 8-bit in an IA5 name (ATTACKS S22): nothing may be concluded from it
};
Addresses addresses(const X509* cert);

bool has_control_characters(std::string_view s);
SignerInfo describe(const X509* cert);
void clear_errors();  // OpenSSL's per-thread error queue; foreign input must not leave traces for the TLS code

}  // namespace policy::trust
