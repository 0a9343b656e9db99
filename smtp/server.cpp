#include "smtp/server.hpp"

#include "smtp/connection.hpp"

namespace smtp {
namespace {

net::Awaitable<void> serve(std::shared_ptr<const Server::Setup> setup, proto::Kind kind, net::Stream stream) {
  Connection connection(std::move(setup), kind, std::move(stream));
  co_await connection.run();
}

}  // namespace

Server::Server(Backend& backend, net::Pool& passwords, base::AuthGuard& guard, std::shared_ptr<net::TlsContext> tls,
               const base::Clock& clock, ServerOptions options)
    : setup_(new Setup{backend, passwords, guard, std::move(tls), clock, std::move(options)}) {}

net::Handler Server::handler(proto::Kind kind) const {
  return [setup = setup_, kind](net::Stream stream) { return serve(setup, kind, std::move(stream)); };
}

}  // namespace smtp
