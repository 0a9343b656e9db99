// The store on a disk that fails: what was answered "done" stays, what was answered "not done" is not there, and service resumes
// by itself (store/README.md "Faults"). The faults come from fault.cpp, which stands in front of LMDB's file calls.
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sched.h>

#include <array>
#include <atomic>
#include <fstream>
#include <map>
#include <thread>

#include "../store/fixture.hpp"
#include "fault.hpp"

using namespace store_test;
using base::Errc;
using namespace std::chrono_literals;

namespace {

struct Faulty : Fixture {
  Faulty() {
    crash::watch(dir.path);
    options.commit.retry_first = 2ms;
    options.commit.retry_most = 40ms;
    reopen();
    deliver(an, "Subject: before\r\n\r\nbefore\r\n");
  }
  ~Faulty() {
    crash::set_rules("");
    crash::watch("");
  }
  Result<SubmitMessage::Outcome> try_deliver(const std::string& text = "Subject: x\r\n\r\nduring\r\n") { return s->run(mail(an, text)); }
  std::vector<std::uint32_t> uids() {
    std::vector<std::uint32_t> out;
    snap().for_each_hot(an, MailboxId(1), Uid(1), Uid(0xffffffff), [&](Uid u, const HotRow&) { return out.push_back(std::uint32_t(u)), true; });
    return out;
  }
  bool resumes(std::chrono::milliseconds within = 5s) {  // a delivery succeeds
    for (const auto end = std::chrono::steady_clock::now() + within; std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(2ms))
      if (try_deliver("Subject: after\r\n\r\nafter\r\n")) return true;
    return false;
  }
};

struct Case {
  const char* rules;
  Errc code;
  bool reads_go_on;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(crash_faults)

BOOST_AUTO_TEST_CASE(a_failed_write_or_sync_is_answered_not_done_and_service_resumes_when_the_fault_goes) {
  const Case cases[] = {{"data ENOSPC", Errc::limit, true},
                        {"data ENOSPC short", Errc::unavailable, true},
                        {"data EDQUOT", Errc::limit, true},
                        {"data EIO", Errc::unavailable, true},
                        {"data EROFS", Errc::unavailable, true},
                        {"sync ENOSPC", Errc::limit, true},
                        {"sync EIO", Errc::unavailable, true},
                        {"sync EIO late", Errc::unavailable, true},
                        {"meta EIO\nsync EIO", Errc::unavailable, true},
                        {"meta EIO", Errc::unavailable, true},
                        {"meta EIO late", Errc::unavailable, true},
                        {"meta EIO short", Errc::unavailable, true},
                        {"meta EIO\nrollback EIO", Errc::unavailable, true},
                        {"meta EIO late\nrollback EIO", Errc::unavailable, false},  // the page cache shows the refused commit: nobody may read
                        {"meta ENOSPC late\nrollback ENOSPC\nopen EMFILE", Errc::limit, false},
                        {"meta EIO\nopen EMFILE", Errc::unavailable, false}};
  Faulty f;
  for (const Case& c : cases) {
    BOOST_TEST_INFO_SCOPE(c.rules);
    const std::vector<std::uint32_t> before = f.uids();
    const std::uint64_t struck = crash::strikes();
    crash::set_rules(c.rules);
    for (int i = 0; i < 3; ++i) {
      const auto refused = f.try_deliver();
      BOOST_TEST(!refused.has_value());
      if (!refused && i == 0) BOOST_TEST((refused.error().code() == c.code), refused.error().detail());
    }
    BOOST_TEST(crash::strikes() > struck);
    std::this_thread::sleep_for(20ms);  // several attempts to recover
    const bool readable = f.s->snapshot().has_value();
    BOOST_TEST(readable == c.reads_go_on);
    if (readable) BOOST_TEST(f.uids() == before, boost::test_tools::per_element());
    crash::set_rules("");
    BOOST_REQUIRE(f.resumes());
    std::vector<std::uint32_t> after = before;
    after.push_back(before.back() + 1);
    BOOST_TEST(f.uids() == after, boost::test_tools::per_element());
    BOOST_TEST(f.text(f.an, MailboxId(1), Uid(after.back())).ends_with("after\r\n"));
    require_clean(*f.s);
    BOOST_TEST(!f.s->stats().commit.faulty);
  }
  const std::vector<std::uint32_t> before = f.uids();
  f.reopen();
  BOOST_TEST(f.uids() == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(recovery_waits_for_readers_that_keep_their_view_and_refuses_new_ones_in_bounded_time) {
  Faulty f;
  std::optional<Snapshot> held(f.snap());
  crash::set_rules("meta EIO x1");
  BOOST_TEST(!f.try_deliver());
  const auto before = std::chrono::steady_clock::now();
  BOOST_TEST(!f.s->snapshot());
  BOOST_TEST((std::chrono::steady_clock::now() - before < 2s));
  BOOST_TEST(need(held->read_all(f.an, *held->message(f.an, MailboxId(1), Uid(1)))).ends_with("before\r\n"));
  BOOST_TEST(!f.s->commits().submit(f.mail(f.an, "x"), [](auto&&) {}));
  held.reset();
  BOOST_TEST(f.resumes());
  BOOST_TEST(f.uids().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_store_whose_last_acknowledged_commit_is_gone_serves_nothing) {
  Faulty f;
  const std::string data = f.dir.path + "/data.mdb", old = f.dir.path + ".old";
  std::filesystem::copy_file(data, old);
  need(f.try_deliver());
  crash::set_rules("meta EIO\nopen EMFILE");
  BOOST_TEST(!f.try_deliver());
  std::this_thread::sleep_for(20ms);
  std::filesystem::rename(old, data);
  crash::set_rules("");
  std::this_thread::sleep_for(200ms);
  const auto refused = f.try_deliver();
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().detail().find("no longer holds the last acknowledged commit") != std::string::npos, refused.error().detail());
  BOOST_TEST(!f.s->snapshot());
  f.reopen();  // a person decided: the old state is sound in itself
}

// Many threads, faults that come and go: every acknowledged message is there with its own bytes, each refused one is not.
BOOST_AUTO_TEST_CASE(under_load_with_faults_coming_and_going_exactly_the_acknowledged_messages_are_there) {
  Faulty f;
  std::atomic<bool> stop{false};
  std::atomic<int> reads{0};
  std::array<std::map<std::uint32_t, std::string>, 4> acknowledged;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < acknowledged.size(); ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        const std::string text = "Subject: " + std::to_string(t) + "." + std::to_string(i) + "\r\n\r\n" + std::string(std::size_t(i % 7) * 5000, 'x') + "\r\n";
        const auto r = f.try_deliver(text);
        if (r) acknowledged[t][std::uint32_t(r->deliveries[0].uid)] = text;
        else std::this_thread::sleep_for(1ms);
      }
    });
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      while (!stop)
        if (const auto s = f.s->snapshot()) reads += s->mailbox(f.an, MailboxId(1))->messages > 0;
    });
  const char* const rules[] = {"sync EIO x1", "meta EIO x1", "data ENOSPC x1", "meta EIO late x1", "meta EIO late x1\nrollback EIO x2", "data EIO x2", "meta EIO x2\nopen EMFILE x3"};
  for (int round = 0; round < 3; ++round)
    for (const char* rule : rules) {
      crash::set_rules(rule);
      std::this_thread::sleep_for(30ms);
      crash::set_rules("");
      std::this_thread::sleep_for(30ms);
    }
  stop = true;
  for (std::thread& t : threads) t.join();
  BOOST_TEST(f.resumes());
  std::size_t count = 2;
  f.reopen();
  for (const auto& mine : acknowledged) {
    count += mine.size();
    for (const auto& [uid, text] : mine) BOOST_TEST_REQUIRE(f.text(f.an, MailboxId(1), Uid(uid)).ends_with(text));
  }
  BOOST_TEST(f.uids().size() == count);
  BOOST_TEST(count > 20u);
  BOOST_TEST(reads > 0);
}

