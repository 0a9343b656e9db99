#include "fixture.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

using namespace store_test;
using base::Errc;

BOOST_AUTO_TEST_SUITE(store_commits)

BOOST_FIXTURE_TEST_CASE(writers_share_commits_and_a_failing_neighbour_harms_nobody, Fixture) {
  std::atomic<int> good{0}, bad{0};
  std::vector<std::thread> writers;
  for (int t = 0; t < 8; ++t)
    writers.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) (s->run(mail(t == 3 ? AccountId(4711) : an, "x\r\n")) ? good : bad)++;
    });
  for (auto& w : writers) w.join();
  BOOST_TEST((good == 175 && bad == 25));
  BOOST_TEST(snap().mailbox(an, "INBOX")->messages == 175u);
  const CommitStats stats = s->commits().stats();
  BOOST_TEST((stats.batches < stats.operations && stats.failed >= 25));
}

BOOST_FIXTURE_TEST_CASE(hints_come_after_the_commit_and_end_with_the_subscription, Fixture) {
  std::atomic<int> mine{0}, all{0};
  need(s->run(Subscribe{an, "Sent", true}));  // a later commit: the hints of the earlier ones are out
  auto one = s->bus().subscribe(an, MailboxId(1), [&](const Hint&) { mine += snap().mailbox(an, MailboxId(1))->messages > 0; });
  auto every = s->bus().subscribe_all([&](const Hint&) { ++all; });
  deliver(an), deliver(binh);
  need(s->run(Subscribe{an, "Sent", true}));
  BOOST_TEST((mine == 1 && all == 2));
  one.reset();
  deliver(an);
  need(s->run(Subscribe{an, "Sent", true}));
  BOOST_TEST((mine == 1 && all == 3));
}

