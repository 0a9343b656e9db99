// Sessions over a real store in a temporary directory, driven without sockets: what a client sends in, what it would read out.
#pragma once
#include <future>
#include <memory>
#include <string>

#include "imap/session.hpp"
#include "imap/text_index.hpp"
#include "mime/structure.hpp"
#include "mime/summary.hpp"
#include "tests/store/fixture.hpp"

namespace imap_test {

inline store::SubmitMessage prepared(std::string bytes) {
  const mime::Structure structure = mime::scan(bytes);
  store::SubmitMessage op;
  op.summary = mime::encode(mime::make_summary(bytes, structure));
  std::vector<mime::ByteRange> cuts;
  for (const mime::Part& p : structure.parts)
    if (p.first_child == mime::kNoPart) cuts.push_back(p.body);
  op.content = store::make_content(std::move(bytes), cuts);
  op.deliveries.emplace_back();
  return op;
}

struct TestBackend final : imap::Backend {
  base::Result<std::optional<imap::User>> find_user(std::string_view) override { return std::optional<imap::User>(); }
  base::Result<store::SubmitMessage> prepare_append(store::AccountId, std::string bytes) override { return prepared(std::move(bytes)); }
  imap::TextIndex* text_index() override { return index; }
  imap::TextIndex* index = nullptr;
};

class Client {
 public:
  Client(store::Store& s, TestBackend& backend, store::AccountId account) : session_(s, backend, settings_, {"t1", "127.0.0.1", true, true}) {
    imap::User user;
    user.account = account;
    user.address = "an@songla.gov.vn";
    session_.authenticated(std::move(user));
  }
  // Runs one command under the tag "a"; `text` is without the tag. Gives everything up to and with the tagged line.
  std::string operator()(const std::string& text) {
    session_.begin("a " + text, {});
    std::string got;
    flushes = 0;
    for (int steps = 0; !session_.idle() && steps < 100000; ++steps) {
      perform(got);
      session_.resume();
    }
    return got + session_.out().take();
  }
  imap::Session& session() { return session_; }
  int flushes = 0;
  std::size_t most = 0;  // octets in the output at a flush
  std::function<void()> at_flush;

 private:
  void perform(std::string& got) {
    const imap::Wait wait = session_.wait();
    switch (wait.kind) {
      case imap::Wait::Kind::flush:
        ++flushes;
        most = std::max(most, session_.out().size());
        got += session_.out().view();
        session_.out().clear();
        if (at_flush) at_flush();
        break;
      case imap::Wait::Kind::external: {
        std::promise<void> promise;
        auto future = promise.get_future();
        wait.work->begin([&promise] { promise.set_value(); });
        future.get();
        break;
      }
      case imap::Wait::Kind::blocking: wait.work->run(); break;
      default: break;
    }
  }
  imap::Settings settings_;
  imap::Session session_;
};

struct Box : store_test::Fixture {
  // Appends to INBOX (or another mailbox); gives the UID.
  store::Uid add(std::string bytes, store::SystemFlags flags = 0, std::vector<std::string> keywords = {}, const char* mailbox = "INBOX",
                 store::DerivedBits derived = 0) {
    store::SubmitMessage op = prepared(std::move(bytes));
    store::Delivery& d = op.deliveries[0];
    d.account = an;
    d.mailbox = box(an, mailbox);
    d.flags = flags;
    d.keywords = std::move(keywords);
    d.derived = derived;
    return store_test::need(s->run(std::move(op))).deliveries[0].uid;
  }
  void add_many(int n) {
    for (int i = 1; i <= n; ++i) add("Subject: m" + std::to_string(i) + "\r\n\r\nbody " + std::to_string(i) + "\r\n");
  }
  std::unique_ptr<Client> connect(const std::string& open = "SELECT INBOX") {
    auto c = std::make_unique<Client>(*s, backend, an);
    const std::string answer = (*c)(open);
    BOOST_REQUIRE_MESSAGE(answer.find("\r\na OK") != std::string::npos, answer);
    return c;
  }
  TestBackend backend;
};

inline std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

}  // namespace imap_test
