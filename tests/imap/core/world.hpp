// A store with accounts that can log in, a backend over it, and connections driven without sockets, through the real framer.
#pragma once
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "imap/proto/framer.hpp"
#include "imap/session.hpp"
#include "mime/structure.hpp"
#include "mime/summary.hpp"
#include "tests/store/fixture.hpp"

namespace imap_test {

inline constexpr const char* kPassword = "mat khau 1";

class DirectoryBackend final : public imap::Backend {
 public:
  explicit DirectoryBackend(store::Store& s) : store_(s) {
    base::PasswordCost cheap;
    cheap.memory_kib = 64;
    cheap.passes = 1;
    credential_ = *sasl::make_credential(kPassword, cheap);
  }
  base::Result<std::optional<imap::User>> find_user(std::string_view name) override {
    const auto snap = store_.snapshot();
    if (!snap) return snap.error();
    const auto account = snap->account(name);
    if (!account) return std::optional<imap::User>();
    return std::optional<imap::User>(imap::User{account->id, account->address, credential_, account->disabled});
  }
  base::Result<store::SubmitMessage> prepare_append(store::AccountId, std::string bytes) override {
    if (bytes.find("TUYET MAT") != bytes.npos) return base::fail(base::Errc::denied, "State secrets are not kept here.");
    store::SubmitMessage op;
    op.summary = mime::encode(mime::make_summary(bytes, mime::scan(bytes)));
    op.content = store::make_content(std::move(bytes));
    op.deliveries.emplace_back();
    return op;
  }

 private:
  store::Store& store_;
  sasl::Credential credential_;
};

// One connection in memory: bytes in, bytes out.
class Wire {
 public:
  Wire(store::Store& s, imap::Backend& backend, const imap::Settings& settings, bool tls)
      : settings_(settings), session_(s, backend, settings_, {"t1", "127.0.0.1", true, tls}) {
    session_.on_change = [flag = changed_] { *flag = true; };
    session_.greet();
    drain();
  }
  void send(std::string_view bytes) {
    framer_.feed(bytes);
    pump();
  }
  // Runs until the client's turn has come.
  void pump() {
    while (session_.state() != imap::Session::State::logout && step()) {}
    drain();
  }
  void handshake() {
    BOOST_REQUIRE(session_.tls_requested());
    framer_ = imap::proto::Framer();
    session_.started_tls();
  }
  bool idle_changed() { return *changed_; }
  bool closed() const { return session_.state() == imap::Session::State::logout; }
  std::string& received() { return received_; }
  imap::Session& session() { return session_; }
  std::chrono::milliseconds slept{};
  bool time_out = false;  // the next wait for a change passes its limit

 private:
  void drain() {
    received_ += session_.out().view();
    session_.out().clear();
  }
  bool step() { return session_.idle() ? next_command() : perform(); }
  bool next_command() {
    imap::proto::Frame frame = framer_.next();
    using Kind = imap::proto::Frame::Kind;
    switch (frame.kind) {
      case Kind::need_more: return false;
      case Kind::command: session_.begin(frame.text, std::move(frame.messages), framer_.buffered() != 0); break;
      case Kind::continuation: {
        const auto refused = frame.for_message ? session_.early_refusal(frame.text) : std::nullopt;
        if (refused) session_.refuse(frame.text, refused->condition, refused->code, refused->text), framer_.refuse();
        else imap::proto::continuation(session_.out(), "OK");
        break;
      }
      case Kind::bad: session_.refuse(frame.text, imap::proto::Condition::bad, {}, frame.why); break;
      case Kind::too_big:
        session_.refuse(frame.text, imap::proto::Condition::no, frame.for_message ? "TOOBIG" : "LIMIT", frame.why);
        break;
      case Kind::close: session_.say_bye(frame.why); return false;
    }
    if (session_.idle() && session_.take_login()) framer_.set_limits(imap::proto::FramerLimits::authenticated(settings_.append_limit));
    return true;
  }
  bool perform() {
    const imap::Wait wait = session_.wait();
    using Kind = imap::Wait::Kind;
    switch (wait.kind) {
      case Kind::flush: drain(); break;
      case Kind::external: {
        std::promise<void> promise;
        auto future = promise.get_future();
        wait.work->begin([&promise] { promise.set_value(); });
        future.get();
        break;
      }
      case Kind::blocking: wait.work->run(); break;
      case Kind::sleep: slept += wait.limit; break;
      case Kind::line:
      case Kind::change:
        if (!give_line_or_change(wait.kind == Kind::change)) return false;
        break;
      case Kind::none: BOOST_FAIL("suspended for nothing");
    }
    session_.resume();
    if (session_.idle() && session_.take_login()) framer_.set_limits(imap::proto::FramerLimits::authenticated(settings_.append_limit));
    return true;
  }
  bool give_line_or_change(bool change) {
    const imap::proto::Frame frame = framer_.next_line();
    if (frame.kind == imap::proto::Frame::Kind::command) return session_.give_line(std::string(frame.text)), true;
    if (frame.kind != imap::proto::Frame::Kind::need_more) return session_.say_bye(frame.why), false;
    if (!change) return false;
    if (changed_->exchange(false)) return session_.give_change(imap::Woken::change), true;
    if (std::exchange(time_out, false)) return session_.give_change(imap::Woken::timeout), true;
    return false;
  }

  imap::Settings settings_;
  std::shared_ptr<std::atomic<bool>> changed_ = std::make_shared<std::atomic<bool>>(false);
  imap::Session session_;
  imap::proto::Framer framer_;
  std::string received_;
};

inline imap::Settings test_settings() {
  imap::Settings s;
  s.hostname = "mail.songla.gov.vn";
  s.sasl_secret = "test";
  s.password_cost.memory_kib = 64;
  s.password_cost.passes = 1;
  s.append_limit = 1 << 20;
  s.max_failures = 5;
  return s;
}

struct World : store_test::Fixture {
  std::unique_ptr<Wire> connect(bool tls = true) { return std::make_unique<Wire>(*s, backend, settings, tls); }
  std::unique_ptr<Wire> log_in(const std::string& user = "an@songla.gov.vn") {
    auto w = connect();
    w->send("l LOGIN " + user + " \"" + kPassword + "\"\r\n");
    BOOST_REQUIRE_MESSAGE(w->received().find("l OK") != std::string::npos, w->received());
    w->received().clear();
    return w;
  }
  // Sends one command and gives what came back.
  static std::string ask(Wire& w, const std::string& command) {
    w.received().clear();
    w.send(command + "\r\n");
    return w.received();
  }
  DirectoryBackend backend{*s};
  imap::Settings settings = test_settings();
};

}  // namespace imap_test
