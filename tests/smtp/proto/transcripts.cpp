// Every file of tests/transcripts/smtp against a Session in memory.
#include "tests/smtp/transcript.hpp"
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <memory>
#include "tests/smtp/proto/driver.hpp"

using namespace smtp::testing;

namespace {
struct MemoryPeer : Peer {
  SessionConfig config = config_of(Kind::mx);
  Effects effects;
  std::map<int, std::unique_ptr<Driver>> drivers;

  void setup(std::string_view key, std::string_view value) override {
    const auto number = [&] { return std::stoull(std::string(value)); };
    if (key == "kind") config.kind = value == "submission" ? Kind::submission : value == "submissions" ? Kind::submissions : Kind::mx;
    else if (key == "size") config.limits.message = number();
    else if (key == "recipients") config.limits.recipients = unsigned(number());
    else if (key == "errors") config.limits.errors = unsigned(number());
    else if (key == "unknown") effects.recipients[std::string(value)] = Decision::refuse(550, {5, 1, 1}, "No such user");
    else if (key == "challenge") effects.challenge = value;
    else if (key == "bad-password") effects.auth = AuthFailed{};
    else throw std::runtime_error("unknown setup " + std::string(key));
  }
  void open(int n) override { drivers[n] = std::make_unique<Driver>(config, effects); }
  void send(int n, std::string_view bytes) override { drivers.at(n)->feed(bytes); }
  void start_tls(int n) override { drivers.at(n)->drop = false; }  // the driver answered StartTls at once
  bool read_line(int n, std::string& line) override {
    std::string& out = drivers.at(n)->output;
    const auto end = out.find("\r\n");
    if (end == std::string::npos) return false;
    line = out.substr(0, end);
    out.erase(0, end + 2);
    return true;
  }
  bool closed(int n) override { return drivers.at(n)->closed; }
};
}  // namespace

BOOST_AUTO_TEST_SUITE(transcripts)

BOOST_AUTO_TEST_CASE(all_files_hold) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CONGTHU_TRANSCRIPTS)) {
    if (entry.path().extension() != ".txt") continue;
    ++files;
    MemoryPeer peer;
    const std::string wrong = run_transcript(entry.path(), peer);
    BOOST_TEST(wrong.empty(), wrong);
  }
  BOOST_TEST(files >= 6);
}

BOOST_AUTO_TEST_CASE(the_runner_itself_can_fail) {
  BOOST_TEST(matches("250*ok", "250 2.0.0 ok"));
  BOOST_TEST(!matches("250*ok", "250 2.0.0 no"));
  BOOST_TEST(unescape("a\\0\\x41\\c") == std::string("a\0A", 3));
  MemoryPeer peer;
  BOOST_TEST(!run_transcript("/nonexistent", peer).empty());
}

BOOST_AUTO_TEST_SUITE_END()
