// A runtime with an echo or other server on loopback, and a way to run one coroutine to its end from a test.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include "base/net/listener.hpp"

namespace net_test {

using namespace std::chrono_literals;

struct TempDir {
  TempDir() {
    char name[] = "/tmp/congthu-net-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TempDir() { std::filesystem::remove_all(path); }
  std::string path;
};

struct Running {
  net::Runtime runtime{2};
  Running() { runtime.start(); }
  ~Running() { runtime.stop(1s); }
};

// Runs the coroutine on the runtime's first thread; a bounded wait, so that a hang is a failure and not a stuck run.
template <class T>
T run(net::Runtime& runtime, net::Awaitable<T> task) {
  auto future = boost::asio::co_spawn(runtime.executor(0), std::move(task), boost::asio::use_future);
  if (future.wait_for(20s) != std::future_status::ready) throw std::runtime_error("the coroutine hangs");
  return future.get();
}

inline net::Awaitable<void> echo(net::Stream stream) {
  std::array<char, 4096> bytes;
  while (true) {
    const auto got = co_await stream.read_some(bytes);
    if (!got || *got == 0) break;
    const std::string_view back(bytes.data(), *got);
    const auto sent = co_await stream.write(back);
    if (!sent) break;
  }
  co_await stream.shutdown();
}

// Reads exactly size bytes; throws on anything else.
inline net::Awaitable<std::string> read_exactly(net::Stream& stream, std::size_t size) {
  std::string text(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const std::span<char> rest(text.data() + have, size - have);
    const auto got = co_await stream.read_some(rest);
    if (!got) throw std::runtime_error("read: " + got.error().detail());
    if (*got == 0) throw std::runtime_error("read: closed after " + std::to_string(have));
    have += *got;
  }
  co_return text;
}

inline net::Awaitable<net::Stream> connect(std::uint16_t port) {
  auto stream = co_await net::Stream::connect("127.0.0.1", port, 5s);
  if (!stream) throw std::runtime_error(stream.error().detail());
  co_return std::move(*stream);
}

inline std::shared_ptr<net::Listener> serve(net::Runtime& runtime, net::Handler handler, net::ListenerOptions options = {}) {
  auto listener = net::Listener::tcp(runtime, "127.0.0.1", 0, std::move(options), std::move(handler));
  BOOST_REQUIRE_MESSAGE(listener.has_value(), "cannot listen");
  (*listener)->start();
  return *listener;
}

}  // namespace net_test
