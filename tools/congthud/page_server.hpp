// The reports page's port: HTTP, with TLS unless it is local, becomes web::Site::handle() on a pool thread. /health and /metrics are
// answered beside it, to anybody who may reach the port.
#pragma once
#include "base/net/tls_context.hpp"
#include "tools/congthud/admin_server.hpp"
#include "tools/web/site.hpp"

namespace tools {

web::Options page_options(const base::Config& config);
// `tls`: null where http.tls is off. `proxied`: the last address of X-Forwarded-For is who asks.
net::Handler page_handler(std::shared_ptr<web::Site> site, net::Pool& pool, net::HttpHandler metrics, std::shared_ptr<net::TlsContext> tls, bool proxied);

}  // namespace tools
