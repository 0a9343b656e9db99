// Undelete: what was expunged comes back as it was, once; what was moved or purged does not.
#include "store/recovery.hpp"
#include "tests/store/fixture.hpp"

using namespace store_test;

namespace {

struct Found {
  std::string mailbox;
  bool deleted;
  MailboxId from{};
  Uid uid{};
};

struct Recovery : Fixture {
  std::vector<Found> lost(AccountId a) {
    std::vector<Found> out;
    const Snapshot sn = snap();
    for_each_recoverable(sn, a, [&](const Recoverable& r) {
      out.push_back({std::string(r.mailbox), r.mailbox_deleted, r.message.mailbox, r.message.uid});
      return true;
    });
    return out;
  }
  void expunge(AccountId a, MailboxId m, std::vector<Uid> uids) { need(s->run(Expunge{a, m, std::move(uids), false})); }
};

const MailboxId inbox = MailboxId(1);

}  // namespace

BOOST_AUTO_TEST_SUITE(store_undelete)

BOOST_FIXTURE_TEST_CASE(expunged_message_comes_back_as_it_was, Recovery) {
  const Uid uid = deliver(an, "Subject: quan trọng\r\n\r\nnội dung\r\n");
  const Uid big = deliver(an, "Subject: to\r\n\r\n" + std::string(100'000, 'x'));
  need(s->run(SetFlags{an, inbox, {uid}, FlagMode::add, kFlagged | kSeen | kDeleted, {"$Forwarded"}, {}}));
  const HotRow before = *snap().hot(an, inbox, uid);
  const std::string text_before = text(an, inbox, uid), big_before = text(an, inbox, big);
  const AccountState state = snap().account_state(an);
  expunge(an, inbox, {uid, big});
  BOOST_TEST(lost(an).size() == 2u);
  BOOST_TEST(snap().account_state(an).bytes == 0u);  // quota-free

  const auto out = need(s->run(Undelete{an, inbox, inbox, {uid, big}}));
  BOOST_REQUIRE(out.uids.size() == 2u);
  const Uid back = out.uids[0].second;
  BOOST_TEST((back > big));
  const HotRow after = *snap().hot(an, inbox, back);
  BOOST_TEST(int(after.flags) == int(kFlagged | kSeen));
  BOOST_TEST(after.keywords == before.keywords);
  BOOST_TEST((after.internal_date == before.internal_date));
  BOOST_TEST((after.email == before.email));
  BOOST_TEST((after.thread == before.thread));
  BOOST_TEST(text(an, inbox, back) == text_before);
  BOOST_TEST(text(an, inbox, out.uids[1].second) == big_before);
  BOOST_TEST((snap().account_state(an) == state));
  BOOST_TEST(snap().tombstone(an, inbox, uid).has_value());  // for sessions that still show it
  require_clean(*s);
  clock.advance(std::chrono::hours(24 * 40));
  for (int i = 0; i < 3; ++i) need(s->collector().collect_now());
  BOOST_TEST(text(an, inbox, out.uids[1].second) == big_before);
  empty_everything();
}

BOOST_FIXTURE_TEST_CASE(second_run_does_nothing, Recovery) {
  const Uid uid = deliver(an);
  expunge(an, inbox, {uid});
  BOOST_TEST(need(s->run(Undelete{an, inbox, inbox, {uid}})).uids.size() == 1u);
  const ModSeq modseq = snap().mailbox(an, inbox)->highest_modseq;
  BOOST_TEST(need(s->run(Undelete{an, inbox, inbox, {uid}})).uids.empty());
  BOOST_TEST((snap().mailbox(an, inbox)->highest_modseq == modseq));
  BOOST_TEST(lost(an).empty());
}

BOOST_FIXTURE_TEST_CASE(deleted_mailbox_gives_its_messages_before_and_after_the_collector, Recovery) {
  for (const bool collected : {false, true}) {
    const std::string name = collected ? "Dự án/Hai" : "Dự án/Một";
    const MailboxId m = need(s->run(CreateMailbox{an, name, {}}));
    SubmitMessage op = mail(an, "Subject: trong thư mục\r\n\r\n", m);
    op.deliveries[0].keywords = {"viec"};
    const Uid uid = need(s->run(op)).deliveries[0].uid;
    need(s->run(DeleteMailbox{an, name}));
    if (collected) need(s->collector().collect_now());
    const auto found = lost(an);
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(found[0].mailbox == name);
    BOOST_TEST(found[0].deleted);
    const MailboxId to = need(s->run(CreateMailbox{an, name, {}}));
    const auto out = need(s->run(Undelete{an, m, to, {uid}}));
    BOOST_REQUIRE(out.uids.size() == 1u);
    const auto words = snap().keywords(an, to);
    BOOST_REQUIRE(words.size() == 1u);
    BOOST_TEST(words[0].name == "viec");
    BOOST_TEST(snap().hot(an, to, out.uids[0].second)->keywords == std::uint64_t(1) << words[0].bit);
    BOOST_TEST(lost(an).empty());
    require_clean(*s);
  }
  empty_everything();
}

BOOST_FIXTURE_TEST_CASE(moved_purged_and_expired_ones_are_gone, Recovery) {
  const Uid moved = deliver(an), purged = deliver(an), old = deliver(an);
  need(s->run(CopyMessages{an, inbox, box(an, "Archive"), {moved}, true}));
  expunge(an, inbox, {purged, old});
  need(s->run(Purge{an, inbox, purged}));
  BOOST_TEST(lost(an).size() == 1u);
  BOOST_TEST(need(s->run(Undelete{an, inbox, inbox, {moved, purged}})).uids.empty());
  clock.advance(std::chrono::hours(24 * 31));
  need(s->collector().collect_now());
  BOOST_TEST(lost(an).empty());
  BOOST_TEST(need(s->run(Undelete{an, inbox, inbox, {old}})).uids.empty());
}

BOOST_FIXTURE_TEST_CASE(bad_questions_are_refused, Recovery) {
  BOOST_TEST((s->run(Undelete{an, MailboxId(99), inbox, {Uid(1)}}).error().code() == base::Errc::not_found));
  BOOST_TEST((s->run(Undelete{an, inbox, MailboxId(99), {Uid(1)}}).error().code() == base::Errc::not_found));
  BOOST_TEST((s->run(Undelete{an, inbox, inbox, std::vector<Uid>(5001, Uid(1))}).error().code() == base::Errc::limit));
  const Uid uid = deliver(an);
  expunge(an, inbox, {uid});
  BOOST_TEST((s->run(Undelete{binh, inbox, inbox, {uid}})->uids.empty()));  // of another account
  BOOST_TEST(lost(an).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
