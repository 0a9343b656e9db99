// Fills a store that no server has open, for tests/bench/scale: ACCOUNTS accounts user0@DOMAIN ... with one mail each, MESSAGES mails in
// the INBOX of user0, 1,000 mailboxes of ten mails for user1. Nothing is synced before the end. Passwords cost nothing.
// Run: bench_scale DATA_DIRECTORY DOMAIN ACCOUNTS MESSAGES PASSWORD
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>

#include "base/sasl/credential.hpp"
#include "mime/structure.hpp"
#include "mime/summary.hpp"
#include "store/store.hpp"
#include "tools/admin/accounts.hpp"

namespace {

using Steady = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what, const base::Error& error) {
  std::fprintf(stderr, "bench_scale: %s: %s\n", what, error.detail().c_str());
  std::exit(1);
}

// Keeps the commit log busy without waiting for each operation.
class Flow {
 public:
  explicit Flow(store::Store& s) : store_(s) {}
  ~Flow() { drain(0); }
  template <class Op>
  void add(const char* what, Op op) {
    drain(4000);
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    const auto queued = store_.commits().submit(std::move(op), [this, what](base::Result<typename Op::Outcome> r) {
      if (!r) fail(what, r.error());
      const std::lock_guard lock(mutex_);
      --running_;
      done_.notify_one();
    });
    if (!queued) fail(what, queued.error());
  }

 private:
  void drain(std::size_t most) {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return running_ <= most; });
  }
  store::Store& store_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::size_t running_ = 0;
};

store::SubmitMessage mail(std::uint64_t n) {
  const std::string number = std::to_string(n);
  std::string text = "From: =?UTF-8?B?VsSDbiB0aMawIFPhu58gVsOtIGThu6U=?= <van.thu@songla.gov.vn>\r\nTo: tong.hop@songla.gov.vn\r\n"
                     "Date: Sun, 22 Nov 2026 09:14:58 +0700\r\nSubject: Cong van so " + number + "\r\nMessage-ID: <" + number +
                     "@songla.gov.vn>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n";
  for (int i = 0; i < 8; ++i) text += "Kinh gui cac don vi, noi dung cong van so " + number + ", doan " + std::to_string(i) + ".\r\n";
  store::SubmitMessage op;
  op.summary = mime::encode(mime::make_summary(text, mime::scan(text)));
  op.content = store::make_content(std::move(text));
  op.thread_keys = {store::thread_key(number + "@songla.gov.vn")};
  return op;
}

store::Delivery to(store::AccountId account, store::MailboxId mailbox = {}) {
  store::Delivery d;
  d.account = account;
  d.mailbox = mailbox;
  d.prefix = "Received: from mx.vidu.vn by mail.songla.gov.vn with ESMTP id 0123456789; Sun, 22 Nov 2026 09:15:00 +0700\r\n";
  return d;
}

store::AccountId account(store::Store& s, const std::string& address) {
  const auto snapshot = s.snapshot();
  if (!snapshot) fail("snapshot", snapshot.error());
  const auto found = snapshot->account(std::string_view(address));
  if (!found) fail("account", base::fail(base::Errc::not_found, address));
  return found->id;
}

void accounts(store::Store& s, const std::string& domain, std::uint64_t count, const char* password) {
  const auto credential = sasl::make_credential(password, base::PasswordCost{8, 1, 1});
  if (!credential) fail("password", credential.error());
  Flow flow(s);
  for (std::uint64_t i = 0; i < count; ++i) {
    store::AddAccount op;
    op.row.address = "user" + std::to_string(i) + "@" + domain;
    op.credentials.emplace_back(admin::kPassword, sasl::encode(*credential));
    flow.add("account", std::move(op));
  }
}

void one_each(store::Store& s) {
  std::vector<store::AccountId> all;
  const auto snapshot = s.snapshot();
  if (!snapshot) fail("snapshot", snapshot.error());
  snapshot->for_each_account([&](const store::Account& a) { return all.push_back(a.id), true; });
  Flow flow(s);
  for (std::size_t at = 0; at < all.size(); at += 500) {
    store::SubmitMessage op = mail(at);
    for (std::size_t i = at; i < std::min(at + 500, all.size()); ++i) op.deliveries.push_back(to(all[i]));
    flow.add("mail", std::move(op));
  }
}

void many_messages(store::Store& s, store::AccountId who, std::uint64_t count) {
  Flow flow(s);
  for (std::uint64_t n = 0; n < count; ++n) {
    store::SubmitMessage op = mail(1'000'000 + n);
    op.deliveries.push_back(to(who));
    flow.add("mail", std::move(op));
  }
}

void many_mailboxes(store::Store& s, store::AccountId who) {
  for (int i = 0; i < 1000; ++i) {
    const auto box = s.run(store::CreateMailbox{who, "Ho so/" + std::to_string(i)});
    if (!box) fail("mailbox", box.error());
    Flow flow(s);
    for (int n = 0; n < 10; ++n) {
      store::SubmitMessage op = mail(std::uint64_t(10'000'000 + i * 10 + n));
      op.deliveries.push_back(to(who, *box));
      flow.add("mail", std::move(op));
    }
  }
}

template <class F>
void timed(const char* what, F f) {
  const auto start = Steady::now();
  f();
  std::printf("%-24s %8.1f s\n", what, std::chrono::duration<double>(Steady::now() - start).count());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "use: bench_scale DATA_DIRECTORY DOMAIN ACCOUNTS MESSAGES PASSWORD\n");
    return 2;
  }
  const std::string domain = argv[2];
  const std::uint64_t people = std::strtoull(argv[3], nullptr, 10), messages = std::strtoull(argv[4], nullptr, 10);
  if (people < 2) return std::fprintf(stderr, "bench_scale: ACCOUNTS: at least 2\n"), 2;
  store::Options options;
  options.env.sync = false;
  options.collect = false;
  auto opened = store::Store::open(argv[1], options);
  if (!opened) fail(argv[1], opened.error());
  store::Store& s = **opened;
  timed("accounts", [&] { accounts(s, domain, people, argv[5]); });
  timed("one mail each", [&] { one_each(s); });
  timed("messages of user0", [&] { many_messages(s, account(s, "user0@" + domain), messages); });
  timed("mailboxes of user1", [&] { many_mailboxes(s, account(s, "user1@" + domain)); });
  timed("close", [&] { opened->reset(); });
}
