#include "policy/trust/revocation.hpp"

#include <algorithm>

namespace policy::trust {
namespace {

struct Finding {
  X509* cert = nullptr;
  bool answered = false, missing = false;
  std::string stale;
  std::optional<Status> revoked;
};

struct CrlWalk {
  const TrustStore::Impl* trust = nullptr;
  STACK_OF(X509_CRL) * extra = nullptr;
  std::vector<Finding> findings;

  Finding* of(const X509* cert) {
    const auto it = std::find_if(findings.begin(), findings.end(), [cert](const Finding& f) { return X509_cmp(f.cert, cert) == 0; });
    return cert == nullptr || it == findings.end() ? nullptr : &*it;
  }
};

CrlWalk* walk_of(X509_STORE_CTX* ctx) {
  if (X509_STORE_CTX_get0_parent_ctx(ctx) != nullptr) return nullptr;  // the path of an indirect CRL's issuer
  return static_cast<CrlWalk*>(X509_STORE_CTX_get_app_data(ctx));
}

std::optional<base::Time> earlier(std::optional<base::Time> a, std::optional<base::Time> b) {
  return a && b ? std::min(a, b) : a ? a : b;
}

// RFC 5280 5.3.2: the invalidity date may lie before the revocation date, and is the one that counts for what was signed.
Status revoked_by(X509_CRL* crl, X509* cert) {
  Status out;
  out.known = Known::revoked;
  X509_REVOKED* entry = nullptr;
  if (crl == nullptr || X509_CRL_get0_by_cert(crl, &entry, cert) == 0) return out;
  const base::Handle<ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free> invalid(
      static_cast<ASN1_GENERALIZEDTIME*>(X509_REVOKED_get_ext_d2i(entry, NID_invalidity_date, nullptr, nullptr)));
  const base::Handle<ASN1_ENUMERATED, ASN1_ENUMERATED_free> reason(
      static_cast<ASN1_ENUMERATED*>(X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nullptr, nullptr)));
  out.since = earlier(time_of(X509_REVOKED_get0_revocationDate(entry)), time_of(invalid.get()));
  if (reason) out.reason = int(ASN1_ENUMERATED_get(reason.get()));
  return out;
}

// A CRL may drop a certificate once that has expired (RFC 5280 3.3), unless it says that it keeps such (X.509 9.5.2.8): the
// silence of a CRL made after the end of a certificate is no good answer.
bool may_have_dropped(const X509_CRL* crl, const X509* cert) {
  const auto made = time_of(X509_CRL_get0_lastUpdate(crl));
  const auto end = time_of(X509_get0_notAfter(cert));
  if (!made || !end) return true;
  if (*made <= *end) return false;
  static const base::Handle<ASN1_OBJECT, ASN1_OBJECT_free> kKept(OBJ_txt2obj("2.5.29.60", 1));  // expiredCertsOnCRL
  const int at = X509_CRL_get_ext_by_OBJ(crl, kKept.get(), -1);
  if (at < 0) return true;
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_CRL_get_ext(crl, at));
  const unsigned char* p = ASN1_STRING_get0_data(value);
  const base::Handle<ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free> since(
      d2i_ASN1_GENERALIZEDTIME(nullptr, &p, ASN1_STRING_length(value)));
  const auto kept = time_of(since.get());
  return !kept || *kept > *end;
}

bool strong_digest(const X509_CRL* crl) {
  int digest = NID_undef;
  if (OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest, nullptr) != 1) return false;
  return digest != NID_md5 && digest != NID_md2 && digest != NID_md4 && digest != NID_mdc2;
}

X509_STORE_CTX_cert_crl_fn default_cert_crl() {
  const Store blank(X509_STORE_new());
  const base::Handle<X509_STORE_CTX, X509_STORE_CTX_free> ctx(X509_STORE_CTX_new());
  return ctx && X509_STORE_CTX_init(ctx.get(), blank.get(), nullptr, nullptr) == 1 ? X509_STORE_CTX_get_cert_crl(ctx.get()) : nullptr;
}

