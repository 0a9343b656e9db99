// AUTHENTICATE (RFC 9051 6.2.2, RFC 4959) and LOGIN (6.2.3), both through base/sasl, so that an unknown user takes the same steps
// and the same time as a known one. Delays and limits are base::AuthGuard's.
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/sasl/sasl.hpp"
#include "imap/capabilities.hpp"
#include "imap/commands/commands.hpp"

namespace imap::commands {
namespace {

struct Attempt {
  std::string name;          // as the client gave it, once it did
  std::optional<User> user;  // whom the directory knows by it
};

sasl::ServerOptions options_of(const Session& s) {
  sasl::ServerOptions options;
  options.secret = s.settings().sasl_secret;
  options.cost = s.settings().password_cost;
  return options;
}

bool allowed(Session& s, const Attempt& a) {
  base::AuthGuard* guard = s.settings().guard;
  if (!guard) return true;
  return a.name.empty() ? guard->allowed(s.peer().address) : guard->allowed(s.peer().address, a.name);
}

Reply refused(Session& s, const Attempt& a, std::string_view reason) {
  base::log_warn("imap_login_refused", {{"conn", s.peer().id}, {"name", a.name}, {"peer", s.peer().address}, {"reason", reason}});
  return no("Not now; try again later.", "UNAVAILABLE");
}

// Waits before it answers; the text tells nothing about the reason.
Task<Reply> failed(Session& s, const Attempt& a, std::string_view reason) {
  ++s.failures;
  std::chrono::milliseconds wait{};
  if (base::AuthGuard* guard = s.settings().guard) wait = guard->failed(s.peer().address, a.name);
  base::log_warn("imap_login_failed", {{"conn", s.peer().id}, {"name", a.name}, {"peer", s.peer().address}, {"reason", reason}});
  co_await s.sleep(wait);
  co_return no("Authentication failed.", "AUTHENTICATIONFAILED");
}

Reply done(Session& s, Attempt& a) {
  if (base::AuthGuard* guard = s.settings().guard) guard->succeeded(s.peer().address, a.name);
  base::log_info("imap_login", {{"conn", s.peer().id}, {"login", a.user->address}, {"peer", s.peer().address}, {"tls", s.peer().tls}});
  s.authenticated(std::move(*a.user));
  return ok("Logged in.", "CAPABILITY " + capability_text(s));
}

// An account without password or disabled is treated as one that is not there.
std::optional<base::Error> look_up(Session& s, Attempt& a, std::optional<sasl::Credential>& credential) {
  auto found = s.backend().find_user(a.name);
  if (!found) return found.error();
  if (!*found || (*found)->disabled || !(*found)->credential) return std::nullopt;
  a.user = std::move(**found);
  credential = std::move(a.user->credential);
  return std::nullopt;
}

Task<Reply> drive(Session& s, sasl::Server& server, sasl::Step step) {
  Attempt a;
  for (;;) {
    if (auto* challenge = std::get_if<sasl::Challenge>(&step)) {
      proto::continuation(s.out(), base::base64_encode(challenge->data));
      const std::string line = co_await s.line();
      if (line == "*") {
        server.cancel();
        co_return bad("Cancelled.");  // RFC 9051 6.2.2: "it MUST reject the AUTHENTICATE command by sending a tagged BAD response"
      }
      auto decoded = base::base64_decode(line);
      if (!decoded) {
        ++s.failures;
        co_return bad("Not base64.");
      }
      step = server.step(*decoded);
    } else if (auto* need = std::get_if<sasl::NeedCredential>(&step)) {
      a.name = need->authcid;
      if (!allowed(s, a)) co_return refused(s, a, "too many failures");
      std::optional<sasl::Credential> credential;
      if (const auto error = look_up(s, a, credential)) co_return refusal(*error, s.peer().id);
      step = server.on_credential(std::move(credential));
    } else if (auto* check = std::get_if<sasl::VerifyPassword>(&step)) {
      auto work = [job = std::move(*check)] { return sasl::verify(job); };
      const auto verified = co_await s.blocking(std::move(work), Pool::passwords);
      if (!verified) co_return refused(s, a, verified.error().detail());
      step = server.on_verified(*verified);
    } else if (auto* end = std::get_if<sasl::Done>(&step)) {
      const bool other = !end->authzid.empty() && end->authzid != end->authcid;
      if (!other && a.user) co_return done(s, a);
      const std::string_view reason = other ? "acting as another is not offered" : "no account";
      co_return co_await failed(s, a, reason);
    } else {
      const std::string_view reason = sasl::to_string(std::get<sasl::Failed>(step).reason);
      co_return co_await failed(s, a, reason);
    }
  }
}

}  // namespace

Task<Reply> authenticate(Session& s, const proto::Authenticate& c) {
  if (!may_log_in(s)) co_return no("Encryption is required.", "PRIVACYREQUIRED");
  if (!allowed(s, Attempt())) co_return refused(s, Attempt(), "too many failures of this address");
  auto server = sasl::Server::make(c.mechanism, options_of(s));
  if (!server) co_return no("No such mechanism.", "CANNOT");
  std::optional<std::string> initial;
  if (c.initial) {
    // RFC 4959 3: "=" is the empty initial response.
    auto decoded = *c.initial == "=" ? base::Result<std::string>(std::string()) : base::base64_decode(*c.initial);
    if (!decoded) co_return bad("Not base64.");
    initial = std::move(*decoded);
  }
  sasl::Step step = (*server)->start(initial ? std::optional<std::string_view>(*initial) : std::nullopt);
  co_return co_await drive(s, **server, std::move(step));
}

Task<Reply> login(Session& s, const proto::Login& c) {
  if (!may_log_in(s)) co_return no("Encryption is required.", "PRIVACYREQUIRED");
  if (!allowed(s, Attempt())) co_return refused(s, Attempt(), "too many failures of this address");
  auto server = sasl::Server::make("PLAIN", options_of(s));
  if (!server) co_return no("Not offered.", "CANNOT");
  const std::string plain = std::string(1, '\0') + c.user + std::string(1, '\0') + c.password;
  sasl::Step step = (*server)->start(plain);
  co_return co_await drive(s, **server, std::move(step));
}

}  // namespace imap::commands
