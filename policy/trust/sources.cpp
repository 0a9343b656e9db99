#include "policy/trust/sources.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "policy/trust/ocsp.hpp"

namespace policy::trust {
namespace {

constexpr std::size_t kMaxUrls = 4, kMaxUrl = 2048;  // of one certificate and kind

bool usable_url(std::string_view url) {
  return url.size() <= kMaxUrl && url.starts_with("http://") &&
         std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// SHA-1 only names the certificate, and many responders know no other digest (RFC 5019 2.1.1). No nonce: the answer may be cached.
std::string request_for(X509* cert, X509* issuer) {
  const base::Handle<OCSP_REQUEST, OCSP_REQUEST_free> request(OCSP_REQUEST_new());
  OCSP_CERTID* id = OCSP_cert_to_id(EVP_sha1(), cert, issuer);
  if (!request || id == nullptr || OCSP_request_add0_id(request.get(), id) == nullptr) {
    OCSP_CERTID_free(id);
    return {};
  }
  unsigned char* der = nullptr;
  const int n = i2d_OCSP_REQUEST(request.get(), &der);
  std::string out(reinterpret_cast<char*>(der), n > 0 ? std::size_t(n) : 0);
  OPENSSL_free(der);
  return out;
}

void add_source(std::string_view url, const std::string& request, std::size_t& seen, std::vector<RevocationSource>& out) {
  if (!usable_url(url) || ++seen > kMaxUrls) return;
  RevocationSource source{std::string(url), request};
  if (std::find(out.begin(), out.end(), source) == out.end()) out.push_back(std::move(source));
}

std::string_view uri_of(const GENERAL_NAME* name) {
  return name->type == GEN_URI ? bytes_of(name->d.uniformResourceIdentifier) : std::string_view();
}

void add_crl_points(const X509* cert, int nid, std::vector<RevocationSource>& out) {
  const base::Handle<CRL_DIST_POINTS, CRL_DIST_POINTS_free> points(
      static_cast<CRL_DIST_POINTS*>(X509_get_ext_d2i(cert, nid, nullptr, nullptr)));
  std::size_t seen = 0;
  for (int i = 0; points && i < sk_DIST_POINT_num(points.get()); ++i) {
    const DIST_POINT* point = sk_DIST_POINT_value(points.get(), i);
    if (point->distpoint == nullptr || point->distpoint->type != 0) continue;  // relative to the issuer's name: no address
    const GENERAL_NAMES* names = point->distpoint->name.fullname;
    for (int n = 0; n < sk_GENERAL_NAME_num(names); ++n) add_source(uri_of(sk_GENERAL_NAME_value(names, n)), {}, seen, out);
  }
}

}  // namespace

void add_sources(X509* cert, X509* issuer, std::vector<RevocationSource>& out) {
  const base::Handle<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free> aia(
      static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(cert, NID_info_access, nullptr, nullptr)));
  std::size_t seen = 0;
  const std::string request = aia ? request_for(cert, issuer) : std::string();
  for (int i = 0; !request.empty() && i < sk_ACCESS_DESCRIPTION_num(aia.get()); ++i) {
    const ACCESS_DESCRIPTION* one = sk_ACCESS_DESCRIPTION_value(aia.get(), i);
    if (OBJ_obj2nid(one->method) == NID_ad_OCSP) add_source(uri_of(one->location), request, seen, out);
  }
  add_crl_points(cert, NID_crl_distribution_points, out);
  add_crl_points(cert, NID_freshest_crl, out);
}

std::vector<std::string> used_data(const TrustStore::Impl& trust, STACK_OF(X509) * chain) {
  std::vector<std::string> out;
  const int n = sk_X509_num(chain);
  for (int i = 0; i < n; ++i) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_digest(sk_X509_value(chain, i), EVP_sha256(), digest, &size) == 1)
      out.push_back(base::hex_encode(std::string_view(reinterpret_cast<char*>(digest), size)));
  }
  const auto speaks = [&](const X509_CRL* crl) {
    for (int i = 0; i < n; ++i)
      if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(sk_X509_value(chain, i))) == 0) return true;
    return is_indirect(crl);
  };
  for (const auto& [crl, digest] : trust.crls)
    if (speaks(crl.get())) out.push_back(digest);
  for (std::size_t i = 0; i < trust.ocsp.size(); ++i)
    if (answers_about(trust.ocsp[i], chain)) out.push_back(trust.ocsp_digests[i]);
  return out;
}

}  // namespace policy::trust