BOOST_FIXTURE_TEST_CASE(queue_journal_records_and_audit, Fixture) {
  SubmitMessage op = mail(an, std::string(9'000, 'q'));
  op.deliveries.clear();
  op.outbound = {{"to:x@example.com", clock.now() + std::chrono::seconds(60), "Received: out\r\n"}};
  op.puts = {{RecordTable::decisions, "k", "v"}};
  const QueueId id = need(s->run(op)).queued[0];
  int due = 0;
  snap().for_each_due(clock.now(), [&](const QueueRow&) { return ++due, true; });
  BOOST_TEST(due == 0);
  snap().for_each_due(clock.now() + std::chrono::seconds(60), [&](const QueueRow& r) { return due += r.envelope == "to:x@example.com", true; });
  BOOST_TEST(due == 1);
  const Snapshot before = snap();
  std::string sent;
  BOOST_REQUIRE(before.read(*before.queue_entry(id), {0, 1u << 20}, [&](std::string_view p) { sent += p; return true; }));
  BOOST_TEST(sent == "Received: out\r\n" + std::string(9'000, 'q'));
  need(s->run(QueueUpdate{id, Outbound{"retry", clock.now() + std::chrono::hours(1), {}}, {}, {}, {}}));
  require_clean(*s);
  need(s->run(QueueUpdate{id, std::nullopt, mail(an, "bounce\r\n"), {}, {}}));
  BOOST_TEST((!snap().queue_entry(id) && snap().mailbox(an, "INBOX")->messages == 1));
  BOOST_TEST(*snap().record(RecordTable::decisions, "k") == "v");
  BOOST_TEST((need(s->run(AppendAudit{"one"})) == 1 && need(s->run(AppendAudit{"two"})) == 2));
  need(s->run(SetCheckpoint{"indexer", snap().journal_end()}));
  BOOST_TEST(!need(s->run(SetCheckpoint{"indexer", JournalSeq(1)})));
  deliver(an);
  int changes = 0;
  snap().for_each_change(snap().consumers()[0].done, [&](JournalSeq, const Change& c) { return changes += c.kind == ChangeKind::append, true; });
  BOOST_TEST(changes == 1);
  need(s->run(TrimJournal{}));
  BOOST_TEST(snap().txn().rows(Table::journal) == 1u);
  const JournalSeq end = snap().journal_end();
  need(s->run(SetCheckpoint{"indexer", end}));
  need(s->run(TrimJournal{}));
  BOOST_TEST((snap().txn().rows(Table::journal) == 1u && snap().journal_end() == end));  // the last row is the counter
  deliver(an);
  BOOST_TEST((snap().journal_end() == JournalSeq(base::raw(end) + 1)));
}

BOOST_AUTO_TEST_CASE(a_full_map_is_a_clear_error_and_expunging_makes_room) {
  Fixture f(24u << 20);
  const std::string big = base::random_bytes(300'000);  // which nothing packs
  Errc code = Errc::internal;
  for (int i = 0; i < 400; ++i) {
    const auto done = f.s->run(f.mail(f.an, std::to_string(i) + big));
    if (done) continue;
    code = done.error().code();
    break;
  }
  BOOST_TEST((code == Errc::limit));
  require_clean(*f.s);
  need(f.s->run(Expunge{f.an, MailboxId(1), std::nullopt, false}));
  f.clock.advance(std::chrono::hours(24 * 31));
  need(f.s->collector().collect_now());
  f.clock.advance(std::chrono::hours(2));
  need(f.s->collector().collect_now());
  need(f.s->run(Subscribe{f.an, "Sent", true}));
  f.deliver(f.an, big);
}

BOOST_FIXTURE_TEST_CASE(a_second_open_is_refused, Fixture) {
  const auto second = Store::open(dir.path, options);
  BOOST_REQUIRE(!second);
  BOOST_TEST((second.error().code() == Errc::unavailable));
}

BOOST_AUTO_TEST_CASE(foreign_and_cut_files_are_refused_and_not_touched) {
  TempDir dir;
  const std::string file = dir.path + "/data.mdb";
  std::ofstream(file) << std::string(9'000, 'z');
  Options o;
  o.env.map_size = 1u << 26;
  const auto foreign = Store::open(dir.path, o);
  BOOST_REQUIRE(!foreign);
  BOOST_TEST((foreign.error().code() == Errc::corrupt));
  BOOST_TEST(std::filesystem::file_size(file) == 9'000u);

  std::filesystem::remove_all(dir.path);
  {
    auto s = need(Store::open(dir.path, o));
    need(s->run(AddDomain{{{}, "songla.gov.vn", {}}}));
    const AccountId a = need(s->run(AddAccount{{{}, "an@songla.gov.vn", "An", {}, false, false, 0}, {}}));
    for (int i = 0; i < 20; ++i) {
      SubmitMessage op;
      op.content = make_content(std::to_string(i) + std::string(50'000, 'x'));
      op.deliveries.emplace_back().account = a;
      need(s->run(op));
    }
  }
  const auto size = std::filesystem::file_size(file);
  std::filesystem::resize_file(file, size / 2);
  const auto cut = Store::open(dir.path, o);
  BOOST_REQUIRE(!cut);
  BOOST_TEST((cut.error().code() == Errc::corrupt));
  BOOST_TEST(std::filesystem::file_size(file) == size / 2);
}

// Every acknowledged message is there after SIGKILL, whole; the acknowledgements go through a pipe.
BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_a_kill) {
  Fixture f;
  for (int round = 0; round < 3; ++round) {
    f.s.reset();
    int pipe_ends[2];
    BOOST_REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto s = Store::open(f.dir.path, f.options);
      if (!s) ::_exit(1);
      for (int i = 0; i < 100'000; ++i) {
        const auto done = (*s)->run(f.mail(f.an, "uid " + std::to_string(i) + "\r\n" + std::string(std::size_t(i) * 997 % 40'000, 'y')));
        const std::uint32_t uid = done ? raw(done->deliveries[0].uid) : 0;
        if (!done || ::write(pipe_ends[1], &uid, sizeof uid) != sizeof uid) ::_exit(2);
      }
      ::_exit(0);
    }
    ::close(pipe_ends[1]);
    std::uint32_t last = 0, uid = 0;
    for (int i = 0; i < 20 + round * 7 && ::read(pipe_ends[0], &uid, sizeof uid) == sizeof uid; ++i) last = uid;
    ::kill(child, SIGKILL);
    while (::read(pipe_ends[0], &uid, sizeof uid) == sizeof uid) last = uid;
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST(WIFSIGNALED(status));
    f.reopen();
    require_clean(*f.s);
    const Mailbox m = *f.snap().mailbox(f.an, "INBOX");
    BOOST_TEST((raw(m.uid_next) > last && m.messages >= last && last > 0));
    BOOST_TEST((f.deliver(f.an) == m.uid_next));
  }
}

BOOST_AUTO_TEST_SUITE_END()
