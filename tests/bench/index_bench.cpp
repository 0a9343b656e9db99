// Messages per second and CPU per message of indexing, and the time of questions to the index.
// Run: bench_index [DIRECTORY]   (not a ctest: figures, no verdicts; build with the release preset's flags)
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>

#include "indexer/indexer.hpp"

namespace {

using Steady = std::chrono::steady_clock;
double seconds_since(Steady::time_point t) { return std::chrono::duration<double>(Steady::now() - t).count(); }
double cpu() {
  rusage u;
  ::getrusage(RUSAGE_SELF, &u);
  return double(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + double(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

constexpr const char* kSyllables[] = {"công", "văn", "kế", "hoạch", "triển", "khai", "hội", "nghị", "báo", "cáo", "quyết", "định", "uỷ", "ban",
                                      "nhân", "dân", "tỉnh", "huyện", "sở", "phòng", "đề", "nghị", "gửi", "trước", "ngày", "thực", "hiện", "đường"};

std::string text(std::mt19937& random, int words) {
  std::string out;
  for (int i = 0; i < words; ++i) {
    out.append(kSyllables[random() % std::size(kSyllables)]);
    if (random() % 20 == 0) out.append(std::to_string(random() % 100'000));
    out.append(i % 14 == 13 ? "\r\n" : " ");
  }
  return out;
}

store::SubmitMessage mail(store::AccountId to, int i, std::mt19937& random) {
  store::SubmitMessage op;
  op.content = store::make_content("From: Phong Vi du <vt@songla.gov.vn>\r\nTo: an@songla.gov.vn\r\nMessage-ID: <" + std::to_string(random()) + "." + std::to_string(i) +
                                   "@songla.gov.vn>\r\nSubject: " + std::to_string(i) + "/KH-UBND " + text(random, 8) +
                                   "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text(random, 900));
  op.summary = "s";
  op.deliveries.emplace_back().account = to;
  return op;
}

template <class F>
void timed(const char* what, F f) {
  double best = 1e9;
  std::size_t hits = 0;
  for (int i = 0; i < 5; ++i) {
    const auto start = Steady::now();
    hits = f();
    best = std::min(best, seconds_since(start));
  }
  std::printf("%-28s %8.2f ms  %zu hits\n", what, best * 1e3, hits);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string dir = (argc > 1 ? std::string(argv[1]) : std::filesystem::temp_directory_path().string()) + "/bench_index";
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  store::Options options;
  options.env.map_size = std::uint64_t(4) << 30;
  options.env.sync = false;
  options.collect = false;
  constexpr int kMessages = 5000;
  {
    auto opened = store::Store::open(dir + "/store", options);
    if (!opened) return std::fprintf(stderr, "%s\n", opened.error().detail().c_str()), 1;
    store::Store& s = **opened;
    if (!s.run(store::AddDomain{{{}, "songla.gov.vn", {}}})) return 1;
    const auto an = s.run(store::AddAccount{{{}, "an@songla.gov.vn", "an", {}, false, false, 0}, {}});
    auto index = indexer::Indexer::open(s, {dir + "/index"});
    if (!an || !index || !(*index)->catch_up()) return 1;
    std::mt19937 random(7);
    for (int i = 0; i < kMessages; ++i)
      if (!s.run(mail(*an, i, random))) return 1;
    const auto start = Steady::now();
    const double before = cpu();
    if (!(*index)->catch_up()) return 1;
    std::printf("%d messages of 6 KB: %.0f/s, %.0f us CPU each\n", kMessages, kMessages / seconds_since(start), (cpu() - before) / kMessages * 1e6);
    const auto ti = (*index)->text_index();
    const auto propose = [&](indexer::Field f, const char* needle) {
      const auto p = ti.propose(*an, store::MailboxId(1), f, needle);
      return p ? p->candidates.size() : 0;
    };
    timed("TEXT \"ke hoach trien\"", [&] { return propose(indexer::Field::text, "ke hoach trien"); });
    timed("SUBJECT \"4711/KH\"", [&] { return propose(indexer::Field::subject, "4711/KH"); });
    timed("BODY \"hoac\"", [&] { return propose(indexer::Field::body, "hoac"); });
    timed("search so:4711", [&] { const auto r = ti.search(*an, "so:4711"); return r ? r->size() : 0; });
  }
  std::filesystem::remove_all(dir);
}