// Called by OpenSSL with each CRL that may speak about a certificate, after it checked scope, time and signature.
int on_crl(X509_STORE_CTX* ctx, X509_CRL* crl, X509* cert) {
  static const X509_STORE_CTX_cert_crl_fn kCheck = default_cert_crl();
  const int result = kCheck(ctx, crl, cert);
  CrlWalk* walk = walk_of(ctx);
  Finding* f = walk ? walk->of(cert) : nullptr;
  if (f == nullptr) return result;
  f->answered = true;
  if (f->stale.empty() && may_have_dropped(crl, cert)) f->stale = "CRL made after the certificate's end";
  if (f->stale.empty() && !strong_digest(crl)) f->stale = "CRL with a weak digest";
  return result;
}

bool share(STACK_OF(X509_CRL) * list, X509_CRL* crl) {
  if (X509_CRL_up_ref(crl) != 1) return false;
  if (sk_X509_CRL_push(list, crl) > 0) return true;
  X509_CRL_free(crl);
  return false;
}

// The CRLs under a CA's name, as OpenSSL finds them, those that came along, and every indirect one: OpenSSL judges the scope of
// each, and takes the newest of those that suit.
STACK_OF(X509_CRL) * look_up(const X509_STORE_CTX* ctx, const X509_NAME* name) {
  STACK_OF(X509_CRL)* found = X509_STORE_CTX_get1_crls(ctx, name);
  const CrlWalk* walk = walk_of(const_cast<X509_STORE_CTX*>(ctx));
  if (walk == nullptr || (walk->trust->indirect.empty() && walk->extra == nullptr)) return found;
  if (found == nullptr) found = sk_X509_CRL_new_null();
  for (const Crl& crl : walk->trust->indirect) share(found, crl.get());
  for (int i = 0; walk->extra && i < sk_X509_CRL_num(walk->extra); ++i) {
    X509_CRL* crl = sk_X509_CRL_value(walk->extra, i);
    if (X509_NAME_cmp(X509_CRL_get_issuer(crl), name) == 0 || is_indirect(crl)) share(found, crl);
  }
  return found;
}

// Errors that are not about CRLs belong to the walk of the path itself; here everything goes on.
int on_crl_error(int ok, X509_STORE_CTX* ctx) {
  CrlWalk* walk = walk_of(ctx);
  if (walk == nullptr || ok == 1) return ok;
  Finding* f = walk->of(X509_STORE_CTX_get_current_cert(ctx));
  if (f == nullptr) return 1;
  const int error = X509_STORE_CTX_get_error(ctx);
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_CRL: f->missing = true; break;
    case X509_V_ERR_CERT_REVOKED: {
      Status s = revoked_by(X509_STORE_CTX_get0_current_crl(ctx), f->cert);
      if (f->revoked) s.since = earlier(s.since, f->revoked->since);
      f->revoked = std::move(s);
      break;
    }
    default:  // whatever is wrong with a CRL; what is wrong with a certificate is the path's matter
      if (X509_STORE_CTX_get0_current_crl(ctx) != nullptr || error == X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER)
        f->stale = X509_verify_cert_error_string(error);
      break;
  }
  return 1;
}

Status status_of(Finding&& f) {
  Status out;
  if (f.revoked) return std::move(*f.revoked);
  if (!f.stale.empty()) {
    out.known = Known::stale;
    out.detail = std::move(f.stale);
  } else if (f.answered && !f.missing) {
    out.known = Known::good;
  }
  return out;
}

bool names_ocsp(const X509* cert) {
  base::Handle<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free> aia(
      static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(cert, NID_info_access, nullptr, nullptr)));
  for (int i = 0; aia && i < sk_ACCESS_DESCRIPTION_num(aia.get()); ++i)
    if (OBJ_obj2nid(sk_ACCESS_DESCRIPTION_value(aia.get(), i)->method) == NID_ad_OCSP) return true;
  return false;
}

