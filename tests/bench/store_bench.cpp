// Durable deliveries at several numbers of concurrent writers against the machine's own fdatasync rate, and scans of rows.
// Run: bench_store [DIRECTORY [sealed]]   sealed: with encryption at rest   (not a ctest: figures, no verdicts; build with the release preset's flags)
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <vector>

#include "store/master_key.hpp"
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

constexpr std::size_t kLarge = 10u << 20;

std::string noise(std::size_t size, unsigned seed) {  // a document, a picture or an archive, for a compressor
  std::string out(size, 'L');
  std::uint64_t state = seed;
  for (char& c : out) c = char((state = state * 6364136223846793005u + 1442695040888963407u) >> 56);
  return out;
}

// Prose of an office, about as repetitive as real mail is: the store packs what looks like text.
std::string prose(std::size_t size, unsigned seed) {
  static const char* const kWords[] = {"Kính", "gửi", "các", "đơn", "vị", "thực", "hiện", "công", "văn", "số", "của", "Ủy", "ban", "nhân", "dân",
                                       "tỉnh", "về", "việc", "triển", "khai", "kế", "hoạch", "năm", "báo", "cáo", "kết", "quả", "trước", "ngày"};
  std::string out;
  for (std::uint64_t state = seed * 2654435761u + 1; out.size() < size;) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    out += (state >> 60) == 0 ? std::to_string(state >> 44) : kWords[(state >> 33) % std::size(kWords)];
    out += (state >> 59) % 16 == 1 ? "\r\n" : " ";
  }
  out.resize(size);
  return out;
}

std::string base64(std::size_t size, unsigned seed) {  // of random bytes, in lines of 76, as an attachment is
  static const char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::uint64_t state = seed; out.size() < size;) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    if (out.size() % 78 == 76) out += "\r\n";
    else out += kAlphabet[state >> 58];
  }
  out.resize(size);
  return out;
}

store::SubmitMessage mail(store::AccountId to, int i) {
  store::SubmitMessage op;
  std::string text = "Subject: " + std::to_string(i) + "\r\n\r\n";
  static const std::string kPool = prose(1u << 20, 1);
  text += kPool.substr(std::size_t(i) * 7919 % (kPool.size() - 7900), 7900 - text.size());
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

struct Passage { double in, out, stored; };  // seconds of CPU time, share of the size

Passage pass(store::Store& s, store::AccountId to, std::string bytes) {
  const std::size_t size = bytes.size();
  const std::uint64_t before = s.snapshot()->txn().bytes(store::Table::blobs);
  const double start = cpu();
  store::SubmitMessage op = mail(to, 1);
  op.content = store::make_content(std::move(bytes), {{1000, size - 2000}});
  const auto done = s.run(op);
  const double in = cpu() - start;
  auto fresh = s.snapshot();
  const double out_start = cpu();
  const auto read = fresh->read_all(to, *fresh->message(to, store::MailboxId(1), done->deliveries[0].uid));
  const double out = cpu() - out_start;
  if (read->size() != size + 250) std::abort();
  return {in, out, double(fresh->txn().bytes(store::Table::blobs) - before) / double(size)};
}

void large(store::Store& s, store::AccountId to, const char* what, std::string (*make)(unsigned)) {
  std::vector<Passage> all;
  for (unsigned i = 0; i < 7; ++i) all.push_back(pass(s, to, make(i)));
  std::sort(all.begin(), all.end(), [](const Passage& a, const Passage& b) { return a.in + a.out < b.in + b.out; });
  const Passage& m = all[all.size() / 2];
  const double mb = double(kLarge) / 1e6;
  std::printf("10 MiB of %-12s: in %5.0f MB/s, out %5.0f MB/s, in and out %4.0f MB/s of CPU time (median of 7); stored %3.0f %%\n", what, mb / m.in,
              mb / m.out, mb / (m.in + m.out), 100 * m.stored);
}

}  // namespace

int main(int argc, char** argv) {
  const bool sealed = argc > 2 && std::string_view(argv[2]) == "sealed";
  const std::string dir = (argc > 1 ? std::string(argv[1]) : std::filesystem::temp_directory_path().string()) + "/bench_store";
  std::filesystem::remove_all(dir);
  store::Options options;
  options.env.map_size = std::uint64_t(8) << 30;
  options.collect = false;
  if (sealed) {
    std::filesystem::create_directories(dir);
    const std::string key = dir + "/master.key";
    if (!store::make_master_key(key)) return 1;
    options.master = *store::open_master_key(key);
  }
  {
    auto opened = store::Store::open(dir, options);
    if (!opened) return std::fprintf(stderr, "%s\n", opened.error().detail().c_str()), 1;
    store::Store& s = **opened;
    std::printf("fdatasync of 8 KiB: %.0f/s\n", fdatasync_rate(dir));
    if (!s.run(store::AddDomain{{{}, "songla.gov.vn", {}}})) return 1;
    if (sealed && !s.enable_encryption("songla.gov.vn")) return 1;
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
    large(s, big, "random bytes", [](unsigned seed) { return noise(kLarge, seed); });
    large(s, big, "base64", [](unsigned seed) { return base64(kLarge, seed); });
    large(s, big, "prose", [](unsigned seed) { return prose(kLarge, seed); });
    std::printf("(%llu)\n", static_cast<unsigned long long>(sum));
  }
  std::filesystem::remove_all(dir);
}