BOOST_AUTO_TEST_CASE(a_full_reader_table_refuses_readers_and_lets_writers_go_on) {
  Faulty f;
  f.options.env.max_readers = 4;
  f.s.reset();
  std::filesystem::remove(f.dir.path + "/lock.mdb");  // keeps its greater size
  f.reopen();
  std::vector<Snapshot> held;
  for (int i = 0; i < 10; ++i)
    if (auto s = f.s->snapshot()) held.push_back(*std::move(s));
    else BOOST_TEST((s.error().code() == Errc::unavailable), s.error().detail());
  BOOST_TEST(held.size() < 10u);
  BOOST_TEST(f.try_deliver().has_value());
  crash::set_rules("meta EIO x1");  // the recovery must not need a reader's slot either
  BOOST_TEST(!f.try_deliver());
  held.clear();
  BOOST_TEST(f.resumes());
}

BOOST_AUTO_TEST_CASE(opening_says_what_is_missing_and_changes_nothing) {
  Faulty f;
  f.s.reset();
  for (const char* rules : {"open EMFILE", "sync EIO", "rollback EIO", "rollback ENOSPC"}) {
    crash::set_rules(rules);
    BOOST_TEST_INFO_SCOPE(rules);
    const auto refused = Store::open(f.dir.path, f.options);
    BOOST_TEST(!refused);
  }
  crash::set_rules("");
  f.reopen();
  BOOST_TEST(f.uids().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_new_store_that_cannot_be_written_leaves_nothing_that_blocks_the_next_attempt) {
  TempDir dir;
  crash::watch(dir.path);
  for (const char* rules : {"rollback ENOSPC", "data ENOSPC", "sync EIO", "meta EIO", "meta EIO late", "open EACCES"}) {
    crash::set_rules(rules);
    BOOST_TEST_INFO_SCOPE(rules);
    BOOST_TEST(!Store::open(dir.path));
  }
  crash::set_rules("");
  crash::watch("");
  BOOST_TEST(Store::open(dir.path).has_value());
}

BOOST_AUTO_TEST_CASE(a_second_process_on_the_directory_is_refused_with_a_clear_message) {
  Faulty f;
  int pipe_ends[2];
  BOOST_REQUIRE(::pipe(pipe_ends) == 0);
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    const auto opened = Env::open(f.dir.path, f.options.env);
    const std::string said = opened ? "opened" : std::string(to_string(opened.error().code())) + ": " + opened.error().detail();
    ::_exit(::write(pipe_ends[1], said.data(), said.size()) == ssize_t(said.size()) ? 0 : 1);
  }
  ::close(pipe_ends[1]);
  char buffer[512];
  const ssize_t n = ::read(pipe_ends[0], buffer, sizeof buffer);
  ::close(pipe_ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
  BOOST_TEST(std::string(buffer, std::size_t(std::max<ssize_t>(n, 0))) == "unavailable: another server uses the data directory " + f.dir.path);
  BOOST_TEST(f.try_deliver().has_value());
}

// In a mount namespace of a child, so that nothing outside sees it; where the system does not allow one, only that is said.
BOOST_AUTO_TEST_CASE(a_read_only_file_system_is_refused_with_a_clear_message) {
  TempDir dir;
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    const std::string map = "0 " + std::to_string(::getuid()) + " 1";
    if (::unshare(CLONE_NEWNS) != 0) {
      if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ::_exit(77);
      std::ofstream("/proc/self/uid_map") << map;
    }
    ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    if (::mount("tmpfs", dir.path.c_str(), "tmpfs", 0, "size=64m") != 0) ::_exit(77);
    Options options;
    options.env.map_size = 1u << 26;
    if (!Store::open(dir.path + "/data", options)) ::_exit(1);
    if (::mount("none", dir.path.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) ::_exit(77);
    const auto refused = Store::open(dir.path + "/data", options);
    if (refused || refused.error().code() != Errc::unavailable) ::_exit(2);
    ::_exit(refused.error().detail().find("Read-only file system") != std::string::npos ? 0 : 3);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) BOOST_TEST_MESSAGE("no mount namespace here: not tested");
  else BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
