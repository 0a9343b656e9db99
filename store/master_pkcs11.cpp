// The master key inside a PKCS#11 token: every data key goes through the token's AES-GCM. Keys are unwrapped once, when the store is
// opened.
#include "base/crypto.hpp"
#include "base/token.hpp"
#include "store/master_key.hpp"

namespace store {
namespace {

constexpr std::size_t kNonce = 12, kTag = 16;

class TokenKey final : public MasterKey {
 public:
  explicit TokenKey(std::unique_ptr<base::Token> token) : token_(std::move(token)) {}

  std::string id() const override { return token_->id(); }

  base::Result<std::string> wrap(std::string_view secret, std::string_view bound) const override {
    const std::string nonce = base::random_bytes(kNonce);
    auto sealed = token_->encrypt(nonce, bound, secret);
    if (!sealed) return sealed.error();
    return nonce + *sealed;
  }

  base::Result<std::string> unwrap(std::string_view wrapped, std::string_view bound) const override {
    if (wrapped.size() < kNonce + kTag) return base::fail(base::Errc::denied, "a wrapped data key is cut short");
    auto secret = token_->decrypt(wrapped.substr(0, kNonce), bound, wrapped.substr(kNonce));
    if (!secret) return base::fail(base::Errc::denied, secret.error().detail() + ": another master key, or a damaged row");
    return secret;
  }

 private:
  std::unique_ptr<base::Token> token_;
};

}  // namespace

base::Result<std::unique_ptr<MasterKey>> open_token_key(std::string_view uri) {
  auto token = base::Token::open(uri, base::Token::Key::aes);
  if (!token) return token.error();
  return std::unique_ptr<MasterKey>(std::make_unique<TokenKey>(*std::move(token)));
}

}  // namespace store
