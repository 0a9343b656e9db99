// The OpenSSL side of TlsContext. Only .cpp files of this folder include it.
#pragma once
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/handle.hpp"

namespace net::detail {

using SslCtx = base::Handle<SSL_CTX, SSL_CTX_free>;

struct TlsSnapshot {
  std::vector<SslCtx> contexts;  // never empty; [0] is the default
  base::Time expires = base::Time::max();
  std::vector<std::string> warnings;
};

}  // namespace net::detail
