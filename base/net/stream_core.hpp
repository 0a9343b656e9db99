// The inside of a Stream: socket, TLS state, one lazy deadline timer. Only .cpp files of this folder include it.
//
// All I/O is "try the system call, and when it would block, wait for readiness", so there is one suspension point (wait), a
// read never loses bytes when it is interrupted, and OpenSSL works on the socket without a second buffer between.
// The timer is armed only when it would fire too late or not at all; a wait that ends early leaves it running, and when it
// fires it compares with the deadline of then. A session with a 5-minute deadline so costs one timer in 5 minutes.
#pragma once
#include <openssl/ssl.h>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/handle.hpp"
#include "base/net/stream.hpp"
#include "base/net/tls_snapshot.hpp"

namespace net {

class StreamCore : public std::enable_shared_from_this<StreamCore> {
 public:
  using Clock = std::chrono::steady_clock;
  enum Control : unsigned { kCancel = 1, kAbort = 2 };
  enum class Want : unsigned char { read, write };
  enum class Outcome : unsigned char { ready, timed_out, cancelled, event, lost };

  static std::shared_ptr<StreamCore> make(Executor executor, int socket);
  StreamCore(Executor executor, int socket, int family);
  ~StreamCore();

  Awaitable<Result<std::size_t>> read_some(std::span<char> into);
  Awaitable<Result<void>> write(std::string_view bytes);
  Awaitable<Result<void>> write_all(std::span<const std::string_view> pieces);
  Awaitable<Stream::Woken> wait_readable_or(Event& event, Duration limit);
  Awaitable<Result<void>> start_tls_server(const TlsContext& context);
  Awaitable<Result<void>> start_tls_client(const TlsContext& context, std::string host, Verify verify);
  Awaitable<Result<void>> finish_connect();
  Awaitable<void> shutdown(Duration limit);
  void close();

  void name_peer();  // addresses and credentials from the socket
  bool cancelled() const { return (wake->flags() & kCancel) != 0; }
  TlsInfo tls() const;

  const std::shared_ptr<detail::Wake> wake;
  const Executor executor;
  Duration each_operation = std::chrono::seconds(60);
  bool closed = false;
  bool secure = false;  // the handshake is done
  std::string id;
  std::string peer_address, local_address;
  std::uint16_t peer_port = 0, local_port = 0;
  std::optional<PeerCredentials> credentials;

 private:
  // Suspends until the socket is ready, the deadline passes, or, where interruptible, cancel() or the event comes.
  Awaitable<Outcome> wait(Want want, Clock::time_point deadline, bool interruptible, Event* event = nullptr);
  void arm(Clock::time_point deadline);
  void on_timer();
  void on_wake();
  void begin_turn();
  bool had_its_turn();
  Awaitable<void> be_fair();

  Awaitable<Result<std::size_t>> read_plain(std::span<char> into, Clock::time_point deadline);
  Awaitable<Result<std::size_t>> read_tls(std::span<char> into, Clock::time_point deadline);
  Awaitable<Result<void>> write_tls(std::string_view bytes);
  Awaitable<Result<void>> write_gathered_tls(std::span<const std::string_view> pieces);
  Awaitable<Result<void>> handshake();
  Result<void> prepare_tls(const TlsContext& context);
  base::Error handshake_error(int ssl_error) const;
  base::Error tls_error(int ssl_error, const char* doing) const;
  bool tls_has_bytes() const { return ssl_ && SSL_pending(ssl_.get()) > 0; }

  boost::asio::generic::stream_protocol::socket socket_;
  boost::asio::steady_timer timer_;
  base::Handle<SSL, SSL_free> ssl_;
  std::shared_ptr<const detail::TlsSnapshot> snapshot_;
  std::string verify_host_;
  Clock::time_point deadline_{};
  Clock::time_point armed_until_ = Clock::time_point::max();
  bool armed_ = false;
  bool waiting_ = false;
  bool interruptible_ = false;
  bool drained_ = false;  // the last read emptied the socket: wait first, save a recv() that would say EAGAIN
  bool tls_broken_ = false;  // SSL_shutdown must not be called after a fatal error
  unsigned inline_operations_ = 0;
  Clock::time_point turn_began_ = Clock::now();
  Outcome reason_ = Outcome::ready;
};

base::Error outcome_error(StreamCore::Outcome outcome, const char* doing);

}  // namespace net
