// A certification authority for tests: keys, certificates, CRLs and CMS signatures, good ones and every kind of bad one.
// Everything travels as PEM text; a failing OpenSSL call throws, for a test that cannot be set up must not pass.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace test {

struct Identity {
  std::string certificate;  // PEM
  std::string key;          // PEM, PKCS#8
};

struct CertSpec {
  std::string common_name = "Nguyễn Văn An";
  std::string organization = "Sở Ví dụ";
  std::string unit;                                       // OU
  std::string san = "email:nguyen.van.an@songla.gov.vn";  // OpenSSL syntax; empty = none
  std::string dn_email;                                   // emailAddress in the DN
  std::string key = "rsa2048";                            // rsa1024 | rsa2048 | rsa3072 | p224 | p256 | p384 | p521 | ed25519 | dsa2048
  std::string digest = "sha256";
  std::string usage = "critical,digitalSignature,nonRepudiation";
  std::string extended_usage = "emailProtection,clientAuth";
  std::string crl_url;                                    // empty: names no revocation source
  std::string name_constraints;
  std::string basic_constraints = "critical,CA:FALSE";    // "critical,CA:TRUE,pathlen:0"; empty = extension absent
  std::string raw_san_email;                              // an rfc822Name with any bytes, NUL too; instead of `san`
  std::string serial;                                     // decimal, also negative; empty = random
  std::vector<std::pair<std::string, std::string>> name;  // the whole subject in order, instead of C, O, OU, CN, emailAddress
  int string_type = 0;                                    // ASN.1 type of the names, 0 = UTF8String (MBSTRING_UTF8)
  bool broken_signature = false;                          // the certificate's own signature is changed after signing
  bool inherit_parameters = false;                        // a DSA key without its parameters (RFC 3279 2.3.2)
  std::string config;                                     // further extensions: OpenSSL configuration whose section [ext] lists them
  base::Time not_before{};                                // default: a year before `kNow`
  base::Time not_after{};                                 // default: two years after `kNow`
};

// CertSpec::config (with `san` empty) of a certificate whose alternative name is an SmtpUTF8Mailbox (RFC 8398).
std::string utf8_mailbox(const std::string& address);

// The judging time of the tests: 2026-11-22T09:00:00+07:00.
base::Time test_now();

CertSpec ca_spec(const std::string& common_name);  // a CA's usage and constraints

// Self-signed without an issuer. With `key_pem` that key is used instead of a new one.
Identity make_certificate(const CertSpec& spec, const Identity* issuer = nullptr, const std::string& key_pem = {});

// PEM. Times default to a day before and a month after test_now().
std::string make_crl(const Identity& issuer, const std::vector<std::string>& revoked_certificates = {}, base::Time this_update = {},
                     base::Time next_update = {});

struct CmsSpec {
  std::string digest = "sha256";
  bool detached = true;
  bool attributes = true;    // signed attributes
  bool pss = false;
  int pss_salt = -1;         // bytes; -1 = as long as the digest
  bool cades = false;        // ESS signing-certificate-v2
  bool use_key_id = false;   // SignerIdentifier by subject key identifier
  bool embed_signer = true;
  std::vector<std::string> extra_certificates;  // PEM
  std::vector<std::string> crls;  // PEM
  std::string content_type;  // eContentType in dots; empty = id-data
  std::function<std::string(std::string_view signature_value)> timestamp;  // gives the token for each signature; empty = none
};

std::string sign_cms(std::string_view content, const std::vector<Identity>& signers, const CmsSpec& spec = {});  // DER
// OpenSSL 3.0 cannot sign these in a CMS: detached, with content-type and message-digest (SHA-512, RFC 8419 3.1), the value last.
std::string sign_ed25519(std::string_view content, const Identity& signer);                                     // DER
std::string certs_only(const std::vector<std::string>& certificates);                                           // DER
std::string encrypt_cms(std::string_view content, const std::string& certificate);                              // DER
std::string base64_lines(std::string_view bytes);  // 76 characters and CRLF

// The usual cast: root, sub-CA (path length 0), one official, empty CRLs of both CAs.
struct Pki {
  Identity root, sub, user;
  std::string root_crl, sub_crl;
};
Pki make_pki(const CertSpec& user = {});

}  // namespace test
