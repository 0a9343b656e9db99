// SCRAM-SHA-256, server side (RFC 5802 with the hash of RFC 7677), without channel binding.
#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/sasl/mechanisms.hpp"

namespace sasl {
namespace {

// saslname = 1*(value-safe-char / "=2C" / "=3D") ; RFC 5802 7
std::optional<std::string> decode_saslname(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '=') {
      out += s[i];
    } else if (s.substr(i, 3) == "=2C" || s.substr(i, 3) == "=3D") {
      out += s[i + 1] == '2' ? ',' : '=';
      i += 2;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

bool is_printable(std::string_view s) {  // printable = %x21-2B / %x2D-7E
  for (char c : s) {
    if (c < 0x21 || c > 0x7e || c == ',') return false;
  }
  return !s.empty();
}

// Takes "x=value" off the front, up to the next comma.
std::optional<std::string_view> attribute(std::string_view& rest, char name) {
  if (rest.size() < 2 || rest[0] != name || rest[1] != '=') return std::nullopt;
  const std::size_t comma = rest.find(',');
  const std::string_view value = rest.substr(2, comma == std::string_view::npos ? comma : comma - 2);
  rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  return value;
}

class ScramSha256 final : public Server {
 public:
  using Server::Server;

 private:
  enum class Stage : unsigned char { client_first, client_final, acknowledgement };

  Step first() override { return Challenge{}; }
  Step respond(std::string_view response) override {
    switch (stage_) {
      case Stage::client_first: return client_first(response);
      case Stage::client_final: return client_final(response);
      // SMTP and IMAP carry no data with success, so server-final went as a challenge and the client answers it empty.
      case Stage::acknowledgement: break;
    }
    if (!response.empty()) return Failed{Reason::malformed};
    return Done{authzid_, authcid_};
  }

  // client-first-message = gs2-cbind-flag "," [authzid] "," [reserved-mext ","] username "," nonce ["," extensions]
  Step client_first(std::string_view message) {
    if (message.starts_with("p=")) return Failed{Reason::channel_binding};
    std::string_view rest = message;
    // "y": the client could bind but believes that we cannot, which is so.
    if (!rest.starts_with("n,") && !rest.starts_with("y,")) return Failed{Reason::malformed};
    rest.remove_prefix(2);
    if (!rest.starts_with(',')) {
      const auto authzid = attribute(rest, 'a');
      if (!authzid) return Failed{Reason::malformed};
      const auto name = decode_saslname(*authzid);
      auto prepared = prepare_name(name.value_or(""));
      if (!prepared) return Failed{Reason::bad_name};
      authzid_ = std::move(*prepared);
    } else {
      rest.remove_prefix(1);
    }
    gs2_header_ = message.substr(0, message.size() - rest.size());
    client_first_bare_ = rest;
    if (rest.starts_with("m=")) return Failed{Reason::malformed};  // "MUST cause authentication failure" (RFC 5802 5.1)
    const auto name = attribute(rest, 'n');
    const auto client_nonce = attribute(rest, 'r');
    if (!name || !client_nonce || !is_printable(*client_nonce)) return Failed{Reason::malformed};
    const auto decoded = decode_saslname(*name);
    auto prepared = prepare_name(decoded.value_or(""));
    if (!prepared) return Failed{Reason::bad_name};
    authcid_ = std::move(*prepared);
    nonce_ = std::string(*client_nonce) + nonce();
    return NeedCredential{authcid_};
  }

  Step credential(std::optional<Credential> found) override {
    known_ = found.has_value();
    credential_ = known_ ? std::move(*found) : fake();
    server_first_ = "r=" + nonce_ + ",s=" + base::base64_encode(credential_.salt) + ",i=" + std::to_string(credential_.iterations);
    stage_ = Stage::client_final;
    return Challenge{server_first_};
  }

  Step verified(bool) override { return Failed{Reason::out_of_order}; }

  // The salt of a name that does not exist is the same at every try and differs between names, like a real one.
  Credential fake() const {
    Credential out;
    const base::Digest seed = base::hmac_sha256(options().secret, "scram-salt\n" + authcid_);
    out.salt = std::string(base::view(seed).substr(0, kSaltSize));
    out.iterations = kScramIterations;
    out.stored_key = base::hmac_sha256(options().secret, "scram-key\n" + authcid_);
    out.server_key = out.stored_key;
    return out;
  }

  // client-final-message = channel-binding "," nonce ["," extensions] "," proof
  Step client_final(std::string_view message) {
    const std::size_t proof_at = message.rfind(",p=");
    if (proof_at == std::string_view::npos) return Failed{Reason::malformed};
    const std::string_view without_proof = message.substr(0, proof_at);
    std::string_view rest = without_proof;
    const auto binding = attribute(rest, 'c');
    const auto given_nonce = attribute(rest, 'r');
    const auto proof = base::base64_decode(message.substr(proof_at + 3));
    if (!binding || !given_nonce || !proof || proof->size() != sizeof(base::Digest)) return Failed{Reason::malformed};
    if (*binding != base::base64_encode(gs2_header_)) return Failed{Reason::channel_binding};
    if (!base::constant_time_equal(*given_nonce, nonce_)) return Failed{Reason::malformed};
    return check(*proof, client_first_bare_ + ',' + server_first_ + ',' + std::string(without_proof));
  }

  // RFC 5802 3: ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage), and H(ClientKey) must be StoredKey.
  Step check(std::string client_key, const std::string& auth_message) {
    const base::Digest signature = base::hmac_sha256(base::view(credential_.stored_key), auth_message);
    for (std::size_t i = 0; i < signature.size(); ++i) client_key[i] = static_cast<char>(client_key[i] ^ signature[i]);
    const base::Digest key = base::sha256(client_key);
    const bool same = base::constant_time_equal(base::view(key), base::view(credential_.stored_key));
    if (!same || !known_) return Failed{Reason::wrong_password};
    stage_ = Stage::acknowledgement;
    return Challenge{"v=" + base::base64_encode(base::view(base::hmac_sha256(base::view(credential_.server_key), auth_message)))};
  }

  Stage stage_ = Stage::client_first;
  bool known_ = false;
  std::string authzid_, authcid_, gs2_header_, client_first_bare_, nonce_, server_first_;
  Credential credential_;
};

}  // namespace

std::unique_ptr<Server> make_scram_sha256(ServerOptions options) { return std::make_unique<ScramSha256>(std::move(options)); }

}  // namespace sasl
