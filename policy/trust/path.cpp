#include "policy/trust/path.hpp"

#include <algorithm>
#include <array>

#include "base/crypto.hpp"
#include "policy/trust/ocsp.hpp"
#include "policy/trust/sources.hpp"

namespace policy::trust {
namespace {

constexpr int kMaxDepth = 10;        // certificates between leaf and anchor
constexpr int kSecurityLevel = 0;    // the floor judges strength, with its dates; level 0 refuses nothing

struct Collected {
  const TrustStore::Impl* trust;
  Reasons reasons;
};

const Anchor* anchor_of(const TrustStore::Impl& trust, const X509* cert) {
  for (const auto& a : trust.anchors)
    if (X509_cmp(a->cert.get(), cert) == 0) return a.get();
  return nullptr;
}

std::string who(const X509* cert) { return cert ? name_text(X509_get_subject_name(cert)) : std::string(); }

// A certificate that carries an anchor's own name without being it, or is said to be issued by it without a matching signature.
bool borrows_anchor_name(const TrustStore::Impl& trust, const X509* cert) {
  if (cert == nullptr || anchor_of(trust, cert)) return false;
  return std::any_of(trust.anchors.begin(), trust.anchors.end(), [cert](const auto& a) {
    const X509_NAME* name = X509_get_subject_name(a->cert.get());
    return X509_NAME_cmp(name, X509_get_issuer_name(cert)) == 0 || X509_NAME_cmp(name, X509_get_subject_name(cert)) == 0;
  });
}

void collect(Collected& c, int error, const X509* cert) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return add(c.reasons, borrows_anchor_name(*c.trust, cert) ? Code::issuer_forged : Code::untrusted_issuer, who(cert));
    case X509_V_ERR_CERT_CHAIN_TOO_LONG: return add(c.reasons, Code::limit_exceeded, who(cert));
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return add(c.reasons, Code::issuer_forged, who(cert));
    case X509_V_ERR_CERT_HAS_EXPIRED: return add(c.reasons, Code::expired, who(cert));
    case X509_V_ERR_CERT_NOT_YET_VALID: return add(c.reasons, Code::not_yet_valid, who(cert));
    // What RFC 5280 4 asks of those who issue, and 6.1 not of those who validate: real CAs miss it, and no path hangs on it.
    case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
    case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
    case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
    case X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL:
    case X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL:
    case X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL:
      return add(c.reasons, Code::certificate_nonconforming, X509_verify_cert_error_string(error));
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:  // DSA parameters inherited from the issuer, unknown key types
      return add(c.reasons, Code::unsupported_algorithm, who(cert));
    default: return add(c.reasons, Code::path_invalid, X509_verify_cert_error_string(error));
  }
}

// Every error is collected and the walk goes on, so that the worst one is known. Nothing is accepted by that: a single collected
// error already forbids `valid`.
int on_verify(int ok, X509_STORE_CTX* ctx) {
  const int error = X509_STORE_CTX_get_error(ctx);
  if (ok == 1) return 1;
  auto* c = static_cast<Collected*>(X509_STORE_CTX_get_app_data(ctx));
  collect(*c, error, X509_STORE_CTX_get_current_cert(ctx));
  return 1;
}

constexpr unsigned long kFlags = X509_V_FLAG_X509_STRICT | X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST;

// RFC 3161 4: after a revocation for a harmless reason, tokens of an earlier time stay good.
bool harmless(const Status& s) { return s.reason && (*s.reason == 0 || (*s.reason >= 3 && *s.reason <= 5)); }

bool undone(const Status& s, const PathOptions& options) {
  if (!s.since) return true;
  if (options.stamped && harmless(s) && *s.since > *options.stamped) return false;
  return !options.now || options.at >= *options.now || *s.since <= options.at;
}

void judge_status(const Status& s, const X509* cert, const PathOptions& options, Reasons& reasons) {
  switch (s.known) {
    case Known::good: return;
    case Known::revoked: return add(reasons, undone(s, options) ? Code::revoked : Code::revoked_after_timestamp, who(cert));
    case Known::stale: return add(reasons, Code::revocation_stale, s.detail);
    case Known::nothing: break;
  }
  const bool needed = options.revocation == Revocation::require || names_revocation_source(cert);
  add(reasons, needed ? Code::revocation_unavailable : Code::no_revocation_source, who(cert));
}

