// Connection: the SASL exchange (RFC 4954), its delays and limits. Every failure gets the same answer; the log has the reason.
#include <utility>

#include "smtp/connection.hpp"

namespace smtp {

net::Awaitable<void> Connection::authenticate(proto::Authenticate request) {
  name_.clear();
  login_.clear();
  if (!setup_->guard.allowed(client_.address)) co_return refuse_auth("too many failures of this address");
  auto made = sasl::Server::make(request.mechanism, setup_->options.sasl);
  if (!made) co_return refuse_auth("mechanism");
  sasl_ = std::move(*made);
  std::optional<std::string_view> initial;
  if (request.initial) initial = *request.initial;
  sasl::Step step = sasl_->start(initial);
  co_await drive(std::move(step));
}

net::Awaitable<void> Connection::respond(std::string response) {
  sasl::Step step = sasl_->step(response);
  co_await drive(std::move(step));
}

net::Awaitable<void> Connection::drive(sasl::Step step) {
  for (;;) {
    if (auto* challenge = std::get_if<sasl::Challenge>(&step)) {
      co_return session_.on_auth(proto::AuthChallenge{std::move(challenge->data)});
    }
    if (auto* need = std::get_if<sasl::NeedCredential>(&step)) {
      name_ = need->authcid;
      if (!setup_->guard.allowed(client_.address, name_)) co_return refuse_auth("too many failures");
      auto known = look_up(*need);
      if (!known) co_return refuse_auth("directory");
      step = std::move(*known);
    } else if (auto* check = std::get_if<sasl::VerifyPassword>(&step)) {
      auto work = [job = std::move(*check)] { return sasl::verify(job); };
      const auto checked = co_await net::offload(setup_->passwords, std::move(work));
      if (!checked) co_return refuse_auth(checked.error().detail());
      step = sasl_->on_verified(*checked);
    } else if (auto* done = std::get_if<sasl::Done>(&step)) {
      const bool other = !done->authzid.empty() && done->authzid != done->authcid;
      if (!other && !login_.empty()) co_return accept_auth(*done);
      co_return co_await fail_auth(other ? "acting as another is not offered" : "no account");
    } else {
      co_return co_await fail_auth(sasl::to_string(std::get<sasl::Failed>(step).reason));
    }
  }
}

std::optional<sasl::Step> Connection::look_up(const sasl::NeedCredential& need) {
  std::optional<sasl::Credential> credential;
  try {
    if (auto found = setup_->backend.find_login(need.authcid)) {
      login_ = std::move(found->address);
      credential = std::move(found->credential);
    }
  } catch (const std::exception& e) {
    log_.error("smtp_backend", {{"stage", "auth"}, {"error", e.what()}});
    return std::nullopt;
  }
  return sasl_->on_credential(std::move(credential));
}

void Connection::accept_auth(const sasl::Done& done) {
  setup_->guard.succeeded(client_.address, done.authcid);
  log_.info("smtp_auth", {{"login", login_}, {"peer", client_.address}, {"tls", client_.tls}});
  sasl_.reset();
  session_.on_auth(proto::AuthDone{login_});
}

net::Awaitable<void> Connection::fail_auth(std::string_view reason) {
  const auto wait = setup_->guard.failed(client_.address, name_);
  log_.warn("smtp_auth_failed", {{"name", name_}, {"peer", client_.address}, {"reason", reason}, {"delay_ms", wait.count()}});
  sasl_.reset();
  co_await net::sleep_for(wait);
  session_.on_auth(proto::AuthFailed{});
}

void Connection::refuse_auth(std::string_view reason) {
  log_.warn("smtp_auth_refused", {{"name", name_}, {"peer", client_.address}, {"reason", reason}});
  sasl_.reset();
  session_.on_auth(proto::AuthFailed{true});
}

}  // namespace smtp
