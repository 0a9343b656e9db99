#include "tests/imap/core/live.hpp"

#include "base/net/self_signed.hpp"
#include "imap/server.hpp"

namespace imap_test {

struct Live::Parts {
  explicit Parts(World& world) {
    tls_dir = world.dir.path + "/tls";
    store_test::need(net::make_self_signed(tls_dir, {"localhost", "127.0.0.1"}));
    tls = store_test::need(net::TlsContext::server({{tls_dir + "/cert.pem", tls_dir + "/key.pem"}}));
    imap::Settings settings = world.settings;
    settings.plaintext_loopback = true;
    server = std::make_unique<imap::Server>(*world.s, world.backend, imap::Pools{readers, passwords, ingest}, tls, settings);
    plain = store_test::need(net::Listener::tcp(runtime, "127.0.0.1", 0, {}, server->handler(false)));
    implicit = store_test::need(net::Listener::tcp(runtime, "127.0.0.1", 0, {}, server->handler(true)));
    runtime.start();
    plain->start();
    implicit->start();
  }
  std::string tls_dir;
  net::Pool readers{"t-read", 1, 100}, passwords{"t-pass", 1, 100}, ingest{"t-ingest", 1, 100};
  net::Runtime runtime{2};
  std::shared_ptr<net::TlsContext> tls;
  std::unique_ptr<imap::Server> server;
  std::shared_ptr<net::Listener> plain, implicit;
};

Live::Live(World& world) : parts_(std::make_unique<Parts>(world)) {}
Live::~Live() { stop(); }
unsigned short Live::port() const { return parts_->plain->port(); }
unsigned short Live::implicit_port() const { return parts_->implicit->port(); }
std::string Live::ca() const { return parts_->tls_dir + "/ca.pem"; }
void Live::stop() {
  parts_->plain->close();
  parts_->implicit->close();
  parts_->runtime.stop(std::chrono::seconds(2));
}

namespace {

BOOST_AUTO_TEST_SUITE(imap_live)

BOOST_AUTO_TEST_CASE(pythons_imaplib_works_over_tls) {
  World world;
  Live live(world);
  const std::string command = std::string("timeout 60 python3 " CONGTHU_SOURCE "/tests/imap/core/imaplib_client.py ") +
                              std::to_string(live.port()) + " " + std::to_string(live.implicit_port()) + " " + live.ca();
  BOOST_TEST(std::system(command.c_str()) == 0);
  live.stop();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace imap_test
