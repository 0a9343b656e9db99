// The admin socket: HTTP requests of root and of the server's own user become admin::handle() on a pool thread. And health and
// metrics for anybody who may reach the page's port.
#pragma once
#include <functional>
#include <memory>

#include "base/net/http.hpp"
#include "base/net/pool.hpp"
#include "tools/admin/context.hpp"

namespace tools {

using ContextMaker = std::function<std::shared_ptr<const admin::Context>()>;  // the current one: a reload makes another

net::Handler admin_handler(ContextMaker context, net::Pool& pool, std::uint64_t max_message = 0);
net::HttpHandler metrics_handler(ContextMaker context, net::Pool& pool);

}  // namespace tools
