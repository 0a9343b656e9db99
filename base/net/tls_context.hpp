// What a TLS handshake needs: certificates with their keys (several, chosen by SNI), or the trusted CAs of a client.
// The files are read into an immutable snapshot; reload() swaps it and keeps the old one on failure; connections hold the
// snapshot they began with. TLS 1.2 and 1.3, forward secrecy and AEAD only, no renegotiation, no compression.
// Thread rule: everything from any thread.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/net/types.hpp"

namespace net {

struct CertificateFiles {  // PEM
  std::string chain;       // own certificate first, then the intermediates
  std::string key;
};

enum class Verify : unsigned char {
  none,  // encrypt only: opportunistic TLS between MTAs (RFC 7435)
  peer,  // chain and host name must hold
};

namespace detail {
struct TlsSnapshot;
}

class TlsContext {
 public:
  // The first certificate serves clients that name none of the hosts (or none at all).
  [[nodiscard]] static Result<std::shared_ptr<TlsContext>> server(std::vector<CertificateFiles> certificates);
  // ca_file: PEM of trusted CAs; empty: those of the system.
  [[nodiscard]] static Result<std::shared_ptr<TlsContext>> client(std::string ca_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  [[nodiscard]] Result<void> reload();
  base::Time expires() const;                 // the earliest end of validity of the own certificates; max() for a client
  std::vector<std::string> warnings() const;  // "/x/cert.pem expired on ...": for the log; the certificate is used all the same
  bool is_server() const { return server_; }

  std::shared_ptr<const detail::TlsSnapshot> snapshot() const;  // for StreamCore

 private:
  TlsContext() = default;
  Result<std::shared_ptr<const detail::TlsSnapshot>> load() const;

  bool server_ = false;
  std::vector<CertificateFiles> certificates_;
  std::string ca_file_;
  mutable std::mutex mutex_;
  std::shared_ptr<const detail::TlsSnapshot> snapshot_;
};

}  // namespace net
