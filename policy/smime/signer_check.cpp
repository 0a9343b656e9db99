#include "policy/smime/signer_check.hpp"

#include <openssl/rsa.h>

#include <algorithm>

namespace policy::smime {
namespace {

std::string digest_of(const EVP_MD* md, const std::vector<std::string_view>& segments) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  base::Handle<EVP_MD_CTX, EVP_MD_CTX_free> ctx(EVP_MD_CTX_new());
  if (!ctx || EVP_DigestInit_ex(ctx.get(), md, nullptr) != 1) return {};
  for (const std::string_view s : segments) EVP_DigestUpdate(ctx.get(), s.data(), s.size());
  if (EVP_DigestFinal_ex(ctx.get(), out, &n) != 1) return {};
  return {reinterpret_cast<char*>(out), n};
}

std::string cert_digest(const EVP_MD* md, const X509* cert) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  if (md == nullptr || X509_digest(cert, md, out, &n) != 1) return {};
  return {reinterpret_cast<char*>(out), n};
}

std::size_t count(const RawSigner& signer, std::string_view oid) {
  return std::size_t(std::count_if(signer.attributes.begin(), signer.attributes.end(), [oid](const RawAttribute& a) { return a.oid == oid; }));
}

const EVP_MD* md_of(std::string_view algorithm_identifier) {
  const auto oid = take(algorithm_identifier, kOid);
  if (!oid) return nullptr;
  const auto* p = reinterpret_cast<const unsigned char*>(oid->whole.data());
  base::Handle<ASN1_OBJECT, ASN1_OBJECT_free> object(d2i_ASN1_OBJECT(nullptr, &p, long(oid->whole.size())));
  return object ? EVP_get_digestbyobj(object.get()) : nullptr;
}

// The first ESSCertID(v2) of a signing-certificate attribute names the signer: SEQ { SEQ OF SEQ { [alg], hash, [issuerSerial] } ... }
bool names_certificate(std::string_view value, bool v2, const X509* cert) {
  const auto outer = take(value, kSequence);
  if (!outer) return false;
  std::string_view body = outer->content;
  const auto list = take(body, kSequence);
  if (!list) return false;
  std::string_view ids = list->content;
  const auto first = take(ids, kSequence);
  if (!first) return false;
  std::string_view id = first->content;
  const EVP_MD* md = v2 ? EVP_sha256() : EVP_sha1();  // RFC 5035 4: DEFAULT SHA-256
  if (v2)
    if (const auto algorithm = take(id, kSequence)) md = md_of(algorithm->content);
  const auto hash = take(id, kOctets);
  const std::string want = cert_digest(md, cert);
  return hash && !want.empty() && hash->content == want;
}

std::string_view first_oid(std::string_view algorithm) {
  const auto oid = take(algorithm, kOid);
  return oid ? oid->content : std::string_view();
}

// RFC 6211 2: SEQUENCE { digestAlgorithm, [1] signatureAlgorithm, [2] mac }. Parameters NULL and absent mean the same for digests.
bool protects(std::string_view value, const RawSigner& raw) {
  const auto outer = take(value, kSequence);
  if (!outer) return false;
  std::string_view body = outer->content;
  const auto digest = take(body, kSequence);
  const auto signature = take(body, kContext1);
  return digest && signature && body.empty() && first_oid(digest->content) == first_oid(raw.digest_algorithm) &&
         first_oid(signature->content) == first_oid(raw.signature_algorithm);
}

// What RFC 5652 5.4 signs: the DER of the attributes with the tag of a SET OF instead of the [0]. Without a digest for EdDSA, which
// OpenSSL 3.0 cannot verify in a CMS (RFC 8419 3).
bool verify_attributes(EVP_PKEY* key, const EVP_MD* md, const RawSigner& raw) {
  std::string attributes(raw.signed_attributes);
  attributes[0] = char(kSet);
  base::Handle<EVP_MD_CTX, EVP_MD_CTX_free> ctx(EVP_MD_CTX_new());
  return ctx && EVP_DigestVerifyInit(ctx.get(), nullptr, md, nullptr, key) == 1 &&
         EVP_DigestVerify(ctx.get(), reinterpret_cast<const unsigned char*>(raw.signature.data()), raw.signature.size(),
                          reinterpret_cast<const unsigned char*>(attributes.data()), attributes.size()) == 1;
}

int nid_of(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* oid = nullptr;
  if (algorithm) X509_ALGOR_get0(&oid, nullptr, nullptr, algorithm);
  return oid ? OBJ_obj2nid(oid) : NID_undef;
}

bool is_pss(const X509_ALGOR* algorithm) { return nid_of(algorithm) == NID_rsassaPss; }

// Of sha256WithRSAEncryption and its kind; none for rsaEncryption and PSS.
const EVP_MD* signature_digest(const X509_ALGOR* algorithm) {
  int digest = NID_undef;
  return OBJ_find_sigid_algs(nid_of(algorithm), &digest, nullptr) == 1 && digest != NID_undef ? EVP_get_digestbynid(digest) : nullptr;
}

