#include "policy/trust/warm_up.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/crypto.hpp"

namespace policy::trust {

void warm_up() {
  OPENSSL_init_crypto(OPENSSL_INIT_ADD_ALL_DIGESTS | OPENSSL_INIT_ADD_ALL_CIPHERS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
  (void)base::random_bytes(1);
  for (const char* name : {"SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "MD5"})
    if (EVP_MD* digest = EVP_MD_fetch(nullptr, name, nullptr)) EVP_MD_free(digest);
  for (const char* name : {"RSA", "EC", "ED25519"})
    if (EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr)) EVP_PKEY_CTX_free(context);
}

}  // namespace policy::trust
