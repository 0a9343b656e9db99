#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "fixture.hpp"

using namespace index_test;

BOOST_FIXTURE_TEST_SUITE(following, Fixture)

BOOST_AUTO_TEST_CASE(the_tail_is_reported) {
  deliver(an, mail("một", "giống nhau"));
  catch_up();
  deliver(an, mail("hai", "giống nhau"));
  const auto p = ix->text_index().propose(an, MailboxId(1), Field::body, "giong");
  BOOST_REQUIRE(p.has_value());
  BOOST_TEST(raw(p->indexed_up_to) == 1u);
  BOOST_TEST(numbers(p->candidates) == (Uids{1}), boost::test_tools::per_element());
  BOOST_TEST(ix->status().at(0).lag > 0u);
  catch_up();
  BOOST_TEST(raw(ix->text_index().propose(an, MailboxId(1), Field::body, "giong")->indexed_up_to) == 2u);
  BOOST_TEST((ix->status().at(0).lag == 0u && ix->status().at(0).documents == 2u));
}

BOOST_AUTO_TEST_CASE(moves_and_expunges_are_followed) {
  for (int i = 0; i < 3; ++i) deliver(an, mail("thư", "nội dung " + std::to_string(i)));
  need(s->run(CreateMailbox{an, "Lưu", {}}));
  const MailboxId kept = need(s->snapshot()).mailbox(an, "Lưu")->id;
  catch_up();
  need(s->run(CopyMessages{an, MailboxId(1), kept, {Uid(2)}, true}));
  need(s->run(Expunge{an, MailboxId(1), std::vector<Uid>{Uid(1)}, false}));
  BOOST_TEST(candidates(an, Field::body, "noi dung") == (Uids{3}), boost::test_tools::per_element());
  BOOST_TEST(candidates(an, Field::body, "noi dung", kept) == (Uids{1}), boost::test_tools::per_element());
  require_consistent();
  BOOST_TEST(ix->status().at(0).documents == 2u);
  need(s->run(Purge{an, MailboxId(1), Uid(3)}));
  need(s->run(DeleteMailbox{an, "Lưu"}));
  require_consistent();
  BOOST_TEST(ix->status().at(0).documents == 0u);
  need(s->run(RemoveDirectory{RemoveDirectory::What::account, "an@songla.gov.vn"}));
  catch_up();
  BOOST_TEST(!std::filesystem::exists(index_of(an)));
}

BOOST_AUTO_TEST_CASE(a_missing_a_damaged_and_a_foreign_index_are_built_again) {
  for (int i = 0; i < 20; ++i) deliver(an, mail("thư " + std::to_string(i), "nội dung"));
  catch_up();
  const auto all = candidates(an, Field::body, "noi dung");
  BOOST_TEST(all.size() == 20u);

  std::filesystem::remove_all(index_of(an));
  BOOST_TEST(!ix->text_index().propose(an, MailboxId(1), Field::body, "noi dung").has_value());
  catch_up();
  BOOST_TEST(candidates(an, Field::body, "noi dung") == all, boost::test_tools::per_element());

  for (const auto& e : std::filesystem::directory_iterator(index_of(an)))
    if (e.path().extension() == ".glass" || e.path().filename() == "iamglass") std::ofstream(e.path(), std::ios::trunc) << "rubbish";
  BOOST_TEST(!ix->text_index().propose(an, MailboxId(1), Field::body, "noi dung").has_value());
  deliver(an, mail("thư 20", "nội dung"));
  catch_up();
  BOOST_TEST(candidates(an, Field::body, "noi dung").size() == 21u);

  std::filesystem::remove_all(dir + "/store");  // another store, the old index
  open();
  need(s->run(AddDomain{{{}, "songla.gov.vn", {}}}));
  BOOST_TEST((account("an@songla.gov.vn") == an));
  deliver(an, mail("mới", "khác hẳn"));
  catch_up();
  BOOST_TEST(candidates(an, Field::body, "noi dung").empty());
  BOOST_TEST(candidates(an, Field::body, "khac han") == (Uids{1}), boost::test_tools::per_element());
  require_consistent();
}

BOOST_AUTO_TEST_CASE(a_laggard_starts_over) {
  for (int i = 0; i < 5; ++i) deliver(an, mail("thư", "nội dung"));
  catch_up();
  for (int i = 0; i < 30; ++i) deliver(an, mail("thư", "nội dung"));
  need(s->run(TrimJournal{3}));
  BOOST_TEST(!ix->text_index().propose(an, MailboxId(1), Field::body, "noi dung").has_value());
  catch_up();
  BOOST_TEST(candidates(an, Field::body, "noi dung").size() == 35u);
  require_consistent();
}

BOOST_AUTO_TEST_CASE(the_thread_indexes_by_itself) {
  ix->start();
  deliver(an, mail("thư", "tự động"));
  bool found = false;
  for (int i = 0; i < 200 && !found; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const auto p = ix->text_index().propose(an, MailboxId(1), Field::body, "tự động");
    found = p && raw(p->indexed_up_to) == 1 && p->candidates.size() == 1;
  }
  BOOST_TEST(found);
  ix->stop();
  require_consistent();
}

// The process dies at some moment of indexing; the next one ends where a rebuild would.
BOOST_AUTO_TEST_CASE(a_kill_at_any_moment_loses_nothing) {
  int killed = 0;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 40; ++i) deliver(round % 2 ? an : binh, mail("vòng " + std::to_string(round), "nội dung số " + std::to_string(i)));
    if (round > 0) need(s->run(Expunge{round % 2 ? binh : an, MailboxId(1), std::vector<Uid>{Uid(1), Uid(2)}, false}));
    ix.reset();
    s.reset();  // LMDB must not be carried across fork()
    const pid_t child = ::fork();
    if (child == 0) {
      Options options;
      options.env.map_size = 1u << 30;
      options.collect = false;
      auto store = Store::open(dir + "/store", options);
      if (!store) ::_exit(2);
      auto index = indexer::Indexer::open(**store, {dir + "/index", std::chrono::milliseconds(1), 7, 3, 4000});
      if (!index || !(*index)->catch_up()) ::_exit(3);
      ::_exit(0);
    }
    BOOST_REQUIRE(child > 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(2 + 14 * round));  // the first kills land on any machine
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST((WIFSIGNALED(status) || WEXITSTATUS(status) == 0));
    killed += WIFSIGNALED(status);
    open();
    require_consistent();
    const auto before = candidates(an, Field::body, "noi dung");
    need(ix->rebuild(std::nullopt));
    BOOST_TEST(candidates(an, Field::body, "noi dung") == before, boost::test_tools::per_element());
    require_consistent();
    if (round == 1) std::filesystem::remove_all(index_of(an));  // and at a moment of building
  }
  BOOST_TEST(killed > 0);
}

BOOST_AUTO_TEST_SUITE_END()
