// Durable deliveries at several numbers of concurrent writers against the machine's own fdatasync rate, and scans of rows.
// Run: bench_store [DIRECTORY]   (not a ctest: figures, no verdicts; build with the release preset's flags)
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <vector>

#include "store/store.hpp"

namespace {

using Steady = std::chrono::steady_clock;
double seconds_since(Steady::time_point t) { return std::chrono::duration<double>(Steady::now() - t).count(); }
double cpu() {
  rusage u;
  ::getrusage(RUSAGE_SELF, &u);
  return double(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + double(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

double fdatasync_rate(const std::string& dir) {
  const std::string path = dir + "/probe";
  const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  const std::string block(8192, 'x');
  const auto start = Steady::now();
  int n = 0;
  for (; seconds_since(start) < 1.0; ++n)
    if (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) != 0) break;
  ::close(fd);
  ::unlink(path.c_str());
  return n / seconds_since(start);
}

store::SubmitMessage mail(store::AccountId to, int i) {
  store::SubmitMessage op;
  std::string text = "Subject: " + std::to_string(i) + "\r\n\r\n";
  text.resize(7900, 'x');
  op.content = store::make_content(std::move(text));
  op.summary.assign(700, 's');
  op.thread_keys = {store::thread_key(std::to_string(i))};
  auto& d = op.deliveries.emplace_back();
  d.account = to;
  d.prefix.assign(250, 'p');
  return op;
}

void deliveries(store::Store& s, const std::vector<store::AccountId>& accounts, int writers) {
  const auto before = s.commits().stats();
  const double cpu_before = cpu();
  const auto start = Steady::now();
  const int each = writers == 1 ? 200 : 12'000 / writers;
  std::vector<std::thread> threads;
  for (int t = 0; t < writers; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        if (!s.run(mail(accounts[std::size_t(t) % accounts.size()], t * 100'000 + i))) std::abort();
    });
  for (auto& t : threads) t.join();
  const double took = seconds_since(start), used = cpu() - cpu_before;
  const auto after = s.commits().stats();
  const double n = double(each) * writers;
  std::printf("%4d writers: %8.0f messages/s  %6.1f a commit  %7.1f us CPU each\n", writers, n / took,
              n / double(after.batches - before.batches), used / n * 1e6);
}

template <class F>
void timed(const char* what, F f) {
  double best = 1e9;
  for (int i = 0; i < 9; ++i) {
    const auto start = Steady::now();
    f();
    best = std::min(best, seconds_since(start));
  }
  std::printf("%-40s %8.3f ms\n", what, best * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string dir = (argc > 1 ? std::string(argv[1]) : std::filesystem::temp_directory_path().string()) + "/bench_store";
  std::filesystem::remove_all(dir);
  store::Options options;
  options.env.map_size = std::uint64_t(8) << 30;
  options.collect = false;
  {
    auto opened = store::Store::open(dir, options);
    if (!opened) return std::fprintf(stderr, "%s\n", opened.error().detail().c_str()), 1;
    store::Store& s = **opened;
    std::printf("fdatasync of 8 KiB: %.0f/s\n", fdatasync_rate(dir));
    if (!s.run(store::AddDomain{{{}, "songla.gov.vn", {}}})) return 1;
    std::vector<store::AccountId> accounts;
    for (int i = 0; i < 64; ++i)
      accounts.push_back(*s.run(store::AddAccount{{{}, "a" + std::to_string(i) + "@songla.gov.vn", "a", {}, false, false, 0}, {}}));
    for (const int writers : {1, 16, 64, 256}) deliveries(s, accounts, writers);
    const store::AccountId big = *s.run(store::AddAccount{{{}, "big@songla.gov.vn", "b", {}, false, false, 0}, {}});
    for (int i = 0; i < 20; ++i) {
      store::SubmitMessage op = mail(big, i);
      op.deliveries.resize(500, op.deliveries[0]);
      if (!s.run(op)) return 1;
    }
    auto snap = s.snapshot();
    std::uint64_t sum = 0;
    timed("10,000 hot rows", [&] {
      snap->for_each_hot(big, store::MailboxId(1), store::Uid(1), store::kLastUid, [&](auto, const auto& h) { return sum += h.size, true; });
    });
    timed("10,000 rows with details and summaries", [&] {
      snap->for_each_message(big, store::MailboxId(1), store::Uid(1), store::kLastUid, [&](const auto& m) {
        return sum += m.hot.size + m.detail.summary.size() + std::uint64_t(m.detail.summary.back()), true;
      });
    });
    std::string large(10u << 20, 'L');
    for (std::size_t i = 0; i < large.size(); i += 61) large[i] = char(i * 31 + i / 977);
    const double start = cpu();
    store::SubmitMessage op = mail(big, 1);
    op.content = store::make_content(std::move(large), {{1000, (10u << 20) - 2000}});
    const auto done = s.run(op);
    const double in = cpu() - start;
    auto fresh = s.snapshot();
    const double out_start = cpu();
    const auto bytes = fresh->read_all(big, *fresh->message(big, store::MailboxId(1), done->deliveries[0].uid));
    std::printf("10 MiB message: in %.0f MB/s, out %.0f MB/s of CPU time (%llu)\n", 10.49 / in, 10.49 / (cpu() - out_start),
                static_cast<unsigned long long>(sum + bytes->size()));
  }
  std::filesystem::remove_all(dir);
}
