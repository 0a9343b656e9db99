// A store, a Runner and a scripted mail server on loopback that static DNS entries lead to.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/net/listener.hpp"
#include "base/net/self_signed.hpp"
#include "smtp/queue/runner.hpp"
#include "tests/store/fixture.hpp"

namespace queue_test {

using namespace std::chrono_literals;
namespace queue = smtp::queue;
namespace proto = smtp::proto;

struct Script {
  std::set<std::string> refuse;         // 550 at RCPT
  std::set<std::string> late;           // 451 at RCPT
  std::atomic<int> busy{0};             // connections that get 451 at RCPT
  std::atomic<int> drop_in_data{0};     // connections cut off in the content
  std::atomic<bool> starttls{false}, tls_breaks{false}, need_auth{false};
  std::shared_ptr<net::TlsContext> tls;
  std::mutex mutex;
  std::vector<std::string> mails;       // content as received
  std::vector<std::string> commands;
  std::atomic<int> connections{0}, secure{0}, open{0}, most_open{0};

  std::vector<std::string> received() {
    const std::lock_guard lock(mutex);
    return mails;
  }
};

// One connection of the fake server: understands just what the client says, in order.
class Fake {
 public:
  Fake(Script& script, net::Stream stream) : script_(script), stream_(std::move(stream)) {
    script_.most_open = std::max(script_.most_open.load(), ++script_.open);
  }
  ~Fake() { leave(); }
  net::Awaitable<void> run() {
    ++script_.connections;
    busy_ = script_.busy.load() > 0 && script_.busy-- > 0;
    stream_.set_deadline(10s);
    std::string out = "220 fake ESMTP\r\n";
    for (;;) {
      const auto sent = co_await stream_.write(out);
      if (!sent) co_return;
      if (out.starts_with("221")) break;
      const bool secure = out.starts_with("220 go");
      if (secure && script_.tls_breaks) co_return stream_.close();
      if (secure) {
        const net::TlsContext& context = *script_.tls;
        const auto done = co_await stream_.start_tls_server(context);
        if (!done) co_return;
        ++script_.secure;
      }
      std::string line;
      const bool more = co_await read_until("\r\n", line);
      if (!more) co_return;
      out = answer(line);
      if (!out.starts_with("354")) continue;
      const auto go = co_await stream_.write(out);
      if (!go) co_return;
      if (script_.drop_in_data.load() > 0 && script_.drop_in_data-- > 0) co_return stream_.close();
      std::string content;
      const bool whole = co_await read_until("\r\n.\r\n", content);
      if (!whole) co_return;
      const std::lock_guard lock(script_.mutex);
      script_.mails.push_back(content + "\r\n");
      out = "250 2.0.0 taken\r\n";
    }
    co_await stream_.shutdown();
  }

 private:
  std::string answer(const std::string& line) {
    {
      const std::lock_guard lock(script_.mutex);
      script_.commands.push_back(line);
    }
    if (line.starts_with("EHLO")) {
      std::string words = "250-fake\r\n250-8BITMIME\r\n250-PIPELINING\r\n";
      if (script_.starttls && !stream_.is_tls()) words += "250-STARTTLS\r\n";
      if (script_.need_auth) words += "250-AUTH PLAIN\r\n";
      return words + "250 ENHANCEDSTATUSCODES\r\n";
    }
    if (line == "STARTTLS") return "220 go\r\n";
    if (line.starts_with("AUTH PLAIN ")) return "235 2.7.0 ok\r\n";
    if (line.starts_with("MAIL")) return taken_ = false, "250 2.1.0 ok\r\n";
    if (line.starts_with("RCPT TO:<")) {
      const std::string address = line.substr(9, line.find('>') - 9);
      if (script_.refuse.count(address)) return "550 5.1.1 nobody here\r\n";
      if (busy_ || script_.late.count(address)) return "451 4.2.1 come again\r\n";
      taken_ = true;
      return "250 2.1.5 ok\r\n";
    }
    if (line == "DATA") return taken_ ? "354 go\r\n" : "554 5.5.1 no recipients\r\n";
    if (line == "QUIT") return leave(), "221 bye\r\n";
    return "500 5.5.1 what\r\n";
  }
  net::Awaitable<bool> read_until(std::string_view end, std::string& text) {
    std::array<char, 4096> bytes;
    for (;;) {
      const std::size_t at = buffer_.find(end);
      if (at != std::string::npos) {
        text = buffer_.substr(0, at);
        buffer_.erase(0, at + end.size());
        co_return true;
      }
      const auto got = co_await stream_.read_some(bytes);
      if (!got || *got == 0) co_return false;
      buffer_.append(bytes.data(), *got);
    }
  }
  void leave() {  // before the client can know that it may connect again
    if (!std::exchange(left_, true)) --script_.open;
  }
  Script& script_;
  net::Stream stream_;
  bool left_ = false;
  std::string buffer_;
  bool busy_ = false, taken_ = false;
};

inline net::Awaitable<void> serve_fake(Script* script, net::Stream stream) {
  Fake fake(*script, std::move(stream));
  co_await fake.run();
}

struct Certificates {
  store_test::TempDir dir;
  std::shared_ptr<net::TlsContext> server, client;
  Certificates() {
    BOOST_REQUIRE(net::make_self_signed(dir.path, {"mx.xa.vn"}).has_value());
    server = *net::TlsContext::server({{dir.path + "/cert.pem", dir.path + "/key.pem"}});
    client = *net::TlsContext::client(dir.path + "/ca.pem");
  }
};

inline Certificates& certificates() {
  static Certificates c;
  return c;
}

// The parts that end and begin again with a restart; the store's directory stays.
struct Running {
  net::Pool readers{"reader", 1, 100};
  std::unique_ptr<net::Resolver> resolver;
  net::Runtime runtime{1};
  std::unique_ptr<smtp::client::Deliverer> deliverer;
  std::shared_ptr<queue::Runner> runner;
  std::shared_ptr<net::Listener> listener;
  ~Running() {
    if (listener) listener->close();
    runtime.stop(3s);
  }
};

struct QueueFixture {
  store_test::TempDir dir;
  base::ManualClock clock{base::Time(std::chrono::milliseconds(1'795'000'000'000))};
  std::unique_ptr<store::Store> s;
  base::AccountId an{};
  Script script;
  smtp::client::Options client;
  queue::RunnerOptions options;
  std::string relay;  // host name of the fake server as our relay; empty = by MX
  std::unique_ptr<Running> running;

