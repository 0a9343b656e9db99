// TLS on a Stream: OpenSSL reads and writes the socket itself (SSL_set_fd); a call that would block waits for readiness.
#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

#include "base/net/openssl_error.hpp"
#include "base/net/stream_core.hpp"

namespace net {
namespace {

constexpr std::size_t kRecord = 16 * 1024;  // RFC 8446 5.1: the largest plaintext of a record

bool is_address(const std::string& host) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace

// Reads the thread's error queue and errno: call it right after the failed call.
base::Error StreamCore::tls_error(int ssl_error, const char* doing) const {
  const int system = errno;
  const std::string what = std::string(doing) + ": ";
  if (ssl_error == SSL_ERROR_SYSCALL) {
    ERR_clear_error();
    return fail(Errc::io, what + (system != 0 ? std::strerror(system) : "connection closed"));
  }
  if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    ERR_clear_error();
    return fail(Errc::io, what + "connection closed without close_notify");
  }
  return fail(Errc::io, what + detail::openssl_error());
}

base::Error StreamCore::handshake_error(int ssl_error) const {
  const long verified = SSL_get_verify_result(ssl_.get());
  if (ssl_error == SSL_ERROR_SSL && verified != X509_V_OK && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE) {
    ERR_clear_error();
    return fail(Errc::denied, "TLS handshake: certificate of " + verify_host_ + ": " + X509_verify_cert_error_string(verified));
  }
  if (ssl_error == SSL_ERROR_ZERO_RETURN) return fail(Errc::io, "TLS handshake: connection closed");
  const bool eof = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  if (ssl_error == SSL_ERROR_SSL && eof) {
    ERR_clear_error();
    return fail(Errc::io, "TLS handshake: connection closed in the middle");
  }
  if (ssl_error == SSL_ERROR_SSL) return fail(Errc::denied, "TLS handshake: " + detail::openssl_error());
  return tls_error(ssl_error, "TLS handshake");
}

Result<void> StreamCore::prepare_tls(const TlsContext& context) {
  if (closed) return outcome_error(Outcome::lost, "TLS handshake");
  if (ssl_) return fail(Errc::conflict, "TLS is active already");  // a second STARTTLS
  detail::clear_openssl_errors();
  snapshot_ = context.snapshot();
  ssl_.reset(SSL_new(snapshot_->contexts.front().get()));
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) {
    return fail(Errc::internal, "cannot start TLS: " + detail::openssl_error());
  }
  socket_.native_non_blocking(true);
  SSL_set_app_data(ssl_.get(), const_cast<detail::TlsSnapshot*>(snapshot_.get()));
  return {};
}

Awaitable<Result<void>> StreamCore::start_tls_server(const TlsContext& context) {
  if (!context.is_server()) co_return fail(Errc::internal, "a client's TLS context on a server's stream");
  if (auto ok = prepare_tls(context); !ok) co_return ok.error();
  SSL_set_accept_state(ssl_.get());
  co_return co_await handshake();
}

Awaitable<Result<void>> StreamCore::start_tls_client(const TlsContext& context, std::string host, Verify verify) {
  if (context.is_server()) co_return fail(Errc::internal, "a server's TLS context on a client's stream");
  if (auto ok = prepare_tls(context); !ok) co_return ok.error();
  verify_host_ = std::move(host);
  SSL_set_verify(ssl_.get(), verify == Verify::peer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  bool named = true;
  if (is_address(verify_host_)) {  // RFC 6066 3: no literal addresses in SNI
    named = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), verify_host_.c_str()) == 1;
  } else if (!verify_host_.empty()) {
    SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    named = SSL_set1_host(ssl_.get(), verify_host_.c_str()) == 1 &&
            SSL_set_tlsext_host_name(ssl_.get(), verify_host_.c_str()) == 1;
  } else if (verify == Verify::peer) {
    named = false;
  }
  if (!named) co_return fail(Errc::invalid, "TLS: '" + verify_host_ + "' is no host to verify");
  SSL_set_connect_state(ssl_.get());
  co_return co_await handshake();
}

Awaitable<Result<void>> StreamCore::handshake() {
  const auto deadline = after(each_operation);
  while (true) {
    ERR_clear_error();
    errno = 0;
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) break;
    const int error = SSL_get_error(ssl_.get(), done);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      tls_broken_ = true;
      co_return handshake_error(error);
    }
    const Want want = error == SSL_ERROR_WANT_READ ? Want::read : Want::write;
    const Outcome outcome = co_await wait(want, deadline, true);
    if (outcome != Outcome::ready) {
      tls_broken_ = true;
      co_return outcome_error(outcome, "TLS handshake");
    }
  }
  secure = true;
  drained_ = false;
  co_return Result<void>();
}

Awaitable<Result<std::size_t>> StreamCore::read_tls(std::span<char> into, Clock::time_point deadline) {
  while (true) {
    ERR_clear_error();
    errno = 0;
    std::size_t got = 0;
    if (SSL_read_ex(ssl_.get(), into.data(), into.size(), &got) == 1) co_return got;
    const int error = SSL_get_error(ssl_.get(), 0);
    if (error == SSL_ERROR_ZERO_RETURN) co_return std::size_t(0);  // close_notify
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      tls_broken_ = true;
      co_return tls_error(error, "read");
    }
    const Want want = error == SSL_ERROR_WANT_READ ? Want::read : Want::write;
    const Outcome outcome = co_await wait(want, deadline, true);
    if (outcome != Outcome::ready) co_return outcome_error(outcome, "read");
  }
}

Awaitable<Result<void>> StreamCore::write_tls(std::string_view bytes) {
  if (closed) co_return outcome_error(Outcome::lost, "write");
  if (had_its_turn()) co_await be_fair();
  while (!bytes.empty()) {
    ERR_clear_error();
    errno = 0;
    std::size_t sent = 0;
    if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) == 1) {
      bytes.remove_prefix(sent);
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), 0);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      tls_broken_ = true;
      co_return tls_error(error, "write");
    }
    const Want want = error == SSL_ERROR_WANT_READ ? Want::read : Want::write;
    const Outcome outcome = co_await wait(want, after(each_operation), false);
    if (outcome != Outcome::ready) {
      tls_broken_ = true;
      co_return outcome_error(outcome, "write");
    }
  }
  co_return Result<void>();
}

// Small pieces share a record: each record costs 22 bytes, a cipher call and a write().
Awaitable<Result<void>> StreamCore::write_gathered_tls(std::span<const std::string_view> pieces) {
  std::string batch;
  for (std::string_view piece : pieces) {
    if (batch.empty() && piece.size() >= kRecord) {
      if (auto ok = co_await write_tls(piece); !ok) co_return ok;
      continue;
    }
    while (!piece.empty()) {
      const std::size_t part = std::min(piece.size(), kRecord - batch.size());
      if (batch.capacity() == 0) batch.reserve(kRecord);
      batch.append(piece.substr(0, part));
      piece.remove_prefix(part);
      if (batch.size() < kRecord) continue;
      if (auto ok = co_await write_tls(batch); !ok) co_return ok;
      batch.clear();
    }
  }
  co_return co_await write_tls(batch);
}

TlsInfo StreamCore::tls() const {
  TlsInfo info;
  if (!secure) return info;
  info.version = SSL_get_version(ssl_.get());
  info.cipher = SSL_get_cipher_name(ssl_.get());
  const bool asked = !verify_host_.empty() && !SSL_is_server(ssl_.get());
  info.verified = asked && SSL_get0_peer_certificate(ssl_.get()) && SSL_get_verify_result(ssl_.get()) == X509_V_OK;
  return info;
}

}  // namespace net
