// Sealed values: AES-256-GCM under one data key, bound to the table and row that they were written for, so that rows cannot be
// exchanged. Sealed = u8 1, u32 key id, 12 random nonce bytes, ciphertext, 16 tag bytes. 2^32 rows under one key are the limit of
// random nonces (NIST SP 800-38D 8.3): rotate before. Thread rule: everything here from any thread. Internal to the store.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "store/env.hpp"
#include "store/types.hpp"

namespace store {

inline constexpr std::size_t kSealing = 33;     // bytes that sealing adds
inline constexpr std::size_t kSecretSize = 32;  // of a data key, and of a master key

enum class KeyId : std::uint32_t {};

// One domain's key. Both halves are derived from the secret that the master key wraps; wiped when the last holder lets go.
class DataKey {
 public:
  DataKey(KeyId id, std::string secret);
  ~DataKey();
  DataKey(const DataKey&) = delete;
  KeyId id() const { return id_; }
  std::string_view secret() const { return secret_; }
  std::string_view cipher() const { return cipher_; }
  std::string_view mac() const { return mac_; }  // of blob ids

 private:
  KeyId id_;
  std::string secret_, cipher_, mac_;
};
using DataKeyPtr = std::shared_ptr<const DataKey>;

// What a sealed value is bound to. `codec` is the byte in front of it, 0 where there is none.
struct SealPlace {
  Table table{};
  std::string_view key;
  std::uint8_t codec = 0;
};

std::string seal(const DataKey& key, const SealPlace& place, std::string_view plain);
KeyId sealed_by(std::string_view sealed);  // throws Failure(corrupt)
// Throws Failure(corrupt): another key, another row, a changed byte.
void unseal(const DataKey& key, const SealPlace& place, std::string_view sealed, std::string& plain);

// The id of a blob: SHA-256 of its plain bytes, or their HMAC under the owner's key (nothing can be told from ids, and one
// document has different ids in two domains).
BlobId blob_id(const DataKey* key, std::string_view plain);

class BlobHasher {  // the same, piece by piece
 public:
  void start(const DataKey* key);
  void update(std::string_view plain) { inner_.update(plain); }
  BlobId finish();

 private:
  base::Sha256 inner_;
  std::string outer_pad_;  // empty: no key
};

}  // namespace store
