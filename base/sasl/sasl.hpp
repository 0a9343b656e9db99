// SASL mechanisms as I/O-free state machines: PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login) and SCRAM-SHA-256
// (RFC 5802, RFC 7677, without channel binding) for the server; PLAIN and LOGIN for our client to a relay. Used by smtp and imap.
//
// The driver decodes base64, calls step() with each client response, and does what the returned Step asks:
//   Challenge       send it (base64) and read the next response
//   NeedCredential  look the user up, answer on_credential(): the account's row or nullopt
//   VerifyPassword  run verify() on a pool (argon2 is heavy), answer on_verified(), also when the user is unknown
//   Done            log in as authcid (authzid, when not empty and different, is a wish to act as another: caller's decision)
//   Failed          answer "authentication failed", whatever the reason; the reason goes to the log
// Unknown users run the same steps with a fake, stable salt, so that answers and timing do not tell who exists.
// A client line "*" (RFC 4954 4, RFC 9051 6.2.2) is the driver's cancel(): it is not base64. Not thread-safe; one per attempt.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "base/sasl/credential.hpp"

namespace sasl {

inline constexpr std::size_t kMaxResponse = 8192;  // decoded bytes of one client response

struct Challenge { std::string data; };
struct NeedCredential { std::string authcid; };
struct VerifyPassword { std::string authcid; std::string encoded; std::string password; };
struct Done { std::string authzid; std::string authcid; };
enum class Reason : unsigned char { malformed, oversize, cancelled, bad_name, wrong_password, channel_binding, out_of_order };
struct Failed { Reason reason; };
std::string_view to_string(Reason reason);  // "wrong_password", for the log

using Step = std::variant<Challenge, NeedCredential, VerifyPassword, Done, Failed>;

struct ServerOptions {
  std::string secret;  // of this server, stable: makes the fake salts
  base::PasswordCost cost;  // what the accounts' hashes cost: an unknown user's check takes as long
  std::string nonce_text;   // tests fix the server's nonce; empty = random
};

// In order of preference, for EHLO AUTH and CAPABILITY AUTH=.
std::span<const std::string_view> server_mechanisms();

class Server {
 public:
  // Error unsupported: no such mechanism (names compare without case).
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> make(std::string_view mechanism, ServerOptions options);
  virtual ~Server() = default;

  // nullopt starts a mechanism without initial response; "" is an empty initial response ("=" on the wire).
  Step start(std::optional<std::string_view> initial);
  Step step(std::string_view response);                        // REQUIRES: the last Step was a Challenge
  Step on_credential(std::optional<Credential> credential);    // REQUIRES: it was NeedCredential
  Step on_verified(bool ok);                                   // REQUIRES: it was VerifyPassword
  Step cancel();

  explicit Server(ServerOptions options);

 protected:
  virtual Step first() = 0;  // the challenge that asks for the first response
  virtual Step respond(std::string_view response) = 0;
  virtual Step credential(std::optional<Credential> credential) = 0;
  virtual Step verified(bool ok) = 0;  // never called by SCRAM, which asks for no check
  std::string nonce() const;
  const ServerOptions& options() const { return options_; }

 private:
  enum class Await : unsigned char { start, response, credential, verification, over };
  Step took(Step step);
  ServerOptions options_;
  Await await_ = Await::start;
};

// What a pool thread runs for a VerifyPassword.
bool verify(const VerifyPassword& job);

// Client side for a relay that asks for AUTH: initial response, then one answer per challenge.
class Client {
 public:
  // The best of the mechanisms the server offers ("PLAIN LOGIN ..."); error unsupported when none fits.
  [[nodiscard]] static base::Result<Client> make(std::string_view offered, std::string user, std::string password);
  std::string_view mechanism() const;                  // "PLAIN" or "LOGIN"
  std::optional<std::string> initial() const;          // PLAIN sends its response with the command (RFC 4954 4)
  [[nodiscard]] base::Result<std::string> answer(std::string_view challenge);  // not base64; error when too many come

 private:
  Client(bool plain, std::string user, std::string password);
  bool plain_;
  unsigned answers_ = 0;
  std::string user_;
  std::string password_;
};

}  // namespace sasl
