// PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login): both end in one password check against the argon2 hash.
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/sasl/mechanisms.hpp"

namespace sasl {
namespace {

std::string unpadded(std::string text) {
  while (text.ends_with('=')) text.pop_back();
  return text;
}

class PasswordServer : public Server {
 public:
  using Server::Server;
  ~PasswordServer() override { base::wipe(password_); }

 protected:
  Step take(std::string_view authzid, std::string_view authcid, std::string_view password) {
    auto name = prepare_name(authcid);
    if (!name) return Failed{Reason::bad_name};
    if (!authzid.empty()) {
      auto other = prepare_name(authzid);
      if (!other) return Failed{Reason::bad_name};
      authzid_ = std::move(*other);
    }
    auto prepared = prepare_password(password);
    if (!prepared) return Failed{Reason::malformed};
    authcid_ = std::move(*name);
    password_ = std::move(*prepared);
    return NeedCredential{authcid_};
  }
  Step credential(std::optional<Credential> found) override {
    known_ = found.has_value();
    std::string encoded = known_ ? std::move(found->argon2) : fake_argon2(options().cost);
    return VerifyPassword{authcid_, std::move(encoded), std::exchange(password_, {})};
  }
  Step verified(bool ok) override {
    if (!ok || !known_) return Failed{Reason::wrong_password};
    return Done{authzid_, authcid_};
  }

 private:
  std::string authzid_, authcid_, password_;
  bool known_ = false;
};

// RFC 4616 2: message = [authzid] UTF8NUL authcid UTF8NUL passwd
class Plain final : public PasswordServer {
 public:
  using PasswordServer::PasswordServer;

 private:
  Step first() override { return Challenge{}; }
  Step respond(std::string_view response) override {
    const std::size_t one = response.find('\0');
    const std::size_t two = one == std::string_view::npos ? one : response.find('\0', one + 1);
    if (two == std::string_view::npos) return Failed{Reason::malformed};
    return take(response.substr(0, one), response.substr(one + 1, two - one - 1), response.substr(two + 1));
  }
};

class Login final : public PasswordServer {
 public:
  using PasswordServer::PasswordServer;

 private:
  Step first() override { return Challenge{"Username:"}; }
  Step respond(std::string_view response) override {
    if (name_) return take({}, *name_, response);
    name_ = std::string(response);
    return Challenge{"Password:"};
  }
  std::optional<std::string> name_;
};

}  // namespace

std::string fake_argon2(const base::PasswordCost& cost) {
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_kib) + ",t=" + std::to_string(cost.passes) +
         ",p=" + std::to_string(cost.lanes) + '$' + unpadded(base::base64_encode(std::string(16, 's'))) + '$' +
         unpadded(base::base64_encode(std::string(32, 'h')));
}

std::unique_ptr<Server> make_plain(ServerOptions options) { return std::make_unique<Plain>(std::move(options)); }
std::unique_ptr<Server> make_login(ServerOptions options) { return std::make_unique<Login>(std::move(options)); }

}  // namespace sasl
