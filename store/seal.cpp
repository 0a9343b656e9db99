#include "store/seal.hpp"

#include <openssl/evp.h>

#include <limits>
#include <stdexcept>

#include "base/crypto.hpp"
#include "base/handle.hpp"
#include "store/keys.hpp"

namespace store {
namespace {

constexpr std::uint8_t kSealVersion = 1;
constexpr std::size_t kNonceSize = 12, kTagSize = 16, kHead = 1 + 4 + kNonceSize;
static_assert(kHead + kTagSize == kSealing);

[[noreturn]] void corrupt_seal(const char* what) { throw Failure(base::fail(base::Errc::corrupt, what)); }

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("openssl: ") + what);
}

const EVP_CIPHER* algorithm() {  // fetched once: a look-up costs more than a short row
  static EVP_CIPHER* const gcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  require(gcm != nullptr, "no AES-256-GCM");
  return gcm;
}

const unsigned char* octets(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
unsigned char* octets(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

int size(std::string_view s) {
  if (s.size() > std::size_t(std::numeric_limits<int>::max())) throw std::length_error("a value too long to seal");
  return int(s.size());
}

// Table name, NUL, key, codec: no two rows have the same.
std::string bound_to(const SealPlace& place) {
  std::string out(table_name(place.table));
  out.push_back('\0');
  out.append(place.key).push_back(char(place.codec));
  return out;
}

using Context = base::Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

std::string pad(std::string_view key, char with) {  // RFC 2104
  std::string out(64, with);
  for (std::size_t i = 0; i < key.size(); ++i) out[i] = char(out[i] ^ key[i]);
  return out;
}

}  // namespace

DataKey::DataKey(KeyId id, std::string secret) : id_(id), secret_(std::move(secret)) {
  cipher_ = base::view(base::hmac_sha256(secret_, "congthu cipher 1"));
  mac_ = base::view(base::hmac_sha256(secret_, "congthu blob id 1"));
}

DataKey::~DataKey() {
  for (std::string* s : {&secret_, &cipher_, &mac_}) base::wipe(*s);
}

std::string seal(const DataKey& key, const SealPlace& place, std::string_view plain) {
  std::string out(kHead + plain.size() + kTagSize, '\0');
  store_be(out.data(), kSealVersion);
  store_be(out.data() + 1, std::uint32_t(key.id()));
  base::random_bytes(kNonceSize).copy(out.data() + 5, kNonceSize);
  const std::string aad = bound_to(place);
  const Context c(EVP_CIPHER_CTX_new());
  int n = 0;
  require(c && EVP_EncryptInit_ex2(c.get(), algorithm(), octets(key.cipher()), octets(out) + 5, nullptr) == 1, "seal init");
  require(EVP_EncryptUpdate(c.get(), nullptr, &n, octets(aad), size(aad)) == 1, "seal aad");
  require(EVP_EncryptUpdate(c.get(), octets(out) + kHead, &n, octets(plain), size(plain)) == 1, "seal");
  require(EVP_EncryptFinal_ex(c.get(), octets(out) + kHead + n, &n) == 1, "seal end");
  require(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_AEAD_GET_TAG, int(kTagSize), octets(out) + kHead + plain.size()) == 1, "seal tag");
  return out;
}

KeyId sealed_by(std::string_view sealed) {
  if (sealed.size() < kSealing || std::uint8_t(sealed[0]) != kSealVersion) corrupt_seal("a sealed value is cut short or of an unknown version");
  return KeyId(load_be<std::uint32_t>(sealed.data() + 1));
}

void unseal(const DataKey& key, const SealPlace& place, std::string_view sealed, std::string& plain) {
  if (sealed_by(sealed) != key.id()) corrupt_seal("a sealed value of another key");
  plain.resize(sealed.size() - kSealing);
  const std::string_view text = sealed.substr(kHead, plain.size());
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  const std::string aad = bound_to(place);
  const Context c(EVP_CIPHER_CTX_new());
  int n = 0;
  require(c && EVP_DecryptInit_ex2(c.get(), algorithm(), octets(key.cipher()), octets(sealed) + 5, nullptr) == 1, "unseal init");
  require(EVP_DecryptUpdate(c.get(), nullptr, &n, octets(aad), size(aad)) == 1, "unseal aad");
  require(EVP_DecryptUpdate(c.get(), octets(plain), &n, octets(text), size(text)) == 1, "unseal");
  require(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_AEAD_SET_TAG, int(kTagSize), tag.data()) == 1, "unseal tag");
  if (EVP_DecryptFinal_ex(c.get(), octets(plain) + n, &n) != 1) {
    plain.clear();  // nothing unproven leaves here
    corrupt_seal("a sealed value is damaged, or stands in a row that it was not written for");
  }
}

BlobId blob_id(const DataKey* key, std::string_view plain) {
  return key == nullptr ? base::sha256(plain) : base::hmac_sha256(key->mac(), plain);
}

void BlobHasher::start(const DataKey* key) {
  static_cast<void>(inner_.finish());
  outer_pad_.clear();
  if (key == nullptr) return;
  outer_pad_ = pad(key->mac(), 0x5c);
  inner_.update(pad(key->mac(), 0x36));
}

BlobId BlobHasher::finish() {
  const base::Digest digest = inner_.finish();
  if (outer_pad_.empty()) return digest;
  return base::sha256(outer_pad_ + std::string(base::view(digest)));
}

}  // namespace store