CertList pool_for(const TrustStore::Impl& trust, STACK_OF(X509) * chain, STACK_OF(X509) * hints) {
  CertList pool(sk_X509_dup(chain));  // first, so that the same path is found again
  for (int i = 0; hints && i < sk_X509_num(hints); ++i) sk_X509_push(pool.get(), sk_X509_value(hints, i));  // issuers of indirect CRLs
  for (const Cert& c : trust.intermediates) sk_X509_push(pool.get(), c.get());
  return pool;
}

std::vector<Status> ask_crls(const TrustStore::Impl& trust, STACK_OF(X509) * chain, STACK_OF(X509) * hints, STACK_OF(X509_CRL) * extra,
                             base::Time time) {
  const int n = sk_X509_num(chain) - 1;  // without the anchor
  CrlWalk walk;
  walk.trust = &trust;
  walk.extra = extra;
  for (int i = 0; i < n; ++i) walk.findings.emplace_back().cert = sk_X509_value(chain, i);
  const CertList pool = pool_for(trust, chain, hints);
  const base::Handle<X509_STORE_CTX, X509_STORE_CTX_free> ctx(X509_STORE_CTX_new());
  if (n > 0 && ctx && X509_STORE_CTX_init(ctx.get(), trust.store.get(), sk_X509_value(chain, 0), pool.get()) == 1) {
    X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(ctx.get());
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_CRL_CHECK |
                                           X509_V_FLAG_CRL_CHECK_ALL | X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS);
    X509_VERIFY_PARAM_set_time(param, std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
    X509_STORE_CTX_set_app_data(ctx.get(), &walk);
    X509_STORE_CTX_set_verify_cb(ctx.get(), on_crl_error);
    if (X509_verify_cert(ctx.get()) < 0)  // the walk itself broke off; otherwise the findings say everything
      for (Finding& f : walk.findings) f.missing = true;
  }
  std::vector<Status> out;
  for (Finding& f : walk.findings) out.push_back(status_of(std::move(f)));
  return out;
}

}  // namespace

bool is_indirect(const X509_CRL* crl) {
  const base::Handle<ISSUING_DIST_POINT, ISSUING_DIST_POINT_free> idp(
      static_cast<ISSUING_DIST_POINT*>(X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, nullptr, nullptr)));
  return idp && idp->indirectCRL > 0;
}

bool names_revocation_source(const X509* cert) {
  return X509_get_ext_by_NID(cert, NID_crl_distribution_points, -1) >= 0 || X509_get_ext_by_NID(cert, NID_freshest_crl, -1) >= 0 ||
         names_ocsp(cert);
}

Store new_store() {
  Store store(X509_STORE_new());
  X509_STORE_set_cert_crl(store.get(), on_crl);
  X509_STORE_set_lookup_crls(store.get(), look_up);
  return store;
}

Status stronger(Status a, Status b) {
  if (a.known == Known::revoked && b.known == Known::revoked) a.since = a.since && b.since ? std::min(a.since, b.since) : std::nullopt;
  return a.known >= b.known ? std::move(a) : std::move(b);
}

std::vector<Status> crl_status(const TrustStore::Impl& trust, STACK_OF(X509) * chain, STACK_OF(X509) * hints, STACK_OF(X509_CRL) * extra,
                               base::Time time) {
  std::vector<Status> own = ask_crls(trust, chain, hints, nullptr, time);
  if (extra == nullptr || sk_X509_CRL_num(extra) <= 0) return own;
  std::vector<Status> all = ask_crls(trust, chain, hints, extra, time);  // what comes along cannot outshine what the store knows
  for (std::size_t i = 0; i < own.size(); ++i) own[i] = stronger(std::move(own[i]), std::move(all[i]));
  return own;
}

}  // namespace policy::trust
