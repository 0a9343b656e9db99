// A COPY of several slices leaves all copies or none, however it ends.
#include "store/copy_job.hpp"
#include "tests/store/fixture.hpp"

using namespace store_test;

namespace {

struct CopyFixture : Fixture {
  CopyFixture() {
    archive = box(an, "Archive");
    for (int i = 0; i < 4; ++i) uids.push_back(deliver(an));
    before = *snap().mailbox(an, archive);
  }
  CopySlice slice(std::vector<Uid> part, bool more, std::uint64_t job) { return {{an, MailboxId(1), archive, std::move(part)}, more, job}; }
  std::uint64_t begin(std::size_t n) {  // copies one message a slice, and stops before the end
    std::uint64_t job = 0;
    for (std::size_t i = 0; i < n; ++i) job = need(s->run(slice({uids[i]}, true, job))).job;
    return job;
  }
  std::size_t running() {
    const Snapshot sn = snap();
    std::size_t rows = 0;
    Cursor c = sn.txn().cursor(Table::meta);
    for (bool more = c.seek("copy."); more && c.key().starts_with("copy."); more = c.next()) ++rows;
    return rows;
  }
  void require_none() {
    const Snapshot sn = snap();
    const Mailbox now = *sn.mailbox(an, archive);
    BOOST_TEST(now.messages == 0u);
    BOOST_TEST((now.uid_next > before.uid_next && now.highest_modseq > before.highest_modseq && now.uid_validity == before.uid_validity));
    BOOST_TEST(sn.account_state(an).messages == uids.size());
    BOOST_TEST(running() == 0u);
    sn.for_each_tombstone(an, [](const Tombstone& t) { BOOST_TEST(t.moved); return true; });  // undelete has no use for copies
  }
  MailboxId archive{};
  std::vector<Uid> uids;
  Mailbox before;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(copy_jobs, CopyFixture)

BOOST_AUTO_TEST_CASE(one_slice_leaves_no_record) {
  const CopySliceOutcome out = need(s->run(slice(uids, false, 0)));
  BOOST_TEST((out.job == 0u && out.copied.uids.size() == 4u && running() == 0u));
}

BOOST_AUTO_TEST_CASE(the_last_slice_strikes_the_record_off) {
  const std::uint64_t job = begin(3);
  BOOST_TEST((job != 0u && running() == 1u));
  need(s->run(slice({uids[3]}, false, job)));
  BOOST_TEST((running() == 0u && snap().mailbox(an, archive)->messages == 4u));
  reopen();
  BOOST_TEST(snap().mailbox(an, archive)->messages == 4u);
}

BOOST_AUTO_TEST_CASE(a_last_slice_of_messages_that_are_gone_ends_it_as_well) {
  const std::uint64_t job = begin(3);
  need(s->run(slice({Uid(999)}, false, job)));
  BOOST_TEST((running() == 0u && snap().mailbox(an, archive)->messages == 3u));
}

BOOST_AUTO_TEST_CASE(a_start_takes_back_what_the_last_program_left) {
  begin(3);
  const Uid other = need(s->run(mail(an, "x\r\n", archive))).deliveries[0].uid;
  const Uid mine = need(s->run(slice({uids[3]}, false, 0))).copied.uids[0].second;
  reopen();
  const Snapshot sn = snap();
  BOOST_TEST((sn.mailbox(an, archive)->messages == 2u && sn.hot(an, archive, other) && sn.hot(an, archive, mine)));
  BOOST_TEST(running() == 0u);
}

BOOST_AUTO_TEST_CASE(a_session_takes_back_its_own) {
  const std::uint64_t job = begin(3);
  while (need(s->run(UndoCopy{an, job}))) {}
  require_none();
}

BOOST_AUTO_TEST_CASE(the_collector_takes_back_what_nobody_continues) {
  begin(2);
  need(s->collector().collect_now());
  BOOST_TEST(running() == 1u);
  clock.advance(kCopyPatience + std::chrono::minutes(1));
  need(s->collector().collect_now());
  require_none();
}

BOOST_AUTO_TEST_CASE(a_slice_after_that_is_refused) {
  const std::uint64_t job = begin(2);
  while (need(s->run(UndoCopy{an, job}))) {}
  const auto late = s->run(slice({uids[2]}, true, job));
  BOOST_TEST((!late && late.error().code() == base::Errc::not_found));
  require_none();
}

BOOST_AUTO_TEST_CASE(more_than_one_slice_of_undoing) {
  std::vector<Uid> many;
  for (int i = 0; i < 5; ++i) {
    SubmitMessage op = mail(an, "x\r\n");
    op.deliveries.resize(500, op.deliveries[0]);
    for (const Delivered& d : need(s->run(op)).deliveries) many.push_back(d.uid);
  }
  const std::uint64_t job = need(s->run(slice(many, true, 0))).job;
  const Time since = clock.now();
  BOOST_TEST(need(s->run(UndoCopy{an, job})));
  BOOST_TEST(snap().mailbox(an, archive)->messages == 1500u);
  clock.advance(std::chrono::seconds(1));  // undoing is no sign of life
  BOOST_TEST(need(s->run(UndoCopies{since})));
  BOOST_TEST(snap().mailbox(an, archive)->messages == 500u);
  uids.resize(uids.size() + many.size());
  reopen();
  require_none();
}

BOOST_AUTO_TEST_CASE(copies_that_went_elsewhere_stay_there) {
  begin(2);
  const Uid copy = Uid(raw(snap().mailbox(an, archive)->uid_next) - 1);
  need(s->run(CopyMessages{an, archive, box(an, "Trash"), {copy}, true}));
  reopen();
  BOOST_TEST((snap().mailbox(an, archive)->messages == 0u && snap().mailbox(an, "Trash")->messages == 1u));
}

BOOST_AUTO_TEST_CASE(the_target_may_be_gone) {
  begin(2);
  need(s->run(DeleteMailbox{an, "Archive"}));
  reopen();
  BOOST_TEST(running() == 0u);
  BOOST_TEST(!snap().mailbox(an, "Archive"));
}

BOOST_AUTO_TEST_CASE(a_removed_account_leaves_no_record) {
  begin(2);
  empty_everything();
  BOOST_TEST(running() == 0u);
}

BOOST_AUTO_TEST_CASE(a_move_has_no_job) {
  CopySlice op = slice({uids[0]}, true, 0);
  op.copy.move = true;
  const auto refused = s->run(std::move(op));
  BOOST_TEST((!refused && refused.error().code() == base::Errc::invalid));
}

BOOST_AUTO_TEST_SUITE_END()
