// One key inside a PKCS#11 token (smart card, HSM): its module is loaded by its path, the key found by its label, and it never leaves
// the token. Opened by the store for its master key and for signing receipts. One session, one lock; const functions from any thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

class Token {
 public:
  enum class Key : unsigned char { aes, private_key };
  enum class Scheme : unsigned char { rsa_sha256, ecdsa };  // PKCS #1 v1.5 over the message; over the digest, r || s

  // pkcs11:token=T;object=O?module-path=M&pin-source=FILE (RFC 7512). Errc::invalid: the URI; not_found: module, token or key;
  // denied: the PIN; conflict: several such keys; unavailable: the token refuses.
  [[nodiscard]] static Result<std::unique_ptr<Token>> open(std::string_view uri, Key kind);
  virtual ~Token() = default;

  virtual std::string id() const = 0;  // "pkcs11:T/O"
  // AES-GCM, the tag of 16 bytes behind the text.
  virtual Result<std::string> encrypt(std::string_view nonce, std::string_view bound, std::string_view text) const = 0;
  virtual Result<std::string> decrypt(std::string_view nonce, std::string_view bound, std::string_view sealed) const = 0;
  virtual Result<std::string> sign(Scheme scheme, std::string_view input) const = 0;
};

}  // namespace base
