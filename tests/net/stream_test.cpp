#include "base/net/stream.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <memory>
#include <numeric>
#include <thread>

#include "base/net/self_signed.hpp"
#include "support.hpp"

using namespace net_test;
using net::Errc;
using net::Stream;

namespace {


net::Awaitable<void> silent(Stream stream) {  // never writes, holds the connection until the peer or the stop ends it
  std::array<char, 64> bytes;
  stream.set_deadline(30s);
  while (true) {
    const auto got = co_await stream.read_some(bytes);
    if (!got || *got == 0) co_return;
  }
}

net::Awaitable<std::string> echo_big(std::uint16_t port, std::size_t size) {
  Stream stream = co_await connect(port);
  std::string sent(size, '\0');
  std::iota(sent.begin(), sent.end(), '\0');
  std::string back;
  for (std::size_t at = 0; at < size; at += 8192) {
    const std::string_view part = std::string_view(sent).substr(at, 8192);
    const std::string_view half = part.substr(0, part.size() / 2), rest = part.substr(part.size() / 2);
    const std::array<std::string_view, 4> pieces{half, std::string_view(), rest, std::string_view()};
    const std::span<const std::string_view> all(pieces);
    const auto ok = co_await stream.write_all(all);
    if (!ok) throw std::runtime_error(ok.error().detail());
    back += co_await read_exactly(stream, part.size());
  }
  co_return back == sent ? "same" : "different";
}

net::Awaitable<base::Error> read_error(std::uint16_t port, net::Duration limit, Stream::Control* control) {
  Stream stream = co_await connect(port);
  if (control) *control = stream.control();
  stream.set_deadline(limit);
  std::array<char, 16> bytes;
  const auto got = co_await stream.read_some(bytes);
  co_return got ? net::fail(Errc::internal, "bytes came") : got.error();
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(stream, Running)

BOOST_AUTO_TEST_CASE(echo_returns_what_was_sent_in_pieces) {
  const auto listener = serve(runtime, echo);
  BOOST_TEST(run(runtime, echo_big(listener->port(), 300'000)) == "same");
}

namespace {
net::Awaitable<void> check_names(std::uint16_t port) {
  Stream stream = co_await connect(port);
  BOOST_TEST(stream.peer_address() == "127.0.0.1");
  BOOST_TEST(stream.peer_port() == port);
  BOOST_TEST(stream.local_address() == "127.0.0.1");
  BOOST_TEST(!stream.is_tls());
  BOOST_TEST(stream.id().size() == 8U);
  const Stream other = co_await connect(port);
  BOOST_TEST(stream.id() != other.id());
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_stream_knows_its_ends_and_has_an_id_of_its_own) {
  const auto listener = serve(runtime, echo);
  run(runtime, check_names(listener->port()));
}

BOOST_AUTO_TEST_CASE(a_read_ends_at_its_deadline) {
  const auto listener = serve(runtime, silent);
  const auto begin = std::chrono::steady_clock::now();
  const base::Error error = run(runtime, read_error(listener->port(), 80ms, nullptr));
  const auto took = std::chrono::steady_clock::now() - begin;
  BOOST_TEST((error.code() == Errc::timed_out));
  BOOST_TEST((took >= 80ms && took < 5s));
}

namespace {
net::Awaitable<void> count_turns(std::shared_ptr<int> turns) {
  for (*turns = 0; *turns >= 0; ++*turns) co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
}

// Writes that never wait for the peer, each after a millisecond of work; gives the most of them between two turns of somebody else.
net::Awaitable<int> writes_a_turn(std::uint16_t port) {
  Stream stream = co_await connect(port);
  const auto turns = std::make_shared<int>();
  boost::asio::co_spawn(co_await boost::asio::this_coro::executor, count_turns(turns), boost::asio::detached);
  int most = 0, since = 0, seen = 0;
  for (int i = 0; i < 64; ++i) {
    for (const auto end = std::chrono::steady_clock::now() + 1ms; std::chrono::steady_clock::now() < end;) continue;
    const auto sent = co_await stream.write("a page of a large answer");
    if (!sent) throw std::runtime_error(sent.error().detail());
    since = *turns == seen ? since + 1 : 0;
    seen = *turns;
    most = std::max(most, since);
  }
  *turns = -2;
  co_return most;
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_stream_that_never_waits_lets_others_have_their_turn_by_time) {
  const auto listener = serve(runtime, silent);
  BOOST_TEST(run(runtime, writes_a_turn(listener->port())) <= 4);
}

namespace {
net::Awaitable<void> deadlines_in_turn(std::uint16_t port) {
  Stream stream = co_await connect(port);
  std::array<char, 16> bytes;
  for (const auto limit : {300ms, 30ms, 120ms, 30ms}) {  // longer and shorter than the timer that still runs
    stream.set_deadline(limit);
    const auto begin = std::chrono::steady_clock::now();
    const auto got = co_await stream.read_some(bytes);
    BOOST_REQUIRE(!got.has_value());
    BOOST_TEST((got.error().code() == Errc::timed_out));
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= limit));
    BOOST_TEST((std::chrono::steady_clock::now() - begin < limit + 2s));
  }
  stream.set_deadline(5s);  // a passed deadline of a read loses nothing
  const auto sent = co_await stream.write("still here");
  BOOST_REQUIRE(sent.has_value());
  BOOST_TEST(co_await read_exactly(stream, 10) == "still here");
}

// Fills the socket until the peer, who does not read, takes no more.
net::Awaitable<base::Error> write_error(std::uint16_t port) {
  Stream stream = co_await connect(port);
  stream.set_deadline(100ms);
  const std::string much(1 << 20, 'x');
  for (int i = 0; i < 64; ++i) {
    const auto ok = co_await stream.write(much);
    if (!ok) co_return ok.error();
  }
  co_return net::fail(Errc::internal, "64 MiB went into a peer that does not read");
}

net::Awaitable<void> deaf(Stream stream) {
  co_await net::sleep_for(1s);
  stream.close();
}
}  // namespace

BOOST_AUTO_TEST_CASE(each_operation_has_its_own_deadline) {
  const auto listener = serve(runtime, echo);
  run(runtime, deadlines_in_turn(listener->port()));
}

BOOST_AUTO_TEST_CASE(a_write_to_a_peer_that_does_not_read_ends_at_its_deadline) {
  const auto listener = serve(runtime, deaf);
  const base::Error error = run(runtime, write_error(listener->port()));
  BOOST_TEST((error.code() == Errc::timed_out));
}

BOOST_AUTO_TEST_CASE(cancel_from_another_thread_ends_a_waiting_read) {
  const auto listener = serve(runtime, [](Stream s) { return silent(std::move(s)); });
  Stream outer;
  auto task = [&]() -> net::Awaitable<base::Error> {
    outer = co_await connect(listener->port());
    std::array<char, 16> bytes;
    const auto got = co_await outer.read_some(bytes);
    const auto bye = co_await outer.write("BYE");  // a cancelled stream still writes
    BOOST_TEST(bye.has_value());
    co_return got ? net::fail(Errc::internal, "bytes came") : got.error();
  };
  std::promise<Stream::Control> ready;
  auto starter = [&]() -> net::Awaitable<void> {
    while (!outer) co_await net::sleep_for(5ms);
    ready.set_value(outer.control());
  };
  auto future = boost::asio::co_spawn(runtime.executor(0), task(), boost::asio::use_future);
  run(runtime, starter());
  std::this_thread::sleep_for(20ms);
  ready.get_future().get().cancel();
  BOOST_REQUIRE((future.wait_for(10s) == std::future_status::ready));
  BOOST_TEST((future.get().code() == Errc::unavailable));
  auto end = [&]() -> net::Awaitable<void> { outer.close(); co_return; };
  run(runtime, end());
}

namespace {
net::Awaitable<void> idle_wakes(std::uint16_t port) {
  Stream stream = co_await connect(port);
  net::Event event(stream.executor());
  BOOST_TEST((co_await stream.wait_readable_or(event, 30ms) == Stream::Woken::timeout));
  std::thread other([signal = event.signal()] {
    std::this_thread::sleep_for(30ms);
    for (int i = 0; i < 100; ++i) signal();
  });
  BOOST_TEST((co_await stream.wait_readable_or(event, 10s) == Stream::Woken::event));
  other.join();
  event.take();  // signals that came after the wake-up
  const auto sent = co_await stream.write("DONE\r\n");
  BOOST_REQUIRE(sent.has_value());
  BOOST_TEST((co_await stream.wait_readable_or(event, 10s) == Stream::Woken::readable));
  event.set();  // an event and bytes at once: both are seen, none is lost
  BOOST_TEST((co_await stream.wait_readable_or(event, 10s) == Stream::Woken::event));
  BOOST_TEST(co_await read_exactly(stream, 6) == "DONE\r\n");
  stream.control().cancel();
  BOOST_TEST((co_await stream.wait_readable_or(event, 10s) == Stream::Woken::cancelled));
}
}  // namespace

BOOST_AUTO_TEST_CASE(idle_waits_for_bytes_event_limit_or_cancel_and_loses_nothing) {
  const auto listener = serve(runtime, echo);
  run(runtime, idle_wakes(listener->port()));
}

BOOST_AUTO_TEST_CASE(connecting_to_nobody_says_so) {
  std::uint16_t port = 0;
  {
    const auto listener = serve(runtime, echo);
    port = listener->port();
    listener->close();
  }
  std::this_thread::sleep_for(50ms);
  auto task = [&]() -> net::Awaitable<base::Error> {
    auto stream = co_await Stream::connect("127.0.0.1", port, 2s);
    co_return stream ? net::fail(Errc::internal, "connected") : stream.error();
  };
  const base::Error error = run(runtime, task());
  BOOST_TEST((error.code() == Errc::unavailable));
  BOOST_TEST(error.detail().find("refused") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
