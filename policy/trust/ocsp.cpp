#include "policy/trust/ocsp.hpp"

#include <algorithm>

#include "policy/trust/strength.hpp"

namespace policy::trust {
namespace {

constexpr std::size_t kMaxAnswer = 256 * 1024;
constexpr int kMaxSingles = 64;
constexpr auto kSkew = std::chrono::minutes(5);        // between the responder's clock and ours
constexpr auto kWithoutEnd = std::chrono::hours(24);   // RFC 6960 2.4: without nextUpdate newer data is always to be had

using CertId = base::Handle<OCSP_CERTID, OCSP_CERTID_free>;

Status stale(std::string why) {
  Status s;
  s.known = Known::stale;
  s.detail = std::move(why);
  return s;
}

// The hash is the responder's choice: SHA-1 only names the certificate here, nothing is proven by it.
bool is_about(OCSP_SINGLERESP* single, const X509* cert, const X509* issuer) {
  auto* id = const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single));
  ASN1_OBJECT* digest = nullptr;
  ASN1_INTEGER* serial = nullptr;
  if (OCSP_id_get0_info(nullptr, &digest, nullptr, &serial, id) != 1) return false;
  if (ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(cert)) != 0) return false;
  const EVP_MD* md = EVP_get_digestbyobj(digest);
  const CertId ours(md ? OCSP_cert_id_new(md, X509_get_subject_name(issuer), X509_get0_pubkey_bitstr(issuer), serial) : nullptr);
  return ours && OCSP_id_cmp(id, ours.get()) == 0;
}

// The floor of the day on which it was made. RSASSA-PSS and EdDSA have no digest in their identifier; OpenSSL verified them.
bool strong_signature(const TrustStore::Impl& trust, const OCSP_BASICRESP* answer, const X509* signer) {
  const auto produced = time_of(OCSP_resp_get0_produced_at(answer));
  if (!produced) return false;
  const AlgorithmFloor& floor = floor_at(trust.floors, *produced);
  const ASN1_OBJECT* algorithm = nullptr;
  X509_ALGOR_get0(&algorithm, nullptr, nullptr, OCSP_resp_get0_tbs_sigalg(answer));
  int digest = NID_undef;
  if (OBJ_find_sigid_algs(OBJ_obj2nid(algorithm), &digest, nullptr) != 1) return false;
  Reasons of_key;
  check_key(signer, of_key, floor);
  return (digest == NID_undef || allows_digest(floor, digest)) && verdict_of(of_key) == Verdict::valid;
}

bool valid_at(const X509* cert, base::Time at) {
  const auto begin = time_of(X509_get0_notBefore(cert)), end = time_of(X509_get0_notAfter(cert));
  return begin && end && *begin <= at && at <= *end;
}

bool may_sign_ocsp(const X509* cert) {
  const base::Handle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> eku(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(cert, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; eku && i < sk_ASN1_OBJECT_num(eku.get()); ++i)
    if (OBJ_obj2nid(sk_ASN1_OBJECT_value(eku.get(), i)) == NID_OCSP_sign) return true;
  return false;
}

// RFC 6960 4.2.2.2.1: a responder's certificate says that it need not be asked about, or its CA's CRL is.
bool responder_good(const TrustStore::Impl& trust, X509* responder, STACK_OF(X509) * chain, int issuer, base::Time at) {
  if (X509_get_ext_by_NID(responder, NID_id_pkix_OCSP_noCheck, -1) >= 0) return true;
  const CertList path(sk_X509_new_null());
  sk_X509_push(path.get(), responder);
  for (int i = issuer; i < sk_X509_num(chain); ++i) sk_X509_push(path.get(), sk_X509_value(chain, i));
  const std::vector<Status> known = crl_status(trust, path.get(), nullptr, nullptr, at);
  return !known.empty() && known[0].known == Known::good;
}

// Who may speak for the issuer: itself, or a holder of a certificate that it issued for that. Never an issuer's issuer, never a
// certificate of somebody else in the answer. Empty when all is well, else what is wrong.
std::string wrong_with_signer(const TrustStore::Impl& trust, OCSP_BASICRESP* answer, STACK_OF(X509) * chain, int issuer_at) {
  X509* issuer = sk_X509_value(chain, issuer_at);
  const CertList known(sk_X509_new_null());
  sk_X509_push(known.get(), issuer);
  X509* signer = nullptr;
  if (OCSP_resp_get0_signer(answer, &signer, known.get()) != 1) return "OCSP answer of an unknown responder";
  const EVP_PKEY* key = X509_get0_pubkey(signer);
  if (key == nullptr || EVP_PKEY_get_bits(key) > kMaxRsaBits) return "OCSP answer with an unusable key";
  if (OCSP_basic_verify(answer, known.get(), nullptr, OCSP_NOVERIFY) != 1) return "OCSP answer with a bad signature";
  if (!strong_signature(trust, answer, signer)) return "OCSP answer with a weak signature";
  if (X509_cmp(signer, issuer) == 0) return {};
  if (X509_check_issued(issuer, signer) != X509_V_OK || X509_verify(signer, X509_get0_pubkey(issuer)) != 1 || !may_sign_ocsp(signer))
    return "OCSP answer of a responder whom the issuer did not authorise";
  const auto produced = time_of(OCSP_resp_get0_produced_at(answer));
  if (!produced || !valid_at(signer, *produced)) return "OCSP responder's certificate was not valid";
  return responder_good(trust, signer, chain, issuer_at, *produced) ? std::string() : "OCSP responder's certificate was not checked for revocation";
}

Status status_of(OCSP_SINGLERESP* single, const X509* cert, base::Time at, base::Time now) {
  int reason = -1;
  ASN1_GENERALIZEDTIME *revoked = nullptr, *begin = nullptr, *end = nullptr;
  const int word = OCSP_single_get0_status(single, &reason, &revoked, &begin, &end);
  const auto from = time_of(begin), until = end ? time_of(end) : std::nullopt, died = time_of(X509_get0_notAfter(cert));
  if (!from || (end && !until) || !died) return stale("OCSP answer without a readable time");
  if (*from > now + kSkew) return stale("OCSP answer from the future");
  const bool over = until.value_or(*from + kWithoutEnd) + kSkew < at;
  if (word == V_OCSP_CERTSTATUS_REVOKED && !(over && reason == OCSP_REVOKED_STATUS_CERTIFICATEHOLD)) {  // a hold may end, nothing else does
    Status s;
    s.known = Known::revoked;
    s.since = time_of(revoked);
    if (reason >= 0) s.reason = reason;
    return s;
  }
  if (word == V_OCSP_CERTSTATUS_UNKNOWN) return stale("OCSP responder does not know the certificate");
  if (over) return stale("OCSP answer is out of date");
  if (*from > *died) return stale("OCSP answer made after the certificate's end");  // it may have been forgotten by then (RFC 6960 4.4.4)
  Status s;
  s.known = Known::good;
  return s;
}

Status ask(const TrustStore::Impl& trust, OCSP_BASICRESP* answer, STACK_OF(X509) * chain, int at_depth, base::Time at, base::Time now) {
  const X509 *cert = sk_X509_value(chain, at_depth), *issuer = sk_X509_value(chain, at_depth + 1);
  Status best;
  for (int i = 0; i < std::min(OCSP_resp_count(answer), kMaxSingles); ++i) {
    OCSP_SINGLERESP* single = OCSP_resp_get0(answer, i);
    if (!is_about(single, cert, issuer)) continue;
    std::string wrong = wrong_with_signer(trust, answer, chain, at_depth + 1);
    best = stronger(std::move(best), wrong.empty() ? status_of(single, cert, at, now) : stale(std::move(wrong)));
  }
  return best;
}

base::Error unreadable_ocsp(const char* why) {
  clear_errors();
  return base::fail(base::Errc::invalid, std::string("OCSP answer: ") + why);
}

}  // namespace

