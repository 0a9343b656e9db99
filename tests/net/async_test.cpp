#include <thread>

#include "base/net/await_callback.hpp"
#include "base/net/pool.hpp"
#include "base/net/resolver.hpp"
#include "support.hpp"

using namespace net_test;
using net::Errc;

namespace {

net::Awaitable<void> offloads(net::Pool& pool) {
  const auto home = std::this_thread::get_id();
  std::thread::id there;
  auto work = [&there] { there = std::this_thread::get_id(); return 42; };
  const net::Result<int> answer = co_await net::offload(pool, work);
  BOOST_TEST(*answer == 42);
  BOOST_TEST((there != home && std::this_thread::get_id() == home));
  auto thrower = []() -> int { throw std::runtime_error("broken work"); };
  const net::Result<int> thrown = co_await net::offload(pool, thrower);
  BOOST_TEST((thrown.error().code() == Errc::internal));
  BOOST_TEST(thrown.error().detail() == "broken work");
  auto failing = []() -> net::Result<int> { return net::fail(Errc::not_found, "none"); };
  const net::Result<int> failed = co_await net::offload(pool, failing);
  BOOST_TEST((failed.error().code() == Errc::not_found));
}

net::Awaitable<void> callbacks() {
  const auto home = std::this_thread::get_id();
  std::thread other;
  auto initiate = [&other](std::function<void(std::string)> done) {
    other = std::thread([done] { std::this_thread::sleep_for(10ms); done("first"); done("second"); });
  };
  const std::string value = co_await net::await_callback<std::string>(initiate);
  other.join();
  BOOST_TEST(value == "first");
  BOOST_TEST((std::this_thread::get_id() == home));
  auto inline_call = [](std::function<void(int)> done) { done(7); };
  BOOST_TEST(co_await net::await_callback<int>(inline_call) == 7);
  std::function<void(int)> kept;
  auto never = [&kept](std::function<void(int)> done) { kept = std::move(done); };
  const auto late = co_await net::await_callback_for<int>(20ms, never);
  BOOST_TEST((late.error().code() == Errc::timed_out));
  kept(1);  // nobody waits any more: no harm
}

net::Awaitable<int> coalesce(int signals) {
  net::Event event(co_await boost::asio::this_coro::executor);
  std::thread other([signal = event.signal(), signals] { for (int i = 0; i < signals; ++i) signal(); });
  other.join();
  int woken = 0;
  while (co_await event.wait(30ms)) ++woken;
  co_return woken;
}
}  // namespace

BOOST_FIXTURE_TEST_SUITE(async, Running)

BOOST_AUTO_TEST_CASE(offloaded_work_runs_elsewhere_and_its_answer_comes_home) {
  net::Pool pool("test", 2, 10);
  run(runtime, offloads(pool));
}

BOOST_AUTO_TEST_CASE(a_full_pool_is_unavailable_at_once) {
  net::Pool pool("full", 1, 0);
  auto task = [&]() -> net::Awaitable<net::Result<int>> {
    auto work = [] { return 1; };
    co_return co_await net::offload(pool, work);
  };
  BOOST_TEST((run(runtime, task()).error().code() == Errc::unavailable));
}

BOOST_AUTO_TEST_CASE(callbacks_from_other_threads_resume_on_the_callers_thread) { run(runtime, callbacks()); }
BOOST_AUTO_TEST_CASE(many_signals_wake_once) { BOOST_TEST(run(runtime, coalesce(1000)) == 1); }

namespace {
net::Awaitable<void> lookups(net::Resolver& resolver) {
  const auto hosts = co_await resolver.mx("SongLa.gov.vn");
  BOOST_REQUIRE(hosts.has_value());
  BOOST_TEST(hosts->at(0).host == "a");
  BOOST_TEST(hosts->at(2).host == "c");
  const auto null_mx = co_await resolver.mx("nomail.gov.vn");
  BOOST_TEST((null_mx.error().code() == Errc::unsupported));
  const auto implicit = co_await resolver.mx("host.gov.vn");
  BOOST_TEST(implicit->at(0).host == "host.gov.vn");
  const auto unknown = co_await resolver.mx("unknown.gov.vn");
  BOOST_TEST((unknown.error().code() == Errc::not_found));
  const auto literal = co_await resolver.addresses("127.0.0.1");
  BOOST_TEST(literal->at(0) == "127.0.0.1");
}
}  // namespace

BOOST_AUTO_TEST_CASE(static_names_answer_by_the_rules_of_mx) {
  net::ResolverOptions options;
  options.offline = true;
  const auto resolver = net::Resolver::make(options);
  (*resolver)->add_static_mx("songla.gov.vn", {{20, "c", 25}, {5, "a", 25}, {10, "b", 25}});
  (*resolver)->add_static_mx("nomail.gov.vn", {});
  (*resolver)->add_static_address("host.gov.vn", {"127.0.0.1"});
  run(runtime, lookups(**resolver));
}

namespace {
net::Awaitable<void> hold(net::Stream stream) {
  std::array<char, 8> bytes;
  const auto got = co_await stream.read_some(bytes);
  if (!got && got.error().code() == Errc::unavailable) {
    const auto said = co_await stream.write("BYE");
    if (said) co_await stream.shutdown();
  }
}
net::Awaitable<std::string> all_of(net::Stream& stream) {
  std::string text;
  std::array<char, 64> bytes;
  while (true) {
    const auto got = co_await stream.read_some(bytes);
    if (!got || *got == 0) co_return text;
    text.append(bytes.data(), *got);
  }
}
net::Awaitable<void> third_is_refused(std::uint16_t port) {
  const net::Stream one = co_await connect(port), two = co_await connect(port);
  net::Stream three = co_await connect(port);
  BOOST_TEST(co_await all_of(three) == "421 busy\r\n");
}
}  // namespace

BOOST_AUTO_TEST_CASE(the_limit_of_one_peer_refuses_with_a_line_and_recovers) {
  net::ListenerOptions options;
  options.max_per_peer = 2;
  options.refusal = "421 busy\r\n";
  const auto listener = serve(runtime, hold, options);
  run(runtime, third_is_refused(listener->port()));
  for (int i = 0; i < 200 && listener->connections() > 0; ++i) std::this_thread::sleep_for(10ms);
  BOOST_TEST(listener->connections() == 0U);
  run(runtime, third_is_refused(listener->port()));
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_named_in_the_error) {
  const auto listener = serve(runtime, hold);
  const auto again = net::Listener::tcp(runtime, "127.0.0.1", listener->port(), {}, hold);
  BOOST_REQUIRE(!again.has_value());
  BOOST_TEST(again.error().detail() ==
             "cannot listen on 127.0.0.1:" + std::to_string(listener->port()) + ": Address already in use");
}

BOOST_AUTO_TEST_CASE(a_graceful_stop_lets_connections_say_goodbye) {
  net::Runtime server(1);
  server.start();
  const auto listener = serve(server, hold);
  auto task = [&]() -> net::Awaitable<std::string> {
    net::Stream stream = co_await connect(listener->port());
    co_return co_await all_of(stream);
  };
  auto future = boost::asio::co_spawn(runtime.executor(1), task(), boost::asio::use_future);
  for (int i = 0; i < 200 && server.tracked() == 0; ++i) std::this_thread::sleep_for(10ms);
  std::this_thread::sleep_for(30ms);
  server.stop(5s);
  BOOST_REQUIRE((future.wait_for(5s) == std::future_status::ready));
  BOOST_TEST(future.get() == "BYE");
}

BOOST_AUTO_TEST_SUITE_END()
