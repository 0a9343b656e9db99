// bench_imap: CPU time and allocations of FETCH, SELECT and SEARCH over 10,000 messages, without sockets.
// Run: bench_imap [DIRECTORY]   (not a ctest: figures, no verdicts; build it with the release preset's flags)
#include <sys/resource.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <new>

#include "imap/session.hpp"
#include "mime/structure.hpp"
#include "mime/summary.hpp"

namespace {
std::atomic<std::uint64_t> allocations{0};
}
void* operator new(std::size_t n) {
  ++allocations;
  if (void* p = std::malloc(n)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

double cpu() {
  rusage u;
  ::getrusage(RUSAGE_SELF, &u);
  return double(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + double(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

struct NoBackend final : imap::Backend {
  base::Result<std::optional<imap::User>> find_user(std::string_view) override { return std::optional<imap::User>(); }
  base::Result<store::SubmitMessage> prepare_append(store::AccountId, std::string) override { return store::SubmitMessage{}; }
};

store::SubmitMessage usual_mail(store::AccountId to) {
  std::string mail =
      "Return-Path: <van.thu@songla.gov.vn>\r\nReceived: from mx1.songla.gov.vn (mx1.songla.gov.vn [192.0.2.7])\r\n"
      "\tby mx.suoivang.gov.vn with ESMTPS id 4Fz1; Sun, 22 Nov 2026 09:15:00 +0700\r\nDate: Sun, 22 Nov 2026 09:14:58 +0700\r\n"
      "From: =?UTF-8?B?VsSDbiB0aMawIFPhu58gVsOtIGThu6U=?= <van.thu@songla.gov.vn>\r\n"
      "To: =?UTF-8?Q?Ph=C3=B2ng_T=E1=BB=95ng_h=E1=BB=A3p?= <tong.hop@suoivang.gov.vn>, ke.hoach@suoivang.gov.vn\r\n"
      "Subject: =?UTF-8?B?VuG7gSB2aeG7h2MgdHJp4buDbiBraGFpIGvhur8gaG/huqFjaCBuxINtIDIwMjY=?=\r\n"
      "Message-ID: <20261122091458.1234@songla.gov.vn>\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n--b1\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n";
  while (mail.size() < 2400) mail += "K\xc3\xadnh g\xe1\xbb\xadi qu\xc3\xbd c\xc6\xa1 quan, xin g\xe1\xbb\xadi k\xc3\xa8m v\xc4\x83n b\xe1\xba\xa3n.\r\n";
  mail += "--b1\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n<p>K\xc3\xadnh g\xe1\xbb\xadi</p>\r\n--b1--\r\n";
  store::SubmitMessage op;
  op.summary = mime::encode(mime::make_summary(mail, mime::scan(mail)));
  op.content = store::make_content(std::move(mail));
  op.deliveries.emplace_back().account = to;
  op.deliveries[0].prefix = "Authentication-Results: mx.suoivang.gov.vn; smime=none\r\n";
  return op;
}

std::uint64_t run(imap::Session& s, const char* text) {
  std::uint64_t bytes = 0;
  s.begin(text, {});
  while (!s.idle()) {
    const imap::Wait wait = s.wait();
    if (wait.kind == imap::Wait::Kind::flush) bytes += s.out().size(), s.out().clear();
    if (wait.kind == imap::Wait::Kind::blocking) wait.work->run();
    if (wait.kind == imap::Wait::Kind::external) {
      std::promise<void> done;
      wait.work->begin([&] { done.set_value(); });
      done.get_future().get();
    }
    s.resume();
  }
  bytes += s.out().size();
  s.out().clear();
  return bytes;
}

void timed(imap::Session& s, const char* text) {
  double first = 0, best = 1e9;
  std::uint64_t bytes = 0, allocated = 0;
  for (int i = 0; i < 7; ++i) {
    const std::uint64_t before = allocations;
    const double start = cpu();
    bytes = run(s, text);
    const double took = cpu() - start;
    allocated = allocations - before;
    if (i == 0) first = took;
    best = std::min(best, took);
  }
  std::printf("%-58s %8.2f ms (first %7.2f) %10llu octets %8llu allocations\n", text, best * 1e3, first * 1e3, (unsigned long long)bytes,
              (unsigned long long)allocated);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string dir = (argc > 1 ? std::string(argv[1]) : std::filesystem::temp_directory_path().string()) + "/bench_imap";
  std::filesystem::remove_all(dir);
  store::Options options;
  options.env.map_size = std::uint64_t(4) << 30;
  options.collect = false;
  {
    auto opened = store::Store::open(dir, options);
    if (!opened) return std::fprintf(stderr, "%s\n", opened.error().detail().c_str()), 1;
    store::Store& store = **opened;
    if (!store.run(store::AddDomain{{{}, "suoivang.gov.vn", {}}})) return 1;
    const auto account = store.run(store::AddAccount{{{}, "an@suoivang.gov.vn", "An", {}, false, false, 0}, {}});
    if (!account) return 1;
    for (int i = 0; i < 20; ++i) {
      store::SubmitMessage op = usual_mail(*account);
      op.deliveries.resize(500, op.deliveries[0]);
      if (!store.run(std::move(op))) return 1;
    }
    NoBackend backend;
    const imap::Settings settings;
    imap::Session session(store, backend, settings, {"b1", "127.0.0.1", true, true});
    imap::User user;
    user.account = *account;
    session.authenticated(std::move(user));
    timed(session, "a SELECT INBOX");
    timed(session, "a FETCH 1:* (FLAGS UID ENVELOPE BODYSTRUCTURE)");
    timed(session, "a FETCH 1:* (FLAGS)");
    timed(session, "a UID FETCH 1:* (FLAGS RFC822.SIZE INTERNALDATE)");
    timed(session, "a FETCH 1:* BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE)]");
    timed(session, "a FETCH 1:* BODY.PEEK[]");
    timed(session, "a SEARCH UNSEEN SINCE 1-Jan-2026");
    timed(session, "a SEARCH SUBJECT \"ke hoach\"");
    timed(session, "a SEARCH BODY \"van ban\"");
  }
  std::filesystem::remove_all(dir);
}
