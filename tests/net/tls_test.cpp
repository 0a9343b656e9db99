#include <fcntl.h>
#include <sys/stat.h>

#include "base/net/self_signed.hpp"
#include "support.hpp"

using namespace net_test;
using net::Errc;
using net::Stream;
using net::TlsContext;
using net::Verify;

namespace {

struct TlsSite {
  TempDir dir;
  net::Runtime runtime{2};
  std::string tls = dir.path + "/tls";
  std::shared_ptr<TlsContext> server, client;
  std::string last_error;
  TlsSite() {
    runtime.start();
    BOOST_REQUIRE(net::make_self_signed(tls, {"mail.songla.gov.vn", "localhost", "127.0.0.1"}).has_value());
    auto made = TlsContext::server({{tls + "/cert.pem", tls + "/key.pem"}});
    BOOST_REQUIRE(made.has_value());
    server = *made;
    client = *TlsContext::client(tls + "/ca.pem");
  }
  ~TlsSite() { runtime.stop(1s); }
};

// "STARTTLS" in plain, then TLS, then echo.
net::Awaitable<void> starttls_echo(Stream stream, std::shared_ptr<TlsContext> context, std::string* error) {
  co_await read_exactly(stream, 10);
  const auto told = co_await stream.write("220 go\r\n");
  if (!told) co_return;
  stream.set_deadline(2s);
  const auto ok = co_await stream.start_tls_server(*context);
  if (!ok) {
    if (error) *error = ok.error().detail();
    co_return;
  }
  co_await echo(std::move(stream));
}

net::Awaitable<std::string> upgrade(std::uint16_t port, std::shared_ptr<TlsContext> context, std::string host, Verify verify) {
  Stream stream = co_await connect(port);
  const auto asked = co_await stream.write("STARTTLS\r\n");
  if (!asked) co_return asked.error().detail();
  co_await read_exactly(stream, 8);
  const auto ok = co_await stream.start_tls_client(*context, host, verify);
  if (!ok) co_return std::string(base::to_string(ok.error().code())) + " " + ok.error().detail();
  const std::string text(100'000, 'v');
  for (int i = 0; i < 3; ++i) {
    const std::string_view first = std::string_view(text).substr(0, 10), rest = std::string_view(text).substr(10);
    const std::array<std::string_view, 2> pieces{first, rest};
    const std::span<const std::string_view> all(pieces);
    const auto sent = co_await stream.write_all(all);
    if (!sent) co_return sent.error().detail();
    if (co_await read_exactly(stream, text.size()) != text) co_return std::string("different");
  }
  const net::TlsInfo info = stream.tls();
  co_await stream.shutdown();
  co_return info.version + (info.verified ? " verified" : " unverified");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(tls, TlsSite)

BOOST_AUTO_TEST_CASE(starttls_upgrades_and_the_self_made_chain_verifies_by_name_and_address) {
  const auto listener = serve(runtime, [this](Stream s) { return starttls_echo(std::move(s), server, nullptr); });
  for (const char* host : {"mail.songla.gov.vn", "localhost", "127.0.0.1"}) {
    BOOST_TEST(run(runtime, upgrade(listener->port(), client, host, Verify::peer)) == "TLSv1.3 verified");
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_name_is_denied_with_verification_and_passes_without) {
  const auto listener = serve(runtime, [this](Stream s) { return starttls_echo(std::move(s), server, nullptr); });
  const std::string denied = run(runtime, upgrade(listener->port(), client, "evil.example", Verify::peer));
  BOOST_TEST(denied.substr(0, 6) == "denied");
  BOOST_TEST(denied.find("evil.example") != std::string::npos);
  BOOST_TEST(run(runtime, upgrade(listener->port(), client, "evil.example", Verify::none)) == "TLSv1.3 unverified");
}

namespace {
net::Awaitable<void> drop_in_handshake(std::uint16_t port, std::string bytes) {
  Stream stream = co_await connect(port);
  const auto asked = co_await stream.write("STARTTLS\r\n" + bytes);
  if (asked) co_await read_exactly(stream, 8);
  stream.close();
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_client_that_drops_or_pipelines_plain_text_gives_a_clean_error) {
  for (const char* bytes : {"", "\x16\x03\x01\x02", "MAIL FROM:<a@b.gov.vn>\r\n"}) {
    std::string error;
    std::promise<void> done;
    const auto listener = serve(runtime, [&](Stream s) -> net::Awaitable<void> {
      co_await starttls_echo(std::move(s), server, &error);
      done.set_value();
    });
    run(runtime, drop_in_handshake(listener->port(), bytes));
    BOOST_REQUIRE((done.get_future().wait_for(10s) == std::future_status::ready));
    BOOST_TEST(error.find("TLS handshake: ") == 0U);
  }
}

BOOST_AUTO_TEST_CASE(keys_are_private_and_a_renewal_keeps_the_ca) {
  struct stat info{};
  for (const char* name : {"/ca-key.pem", "/key.pem"}) {
    BOOST_REQUIRE(::stat((tls + name).c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 0777) == 0600U);
  }
  BOOST_REQUIRE(net::make_self_signed(tls, {"new.songla.gov.vn"}).has_value());
  BOOST_REQUIRE(server->reload().has_value());
  const auto listener = serve(runtime, [this](Stream s) { return starttls_echo(std::move(s), server, nullptr); });
  BOOST_TEST(run(runtime, upgrade(listener->port(), client, "new.songla.gov.vn", Verify::peer)) == "TLSv1.3 verified");
}

BOOST_AUTO_TEST_CASE(a_failed_reload_keeps_the_old_certificate_and_says_why) {
  const std::string other = dir.path + "/other";
  BOOST_REQUIRE(net::make_self_signed(other, {"b.songla.gov.vn"}).has_value());
  std::filesystem::copy_file(other + "/key.pem", tls + "/key.pem", std::filesystem::copy_options::overwrite_existing);
  const auto mismatch = server->reload();
  BOOST_REQUIRE(!mismatch.has_value());
  BOOST_TEST(mismatch.error().detail().find("does not belong to") != std::string::npos);
  std::filesystem::remove(tls + "/cert.pem");
  const auto missing = server->reload();
  BOOST_REQUIRE(!missing.has_value());
  BOOST_TEST((missing.error().code() == Errc::not_found));
  const auto listener = serve(runtime, [this](Stream s) { return starttls_echo(std::move(s), server, nullptr); });
  BOOST_TEST(run(runtime, upgrade(listener->port(), client, "localhost", Verify::peer)) == "TLSv1.3 verified");
  BOOST_TEST((server->expires() > base::system_clock().now() + 800 * 24h));
}

BOOST_AUTO_TEST_CASE(sni_chooses_among_several_certificates) {
  const std::string other = dir.path + "/other";
  BOOST_REQUIRE(net::make_self_signed(other, {"b.songla.gov.vn"}).has_value());
  const auto both = TlsContext::server({{tls + "/cert.pem", tls + "/key.pem"}, {other + "/cert.pem", other + "/key.pem"}});
  BOOST_REQUIRE(both.has_value());
  const auto trust_other = *TlsContext::client(other + "/ca.pem");
  const auto listener = serve(runtime, [&](Stream s) { return starttls_echo(std::move(s), *both, nullptr); });
  BOOST_TEST(run(runtime, upgrade(listener->port(), trust_other, "b.songla.gov.vn", Verify::peer)) == "TLSv1.3 verified");
  BOOST_TEST(run(runtime, upgrade(listener->port(), client, "localhost", Verify::peer)) == "TLSv1.3 verified");
}

BOOST_AUTO_TEST_SUITE_END()
