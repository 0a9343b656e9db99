#include "imap/server.hpp"

#include "imap/connection.hpp"

namespace imap {
namespace {

net::Awaitable<void> serve(std::shared_ptr<const Server::Setup> setup, bool implicit_tls, net::Stream stream) {
  Connection connection(std::move(setup), implicit_tls, std::move(stream));
  co_await connection.run();
}

}  // namespace

Server::Server(store::Store& store, Backend& backend, Pools pools, std::shared_ptr<net::TlsContext> tls, Settings settings) {
  settings.tls = tls != nullptr;
  setup_.reset(new Setup{store, backend, pools, std::move(tls), std::move(settings)});
}

net::Handler Server::handler(bool implicit_tls) const {
  return [setup = setup_, implicit_tls](net::Stream stream) { return serve(setup, implicit_tls, std::move(stream)); };
}

}  // namespace imap
