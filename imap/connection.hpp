// One IMAP connection: drives a Session over a net::Stream. The only place of imap that knows Asio. Made by Server's handlers.
// Lives on one network thread; run() returns when the connection is over.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "imap/proto/framer.hpp"
#include "imap/server.hpp"

namespace imap {

class Connection {
 public:
  Connection(std::shared_ptr<const Server::Setup> setup, bool implicit_tls, net::Stream stream);
  net::Awaitable<void> run();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Each false: the connection is over.
  net::Awaitable<bool> handshake();
  net::Awaitable<bool> next_frame();
  net::Awaitable<bool> command(proto::Frame& frame);
  net::Awaitable<bool> perform_waits();
  net::Awaitable<bool> line();
  net::Awaitable<bool> line_or_change(std::chrono::milliseconds limit);
  net::Awaitable<bool> blocking(std::shared_ptr<Wait::Work> work, Pool pool);
  net::Awaitable<bool> start_tls();
  net::Awaitable<bool> read();
  net::Awaitable<bool> read(net::Duration limit);  // zero: what is there now, perhaps nothing
  net::Awaitable<bool> flush();
  net::Awaitable<void> close();
  bool continuation(const proto::Frame& frame);
  net::Duration patience() const;

  std::shared_ptr<const Server::Setup> setup_;
  bool implicit_tls_;
  net::Stream stream_;
  base::Log log_;
  Session session_;
  proto::Framer framer_;
  net::Event changed_;
  SteadyTime since_;  // the last progress: a whole command or some bytes of a message
};

}  // namespace imap
