// Power loss at every moment of a workload: the diary of its file calls is played to each sync, and every choice of what the disk
// may hold then (disk.hpp) is opened by the store and the indexer. Each image must hold the last acknowledged commit or one that
// was under way, byte for byte as that commit left the tables, with nothing for check() to find, and its index must catch up.
// By default a few hundred images spread over all cases; CONGTHU_CRASH_IMAGES=N for more, =all for every one;
// CONGTHU_CRASH_SEED=N for another workload and other random choices.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <random>
#include <set>

#include "../store/fixture.hpp"
#include "base/crypto.hpp"
#include "base/log.hpp"
#include "disk.hpp"
#include "fault.hpp"
#include "indexer/indexer.hpp"

using namespace store_test;
using namespace std::chrono_literals;

namespace {

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::string_view(text) == "all" ? ~std::uint64_t(0) : std::strtoull(text, nullptr, 10);
}

// Every row of every table: two stores with the same are the same.
std::string fingerprint(const Snapshot& snapshot) {
  std::string rows;
  const auto add = [&](std::string_view text) { rows.append(std::to_string(text.size())).append(":").append(text); };
  for (std::size_t t = 0; t < kTables; ++t) {
    add(table_name(Table(t)));
    Cursor c = snapshot.txn().cursor(Table(t));
    for (bool more = c.first(); more; more = c.next()) add(c.key()), add(c.value());
  }
  const auto digest = base::sha256(rows);
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// A store and its index below one directory, the diary of all that they wrote, and what each commit left.
class Workload {
 public:
  explicit Workload(std::uint64_t seed) : random_(std::mt19937::result_type(seed)) {
    crash::watch(home_.path);
    crash::record_to(diary());
    options_.env.map_size = 1u << 26;
    options_.clock = &clock_;
    options_.collect = false;
    options_.commit.retry_first = 1ms;
    options_.commit.retry_most = 20ms;
  }
  ~Workload() { stop(); }

  void run(int steps) {
    open();
    done(AddDomain{{{}, "songla.gov.vn", {}}});
    an_ = done(AddAccount{{{}, "an@songla.gov.vn", "An", {}, false, false, 0}, {}});
    binh_ = done(AddAccount{{{}, "binh@songla.gov.vn", "Bình", {}, false, false, 0}, {}});
    done(CreateMailbox{an_, "Lưu trữ"});
    static constexpr const char* faults[] = {"meta EIO late x1", "sync EIO late x1", "meta EIO late x1\nrollback EIO x1", "data ENOSPC x1", "meta EIO x1"};
    for (int i = 0; i < steps; ++i) {
      if (i % 7 == 3) fault(faults[(i / 7) % std::size(faults)]);
      else if (i % 17 == 16) open();  // stopped and started
      else if (i % 5 == 4) several();
      else one();
      if (i % 6 == 5) caught_up();
      clock_.advance(1h);
    }
    stop();
  }
  std::string diary() const { return outside_.path + "/diary"; }
  const std::map<std::uint64_t, std::string>& commits() const { return commits_; }

 private:
  void open() {
    index_.reset();
    store_.reset();
    store_ = need(Store::open(home_.path + "/data", options_));
    index_ = need(indexer::Indexer::open(*store_, {home_.path + "/index", 1ms, 5000, 500, 32u << 20}));
  }
  void stop() {
    index_.reset();
    store_.reset();
    crash::set_rules("");
    crash::record_to("");
    crash::watch("");
  }
  void committed() {  // on the writer thread, before the caller hears of it
    const std::uint64_t txn = store_->env().info().last_txn;
    if (!commits_.contains(txn)) commits_[txn] = fingerprint(need(store_->snapshot()));
    crash::mark("done " + std::to_string(txn));
  }
  template <class Op>
  std::future<Result<typename Op::Outcome>> begin(Op op) {
    auto promise = std::make_shared<std::promise<Result<typename Op::Outcome>>>();
    auto future = promise->get_future();
    auto queued = store_->commits().submit(std::move(op), [this, promise](Result<typename Op::Outcome> r) {
      if (r) committed();
      promise->set_value(std::move(r));
    });
    if (!queued) promise->set_value(queued.error());
    return future;
  }
  template <class Op>
  typename Op::Outcome done(Op op) { return need(begin(std::move(op)).get()); }

  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  SubmitMessage mail() {
    static constexpr std::size_t sizes[] = {60, 900, 9'000, 70'000, 150'000};
    SubmitMessage op;
    std::string body(sizes[pick(std::size(sizes))], char('a' + pick(26)));
    const std::size_t size = body.size();
    op.content = size > 60'000 ? make_content("Subject: lớn\r\n\r\n" + body, {{18, size}}) : make_content("Subject: nhỏ\r\n\r\n" + body);
    op.summary = "summary";
    op.deliveries.resize(1 + pick(2));
    for (std::size_t i = 0; i < op.deliveries.size(); ++i) op.deliveries[i].account = i == 0 ? an_ : binh_;
    op.deliveries[0].keywords = {"k" + std::to_string(pick(4))};
    if (pick(3) == 0) op.outbound = {{"envelope", clock_.now(), {}}};
    op.puts = {{RecordTable::decisions, "d" + std::to_string(++counter_), "accept"}};
    return op;
  }
  std::vector<Uid> some(MailboxId box) {
    std::vector<Uid> all, out;
    need(store_->snapshot()).for_each_hot(an_, box, Uid(1), kLastUid, [&](Uid u, const HotRow&) { return all.push_back(u), true; });
    for (const Uid u : all)
      if (pick(3) == 0) out.push_back(u);
    return out;
  }
  void one() {
    const MailboxId inbox = MailboxId(1), archive = need(store_->snapshot()).mailbox(an_, "Lưu trữ")->id;
    switch (pick(10)) {
      case 0: case 1: case 2: done(mail()); break;
      case 3: done(SetFlags{an_, inbox, some(inbox), FlagMode::add, kSeen, {"k1"}, {}}); break;
      case 4: done(CopyMessages{an_, inbox, archive, some(inbox), pick(2) == 0}); break;
      case 5: done(Expunge{an_, inbox, some(inbox), false}); break;
      case 6: done(AppendAudit{"audit " + std::to_string(++counter_)}); break;
      case 7: mailboxes(); break;
      case 8: queue(); break;
      default:
        clock_.advance(24h * 20);
        need(store_->collector().collect_now());
    }
  }
  void mailboxes() {
    const std::string name = "Hộp " + std::to_string(++counter_);
    done(CreateMailbox{an_, name});
    const auto uids = some(MailboxId(1));
    done(CopyMessages{an_, MailboxId(1), need(store_->snapshot()).mailbox(an_, name)->id, uids, false});
    done(RenameMailbox{an_, name, name + " mới"});
    if (pick(2) == 0) done(DeleteMailbox{an_, name + " mới"});
  }
  void queue() {
    std::vector<QueueId> ids;
    need(store_->snapshot()).for_each_queued([&](const QueueRow& row) { return ids.push_back(row.id), true; });
    if (!ids.empty()) done(QueueUpdate{ids[pick(ids.size())], std::nullopt, std::nullopt, {}, {}});
  }
  void several() {  // most of them in one commit
    std::vector<std::future<Result<Submitted>>> waiting;
    for (std::size_t i = 0; i < 4; ++i) waiting.push_back(begin(mail()));
    auto flags = begin(SetFlags{an_, MailboxId(1), some(MailboxId(1)), FlagMode::add, kFlagged, {}, {}});
    for (auto& f : waiting) need(f.get());
    need(flags.get());
  }
  void fault(const char* rules) {
    crash::mark("fault");
    crash::set_rules(rules);
    BOOST_TEST(!begin(mail()).get());
    for (int i = 0; !begin(mail()).get(); ++i) {
      BOOST_REQUIRE(i < 2000);
      std::this_thread::sleep_for(2ms);
    }
    crash::set_rules("");
    crash::mark("over");
  }
  void caught_up() {
    need(index_->catch_up());
    const Snapshot now = need(store_->snapshot());
    const std::uint64_t txn = store_->env().info().last_txn;
    commits_[txn] = fingerprint(now);
    crash::mark("done " + std::to_string(txn));
  }

  TempDir home_, outside_;
  std::mt19937 random_;
  base::ManualClock clock_{base::Time(std::chrono::milliseconds(1'795'000'000'000))};
  Options options_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<indexer::Indexer> index_;
  AccountId an_{}, binh_{};
  int counter_ = 0;
  std::map<std::uint64_t, std::string> commits_;  // transaction -> fingerprint
};

struct MemoryDir {  // for images: thousands of them are written
  MemoryDir() {
    std::string pattern = std::filesystem::exists("/dev/shm") ? "/dev/shm/congthu-image-XXXXXX" : "/tmp/congthu-image-XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  ~MemoryDir() { std::filesystem::remove_all(path); }
  std::string path;
};

struct Moment {
  std::uint64_t acknowledged = 0;  // the last transaction that somebody was told of
  bool fault = false;              // a refused commit may be there, whole
};

// Opens one image and judges it; empty = sound.
std::string judged(const std::string& directory, const Moment& moment, const Workload& work) {
  Options options;
  options.env.map_size = 1u << 26;
  options.env.sync = false;
  options.collect = false;
  auto store = Store::open(directory + "/data", options);
  if (!store) return "does not open: " + store.error().detail();
  const std::uint64_t txn = (*store)->env().info().last_txn;
  if (txn < moment.acknowledged) return "transaction " + std::to_string(txn) + " instead of " + std::to_string(moment.acknowledged);
  const auto known = work.commits().find(txn);
  const bool refused = moment.fault && txn > moment.acknowledged;  // its number is given again after the fault
  if (known != work.commits().end() && !refused && fingerprint(*(*store)->snapshot()) != known->second) return "differs from commit " + std::to_string(txn);
  const auto findings = [&](const char* when) {
    const auto report = check((*store)->env());
    return !report ? std::string(when) + report.error().detail() : report->ok() ? "" : when + report->findings[0].code + ": " + report->findings[0].detail;
  };
  if (std::string wrong = findings("check: "); !wrong.empty()) return wrong;
  auto index = indexer::Indexer::open(**store, {directory + "/index", 1ms, 5000, 500, 32u << 20});
  if (!index) return "index: " + index.error().detail();
  if (auto caught = (*index)->catch_up(); !caught) return "index does not catch up: " + caught.error().detail();
  const auto differs = (*index)->check();
  if (!differs) return "index check: " + differs.error().detail();
  if (!differs->empty()) return "index differs: " + differs->front().code;
  return findings("check after indexing: ");
}

std::string judge(const std::string& directory, const Moment& moment, const Workload& work) {
  try {
    return judged(directory, moment, work);
  } catch (const Failure& failure) {
    return "cannot be read: " + failure.error().detail();
  }
}

// In a child: what lies on a disk that did not sync may crash its reader.
std::string judge_apart(const std::string& directory, const Moment& moment, const Workload& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    ::signal(SIGSEGV, SIG_DFL);
    ::signal(SIGBUS, SIG_DFL);
    ::_exit(judge(directory, moment, work).empty() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0 ? "" : WIFEXITED(status) ? "is unsound" : "kills its reader";
}

using Change = crash::Disk::Change;
struct Choice {
  std::string name;
  bool boundary;
  crash::Disk::Keep keep;
  std::size_t names;
};

// All that a power loss may leave at this moment: everything, nothing, each single write dropped or torn, and random subsets.
std::vector<Choice> choices(const crash::Disk& disk, std::size_t subsets, std::uint64_t seed) {
  const std::size_t names = disk.unsure_names();
  std::vector<Choice> out{{"all", true, [](const Change&, std::size_t) { return true; }, names}, {"nothing", true, [](const Change&, std::size_t) { return false; }, 0}};
  const auto unsure = disk.unsure();
  for (std::size_t n = 0; n < unsure.size(); ++n) {
    const Change* one = unsure[n];
    const std::string of = " write " + std::to_string(n) + " of " + std::to_string(unsure.size());
    const std::size_t sectors = one->bytes.size() / crash::kSector + 1;
    const auto torn = [&](const char* name, auto kept) {
      out.push_back({name + of, false, [one, kept](const Change& c, std::size_t s) { return &c != one || kept(s); }, names});
    };
    torn("without", [](std::size_t) { return false; });
    if (sectors <= 2) continue;
    torn("first half of", [sectors](std::size_t s) { return s < sectors / 2; });
    torn("second half of", [sectors](std::size_t s) { return s >= sectors / 2; });
    torn("first sector of", [](std::size_t s) { return s == 0; });
    torn("all but the first sector of", [](std::size_t s) { return s != 0; });
    torn("every other sector of", [](std::size_t s) { return s % 2 == 0; });
  }
  for (std::size_t k = 0; k < subsets && !unsure.empty(); ++k) {
    const std::uint64_t salt = seed * 1'000'003 + k;
    const auto coin = [salt](std::uint64_t a, std::uint64_t b) { return std::mt19937_64(salt ^ a * 0x9E3779B97F4A7C15 ^ b * 0xC2B2AE3D27D4EB4F)() % 4; };
    out.push_back({"random subset " + std::to_string(k), false, [coin](const Change& c, std::size_t s) {
                     const std::uint64_t id = c.offset * 64 + c.file, fate = coin(id, 1);
                     return fate == 0 || (fate > 1 && coin(id, s + 2) < 2);
                   }, std::size_t(coin(7, 7) * names / 3)});
  }
  return out;
}

std::size_t hash_of(const std::map<std::string, std::string>& image) {
  std::size_t out = 0;
  for (const auto& [path, content] : image) out = (out * 31 + std::hash<std::string>()(path)) * 31 + std::hash<std::string>()(content);
  return out;
}

class Sweep {
 public:
  Sweep(const Workload& work, std::uint64_t seed, std::uint64_t wanted) : work_(work), seed_(seed), wanted_(wanted), diary_(crash::read_diary(work.diary())) {}

  // A disk that says "synced" and has not: the judge must see it, or it sees nothing.
  void forget_syncs(std::uint32_t file) {
    for (crash::DiaryEntry& e : diary_)
      if (e.header.entry == crash::Entry::sync && e.header.file == file) e.header.entry = crash::Entry::sync_failed;
  }
  std::uint32_t file_named(std::string_view name) const {
    for (const crash::DiaryEntry& e : diary_)
      if (e.header.entry == crash::Entry::create && e.bytes == name) return e.header.file;
    return 0;
  }

  std::vector<std::string> run(std::string (*judge_by)(const std::string&, const Moment&, const Workload&) = judge, std::size_t enough = ~std::size_t(0)) {
    std::vector<std::string> unsound;
    std::uint64_t cases = 0, images = 0;
    walk([&](const crash::Disk&, const Choice&) { ++cases; });
    std::uint64_t number = 0;
    std::set<std::pair<std::size_t, std::uint64_t>> seen;
    walk([&](const crash::Disk& disk, const Choice& choice) {
      const std::uint64_t n = number++;
      const bool chosen = wanted_ >= cases || (n + 1) * wanted_ / cases != n * wanted_ / cases;
      if ((!choice.boundary && !chosen) || unsound.size() >= enough) return;
      const auto image = disk.image(choice.keep, choice.names);
      if (!seen.emplace(hash_of(image), moment_.acknowledged * 2 + moment_.fault).second) return;
      ++images;
      crash::write_image(image, image_.path);
      const std::string wrong = judge_by(image_.path, moment_, work_);
      if (!wrong.empty()) unsound.push_back(choice.name + " at entry " + std::to_string(at_) + " (case " + std::to_string(n) + "): " + wrong);
    });
    BOOST_TEST_MESSAGE("power loss: " << diary_.size() << " file calls, " << work_.commits().size() << " commits, " << cases << " cases, " << images << " images opened");
    return unsound;
  }

 private:
  template <class F>
  void walk(F f) {
    crash::Disk disk;
    moment_ = {};
    for (at_ = 0; at_ < diary_.size(); ++at_) {
      const crash::DiaryEntry& e = diary_[at_];
      disk.begin(e);
      if (e.header.entry == crash::Entry::mark) note(e.bytes);
      const bool sync = e.header.entry == crash::Entry::sync || e.header.entry == crash::Entry::sync_failed || e.header.synced != 0;
      if (sync || at_ + 1 == diary_.size())
        for (const Choice& choice : choices(disk, 2, seed_ + at_)) f(disk, choice);
      disk.end(e);
    }
  }
  void note(const std::string& text) {
    if (text.starts_with("done ")) moment_.acknowledged = std::max<std::uint64_t>(moment_.acknowledged, std::strtoull(text.c_str() + 5, nullptr, 10));
    else moment_.fault = text == "fault";
  }

  const Workload& work_;
  std::uint64_t seed_, wanted_;
  std::vector<crash::DiaryEntry> diary_;
  MemoryDir image_;
  Moment moment_;
  std::size_t at_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(crash_power_loss)

BOOST_AUTO_TEST_CASE(whatever_a_power_loss_leaves_holds_every_acknowledged_commit_whole_and_its_index_catches_up) {
  const std::uint64_t seed = number_of("CONGTHU_CRASH_SEED", 1), images = number_of("CONGTHU_CRASH_IMAGES", 200);
  base::set_log_level(base::LogLevel::off);
  Workload work(seed);
  work.run(40);
  for (const std::string& wrong : Sweep(work, seed, images).run()) BOOST_TEST_ERROR(wrong);
  base::set_log_level(base::LogLevel::info);
}

BOOST_AUTO_TEST_CASE(a_disk_that_only_pretends_to_sync_is_seen) {
  base::set_log_level(base::LogLevel::off);
  Workload work(2);
  work.run(6);
  Sweep sweep(work, 2, 150);
  const std::uint32_t data = sweep.file_named("data/data.mdb.new");
  BOOST_REQUIRE(data != 0);
  sweep.forget_syncs(data);
  BOOST_TEST(sweep.run(judge_apart, 10).size() == 10u);
  base::set_log_level(base::LogLevel::info);
}

BOOST_AUTO_TEST_SUITE_END()