  QueueFixture() {
    script.tls = certificates().server;
    client.hostname = "mx.songla.gov.vn";
    client.allow_loopback = true;
    options.hostname = "mx.songla.gov.vn";
    options.retry = {5min, 10min};
    open_store();
    store_test::need(s->run(store::AddDomain{{{}, "songla.gov.vn", {}}}));
    an = store_test::need(s->run(store::AddAccount{{{}, "an@songla.gov.vn", "Người Ví dụ", {}, false, false, 0}, {}}));
  }
  ~QueueFixture() {
    running.reset();
    store_test::require_clean(*s);
  }
  void open_store() {
    store::Options o;
    o.env.map_size = 1u << 30;
    o.clock = &clock;
    o.collect = false;
    s = store_test::need(store::Store::open(dir.path, o));
  }
  void start() {
    running = std::make_unique<Running>();
    Running& r = *running;
    net::ResolverOptions offline;
    offline.offline = true;
    r.resolver = std::move(*net::Resolver::make(offline));
    r.runtime.start();
    Script* script_of = &script;
    r.listener = *net::Listener::tcp(r.runtime, "127.0.0.1", 0, {}, [script_of](net::Stream st) { return serve_fake(script_of, std::move(st)); });
    r.listener->start();
    r.resolver->add_static_mx("xa.vn", {{10, "mx.xa.vn", r.listener->port()}});
    r.resolver->add_static_mx("null.vn", {});
    r.resolver->add_static_mx("loop.vn", {{10, "mx.songla.gov.vn", r.listener->port()}, {20, "mx.xa.vn", r.listener->port()}});
    r.resolver->add_static_address("mx.xa.vn", {"127.0.0.1"});
    r.resolver->add_static_address("khac.xa.vn", {"127.0.0.1"});  // not in the certificate
    if (!relay.empty()) client.relay = smtp::client::Relay{relay, r.listener->port(), "u", "p", proto::TlsUse::required, false};
    r.deliverer = std::make_unique<smtp::client::Deliverer>(r.runtime, *r.resolver, certificates().client, client);
    r.runner = queue::Runner::start(r.runtime, *s, *r.deliverer, r.readers, clock, options);
  }
  void submit(const std::vector<std::string>& to, const std::string& sender = "an@songla.gov.vn") {
    smtp::Envelope e;
    e.sender = sender;
    e.prefix = "Received: by mx.songla.gov.vn\r\n";
    for (const std::string& address : to) e.recipients.push_back({address, false, {}});
    store::SubmitMessage op;
    op.content = store::make_content("Subject: Công văn\r\nFrom: an@songla.gov.vn\r\n\r\n.mật\r\n");
    op.outbound = queue::outbound_for(e, clock.now());
    store_test::need(s->run(std::move(op)));
    if (running) running->runner->wake();
  }
  std::vector<queue::Listed> listed() { return store_test::need(queue::list(*s)); }
  // Waits, bounded, until the condition holds.
  template <class F>
  bool soon(F condition) {
    for (int i = 0; i < 1000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
  bool idle() { return running->runner->active() == 0; }
  bool emptied() { return soon([this] { return listed().empty() && idle(); }); }
  bool attempted(std::uint64_t n) { return soon([this, n] { const auto l = listed(); return l.size() == 1 && l[0].entry.attempts == n && idle(); }); }
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    running->runner->wake();
  }
  std::vector<std::string> inbox() {
    const store::Snapshot sn = store_test::need(s->snapshot());
    std::vector<std::string> all;
    const auto box = sn.mailbox(an, "INBOX")->id;
    sn.for_each_message(an, box, store::Uid(1), store::kLastUid, [&](const store::MessageView& m) {
      all.push_back(store_test::need(sn.read_all(an, m)));
      return true;
    });
    return all;
  }
};

}  // namespace queue_test
