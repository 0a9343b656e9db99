// A blocking line client with or without TLS, for talking to the live server as a stranger would: no code of ours but sockets.
#pragma once
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/encoding.hpp"

namespace tools::test {

class Client {
 public:
  explicit Client(std::uint16_t port, bool tls = false) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    BOOST_REQUIRE_MESSAGE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0, "nobody listens on " << port);
    if (tls) start_tls();
  }
  ~Client() {
    if (ssl_ != nullptr) SSL_free(ssl_);
    if (context_ != nullptr) SSL_CTX_free(context_);
    if (fd_ >= 0) ::close(fd_);
  }
  Client(const Client&) = delete;

  void start_tls() {
    context_ = SSL_CTX_new(TLS_client_method());
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    BOOST_REQUIRE(SSL_connect(ssl_) == 1);
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), int(bytes.size())) : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      BOOST_REQUIRE(n > 0);
      bytes.remove_prefix(std::size_t(n));
    }
  }
  // One line without CRLF; empty at the end of the connection.
  std::string line() {
    for (;;) {
      const std::size_t end = in_.find("\r\n");
      if (end != std::string::npos) {
        std::string out = in_.substr(0, end);
        in_.erase(0, end + 2);
        return out;
      }
      char buffer[8192];
      const auto n = ssl_ != nullptr ? SSL_read(ssl_, buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) return {};
      in_.append(buffer, std::size_t(n));
    }
  }
  // SMTP: all lines of one reply; gives the last.
  std::string reply() {
    std::string text = line();
    while (text.size() > 3 && text[3] == '-') text = line();
    return text;
  }
  std::string command(std::string_view text) {
    send(std::string(text) + "\r\n");
    return reply();
  }
  // IMAP: everything up to and with the tagged line.
  std::string imap(std::string_view text) {
    const std::string tag = "a" + std::to_string(++tag_);
    send(tag + " " + std::string(text) + "\r\n");
    std::string all;
    for (std::string one = line(); !one.empty() || !in_.empty(); one = line()) {
      all += one + "\n";
      if (one.starts_with(tag + " ")) return all;
    }
    return all;
  }

 private:
  int fd_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::string in_;
  unsigned tag_ = 0;
};

}  // namespace tools::test
