// Every file of tests/transcripts/smtp against the live server, over sockets and real TLS.
#include "tests/smtp/transcript.hpp"

#include "tests/smtp/driver/support.hpp"

using namespace smtp_test;

namespace {

struct LivePeer : smtp::testing::Peer {
  Live live;
  proto::Kind kind = proto::Kind::mx;
  std::uint16_t port = 0;
  std::map<int, std::unique_ptr<LineClient>> clients;

  ~LivePeer() override { clients.clear(); }
  void setup(std::string_view key, std::string_view value) override {
    const auto number = [&] { return std::stoull(std::string(value)); };
    if (key == "kind") kind = value == "submission" ? proto::Kind::submission : value == "submissions" ? proto::Kind::submissions : proto::Kind::mx;
    else if (key == "size") live.options.limits.message = number();
    else if (key == "recipients") live.options.limits.recipients = unsigned(number());
    else if (key == "errors") live.options.limits.errors = unsigned(number());
    else if (key == "unknown") live.backend.unknown.insert(std::string(value));
    else if (key != "bad-password") throw std::runtime_error("unknown setup " + std::string(key));  // no login exists: each is bad
  }
  void open(int n) override {
    live.options.mechanisms = {"PLAIN", "LOGIN"};
    if (port == 0) port = live.listen(kind);
    clients[n] = std::make_unique<LineClient>(live.runtime, port);
    if (kind == proto::Kind::submissions) start_tls(n);
  }
  void send(int n, std::string_view bytes) override { clients.at(n)->send(bytes); }
  void start_tls(int n) override {
    if (!clients.at(n)->start_tls()) throw std::runtime_error("handshake failed");
  }
  bool read_line(int n, std::string& line) override { return clients.at(n)->line(line); }
  bool closed(int n) override { return clients.at(n)->closed(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(live_transcripts)

BOOST_AUTO_TEST_CASE(all_files_hold_over_sockets) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CONGTHU_TRANSCRIPTS)) {
    if (entry.path().extension() != ".txt") continue;
    ++files;
    LivePeer peer;
    const std::string wrong = smtp::testing::run_transcript(entry.path(), peer);
    BOOST_TEST(wrong.empty(), wrong);
  }
  BOOST_TEST(files >= 6);
}

BOOST_AUTO_TEST_SUITE_END()
