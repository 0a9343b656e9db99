#include "policy/trust/object.hpp"

#include <openssl/cms.h>

#include <algorithm>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "policy/trust/ocsp.hpp"
#include "policy/trust/openssl.hpp"

namespace policy::trust {
namespace {

using Message = base::Handle<CMS_ContentInfo, CMS_ContentInfo_free>;

// An object must be the whole input: bytes behind it could be something that nobody has looked at.
template <class Handle, class Item, Item* (*FromDer)(Item**, const unsigned char**, long)>
Handle whole(std::string_view der) {
  const auto* p = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = p + der.size();
  Handle item(FromDer(nullptr, &p, long(der.size())));
  clear_errors();
  if (item && p != end) item.reset();
  return item;
}

template <class Item>
void add_der(int (*to_der)(const Item*, unsigned char**), const Item* item, std::vector<std::string>& out) {
  unsigned char* bytes = nullptr;
  if (const int size = to_der(item, &bytes); size > 0) out.emplace_back(reinterpret_cast<const char*>(bytes), std::size_t(size));
  OPENSSL_free(bytes);
}

std::string digest_text(const std::string& bytes) {
  const base::Digest digest = base::sha256(bytes);
  return base::hex_encode(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

ObjectInfo about_certificate(X509* cert) {
  ObjectInfo info;
  const SignerInfo s = describe(cert);
  info.subject = s.subject;
  info.common_name = s.common_name;
  info.issuer = s.issuer;
  info.begin = s.not_before;
  info.end = s.not_after;
  info.authority = X509_check_ca(cert) == 1;
  info.self_issued = X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0;
  clear_errors();
  return info;
}

std::string name_bytes(const X509_NAME* name) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  if (X509_NAME_get0_der(name, &bytes, &size) != 1) return name_text(name);
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

std::string extension_bytes(const X509_CRL* crl, int nid) {
  const int at = X509_CRL_get_ext_by_NID(crl, nid, -1);
  X509_EXTENSION* extension = at < 0 ? nullptr : X509_CRL_get_ext(crl, at);
  return extension == nullptr ? std::string() : std::string(bytes_of(X509_EXTENSION_get_data(extension)));
}

ObjectInfo about_crl(const X509_CRL* crl) {
  ObjectInfo info;
  info.kind = ObjectInfo::Kind::crl;
  info.issuer = name_text(X509_CRL_get_issuer(crl));
  info.begin = time_of(X509_CRL_get0_lastUpdate(crl));
  info.end = time_of(X509_CRL_get0_nextUpdate(crl));
  const bool delta = X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0;
  // The key identifier tells apart the keys of one CA, whose lists stand side by side after a key roll-over.
  info.series = digest_text("crl|" + name_bytes(X509_CRL_get_issuer(crl)) + "|" + extension_bytes(crl, NID_issuing_distribution_point) + "|" +
                            extension_bytes(crl, NID_authority_key_identifier) + (delta ? "|delta" : "|full"));
  return info;
}

std::string cert_id_bytes(const OCSP_SINGLERESP* single) {
  unsigned char* bytes = nullptr;
  const int size = i2d_OCSP_CERTID(const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single)), &bytes);
  std::string out = size > 0 ? std::string(reinterpret_cast<const char*>(bytes), std::size_t(size)) : std::string();
  OPENSSL_free(bytes);
  return out;
}

std::string responder(const OCSP_BASICRESP* basic) {
  const ASN1_OCTET_STRING* key = nullptr;
  const X509_NAME* name = nullptr;
  if (OCSP_resp_get0_id(basic, &key, &name) != 1) return {};
  return name != nullptr ? name_text(name) : key != nullptr ? base::hex_encode(bytes_of(key)) : std::string();
}

ObjectInfo about_ocsp(OCSP_BASICRESP* basic) {
  ObjectInfo info;
  info.kind = ObjectInfo::Kind::ocsp;
  info.issuer = responder(basic);
  std::vector<std::string> ids;
  for (int i = 0; i < OCSP_resp_count(basic); ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(basic, i);
    ASN1_GENERALIZEDTIME *from = nullptr, *until = nullptr;
    OCSP_single_get0_status(single, nullptr, nullptr, &from, &until);
    const auto begin = time_of(from), end = time_of(until);
    if (begin && (!info.begin || *begin > *info.begin)) info.begin = begin;
    if (end && (!info.end || *end < *info.end)) info.end = end;
    ids.push_back(cert_id_bytes(single));
  }
  std::sort(ids.begin(), ids.end());
  std::string all = "ocsp|" + info.issuer;
  for (const std::string& id : ids) all += "|" + id;
  info.series = digest_text(all);
  return info;
}

}  // namespace

base::Result<ObjectInfo> describe_object(std::string_view der) {
  if (auto cert = whole<Cert, X509, d2i_X509>(der)) return about_certificate(cert.get());
  if (auto crl = whole<Crl, X509_CRL, d2i_X509_CRL>(der)) return about_crl(crl.get());
  const auto answer = read_ocsp(der);
  if (answer && OCSP_resp_count(answer->get()) > 0) {
    auto info = about_ocsp(answer->get());
    clear_errors();
    return info;
  }
  clear_errors();
  return base::fail(base::Errc::invalid, "neither a certificate nor a CRL nor an OCSP answer");
}

bool crl_signed_by(std::string_view crl_der, std::string_view certificate_der) {
  const auto crl = whole<Crl, X509_CRL, d2i_X509_CRL>(crl_der);
  const auto cert = whole<Cert, X509, d2i_X509>(certificate_der);
  if (!crl || !cert || X509_NAME_cmp(X509_CRL_get_issuer(crl.get()), X509_get_subject_name(cert.get())) != 0) return false;
  EVP_PKEY* key = X509_get0_pubkey(cert.get());
  const bool good = key != nullptr && X509_CRL_verify(crl.get(), key) == 1;
  clear_errors();
  return good;
}

base::Result<std::vector<std::string>> unpack_certificates(std::string_view der) {
  const Message message = whole<Message, CMS_ContentInfo, d2i_CMS_ContentInfo>(der);
  std::vector<std::string> out;
  if (message) {
    const CertStack certs(CMS_get1_certs(message.get()));
    for (int i = 0; certs && i < sk_X509_num(certs.get()); ++i) add_der(i2d_X509, sk_X509_value(certs.get(), i), out);
    const CrlStack crls(CMS_get1_crls(message.get()));
    for (int i = 0; crls && i < sk_X509_CRL_num(crls.get()); ++i) add_der(i2d_X509_CRL, sk_X509_CRL_value(crls.get(), i), out);
  }
  clear_errors();
  if (out.empty()) return base::fail(base::Errc::invalid, "no certificates or CRLs in it");
  return out;
}

}  // namespace policy::trust
