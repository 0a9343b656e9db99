// A listening socket, TCP or Unix, whose connections are spread over the network threads. Binding happens in the factory
// (before privileges are dropped) and says clearly why it failed; accepting begins with start().
// Limits: all connections of this listener, and those of one peer (an IPv4 address or an IPv6 /64). A refused peer gets
// Options::refusal (only sensible for plain text, "421 ...\r\n") and is closed. Without free descriptors it logs and pauses.
// The handler owns the Stream; what it throws is logged with the connection id and ends that connection only.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/net/runtime.hpp"

namespace net {

using Handler = std::function<Awaitable<void>(Stream)>;

struct ListenerOptions {
  std::string name = "tcp";               // in log lines
  std::size_t max_connections = 10'000;
  std::size_t max_per_peer = 0;           // 0: no limit
  std::string refusal;
  int backlog = 1024;
};

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  // address: numeric, "localhost" or "*" (all, IPv4 and IPv6); port 0: any free one, see port().
  [[nodiscard]] static Result<std::shared_ptr<Listener>> tcp(Runtime& runtime, const std::string& address, std::uint16_t port,
                                                             ListenerOptions options, Handler handler);
  // Replaces a dead socket file, refuses to steal a live one. mode: of the socket file, e.g. 0660.
  [[nodiscard]] static Result<std::shared_ptr<Listener>> unix_socket(Runtime& runtime, const std::string& path, unsigned mode,
                                                                     ListenerOptions options, Handler handler);
  ~Listener();

  void start();
  void close();  // any thread; live connections go on
  std::uint16_t port() const { return port_; }
  const std::string& where() const { return where_; }  // "127.0.0.1:25"
  std::size_t connections() const { return counters_->total.load(); }

 private:
  struct Counters {  // outlives the listener: connections do
    std::atomic<std::size_t> total{0};
    std::mutex mutex;
    std::unordered_map<std::string, std::size_t> by_peer;
  };
  class Ticket;

  Listener(Runtime& runtime, ListenerOptions options, Handler handler);
  Result<void> listen_on(int fd, std::string where);
  static Awaitable<void> accept_loop(std::shared_ptr<Listener> self);  // static: it may start after the owner let go
  bool accept_ready();  // false: out of descriptors
  void take(int fd);
  std::unique_ptr<Ticket> admit(const std::string& peer);
  static Awaitable<void> serve(Runtime& runtime, std::string name, std::shared_ptr<const Handler> handler, Stream stream,
                               std::unique_ptr<Ticket> ticket);

  Runtime& runtime_;
  ListenerOptions options_;
  std::shared_ptr<const Handler> handler_;
  std::shared_ptr<Counters> counters_;
  std::string where_, path_;
  std::uint16_t port_ = 0;
  int fd_ = -1;
  std::atomic<bool> closed_{false};
  std::atomic<bool> started_{false};
  std::shared_ptr<detail::Wake> stop_;
  std::chrono::steady_clock::time_point quiet_until_{};  // of the log line about refusals
};

}  // namespace net
