#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <cstring>
#include <limits>

#include "base/ascii.hpp"
#include "base/net/address.hpp"
#include "base/net/http.hpp"

namespace net {
namespace http = boost::beast::http;
namespace {

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() { if (fd_ >= 0) ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Result<void> wait_for(int fd, short events, Duration limit) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  pollfd one{fd, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&one, 1, int(std::min<long long>(millis, std::numeric_limits<int>::max())));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) return fail(Errc::timed_out, "no answer from the server");
  if (ready < 0) return fail(Errc::io, std::strerror(errno));
  return {};
}

Result<void> send_all(int fd, std::string_view bytes, Duration limit) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(std::size_t(sent));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (auto ok = wait_for(fd, POLLOUT, limit); !ok) return ok;
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return {};  // it may have answered before it closed ("413"): read that
    } else if (errno != EINTR) {
      return fail(Errc::io, std::string("cannot send to the server: ") + std::strerror(errno));
    }
  }
  return {};
}

// Feeds the parser until the message is complete. The body it has so far goes to on_chunk as it comes.
Result<void> receive(int fd, http::response_parser<http::string_body>& parser,
                     const std::function<void(std::string_view)>& on_chunk, Duration limit) {
  std::string buffer;
  std::array<char, 16 * 1024> bytes;
  while (!parser.is_done()) {
    if (auto ok = wait_for(fd, POLLIN, limit); !ok) return ok;
    const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::io, std::string("connection to the server lost: ") + std::strerror(errno));
    boost::system::error_code error;
    if (got == 0) {
      parser.put_eof(error);
      if (error || !parser.is_done()) return fail(Errc::io, "the server closed the connection in the middle of its answer");
      break;
    }
    buffer.append(bytes.data(), std::size_t(got));
    while (!buffer.empty() && !parser.is_done()) {
      const std::size_t used = parser.put(boost::asio::buffer(buffer), error);
      buffer.erase(0, used);
      if (error == http::error::need_more) break;
      if (error) return fail(Errc::corrupt, "the server's answer is no HTTP: " + error.message());
      if (used == 0) break;
    }
    std::string& body = parser.get().body();
    if (on_chunk && parser.is_header_done() && parser.get().result_int() == 200 && !body.empty()) {
      on_chunk(body);
      body.clear();
    }
  }
  return {};
}

}  // namespace

Result<HttpReply> http_call(const std::string& socket_path, std::string_view method, std::string_view target,
                            std::string_view body, const std::function<void(std::string_view)>& on_chunk, Duration idle_limit,
                            const std::string& authorization) {
  const auto to = unix_address(socket_path);
  if (!to) return to.error();
  const Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) return fail(Errc::io, std::strerror(errno));
  if (::connect(socket.fd(), to->get(), to->size) != 0) {
    const Errc code = errno == EACCES || errno == EPERM ? Errc::denied : Errc::unavailable;
    return fail(code, "cannot reach the server at " + socket_path + ": " + std::strerror(errno));
  }
  std::string head(method);
  head.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
  if (!authorization.empty()) head.append("Authorization: ").append(authorization).append("\r\n");
  head.append("Content-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  head.append(body);
  if (auto ok = send_all(socket.fd(), head, idle_limit); !ok) return ok.error();
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);  // our own server; the command line prints what it gets
  if (method == "HEAD") parser.skip(true);
  if (auto ok = receive(socket.fd(), parser, on_chunk, idle_limit); !ok) return ok.error();
  HttpReply reply;
  reply.status = int(parser.get().result_int());
  for (const auto& field : parser.get()) {
    reply.headers.emplace_back(base::lower_ascii({field.name_string().data(), field.name_string().size()}),
                               std::string(field.value()));
  }
  reply.body = std::move(parser.get().body());
  return reply;
}

}  // namespace net
