// What the directory stores for a password: an argon2id hash for PLAIN and LOGIN, and the SCRAM-SHA-256 values (RFC 5803).
// Neither gives the password back. Making one is heavy: call it on a pool.
#pragma once
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/password.hpp"
#include "base/result.hpp"

namespace sasl {

inline constexpr unsigned kScramIterations = 15'000;  // RFC 7677 4: at least 4096 and SHOULD be 15,000 or more
inline constexpr std::size_t kSaltSize = 16;

struct Credential {
  std::string argon2;  // "$argon2id$..."
  std::string salt;
  unsigned iterations = 0;
  base::Digest stored_key{};
  base::Digest server_key{};
  friend bool operator==(const Credential&, const Credential&) = default;
};

// Errors invalid: the password is empty or holds a control character or broken UTF-8.
[[nodiscard]] base::Result<Credential> make_credential(std::string_view password, const base::PasswordCost& cost = {});

// "1|<argon2>|<iterations>|<salt>|<stored key>|<server key>", the last three in base64: one printable line.
std::string encode(const Credential& credential);
[[nodiscard]] base::Result<Credential> decode(std::string_view text);

// OpaqueString (RFC 8265 4.2): NFC, non-ASCII spaces become SP; empty and controls are refused. Case and width stay.
[[nodiscard]] base::Result<std::string> prepare_password(std::string_view password);
// User name: as above and at most 320 bytes (RFC 5321 4.5.3.1); case stays, because the directory compares it in its own way.
[[nodiscard]] base::Result<std::string> prepare_name(std::string_view name);

// The SCRAM part alone, for a given salt (make_credential picks a random one; tests use the RFC's).
void derive_scram(Credential& credential, std::string_view prepared_password);

}  // namespace sasl
