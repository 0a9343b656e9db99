// The few Asio names that drivers use, and plain values of this folder.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <string>

#include "base/result.hpp"

namespace net {

template <class T = void>
using Awaitable = boost::asio::awaitable<T>;
using Executor = boost::asio::any_io_executor;
using Duration = std::chrono::steady_clock::duration;
using base::Errc;
using base::Result;
using base::fail;

inline constexpr Duration kForever = Duration::max();

// now + limit without overflow; kForever stays "never".
inline std::chrono::steady_clock::time_point after(Duration limit) {
  const auto now = std::chrono::steady_clock::now();
  const auto never = std::chrono::steady_clock::time_point::max();
  return limit >= never - now ? never : now + limit;
}

struct PeerCredentials {  // of the process at the other end of a Unix socket, as of its connect()
  unsigned uid = 0;
  unsigned gid = 0;
  int pid = 0;
};

}  // namespace net
