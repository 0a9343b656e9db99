#include "base/net/http.hpp"

#include <unistd.h>

#include "support.hpp"

using namespace net_test;
using net::Errc;

namespace {

net::Awaitable<void> site(const net::HttpRequest& request, net::HttpResponse& response) {
  if (request.path == "/throw") throw std::runtime_error("secret detail");
  if (request.path == "/stream") {
    for (int i = 0; i < 3; ++i) {
      const std::string line = "step " + std::to_string(i) + "\n";
      const auto sent = co_await response.write(line);
      if (!sent) co_return;
    }
    co_return;
  }
  response.headers.emplace_back("X-Bad", "a\r\nX-Injected: 1");
  const auto name = request.query.find("name");
  response.body = request.method + " " + request.path + " " + (name == request.query.end() ? "-" : name->second) + " uid=" +
                  (request.peer ? std::to_string(request.peer->uid) : "none") + " body=" + std::to_string(request.body.size());
}

struct HttpSite {
  TempDir dir;
  net::Runtime runtime{1};
  net::HttpServer server{options(), site};
  std::string path = dir.path + "/admin.sock";
  std::shared_ptr<net::Listener> listener;

  static net::HttpOptions options() {
    net::HttpOptions o;
    o.max_header = 2048;
    o.max_body = 10'000;
    return o;
  }
  HttpSite() {
    runtime.start();
    auto made = net::Listener::unix_socket(runtime, path, 0600, {}, server.handler());
    BOOST_REQUIRE(made.has_value());
    listener = *made;
    listener->start();
  }
  ~HttpSite() { runtime.stop(1s); }
};

net::Awaitable<std::string> raw_exchange(std::string path, std::string text) {
  auto stream = co_await net::Stream::connect_unix(path, 2s);
  if (!stream) throw std::runtime_error(stream.error().detail());
  const auto sent = co_await stream->write(text);
  if (!sent) throw std::runtime_error(sent.error().detail());
  std::string all;
  std::array<char, 4096> bytes;
  while (true) {
    const auto got = co_await stream->read_some(bytes);
    if (!got || *got == 0) break;
    all.append(bytes.data(), *got);
  }
  co_return all;
}

// A request whose bytes come one by one; gives how the answer begins, or nothing when the server bore it to the end.
net::Awaitable<std::string> dripped(std::string path) {
  auto stream = co_await net::Stream::connect_unix(path, 2s);
  if (!stream) throw std::runtime_error(stream.error().detail());
  stream->set_deadline(10ms);
  std::array<char, 64> bytes;
  const std::string text = "GET / HTTP/1.1\r\nX-Long: " + std::string(300, 'a');
  for (const char c : text) {
    const std::string one(1, c);
    const auto sent = co_await stream->write(one);
    if (!sent) break;
    const auto got = co_await stream->read_some(bytes);
    if (got && *got > 0) co_return std::string(bytes.data(), *got);
  }
  co_return std::string();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(http, HttpSite)

BOOST_AUTO_TEST_CASE(a_call_over_the_unix_socket_shows_path_query_body_and_the_callers_uid) {
  const auto reply = net::http_call(path, "POST", "/a%20b?name=S%E1%BB%9F+V%C3%AD+d%E1%BB%A5", "12345");
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(reply->status == 200);
  BOOST_TEST(reply->body == "POST /a b Sở Ví dụ uid=" + std::to_string(::getuid()) + " body=5");
  for (const auto& [name, value] : reply->headers) BOOST_TEST(name != "x-injected");
}

BOOST_AUTO_TEST_CASE(streamed_chunks_arrive_in_order) {
  std::string seen;
  const auto reply = net::http_call(path, "GET", "/stream", "", [&](std::string_view part) { seen += part; });
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(seen == "step 0\nstep 1\nstep 2\n");
  BOOST_TEST(net::http_call(path, "GET", "/stream", "")->body == seen);
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_gives_a_generic_500) {
  const auto reply = net::http_call(path, "GET", "/throw", "");
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST(reply->status == 500);
  BOOST_TEST(reply->body.find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(sizes_beyond_the_limits_are_refused) {
  const std::string big(10'001, 'x');
  BOOST_TEST(net::http_call(path, "POST", "/", big)->status == 413);
  BOOST_TEST(net::http_call(path, "GET", "/" + std::string(3000, 'a'), "")->status == 431);
  const std::string fits(10'000, 'x');
  BOOST_TEST(net::http_call(path, "POST", "/", fits)->status == 200);
}

BOOST_AUTO_TEST_CASE(a_malformed_request_is_400_and_the_server_lives) {
  for (const char* bad : {"\x16\x03\x01 garbage\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "GET nothing HTTP/1.1\r\n\r\n",
                          "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"}) {
    const std::string reply = run(runtime, raw_exchange(path, bad));
    BOOST_TEST(reply.substr(0, 12) == "HTTP/1.1 400");
  }
  BOOST_TEST(net::http_call(path, "GET", "/", "")->status == 200);
}

BOOST_AUTO_TEST_CASE(a_request_that_comes_byte_by_byte_does_not_hold_its_connection) {
  net::HttpOptions short_lived = options();
  short_lived.whole_request = 300ms;
  const std::string slow = dir.path + "/slow.sock";
  auto made = net::Listener::unix_socket(runtime, slow, 0600, {}, net::HttpServer(short_lived, site).handler());
  BOOST_REQUIRE(made.has_value());
  (*made)->start();
  BOOST_TEST(run(runtime, dripped(slow)).substr(0, 12) == "HTTP/1.1 408");
}

BOOST_AUTO_TEST_CASE(two_pipelined_requests_get_two_answers) {
  const std::string reply = run(runtime, raw_exchange(path, "GET /one HTTP/1.1\r\nHost: x\r\n\r\n"
                                                            "GET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  BOOST_TEST(reply.find("GET /one") != std::string::npos);
  BOOST_TEST(reply.find("GET /two") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_server_is_unavailable_with_the_path_in_the_text) {
  const auto reply = net::http_call(dir.path + "/none.sock", "GET", "/", "");
  BOOST_REQUIRE(!reply.has_value());
  BOOST_TEST((reply.error().code() == Errc::unavailable));
  BOOST_TEST(reply.error().detail().find("none.sock") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_second_listener_does_not_steal_a_live_socket_but_replaces_a_dead_one) {
  const auto second = net::Listener::unix_socket(runtime, path, 0600, {}, server.handler());
  BOOST_REQUIRE(!second.has_value());
  BOOST_TEST((second.error().code() == Errc::exists));
  BOOST_TEST(net::http_call(path, "GET", "/", "")->status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
