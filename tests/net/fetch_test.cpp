#include "base/net/fetch.hpp"

#include "base/net/http.hpp"
#include "support.hpp"

using namespace net_test;
using net::Errc;

namespace {

std::atomic<unsigned> fetched_requests{0};

net::Awaitable<void> authority(const net::HttpRequest& request, net::HttpResponse& response) {
  ++fetched_requests;
  if (request.path == "/loop") {
    response.status = 302;
    response.headers.emplace_back("Location", "/loop");
  } else if (request.path == "/once") {
    response.status = 301;
    response.headers.emplace_back("Location", "/data");
  } else if (request.path == "/inside") {
    response.status = 302;
    response.headers.emplace_back("Location", "http://127.0.0.2:" + std::string(request.header("host").substr(request.header("host").rfind(':') + 1)) + "/data");
  } else if (request.path == "/file") {
    response.status = 302;
    response.headers.emplace_back("Location", "file:///etc/hostname");
  } else if (request.path == "/gone") {
    response.status = 404;
  } else if (request.path == "/big") {
    response.body.assign(200'000, 'x');
  } else if (request.path == "/endless") {
    const std::string piece(50'000, 'x');
    for (int i = 0; i < 1000; ++i) {
      const auto sent = co_await response.write(piece);
      if (!sent) co_return;
    }
  } else {
    response.body = request.method + " " + std::string(request.header("content-type")) + " " + request.body;
  }
}

struct FetchSite {
  Running running;
  net::HttpServer server{{}, authority};
  std::shared_ptr<net::Listener> listener = serve(running.runtime, server.handler());
  net::FetchOptions options;

  FetchSite() {
    options.private_hosts = {"127.0.0.1"};
    options.max_bytes = 100'000;
    options.limit = 5s;
    fetched_requests = 0;
  }
  std::string url(const std::string& path, const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(listener->port()) + path;
  }
  net::Result<std::string> get(const std::string& path) const { return net::fetch({url(path), {}, {}}, options); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fetch, FetchSite)

BOOST_AUTO_TEST_CASE(a_get_a_post_and_a_redirect) {
  BOOST_TEST(get("/data").value() == "GET  ");
  BOOST_TEST(get("/once").value() == "GET  ");
  BOOST_TEST(net::fetch({url("/data"), "request", "application/ocsp-request"}, options).value() == "POST application/ocsp-request request");
}

BOOST_AUTO_TEST_CASE(what_does_not_help) {
  BOOST_TEST((get("/gone").error().code() == Errc::not_found));
  BOOST_TEST((get("/loop").error().code() == Errc::unavailable));
  BOOST_TEST(fetched_requests <= 1 + 1 + options.max_redirects);
  BOOST_TEST((get("/big").error().code() == Errc::limit));
  BOOST_TEST((get("/endless").error().code() == Errc::limit));
  BOOST_TEST((get("/file").error().code() == Errc::denied));
}

BOOST_AUTO_TEST_CASE(a_host_that_says_nothing_takes_no_longer_than_allowed) {
  const net::Handler silent = [](net::Stream stream) -> net::Awaitable<void> {
    std::array<char, 1024> bytes;
    while (true) {
      const auto got = co_await stream.read_some(bytes);
      if (!got || *got == 0) co_return;
    }
  };
  const auto quiet = serve(running.runtime, silent);
  options.limit = 300ms;
  const auto begin = std::chrono::steady_clock::now();
  const auto answer = net::fetch({"http://127.0.0.1:" + std::to_string(quiet->port()) + "/", {}, {}}, options);
  BOOST_TEST((answer.error().code() == Errc::timed_out));
  BOOST_TEST((std::chrono::steady_clock::now() - begin < 3s));
}

BOOST_AUTO_TEST_CASE(addresses_inside_the_network_are_not_reached) {
  BOOST_TEST((get("/inside").error().code() == Errc::denied));
  BOOST_TEST(fetched_requests == 1u);  // the redirect, and nothing after it
  options.private_hosts.clear();
  for (const char* host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "2130706433", "0x7f.1", "127.1"}) {
    const auto answer = net::fetch({url("/data", host), {}, {}}, options);
    BOOST_TEST(!answer.has_value(), host);
    if (!answer) BOOST_TEST((answer.error().code() == Errc::denied || answer.error().code() == Errc::unavailable), host << ": " << answer.error().detail());
  }
  BOOST_TEST(fetched_requests == 1u);
}

BOOST_AUTO_TEST_CASE(a_proxy_is_asked_for_the_whole_address_and_not_for_inside_ones) {
  std::string asked;
  const net::Handler proxy = [&asked](net::Stream stream) -> net::Awaitable<void> {
    std::array<char, 4096> bytes;
    const auto got = co_await stream.read_some(bytes);
    if (got) asked.assign(bytes.data(), *got);
    const std::string_view reply = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndata";
    const auto sent = co_await stream.write(reply);
    if (sent) co_await stream.shutdown();
  };
  const auto listening = serve(running.runtime, proxy);
  options.proxy = "http://127.0.0.1:" + std::to_string(listening->port());
  options.private_hosts.clear();
  const auto answer = net::fetch({"http://crl.vidu.vn/data", {}, {}}, options);
  BOOST_TEST((answer.has_value() && *answer == "data"));
  BOOST_TEST(asked.starts_with("GET http://crl.vidu.vn/data HTTP/1.1\r\n"));  // the name is not resolved here
  BOOST_TEST((net::fetch({"http://10.0.0.1/data", {}, {}}, options).error().code() == Errc::denied));
}

BOOST_AUTO_TEST_CASE(which_addresses_are_public) {
  for (const char* yes : {"1.1.1.1", "203.162.0.1", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.167.1.1", "11.0.0.1", "2001:ee0::1",
                          "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::1", "::ffff:1.1.1.1"})
    BOOST_TEST(net::is_public_address(yes), yes);
  for (const char* no : {"0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1",
                         "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
                         "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::1", "2001::1", "2001:db8::1", "3fff::1",
                         "nothing"})
    BOOST_TEST(!net::is_public_address(no), no);
}

BOOST_AUTO_TEST_CASE(which_addresses_may_be_asked) {
  for (const char* yes : {"http://crl.vidu.vn/a.crl", "HTTP://crl.vidu.vn", "http://crl.vidu.vn:8080/", "http://[2001:ee0::1]/x"}) BOOST_TEST(net::fetchable(yes), yes);
  for (const char* no : {"", "https://crl.vidu.vn/", "ftp://crl.vidu.vn/", "ldap://crl.vidu.vn/", "file:///etc/passwd", "http://", "http://user@crl.vidu.vn/",
                         "http://crl.vidu.vn:25/", "http://crl.vidu.vn:22/", "http://crl.vidu.vn:99999/", "http://crl vidu.vn/", "crl.vidu.vn"})
    BOOST_TEST(!net::fetchable(no), no);
}

BOOST_AUTO_TEST_SUITE_END()
