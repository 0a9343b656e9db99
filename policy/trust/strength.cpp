#include "policy/trust/strength.hpp"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

namespace policy::trust {
namespace {

bool allowed_curve(EVP_PKEY* key) {
  char group[64] = "";
  std::size_t n = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &n) != 1) return false;
  const std::string_view name(group, n);
  return name == "prime256v1" || name == "secp384r1" || name == "secp521r1" || name == "P-256" || name == "P-384" || name == "P-521";
}

// e = 1 makes every value a signature of itself; a giant one only burns time.
void check_exponent(EVP_PKEY* key, Reasons& reasons) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &raw) != 1) return add(reasons, Code::unsupported_algorithm, "RSA exponent");
  const base::Handle<BIGNUM, BN_free> e(raw);
  if (BN_num_bits(e.get()) > 64) return add(reasons, Code::limit_exceeded, "RSA exponent");
  if (!BN_is_odd(e.get()) || BN_is_one(e.get())) add(reasons, Code::signature_value_bad, "RSA exponent");
}

}  // namespace

void check_key(const X509* cert, Reasons& reasons, const AlgorithmFloor& floor) {
  EVP_PKEY* key = X509_get0_pubkey(cert);
  if (key == nullptr) return add(reasons, Code::unsupported_algorithm, "public key");
  const int bits = EVP_PKEY_get_bits(key);
  if (bits > kMaxRsaBits) return add(reasons, Code::limit_exceeded, "key of " + std::to_string(bits) + " bits");
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
      if (bits < floor.rsa_bits) add(reasons, Code::weak_key, "RSA " + std::to_string(bits));
      return check_exponent(key, reasons);
    case EVP_PKEY_EC:
      if (!allowed_curve(key) || bits < floor.ec_bits) add(reasons, Code::weak_key, "elliptic curve");
      return;
    case EVP_PKEY_ED25519:
      if (floor.ec_bits > 256) add(reasons, Code::weak_key, "Ed25519");
      return;
    default: return add(reasons, Code::weak_key, OBJ_nid2sn(EVP_PKEY_get_base_id(key)));
  }
}

void check_chain_strength(STACK_OF(X509) * chain, const AlgorithmFloor& floor, Reasons& reasons) {
  for (int i = 0; i < sk_X509_num(chain) - 1; ++i) {
    X509* cert = sk_X509_value(chain, i);
    int digest = NID_undef, key = NID_undef;
    X509_get_signature_info(cert, &digest, &key, nullptr, nullptr);
    const std::string who = name_text(X509_get_subject_name(cert));
    if (key != NID_ED25519 && !allows_digest(floor, digest)) add(reasons, Code::weak_chain, who);
    if (i == 0) continue;  // the leaf's own key is judged with the signature
    Reasons of_key;
    check_key(cert, of_key, floor);
    for (const Reason& r : of_key) add(reasons, r.code == Code::weak_key ? Code::weak_chain : r.code, who + " (" + r.detail + ")");
  }
}

}  // namespace policy::trust
