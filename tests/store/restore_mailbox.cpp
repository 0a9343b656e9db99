// Mailboxes out of a backup into the running store: beside, in place, twice, cut short.
#include "store/restore_mailbox.hpp"
#include "store/recovery.hpp"
#include "tests/store/fixture.hpp"

using namespace store_test;

namespace {

struct Saved : Fixture {
  TempDir out;
  std::string to = out.path + "/sao-luu";
  MailboxId project{};
  std::vector<std::string> texts;
  Saved() {
    project = need(s->run(CreateMailbox{an, "Dự án", {}}));
    need(s->run(CreateMailbox{an, "Dự án/Cầu", {}}));
    for (int i = 0; i < 5; ++i) {
      SubmitMessage op = mail(an, "Subject: " + std::to_string(i) + "\r\n\r\n" + std::string(i * 9000, char('a' + i)), project);
      op.deliveries[0].keywords = {"viec"};
      op.deliveries[0].flags = i % 2 != 0 ? kSeen : 0;
      op.deliveries[0].internal_date = clock.now() - std::chrono::hours(i);
      const Uid uid = need(s->run(op)).deliveries[0].uid;
      texts.push_back(text(an, project, uid));
    }
    deliver(an);
    need(backup(*s, {to, {}}));
  }
  MailboxRestore plan(const char* name = "Dự án") {
    MailboxRestore o;
    o.backup = to;
    o.address = "an@songla.gov.vn";
    o.mailbox = name;
    return o;
  }
  std::vector<std::string> content(const std::string& name) {
    std::vector<std::string> all;
    const Snapshot sn = snap();
    const auto m = sn.mailbox(an, std::string_view(name));
    if (!m) return all;
    sn.for_each_message(an, m->id, Uid(1), kLastUid, [&](const MessageView& v) {
      all.push_back(need(sn.read_all(an, v)));
      return true;
    });
    return all;
  }
  void lose_everything() {  // expunged, collected, blobs gone
    std::vector<Uid> uids;
    snap().for_each_hot(an, project, Uid(1), kLastUid, [&](Uid u, const HotRow&) { return uids.push_back(u), true; });
    need(s->run(Expunge{an, project, uids, false}));
    for (int i = 0; i < 3; ++i) clock.advance(std::chrono::hours(24 * 40)), need(s->collector().collect_now());
    BOOST_TEST(snap().txn().rows(Table::blobs) == 0u);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(store_restore_mailbox)

BOOST_FIXTURE_TEST_CASE(lost_mailbox_comes_back_beside, Saved) {
  lose_everything();
  const MailboxRestored r = need(restore_mailboxes(*s, plan()));
  BOOST_REQUIRE(r.mailboxes.size() == 2u);
  const std::string as = r.mailboxes[0].as;
  BOOST_TEST(as.starts_with("Restored "));
  BOOST_TEST(as.ends_with("/Dự án"));
  BOOST_TEST(r.messages == 5u);
  BOOST_TEST(content(as) == texts, boost::test_tools::per_element());
  BOOST_TEST(content("Dự án").empty());
  const Snapshot sn = snap();
  const auto m = sn.mailbox(an, std::string_view(as));
  BOOST_TEST(m->unseen == 3u);
  BOOST_TEST(r.used == sn.account_state(an).bytes);
  const auto words = sn.keywords(an, m->id);
  BOOST_REQUIRE(words.size() == 1u);
  BOOST_TEST(words[0].name == "viec");
  sn.for_each_hot(an, m->id, Uid(1), kLastUid, [&](Uid, const HotRow& h) {
    BOOST_TEST(h.keywords == std::uint64_t(1) << words[0].bit);
    return true;
  });
}

BOOST_FIXTURE_TEST_CASE(second_run_doubles_nothing, Saved) {
  need(restore_mailboxes(*s, plan()));
  const AccountState state = snap().account_state(an);
  const MailboxRestored again = need(restore_mailboxes(*s, plan()));
  BOOST_TEST(again.messages == 0u);
  BOOST_TEST(again.mailboxes[0].there);
  BOOST_TEST((snap().account_state(an) == state));
  MailboxRestore o = plan();
  o.in_place = true;
  BOOST_TEST(need(restore_mailboxes(*s, o)).messages == 0u);  // it is as it was
}

BOOST_FIXTURE_TEST_CASE(in_place_replaces_under_a_higher_uid_validity, Saved) {
  const Mailbox before = *snap().mailbox(an, project);
  need(s->run(Expunge{an, project, std::vector<Uid>{Uid(2), Uid(3)}, false}));
  SubmitMessage later = mail(an, "Subject: sau\r\n\r\n", project);
  need(s->run(later));
  MailboxRestore o = plan();
  o.in_place = true;
  const MailboxRestored r = need(restore_mailboxes(*s, o));
  BOOST_TEST(r.mailboxes[0].as == "Dự án");
  BOOST_TEST(content("Dự án") == texts, boost::test_tools::per_element());
  const Mailbox after = *snap().mailbox(an, std::string_view("Dự án"));
  BOOST_TEST((after.uid_validity > before.uid_validity));
  BOOST_TEST((after.id != before.id));
  unsigned lost = 0;  // what was there can still be undeleted
  const Snapshot sn = snap();
  for_each_recoverable(sn, an, [&](const Recoverable& rec) { return lost += rec.message.mailbox == project, true; });
  BOOST_TEST(lost == 6u);
  empty_everything();
}

BOOST_FIXTURE_TEST_CASE(nobody_sees_it_before_it_is_whole, Saved) {
  lose_everything();
  const auto before = snap().mailboxes(an).size();
  const JournalSeq journal = snap().journal_end();
  MailboxRestore o = plan();
  bool looked = false;
  o.progress = [&](const BackupProgress& p) {
    looked = true;
    BOOST_TEST(snap().mailboxes(an).size() == before);
    BOOST_TEST((snap().journal_end() == journal));
    return p.done < 4;
  };
  BOOST_TEST((restore_mailboxes(*s, o).error().code() == base::Errc::unavailable));
  BOOST_TEST(looked);
  BOOST_TEST(snap().mailboxes(an).size() == before);
  const Snapshot sn = snap();
  for_each_recoverable(sn, an, [&](const Recoverable& r) {
    BOOST_TEST(!r.mailbox.starts_with("Restored"));
    return true;
  });
  require_clean(*s);
  clock.advance(std::chrono::hours(2));
  need(s->collector().collect_now());  // what was begun is given up
  o.progress = {};
  need(restore_mailboxes(*s, o));
  empty_everything();
}

BOOST_FIXTURE_TEST_CASE(wishes_that_cannot_be_met_are_refused, Saved) {
  const auto code = [&](const MailboxRestore& o) {
    const auto r = restore_mailboxes(*s, o);
    BOOST_REQUIRE(!r.has_value());
    return r.error().code();
  };
  MailboxRestore o = plan("Không có");
  BOOST_TEST((code(o) == base::Errc::not_found));
  o = plan();
  o.address = "la@songla.gov.vn";
  BOOST_TEST((code(o) == base::Errc::not_found));
  o = plan("INBOX");
  o.in_place = true;
  BOOST_TEST((code(o) == base::Errc::denied));
  o = plan();
  o.at = base::Time(std::chrono::milliseconds(1000));
  BOOST_TEST((code(o) == base::Errc::not_found));
  o = plan();
  o.backup = out.path;
  BOOST_TEST((code(o) == base::Errc::not_found));
  Account row = *snap().account(an);
  row.quota = snap().account_state(an).bytes + 1000;
  need(s->run(UpdateAccount{row}));
  const auto r = restore_mailboxes(*s, plan());
  BOOST_REQUIRE(!r.has_value());
  BOOST_TEST((r.error().code() == base::Errc::over_quota));
  BOOST_TEST(r.error().detail().find("5 messages") != std::string::npos, r.error().detail());
  o = plan();
  o.in_place = true;
  need(s->run(Expunge{an, project, std::vector<Uid>{Uid(2)}, false}));
  need(restore_mailboxes(*s, o));  // it takes the place of what it replaces, in the quota too
}

BOOST_AUTO_TEST_SUITE_END()
