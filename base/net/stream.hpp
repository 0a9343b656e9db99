// One connection's bytes: TCP or Unix socket, plain or TLS, both ways. The drivers read and write through nothing else.
//
// Thread rule: a Stream lives on one network thread (executor()); one operation at a time. Control reaches it from anywhere.
// Deadline: set_deadline() holds for each following operation. read_some, TLS handshakes: from its start; write: for each
// wait until the peer takes more (RFC 5321 4.5.3.2 counts each TCP send). A passed deadline is Errc::timed_out; a read may
// simply be tried again, after a write the connection is unusable.
// Buffering is the caller's: the Stream never holds bytes that read_some did not hand out, beyond TLS's current record.
// STARTTLS (CVE-2011-0411): after reading the STARTTLS line the caller must refuse or drop everything left in its own buffer
// before it calls start_tls_server; what the kernel still holds is read as the handshake, so plain text there fails it.
// Errors: 0 bytes from read_some = the peer ended cleanly (FIN, with TLS close_notify) · timed_out · unavailable = cancelled
// by Control::cancel() · io = connection lost, with the system's text · denied = TLS refused (detail says why).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/net/event.hpp"
#include "base/net/tls_context.hpp"

namespace net {

class StreamCore;

struct TlsInfo {
  std::string version;  // "TLSv1.3"
  std::string cipher;   // "TLS_AES_256_GCM_SHA384"
  bool verified = false;  // client only: chain and name held
};

class Stream {
 public:
  // A copyable handle that any thread may use, also after the Stream is gone.
  class Control {
   public:
    void cancel() const;  // reads (also waiting ones) and handshakes end with Errc::unavailable; writes go on, for a last BYE
    void abort() const;   // every operation ends with Errc::io

   private:
    friend class Stream;
    explicit Control(std::shared_ptr<detail::Wake> wake) : wake_(std::move(wake)) {}
    std::shared_ptr<detail::Wake> wake_;
  };
  enum class Woken : unsigned char { readable, event, timeout, cancelled };  // readable also when the peer ended or failed

  Stream() = default;
  Stream(Executor executor, int socket);  // takes over a connected stream socket
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  // address: numeric IPv4 or IPv6; source: local address to use, empty for any. On the calling coroutine's executor.
  [[nodiscard]] static Awaitable<Result<Stream>> connect(std::string address, std::uint16_t port, Duration limit,
                                                         std::string source = {});
  [[nodiscard]] static Awaitable<Result<Stream>> connect_unix(std::string path, Duration limit);

  [[nodiscard]] Awaitable<Result<std::size_t>> read_some(std::span<char> into);
  [[nodiscard]] Awaitable<Result<void>> write(std::string_view bytes);
  [[nodiscard]] Awaitable<Result<void>> write_all(std::span<const std::string_view> pieces);  // one sendmsg or few TLS records
  // IDLE: bytes to read (take them with read_some) or the event (consumed) or the limit, whichever is first.
  [[nodiscard]] Awaitable<Woken> wait_readable_or(Event& event, Duration limit);

  [[nodiscard]] Awaitable<Result<void>> start_tls_server(const TlsContext& context);
  // host: name for SNI and verification (an address is verified as address and sent in no SNI).
  [[nodiscard]] Awaitable<Result<void>> start_tls_client(const TlsContext& context, std::string host, Verify verify);

  // Orderly end: close_notify, FIN, then up to limit for the peer's FIN, so that what was written last is not lost to a RST.
  Awaitable<void> shutdown(Duration limit = std::chrono::seconds(2));
  void close();

  static Stream adopt(std::shared_ptr<StreamCore> core);  // for this folder
  void set_deadline(Duration each_operation);
  bool cancelled() const;
  Control control() const;
  Executor executor() const;
  bool open() const;
  explicit operator bool() const { return core_ != nullptr; }

  std::string_view id() const;                   // short, unique in this process, unlikely to repeat between restarts
  const std::string& peer_address() const;       // "192.0.2.7", "2001:db8::7", "unix"
  std::uint16_t peer_port() const;
  const std::string& local_address() const;
  std::uint16_t local_port() const;
  const std::optional<PeerCredentials>& peer_credentials() const;  // Unix sockets only
  bool is_tls() const;
  TlsInfo tls() const;                           // empty strings when plain

 private:
  std::shared_ptr<StreamCore> core_;
};

}  // namespace net
