// What wraps the data keys of encrypted domains: a file, a systemd credential, or an AES key inside a PKCS#11 token, which never
// leaves it. Thread rule: wrap and unwrap from any thread. A lost master key means lost mail: keep a copy of the file, a second token.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace store {

class MasterKey {
 public:
  virtual ~MasterKey() = default;
  virtual std::string id() const = 0;  // tells one from another; not secret
  // `bound` is authenticated with the secret. Errc::denied: not what this key wrapped; Errc::unavailable: the token does not answer.
  virtual base::Result<std::string> wrap(std::string_view secret, std::string_view bound) const = 0;
  virtual base::Result<std::string> unwrap(std::string_view wrapped, std::string_view bound) const = 0;
};

// "/path/to/file" (or "file:..."): 32 bytes, raw or as 64 hex digits; owner and mode are checked (nobody else may read it).
// "credential:NAME": the same content in $CREDENTIALS_DIRECTORY (systemd LoadCredential=, LoadCredentialEncrypted=).
// "pkcs11:token=T;object=O?module-path=M&pin-source=P" (RFC 7512): AES-256 key O in token T, CKM_AES_GCM.
// Errors say what to do: not_found, denied, invalid, unavailable.
[[nodiscard]] base::Result<std::unique_ptr<MasterKey>> open_master_key(std::string_view where);
[[nodiscard]] base::Result<std::unique_ptr<MasterKey>> open_token_key(std::string_view uri);  // the last of these

// A new random key in a new file of mode 0600. Errc::exists: never overwritten.
[[nodiscard]] base::Result<void> make_master_key(const std::string& path);

}  // namespace store