base::Result<Ocsp> read_ocsp(std::string_view der) {
  if (der.size() > kMaxAnswer) return unreadable_ocsp("larger than 256 KiB");
  const auto* p = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = p + der.size();
  const base::Handle<OCSP_RESPONSE, OCSP_RESPONSE_free> response(d2i_OCSP_RESPONSE(nullptr, &p, long(der.size())));
  if (!response || p != end) return unreadable_ocsp("not DER of an OCSPResponse");
  if (OCSP_response_status(response.get()) != OCSP_RESPONSE_STATUS_SUCCESSFUL) return unreadable_ocsp("the responder refused to answer");
  OCSP_BASICRESP* basic = OCSP_response_get1_basic(response.get());
  if (basic == nullptr) return unreadable_ocsp("not of the basic type");
  return Ocsp(basic, OCSP_BASICRESP_free);
}

base::Result<Ocsp> read_basic_ocsp(std::string_view der) {
  if (der.size() > kMaxAnswer) return unreadable_ocsp("larger than 256 KiB");
  const auto* p = reinterpret_cast<const unsigned char*>(der.data());
  const auto* const end = p + der.size();
  Ocsp basic(d2i_OCSP_BASICRESP(nullptr, &p, long(der.size())), OCSP_BASICRESP_free);
  if (!basic || p != end) return unreadable_ocsp("not DER of a BasicOCSPResponse");
  return basic;
}

std::vector<Status> ocsp_status(const TrustStore::Impl& trust, const std::vector<Ocsp>& answers, STACK_OF(X509) * chain, base::Time at,
                                base::Time now) {
  std::vector<Status> out(std::size_t(std::max(sk_X509_num(chain) - 1, 0)));
  for (std::size_t i = 0; i < out.size(); ++i)
    for (const Ocsp& answer : answers) out[i] = stronger(std::move(out[i]), ask(trust, answer.get(), chain, int(i), at, now));
  clear_errors();
  return out;
}

bool answers_about(const Ocsp& answer, STACK_OF(X509) * chain) {
  for (int i = 0; i + 1 < sk_X509_num(chain); ++i)
    for (int n = 0; n < std::min(OCSP_resp_count(answer.get()), kMaxSingles); ++n)
      if (is_about(OCSP_resp_get0(answer.get(), n), sk_X509_value(chain, i), sk_X509_value(chain, i + 1))) return true;
  return false;
}

std::vector<base::Time> moments(const Ocsp& answer) {
  std::vector<base::Time> out;
  for (int i = 0; i < std::min(OCSP_resp_count(answer.get()), kMaxSingles); ++i) {
    ASN1_GENERALIZEDTIME *begin = nullptr, *end = nullptr;
    OCSP_single_get0_status(OCSP_resp_get0(answer.get(), i), nullptr, nullptr, &begin, &end);
    const auto from = time_of(begin), until = end ? time_of(end) : std::nullopt;
    if (from) out.insert(out.end(), {*from - kSkew, until.value_or(*from + kWithoutEnd) + kSkew});
  }
  return out;
}

}  // namespace policy::trust
