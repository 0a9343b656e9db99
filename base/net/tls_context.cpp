#include "base/net/tls_context.hpp"

#include <openssl/pem.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "base/net/openssl_error.hpp"
#include "base/net/tls_snapshot.hpp"

namespace net {
namespace {

using detail::openssl_error;
using detail::SslCtx;
using detail::TlsSnapshot;

constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";  // TLS 1.3 suites are all good

Result<void> readable(const std::string& path, const char* what) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    return fail(errno == ENOENT ? Errc::not_found : Errc::io, std::string(what) + " " + path + ": " + std::strerror(errno));
  }
  return {};
}

// SNI (RFC 6066 3): the first certificate that covers the name; else the default one goes on, as clients of mail expect.
int choose_certificate(SSL* ssl, int*, void*) {
  const auto* snapshot = static_cast<const TlsSnapshot*>(SSL_get_app_data(ssl));
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (!snapshot || !name) return SSL_TLSEXT_ERR_NOACK;
  for (const SslCtx& context : snapshot->contexts) {
    X509* certificate = SSL_CTX_get0_certificate(context.get());
    if (certificate && X509_check_host(certificate, name, std::strlen(name), 0, nullptr) == 1) {
      SSL_set_SSL_CTX(ssl, context.get());
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

void set_common(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);  // RFC 8997: TLS 1.1 is not for mail
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_PRIORITIZE_CHACHA |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_cipher_list(context, kCiphers12);
  // An idle connection then holds no record buffers (34 KB); partial writes let one slow reader be waited for.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

base::Time not_after(const X509* certificate) {
  std::tm parts{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts);
  return base::Time(std::chrono::milliseconds(std::int64_t(::timegm(&parts)) * 1000));
}

Result<SslCtx> load_server(const CertificateFiles& files) {
  if (auto ok = readable(files.chain, "TLS certificate"); !ok) return ok.error();
  if (auto ok = readable(files.key, "TLS key"); !ok) return ok.error();
  detail::clear_openssl_errors();
  SslCtx context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail(Errc::internal, "cannot make a TLS context: " + openssl_error());
  set_common(context.get());
  SSL_CTX_set_num_tickets(context.get(), 1);
  static constexpr unsigned char kSession[] = "congthu";
  SSL_CTX_set_session_id_context(context.get(), kSession, sizeof kSession - 1);
  SSL_CTX_set_tlsext_servername_callback(context.get(), choose_certificate);
  // A key behind a passphrase must not ask on a terminal that nobody reads.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return 0; });
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.chain.c_str()) != 1) {
    return fail(Errc::invalid, "TLS certificate " + files.chain + ": " + openssl_error());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const unsigned long code = ERR_peek_error();
    if (ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH || ERR_GET_REASON(code) == X509_R_KEY_TYPE_MISMATCH) {
      ERR_clear_error();
      return fail(Errc::invalid, "TLS key " + files.key + " does not belong to certificate " + files.chain);
    }
    return fail(Errc::invalid, "TLS key " + files.key + ": " + openssl_error());
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    ERR_clear_error();
    return fail(Errc::invalid, "TLS key " + files.key + " does not belong to certificate " + files.chain);
  }
  return context;
}

Result<SslCtx> load_client(const std::string& ca_file) {
  detail::clear_openssl_errors();
  SslCtx context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail(Errc::internal, "cannot make a TLS context: " + openssl_error());
  set_common(context.get());
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context.get()) != 1) {
      return fail(Errc::io, "cannot read the system's CA certificates: " + openssl_error());
    }
    return context;
  }
  if (auto ok = readable(ca_file, "CA file"); !ok) return ok.error();
  if (SSL_CTX_load_verify_file(context.get(), ca_file.c_str()) != 1) {
    return fail(Errc::invalid, "CA file " + ca_file + ": " + openssl_error());
  }
  return context;
}

void note_validity(TlsSnapshot& snapshot, const SslCtx& context, const std::string& path) {
  const X509* certificate = SSL_CTX_get0_certificate(context.get());
  const base::Time end = not_after(certificate);
  snapshot.expires = std::min(snapshot.expires, end);
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
    snapshot.warnings.push_back("TLS certificate " + path + " expired on " + base::rfc3339(end));
  } else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
    snapshot.warnings.push_back("TLS certificate " + path + " is not valid yet");
  }
}

}  // namespace

TlsContext::~TlsContext() = default;

Result<std::shared_ptr<TlsContext>> TlsContext::server(std::vector<CertificateFiles> certificates) {
  if (certificates.empty()) return fail(Errc::invalid, "TLS needs at least one certificate");
  std::shared_ptr<TlsContext> context(new TlsContext);
  context->server_ = true;
  context->certificates_ = std::move(certificates);
  if (auto ok = context->reload(); !ok) return ok.error();
  return context;
}

Result<std::shared_ptr<TlsContext>> TlsContext::client(std::string ca_file) {
  std::shared_ptr<TlsContext> context(new TlsContext);
  context->ca_file_ = std::move(ca_file);
  if (auto ok = context->reload(); !ok) return ok.error();
  return context;
}

Result<std::shared_ptr<const TlsSnapshot>> TlsContext::load() const {
  auto snapshot = std::make_shared<TlsSnapshot>();
  if (!server_) {
    auto context = load_client(ca_file_);
    if (!context) return context.error();
    snapshot->contexts.push_back(std::move(*context));
  }
  for (const CertificateFiles& files : certificates_) {
    auto context = load_server(files);
    if (!context) return context.error();
    note_validity(*snapshot, *context, files.chain);
    snapshot->contexts.push_back(std::move(*context));
  }
  return std::shared_ptr<const TlsSnapshot>(std::move(snapshot));
}

Result<void> TlsContext::reload() {
  auto loaded = load();
  if (!loaded) return loaded.error();
  const std::lock_guard lock(mutex_);
  snapshot_.swap(*loaded);
  return {};
}

std::shared_ptr<const TlsSnapshot> TlsContext::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

base::Time TlsContext::expires() const { return snapshot()->expires; }
std::vector<std::string> TlsContext::warnings() const { return snapshot()->warnings; }

}  // namespace net
