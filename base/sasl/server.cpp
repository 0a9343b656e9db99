#include <array>

#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/sasl/mechanisms.hpp"

namespace sasl {
namespace {

constexpr std::array<std::string_view, 3> kMechanisms{"SCRAM-SHA-256", "PLAIN", "LOGIN"};
constexpr std::size_t kNonceBytes = 18;  // 24 base64 characters without padding

}  // namespace

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::malformed: return "malformed";
    case Reason::oversize: return "oversize";
    case Reason::cancelled: return "cancelled";
    case Reason::bad_name: return "bad_name";
    case Reason::wrong_password: return "wrong_password";
    case Reason::channel_binding: return "channel_binding";
    case Reason::out_of_order: return "out_of_order";
  }
  return "unknown";
}

std::span<const std::string_view> server_mechanisms() { return kMechanisms; }

base::Result<std::unique_ptr<Server>> Server::make(std::string_view mechanism, ServerOptions options) {
  if (base::iequals(mechanism, "SCRAM-SHA-256")) return make_scram_sha256(std::move(options));
  if (base::iequals(mechanism, "PLAIN")) return make_plain(std::move(options));
  if (base::iequals(mechanism, "LOGIN")) return make_login(std::move(options));
  return base::fail(base::Errc::unsupported, "sasl: unknown mechanism");
}

Server::Server(ServerOptions options) : options_(std::move(options)) {}

// The four inputs are accepted only when asked for: a driver's slip, or an answer that comes late, can never log anybody in.
Step Server::start(std::optional<std::string_view> initial) {
  if (await_ != Await::start) return took(Failed{Reason::out_of_order});
  if (!initial) return took(first());
  if (initial->size() > kMaxResponse) return took(Failed{Reason::oversize});
  return took(respond(*initial));
}

Step Server::step(std::string_view response) {
  if (await_ != Await::response) return took(Failed{Reason::out_of_order});
  if (response.size() > kMaxResponse) return took(Failed{Reason::oversize});
  return took(respond(response));
}

Step Server::on_credential(std::optional<Credential> found) {
  if (await_ != Await::credential) return took(Failed{Reason::out_of_order});
  return took(credential(std::move(found)));
}

Step Server::on_verified(bool ok) {
  if (await_ != Await::verification) return took(Failed{Reason::out_of_order});
  return took(verified(ok));
}

Step Server::cancel() { return took(Failed{Reason::cancelled}); }

Step Server::took(Step step) {
  if (std::holds_alternative<Challenge>(step)) await_ = Await::response;
  else if (std::holds_alternative<NeedCredential>(step)) await_ = Await::credential;
  else if (std::holds_alternative<VerifyPassword>(step)) await_ = Await::verification;
  else await_ = Await::over;
  return step;
}

std::string Server::nonce() const {
  return options_.nonce_text.empty() ? base::base64_encode(base::random_bytes(kNonceBytes)) : options_.nonce_text;
}

bool verify(const VerifyPassword& job) { return base::verify_password(job.encoded, job.password); }

}  // namespace sasl