// An anchor is trusted by decision, not by revocation data. Data of today counts first; what has no word about an old path any
// more (it expired, the CA is gone) is asked as of the proven time.
std::vector<Status> revocation_status(const TrustStore::Impl& trust, STACK_OF(X509) * chain, STACK_OF(X509) * hints, const PathOptions& options) {
  const base::Time now = std::max(options.now.value_or(options.at), options.at);
  static const Evidence kNone;
  const Evidence& evidence = options.evidence ? *options.evidence : kNone;
  std::vector<Status> found = crl_status(trust, chain, hints, evidence.crls(), now);
  const auto also = [&found](std::vector<Status> other) {
    for (std::size_t i = 0; i < found.size(); ++i) found[i] = stronger(std::move(found[i]), std::move(other[i]));
  };
  also(ocsp_status(trust, trust.ocsp, chain, options.at, now));
  also(ocsp_status(trust, evidence.ocsp(), chain, options.at, now));
  const auto open = [&found] { return std::any_of(found.begin(), found.end(), [](const Status& s) { return s.known < Known::good; }); };
  if (options.at >= now) return found;
  if (open()) also(crl_status(trust, chain, hints, evidence.crls(), options.at));
  // A list made after the proven time says what was known then and more; by now it may be out of date itself.
  for (int i = 0; i < sk_X509_CRL_num(evidence.crls()); ++i)
    if (const auto made = time_of(X509_CRL_get0_lastUpdate(sk_X509_CRL_value(evidence.crls(), i)));
        open() && made && options.at < *made && *made < now)
      also(crl_status(trust, chain, hints, evidence.crls(), *made));
  return found;
}

void judge_revocation(const TrustStore::Impl& trust, STACK_OF(X509) * chain, STACK_OF(X509) * hints, const PathOptions& options, PathResult& out) {
  const bool sound = verdict_of(out.reasons) == Verdict::valid;
  const std::vector<Status> found = revocation_status(trust, chain, hints, options);
  for (std::size_t i = 0; i < found.size(); ++i) {
    judge_status(found[i], sk_X509_value(chain, int(i)), options, out.reasons);
    if (sound && found[i].known < Known::good) add_sources(sk_X509_value(chain, int(i)), sk_X509_value(chain, int(i) + 1), out.wanted);
  }
}

// RFC 3161 2.3: the extension must be critical and name time-stamping alone.
bool only_timestamping(const X509* cert) {
  int critical = 0;
  const base::Handle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> eku(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(cert, NID_ext_key_usage, &critical, nullptr)));
  return eku && critical == 1 && sk_ASN1_OBJECT_num(eku.get()) == 1 && OBJ_obj2nid(sk_ASN1_OBJECT_value(eku.get(), 0)) == NID_time_stamp;
}

bool purpose_oid_allowed(const ASN1_OBJECT* oid, Purpose purpose) {
  const int nid = OBJ_obj2nid(oid);
  if (purpose == Purpose::timestamp) return nid == NID_time_stamp || nid == NID_anyExtendedKeyUsage;
  if (nid == NID_email_protect || nid == NID_anyExtendedKeyUsage) return true;
  if (purpose == Purpose::mail) return false;
  static constexpr std::array<std::string_view, 3> kDocument{
      "1.3.6.1.5.5.7.3.36",        // RFC 9336 id-kp-documentSigning
      "1.3.6.1.4.1.311.10.3.12",   // Microsoft document signing
      "1.2.840.113583.1.1.5"};     // Adobe authentic documents trust
  char text[64];
  OBJ_obj2txt(text, sizeof text, oid, 1);
  return std::find(kDocument.begin(), kDocument.end(), std::string_view(text)) != kDocument.end();
}

