// The whole server in this process, on free loopback ports, with a certificate and a store of its own; administered through its socket.
#pragma once
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/net/http.hpp"
#include "base/net/self_signed.hpp"
#include "tests/tools/congthud/client.hpp"
#include "tools/congthud/daemon.hpp"

namespace tools::test {

using Json = nlohmann::ordered_json;

inline std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof a;
  BOOST_REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&a), size) == 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&a), &size);
  ::close(fd);
  return ntohs(a.sin_port);
}

struct Site {  // the files, and no server yet
  std::string directory = (std::filesystem::temp_directory_path() / "congthud-live-XXXXXX").string();
  base::InitOptions init;

  Site() {
    BOOST_REQUIRE(::mkdtemp(directory.data()) != nullptr);
    init.domain = "songla.gov.vn";
    for (std::uint16_t* port : {&init.smtp_port, &init.submission_port, &init.submissions_port, &init.imap_port, &init.imaps_port, &init.http_port})
      *port = free_port();
    write("");
    BOOST_REQUIRE(net::make_self_signed(directory + "/tls", {"mail.songla.gov.vn", "localhost", "127.0.0.1"}));
  }
  ~Site() { std::filesystem::remove_all(directory); }

  std::string file() const { return directory + "/congthu.toml"; }
  std::string text() const { return base::default_config_text(init); }
  void write(const std::string& more) const { std::ofstream(file()) << replace(text(), "data_dir = \"data\"", "data_dir = \"data\"\nthreads = 2") << more; }
  static std::string replace(std::string s, const std::string& what, const std::string& with) {
    const auto at = s.find(what);
    BOOST_REQUIRE(at != std::string::npos);
    return s.replace(at, what.size(), with);
  }
  base::Result<std::unique_ptr<Daemon>> make() const {
    auto config = base::load_config(file());
    BOOST_REQUIRE_MESSAGE(config, config.error().detail());
    config->store.map_size = 1u << 30;
    config->inspect.workers = 1;
    // Mail for elsewhere goes to a relay that nobody runs: refused for now, so it stays in the queue.
    config->smtp.relay_host = "127.0.0.1";
    config->smtp.relay_port = 1;
    config->smtp.relay_tls = base::RelayTls::off;
    DaemonOptions options;
    options.worker_path = CONGTHU_BIN "/congthu-inspect";
    options.signals = false;
    options.password_cost = {64, 1, 1};
    options.sync = false;
    options.resolve = false;
    return Daemon::make(*std::move(config), options);
  }
};

struct Live : Site {
  std::unique_ptr<Daemon> daemon;
  std::thread thread;

  explicit Live(const std::function<void(const Site&)>& prepare = {}) {
    if (prepare) prepare(*this);
    auto made = make();
    BOOST_REQUIRE_MESSAGE(made, made.error().detail());
    daemon = *std::move(made);
    thread = std::thread([this] { daemon->run(); });
    for (int i = 0; i < 200 && admin("GET", "/health").status != 200; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    add("/domains", {{"name", "songla.gov.vn"}});
    add("/agencies", {{"code", "svd"}, {"name", "Sở Ví dụ"}});
    account("an");
    account("binh");
  }
  ~Live() {
    daemon->stop();
    thread.join();
  }
  net::HttpReply admin(std::string_view method, std::string_view target, const std::string& body = {}) const {
    const auto reply = net::http_call(directory + "/admin.sock", method, target, body);
    return reply ? *reply : net::HttpReply{};
  }
  void add(const std::string& target, const Json& body) const {
    const auto reply = admin("POST", target, body.is_null() ? std::string{} : body.dump());
    BOOST_REQUIRE_MESSAGE(reply.status == 200, target << ": " << reply.status << " " << reply.body);
  }
  void account(const std::string& local, Json more = Json::object()) const {
    Json body = {{"address", local + "@songla.gov.vn"}, {"agency", "svd"}, {"password", "mat khau"}};
    body.update(more);
    add("/accounts", body);
  }
  Json get(const std::string& target) const { return Json::parse(admin("GET", target).body, nullptr, false); }

  // Through the MX port; gives the answer to the last line.
  std::string deliver(const std::string& to, const std::string& message, const std::string& from = "x@ngoai.vn") const {
    Client c(init.smtp_port);
    return session(c, from, to, message);
  }
  std::string submit(const std::string& login, const std::string& from, const std::string& to, const std::string& message) const {
    Client c(init.submissions_port, true);
    BOOST_TEST(c.reply().starts_with("220 "));
    BOOST_TEST(c.command("EHLO may.songla.gov.vn").starts_with("250 "));
    const std::string secret = '\0' + login + '\0' + "mat khau";
    BOOST_TEST(c.command("AUTH PLAIN " + base::base64_encode(secret)).starts_with("235 "));
    return mail(c, from, to, message);
  }
  std::string session(Client& c, const std::string& from, const std::string& to, const std::string& message) const {
    BOOST_TEST(c.reply().starts_with("220 "));
    BOOST_TEST(c.command("EHLO mx.ngoai.vn").starts_with("250 "));
    return mail(c, from, to, message);
  }
  static std::string mail(Client& c, const std::string& from, const std::string& to, const std::string& message) {
    std::string answer = c.command("MAIL FROM:<" + from + ">");
    if (!answer.starts_with("250 ")) return answer;
    answer = c.command("RCPT TO:<" + to + ">");
    if (!answer.starts_with("250 ")) return answer;
    answer = c.command("DATA");
    if (!answer.starts_with("354 ")) return answer;
    return c.command(message + ".");
  }
  std::string read(const std::string& who, const std::string& command = "FETCH 1:* (FLAGS BODY.PEEK[])") const {
    Client c(init.imaps_port, true);
    BOOST_TEST(c.line().starts_with("* OK"));
    BOOST_TEST(c.imap("LOGIN " + who + "@songla.gov.vn \"mat khau\"").find(" OK") != std::string::npos);
    BOOST_TEST(c.imap("SELECT INBOX").find(" OK") != std::string::npos);
    return c.imap(command);
  }
};

}  // namespace tools::test
