#include "base/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <limits>
#include <new>
#include <stdexcept>

#include "base/encoding.hpp"
#include "base/handle.hpp"

namespace base {
namespace {

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("openssl: ") + what);
}

// Fetched once: EVP_sha256() looks the algorithm up again at each init, which costs more than hashing a short string.
const EVP_MD* sha256_algorithm() {
  static EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  require(md != nullptr, "no SHA-256");
  return md;
}

int int_size(std::string_view s) {
  if (s.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) throw std::length_error("crypto: key too long");
  return static_cast<int>(s.size());
}

const unsigned char* bytes(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

}  // namespace

struct Sha256::Impl {
  Handle<EVP_MD_CTX, EVP_MD_CTX_free> context{EVP_MD_CTX_new()};
  void start() { require(context && EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1, "digest init"); }
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) { impl_->start(); }
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view data) {
  require(EVP_DigestUpdate(impl_->context.get(), data.data(), data.size()) == 1, "digest update");
}

Digest Sha256::finish() {
  Digest out{};
  require(EVP_DigestFinal_ex(impl_->context.get(), out.data(), nullptr) == 1, "digest final");
  impl_->start();
  return out;
}

Digest sha256(std::string_view data) {
  Digest out{};
  require(EVP_Digest(data.data(), data.size(), out.data(), nullptr, sha256_algorithm(), nullptr) == 1, "digest");
  return out;
}

std::string sha256_hex(std::string_view data) {
  const Digest digest = sha256(data);
  return hex_encode(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

Digest hmac_sha256(std::string_view key, std::string_view data) {
  Digest out{};
  unsigned size = 0;
  const unsigned char none = 0;  // an empty key is legal; a null pointer would ask OpenSSL to reuse the last one
  const unsigned char* key_bytes = key.empty() ? &none : bytes(key);
  require(HMAC(sha256_algorithm(), key_bytes, int_size(key), bytes(data), data.size(), out.data(), &size) != nullptr, "hmac");
  return out;
}

Digest pbkdf2_sha256(std::string_view password, std::string_view salt, unsigned iterations) {
  Digest out{};
  require(iterations >= 1 && iterations <= 10'000'000, "iteration count");
  const char none = 0;
  require(PKCS5_PBKDF2_HMAC(password.empty() ? &none : password.data(), int_size(password), bytes(salt), int_size(salt),
                            static_cast<int>(iterations), sha256_algorithm(), static_cast<int>(out.size()), out.data()) == 1,
          "pbkdf2");
  return out;
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  require(RAND_bytes_ex(nullptr, reinterpret_cast<unsigned char*>(out.data()), count, 0) == 1, "random bytes");
  return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace base