bool purpose_allowed(const X509* cert, Purpose purpose) {  // RFC 8550 4.4.4; absent = unrestricted
  if (X509_get_ext_by_NID(cert, NID_ext_key_usage, -1) < 0) return true;
  base::Handle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> eku(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(cert, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; eku && i < sk_ASN1_OBJECT_num(eku.get()); ++i)
    if (purpose_oid_allowed(sk_ASN1_OBJECT_value(eku.get(), i), purpose)) return true;
  return false;
}

void check_usage(X509* leaf, STACK_OF(X509) * chain, const PathOptions& options, Reasons& reasons) {
  const std::uint32_t usage = X509_get_key_usage(leaf);  // all bits when the extension is absent
  if ((usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0) add(reasons, Code::wrong_key_usage);
  const bool allowed = options.purpose == Purpose::timestamp ? only_timestamping(leaf) : purpose_allowed(leaf, options.purpose);
  if (!allowed) add(reasons, Code::wrong_purpose);
  for (int i = 1; i < sk_X509_num(chain) - 1; ++i)  // a sub-CA that is restricted passes its restriction on; anchors are not asked
    if (!purpose_allowed(sk_X509_value(chain, i), options.purpose)) add(reasons, Code::wrong_purpose, who(sk_X509_value(chain, i)));
}

CertList untrusted(const TrustStore::Impl& trust, STACK_OF(X509) * hints) {
  CertList list(hints ? sk_X509_dup(hints) : sk_X509_new_null());
  for (const Cert& c : trust.intermediates) sk_X509_push(list.get(), c.get());
  return list;
}

// In which every certificate of the chain is valid.
void span_of(STACK_OF(X509) * chain, GoodPath& good) {
  good.after = base::Time::min();
  good.before = base::Time::max();
  for (int i = 0; chain && i < sk_X509_num(chain); ++i) {
    const auto begin = time_of(X509_get0_notBefore(sk_X509_value(chain, i))), end = time_of(X509_get0_notAfter(sk_X509_value(chain, i)));
    good.after = std::max(good.after, begin.value_or(base::Time::max()));
    good.before = std::min(good.before, end.value_or(base::Time::min()));
  }
}

void append_der(std::string& out, X509* cert) {
  unsigned char* bytes = nullptr;
  const int n = i2d_X509(cert, &bytes);
  if (n > 0) out.append(reinterpret_cast<char*>(bytes), std::size_t(n));
  OPENSSL_free(bytes);
}

// Everything but the time that the walk's result hangs on: who, with which hints, for what. A path with a proven time or
// revocation data of its own is not remembered.
std::string memory_key(X509* leaf, STACK_OF(X509) * hints, const PathOptions& options) {
  if (options.stamped || (options.evidence && !options.evidence->empty()) || options.now.value_or(options.at) != options.at) return {};
  std::string all{char(options.purpose), char(options.revocation)};
  append_der(all, leaf);
  for (int i = 0; hints && i < sk_X509_num(hints); ++i) append_der(all, sk_X509_value(hints, i));
  const base::Digest digest = base::sha256(all);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

void run(const TrustStore::Impl& trust, X509* leaf, STACK_OF(X509) * hints, const PathOptions& options, PathResult& out, GoodPath& good) {
  const CertList pool = untrusted(trust, hints);
  base::Handle<X509_STORE_CTX, X509_STORE_CTX_free> ctx(X509_STORE_CTX_new());
  if (!ctx || X509_STORE_CTX_init(ctx.get(), trust.store.get(), leaf, pool.get()) != 1) return add(out.reasons, Code::untrusted_issuer);
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(ctx.get());
  X509_VERIFY_PARAM_set_flags(param, kFlags);
  // RFC 5280 6.1.1 c: every policy suits the user. Without this word OpenSSL fails each path whose CA requires an explicit policy.
  X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy));
  X509_VERIFY_PARAM_set_time(param, std::chrono::floor<std::chrono::seconds>(options.at).time_since_epoch().count());
  X509_VERIFY_PARAM_set_depth(param, kMaxDepth);
  X509_VERIFY_PARAM_set_auth_level(param, kSecurityLevel);
  Collected collected{&trust, {}};
  X509_STORE_CTX_set_app_data(ctx.get(), &collected);
  X509_STORE_CTX_set_verify_cb(ctx.get(), on_verify);
  const int done = X509_verify_cert(ctx.get());
  for (Reason& r : collected.reasons) add(out.reasons, r.code, std::move(r.detail));
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(ctx.get());
  const int n = chain ? sk_X509_num(chain) : 0;
  if (n > 0) out.anchor = anchor_of(trust, sk_X509_value(chain, n - 1));
  if (out.anchor && options.revocation != Revocation::off) judge_revocation(trust, chain, hints, options, out);
  if (out.anchor) check_chain_strength(chain, floor_at(trust.floors, options.at), out.reasons);
  check_usage(leaf, chain, options, out.reasons);
  if ((done != 1 || !out.anchor) && verdict_of(out.reasons) == Verdict::valid) add(out.reasons, Code::untrusted_issuer, who(leaf));
  if (out.anchor) out.used = used_data(trust, chain);
  span_of(chain, good);
}

}  // namespace

PathResult check_path(const TrustStore& trust, X509* leaf, STACK_OF(X509) * hints, const PathOptions& options) {
  PathResult out;
  for (int i = 0; hints && i < sk_X509_num(hints); ++i) {  // before any arithmetic with them
    EVP_PKEY* key = X509_get0_pubkey(sk_X509_value(hints, i));
    if (key && EVP_PKEY_get_bits(key) > kMaxRsaBits) return add(out.reasons, Code::limit_exceeded, "key size"), out;
  }
  check_key(leaf, out.reasons, floor_at(trust.impl().floors, options.at));
  if (has(out.reasons, Code::limit_exceeded)) return out;
  const PathMemory& memory = trust.impl().memory;
  std::string key = memory_key(leaf, hints, options);
  if (auto known = key.empty() ? std::nullopt : memory.find(key, options.at)) return {std::move(known->reasons), known->anchor, {}, std::move(known->used)};
  if (options.revocation == Revocation::off) add(out.reasons, Code::revocation_off);
  GoodPath good;
  run(trust.impl(), leaf, hints, options, out, good);
  clear_errors();
  if (key.empty() || !out.anchor || verdict_of(out.reasons) != Verdict::valid || !memory.narrow(good, options.at)) return out;
  good.reasons = out.reasons;
  good.used = out.used;
  good.anchor = out.anchor;
  trust.impl().memory.keep(std::move(key), std::move(good));
  return out;
}

}  // namespace policy::trust
