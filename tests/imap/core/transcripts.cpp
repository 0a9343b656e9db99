// The golden transcripts, in memory and against the live server in plain text on loopback.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "tests/imap/core/live.hpp"
#include "tests/imap/core/world.hpp"
#include "tests/smtp/transcript.hpp"

namespace imap_test {
namespace {

bool take_line(std::string& from, std::string& line) {
  const std::size_t end = from.find("\r\n");
  if (end == std::string::npos) return false;
  line = from.substr(0, end);
  from.erase(0, end + 2);
  return true;
}

class MemoryPeer final : public smtp::testing::Peer {
 public:
  explicit MemoryPeer(World& world) : world_(world) {}
  void setup(std::string_view key, std::string_view value) override {
    if (key == "tls") tls_ = value == "on";
    if (key == "quota") {
      store::UpdateAccount op{*world_.snap().account("an@songla.gov.vn")};
      op.row.quota = std::stoull(std::string(value));
      store_test::need(world_.s->run(op));
    }
  }
  void open(int n) override { wires_[n] = world_.connect(tls_); }
  void send(int n, std::string_view bytes) override { wires_.at(n)->send(bytes); }
  void start_tls(int n) override { wires_.at(n)->handshake(); }
  bool read_line(int n, std::string& line) override {
    Wire& w = *wires_.at(n);
    for (int i = 0; i < 200; ++i) {
      if (take_line(w.received(), line)) return true;
      w.pump();
      // A change is announced by the writer's thread just after the other connection got its answer.
      if (w.received().empty() && !w.session().idle()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      else if (w.received().empty()) return false;
    }
    return false;
  }
  bool closed(int n) override { return wires_.at(n)->closed(); }

 private:
  World& world_;
  bool tls_ = true;
  std::map<int, std::unique_ptr<Wire>> wires_;
};

class SocketPeer final : public smtp::testing::Peer {
 public:
  explicit SocketPeer(Live& live, World& world) : live_(live), memory_(world) {}
  ~SocketPeer() override {
    for (auto& [n, c] : sockets_) ::close(c.fd);
  }
  void setup(std::string_view key, std::string_view value) override { memory_.setup(key, value); }
  void open(int n) override {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(live_.port());
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    BOOST_REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0);
    sockets_[n].fd = fd;
  }
  void send(int n, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(sockets_.at(n).fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(std::size_t(sent));
    }
  }
  void start_tls(int) override { BOOST_FAIL("not here"); }
  bool read_line(int n, std::string& line) override {
    Connection& c = sockets_.at(n);
    while (!take_line(c.buffer, line)) {
      pollfd p{c.fd, POLLIN, 0};
      if (c.ended || ::poll(&p, 1, asked_ ? 5000 : 50) <= 0) return false;
      char piece[4096];
      const ssize_t got = ::recv(c.fd, piece, sizeof piece, 0);
      if (got <= 0) c.ended = true;
      else c.buffer.append(piece, std::size_t(got));
    }
    return true;
  }
  bool closed(int n) override { return sockets_.at(n).ended; }
  bool asked_ = true;

 private:
  struct Connection {
    int fd = -1;
    std::string buffer;
    bool ended = false;
  };
  Live& live_;
  MemoryPeer memory_;
  std::map<int, Connection> sockets_;
};

std::vector<std::string> transcripts() {
  std::vector<std::string> all;
  for (const auto& e : std::filesystem::directory_iterator(CONGTHU_SOURCE "/tests/transcripts/imap")) all.push_back(e.path());
  std::sort(all.begin(), all.end());
  return all;
}

BOOST_AUTO_TEST_SUITE(imap_transcripts)

BOOST_AUTO_TEST_CASE(every_transcript_holds_in_memory) {
  BOOST_REQUIRE(transcripts().size() >= 5u);
  for (const std::string& path : transcripts()) {
    World world;
    MemoryPeer peer(world);
    const std::string wrong = smtp::testing::run_transcript(path, peer);
    BOOST_TEST(wrong == "");
  }
}

// Those that need no TLS handshake; the handshake itself is proven by the client of another author (live.cpp).
BOOST_AUTO_TEST_CASE(every_plain_transcript_holds_over_sockets) {
  for (const std::string& path : transcripts()) {
    if (path.ends_with("tls.txt")) continue;
    World world;
    Live live(world);
    SocketPeer peer(live, world);
    const std::string wrong = smtp::testing::run_transcript(path, peer);
    BOOST_TEST(wrong == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace imap_test
