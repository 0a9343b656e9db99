// Ed25519 (RFC 8032) keys in PEM files, for signing what leaves the server as files. The signature is the raw 64 bytes over the
// whole message, so that `openssl pkeyutl -verify -pubin -inkey PUB -rawin -in FILE -sigfile SIG` checks it without us.
// Thread rule: values; const functions from any thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

class PublicKey {
 public:
  // PEM "PUBLIC KEY". Errc::invalid: not PEM, or another kind of key.
  [[nodiscard]] static Result<PublicKey> from_pem(std::string_view pem);
  bool verify(std::string_view message, std::string_view signature) const;
  std::string pem() const;
  std::string fingerprint() const;  // SHA-256 of the raw key, hex
  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.raw_ == b.raw_; }

 private:
  friend class SigningKey;
  explicit PublicKey(std::string raw) : raw_(std::move(raw)) {}
  std::string raw_;  // 32 bytes
};

class SigningKey {
 public:
  static SigningKey generate();
  [[nodiscard]] static Result<SigningKey> from_pem(std::string_view pem);  // PKCS #8, not encrypted
  // The file's key. Errc::not_found, denied (others may read it), invalid.
  [[nodiscard]] static Result<SigningKey> load(const std::string& path);
  [[nodiscard]] Result<void> save(const std::string& path) const;  // a new file, 0600; Errc::exists, io

  std::string sign(std::string_view message) const;
  std::string pem() const;
  PublicKey public_key() const;

 private:
  struct Impl;
  explicit SigningKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace base
