// A live smtp::Server on loopback with a Backend made of tables, and a line client that a test drives step by step.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "base/net/self_signed.hpp"
#include "smtp/server.hpp"

namespace smtp_test {

using namespace std::chrono_literals;
namespace proto = smtp::proto;

struct TempDir {
  TempDir() {
    char name[] = "/tmp/congthu-smtp-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TempDir() { std::filesystem::remove_all(path); }
  std::string path;
};

struct TlsFiles {  // made once: keys cost time
  TempDir dir;
  std::shared_ptr<net::TlsContext> server, client;
  TlsFiles() {
    if (!net::make_self_signed(dir.path, {"mx.songla.gov.vn", "localhost", "127.0.0.1"})) throw std::runtime_error("certificate");
    server = *net::TlsContext::server({{dir.path + "/cert.pem", dir.path + "/key.pem"}});
    client = *net::TlsContext::client(dir.path + "/ca.pem");
  }
};
inline TlsFiles& tls_files() {
  static TlsFiles files;
  return files;
}

template <class T>
T run(net::Runtime& runtime, net::Awaitable<T> task) {
  auto future = boost::asio::co_spawn(runtime.executor(0), std::move(task), boost::asio::use_future);
  if (future.wait_for(20s) != std::future_status::ready) throw std::runtime_error("the coroutine hangs");
  return future.get();
}

class TableBackend : public smtp::Backend {
 public:
  struct Mail {
    smtp::Envelope envelope;
    std::string bytes;
  };
  std::map<std::string, smtp::Login> logins;
  std::set<std::string> unknown, remote;
  proto::Decision connect, sender, content;
  bool throws = false, drops = false;

  void add_login(const std::string& name, const std::string& password) {
    base::PasswordCost cheap;
    cheap.memory_kib = 64;
    cheap.passes = 1;
    logins[name] = smtp::Login{name, *sasl::make_credential(password, cheap)};
  }
  smtp::Verdict judge_connect(const smtp::Client&) override { return {connect, "test"}; }
  std::optional<smtp::Login> find_login(std::string_view name) override {
    if (throws) throw std::runtime_error("the disk is gone");
    const auto it = logins.find(std::string(name));
    if (it == logins.end()) return std::nullopt;
    return it->second;
  }
  smtp::Verdict judge_sender(const smtp::Client&, const proto::Mail&) override {
    if (throws) throw std::runtime_error("the disk is gone");
    return {sender, "test"};
  }
  smtp::RecipientVerdict verify_recipient(const smtp::Client& client, std::string_view, std::string_view address) override {
    using Where = smtp::RecipientVerdict::Where;
    smtp::RecipientVerdict v;
    if (unknown.count(std::string(address))) {
      v.decision = proto::Decision::refuse(550, {5, 1, 1}, "Không có người dùng này", "No such user");
    } else if (remote.count(std::string(address))) {
      if (client.login.empty()) v.decision = proto::Decision::refuse(550, {5, 7, 1}, "Relaying denied");
      else v.where = Where::remote;
    } else {
      v.where = Where::local;
    }
    return v;
  }
  void submit(smtp::Envelope envelope, std::string bytes, Done done) override {
    if (drops) return;
    {
      const std::lock_guard lock(mutex_);
      mails_.push_back({std::move(envelope), std::move(bytes)});
    }
    smtp::Outcome outcome;
    outcome.decision = content;
    done(outcome);
  }
  std::vector<Mail> mails() const {
    const std::lock_guard lock(mutex_);
    return mails_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Mail> mails_;
};

class LineClient {
 public:
  LineClient(net::Runtime& runtime, std::uint16_t port) : runtime_(runtime) {
    auto stream = run(runtime_, net::Stream::connect("127.0.0.1", port, 5s));
    if (!stream) throw std::runtime_error(stream.error().detail());
    stream_ = std::move(*stream);
    stream_.set_deadline(10s);
  }
  ~LineClient() { run(runtime_, close_it()); }
  void send(std::string_view bytes) { (void)run(runtime_, stream_.write(bytes)); }
  bool start_tls() {
    buffer_.clear();
    return run(runtime_, stream_.start_tls_client(*tls_files().client, "localhost", net::Verify::peer)).has_value();
  }
  bool line(std::string& out) {
    for (;;) {
      const std::size_t end = buffer_.find("\r\n");
      if (end != std::string::npos) {
        out = buffer_.substr(0, end);
        buffer_.erase(0, end + 2);
        return true;
      }
      if (!more()) return false;
    }
  }
  std::string reply() {  // the last line of a reply; empty when closed
    std::string text;
    while (line(text)) {
      all += text + "\n";
      if (text.size() < 4 || text[3] != '-') return text;
    }
    return {};
  }
  std::string ask(const std::string& command) {
    all.clear();
    send(command + "\r\n");
    return reply();
  }
  bool closed() { return buffer_.empty() && !more(); }
  void abort() { stream_.close(); }
  std::string all;  // the whole last reply

 private:
  net::Awaitable<void> close_it() {
    stream_.close();
    co_return;
  }
  bool more() {
    std::array<char, 4096> bytes;
    const auto got = run(runtime_, stream_.read_some(bytes));
    if (!got || *got == 0) return false;
    buffer_.append(bytes.data(), *got);
    return true;
  }
  net::Runtime& runtime_;
  net::Stream stream_;
  std::string buffer_;
};

struct Live {
  net::Runtime runtime{2};
  net::Pool pool{"password", 1, 100};
  base::ManualClock clock{base::Time(std::chrono::milliseconds(1'795'000'000'000))};
  TableBackend backend;
  base::AuthGuardOptions guard_options;
  std::unique_ptr<base::AuthGuard> guard;
  smtp::ServerOptions options;
  std::unique_ptr<smtp::Server> server;
  std::vector<std::shared_ptr<net::Listener>> listeners;

  Live() {
    options.hostname = "mx.songla.gov.vn";
    options.sasl.secret = "secret of the test";
    options.sasl.cost.memory_kib = 64;
    options.sasl.cost.passes = 1;
    guard_options.first_delay = 1ms;
    guard_options.longest_delay = 4ms;
    runtime.start();
  }
  ~Live() {
    for (auto& l : listeners) l->close();
    runtime.stop(2s);
  }
  std::uint16_t listen(proto::Kind kind) {
    if (!guard) guard = std::make_unique<base::AuthGuard>(clock, guard_options);
    server = std::make_unique<smtp::Server>(backend, pool, *guard, tls_files().server, clock, options);
    auto listener = net::Listener::tcp(runtime, "127.0.0.1", 0, {}, server->handler(kind));
    if (!listener) throw std::runtime_error(listener.error().detail());
    (*listener)->start();
    listeners.push_back(*listener);
    return (*listener)->port();
  }
};

inline std::string plain(const std::string& user, const std::string& password) {
  return "AUTH PLAIN " + base::base64_encode(std::string(1, '\0') + user + std::string(1, '\0') + password);
}

}  // namespace smtp_test