// RFC 4056 3: the digest of the parameters is the signer's; RFC 8017 9.1: the salt is what makes the proof, usually as long as
// the digest. 20 bytes are common, a missing or tiny one is not.
void check_pss(const X509_ALGOR* algorithm, const EVP_MD* md, Reasons& reasons) {
  constexpr long kShortestSalt = 16;
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE) return add(reasons, Code::unsupported_algorithm, "PSS parameters");
  const auto* text = static_cast<const ASN1_STRING*>(value);
  const unsigned char* p = ASN1_STRING_get0_data(text);
  const base::Handle<RSA_PSS_PARAMS, RSA_PSS_PARAMS_free> pss(d2i_RSA_PSS_PARAMS(nullptr, &p, ASN1_STRING_length(text)));
  if (!pss || (pss->hashAlgorithm ? nid_of(pss->hashAlgorithm) : NID_sha1) != EVP_MD_get_type(md))
    return add(reasons, Code::unsupported_algorithm, "PSS parameters");
  const long salt = pss->saltLength ? ASN1_INTEGER_get(pss->saltLength) : 20;
  if (salt < kShortestSalt) add(reasons, Code::weak_key, "PSS salt of " + std::to_string(salt) + " bytes");
}

}  // namespace

const std::string& ContentDigests::of(const EVP_MD* md) {
  const int id = EVP_MD_get_type(md);
  for (const auto& [made, digest] : made_)
    if (made == id) return digest;
  return made_.emplace_back(id, digest_of(md, segments_)).second;
}

void check_digest_strength(const EVP_MD* md, const trust::AlgorithmFloor& floor, Reasons& reasons) {
  if (!trust::allows_digest(floor, EVP_MD_get_type(md))) add(reasons, Code::weak_digest, EVP_MD_get0_name(md));
}

const RawAttribute* attribute(const RawSigner& signer, std::string_view oid) {
  for (const RawAttribute& a : signer.attributes)
    if (a.oid == oid) return &a;
  return nullptr;
}

bool check_attributes(const RawSigner& raw, std::string_view content_type, Reasons& reasons) {
  if (raw.signed_attributes.empty()) return add(reasons, Code::signed_attributes_missing), false;
  const RawAttribute* type = attribute(raw, oid_content_type());
  const RawAttribute* digest = attribute(raw, oid_message_digest());
  const bool single = count(raw, oid_content_type()) == 1 && count(raw, oid_message_digest()) == 1 && type->values == 1 && digest->values == 1;
  if (!single) return add(reasons, Code::signed_attributes_malformed), false;
  for (const auto oid : {oid_signing_time(), oid_signing_certificate(), oid_signing_certificate_v2(), oid_algorithm_protection()})
    if (count(raw, oid) > 1 || (count(raw, oid) == 1 && attribute(raw, oid)->values != 1)) add(reasons, Code::signed_attributes_malformed);
  std::string_view value = type->value;
  const auto oid = take(value, kOid);
  if (!oid || oid->content != content_type) add(reasons, Code::signed_attributes_malformed, "content-type");
  return true;
}

void check_digest(const RawSigner& raw, const EVP_MD* md, ContentDigests& digests, Reasons& reasons) {
  std::string_view value = attribute(raw, oid_message_digest())->value;
  const auto stated = take(value, kOctets);
  const std::string& made = digests.of(md);
  if (made.empty()) return add(reasons, Code::unsupported_algorithm, EVP_MD_get0_name(md));
  if (!stated || stated->content != made) add(reasons, Code::digest_mismatch);
}

void check_value(CMS_SignerInfo* si, const RawSigner& raw, X509* cert, const EVP_MD* md, const trust::AlgorithmFloor& floor, Reasons& reasons) {
  EVP_PKEY* key = X509_get0_pubkey(cert);
  if (key == nullptr) return add(reasons, Code::signature_value_bad);
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
    if (!verify_attributes(key, nullptr, raw)) add(reasons, Code::signature_value_bad);
    return;
  }
  X509_ALGOR* algorithm = nullptr;
  CMS_SignerInfo_get0_algs(si, nullptr, nullptr, nullptr, &algorithm);
  if (is_pss(algorithm)) check_pss(algorithm, md, reasons);
  const EVP_MD* own = signature_digest(algorithm);
  const bool differs = own && EVP_MD_get_type(own) != EVP_MD_get_type(md);
  if (CMS_SignerInfo_verify(si) == 1) {
    if (differs) add(reasons, Code::unsupported_algorithm, "signature and digest algorithm differ");
  } else if (differs && verify_attributes(key, own, raw)) {  // RFC 5652 10.1.2: the signature algorithm may have a digest of its own
    check_digest_strength(own, floor, reasons);
  } else {
    add(reasons, Code::signature_value_bad);
  }
}

void check_protections(const RawSigner& raw, const X509* cert, Reasons& reasons) {
  const RawAttribute* v1 = attribute(raw, oid_signing_certificate());
  const RawAttribute* v2 = attribute(raw, oid_signing_certificate_v2());
  if ((v1 && !names_certificate(v1->value, false, cert)) || (v2 && !names_certificate(v2->value, true, cert)))
    add(reasons, Code::signing_certificate_mismatch);
  const RawAttribute* protection = attribute(raw, oid_algorithm_protection());
  if (protection && !protects(protection->value, raw)) add(reasons, Code::algorithm_protection_mismatch);
}

std::optional<base::Time> signing_time(const RawSigner& raw) {
  const RawAttribute* a = attribute(raw, oid_signing_time());
  if (a == nullptr) return std::nullopt;
  const auto* p = reinterpret_cast<const unsigned char*>(a->value.data());
  base::Handle<ASN1_TIME, ASN1_TIME_free> t(d2i_ASN1_TIME(nullptr, &p, long(a->value.size())));
  return trust::time_of(t.get());
}

}  // namespace policy::smime
