#include "fixture.hpp"

using namespace store_test;
using base::Errc;

namespace {
std::string deep(unsigned levels, const std::string& level) {
  std::string out = level;
  for (unsigned i = 1; i < levels; ++i) out += "/" + level;
  return out;
}
}  // namespace

BOOST_FIXTURE_TEST_SUITE(store_mailboxes, Fixture)

BOOST_AUTO_TEST_CASE(names_that_are_refused) {
  const std::string bad[] = {"", "/a", "a/", "a//b", "..", "../../etc", "a/../b", ".", "a\r\nb", std::string("a\0b", 3), "a\x7f", "\xc2\x85",
                             "\xff\xfe", "\xed\xa0\x80", std::string(10'000, 'x'), std::string(256, 'x'), "\xe2\x80\xae" "abc", "a*", "a%/b", "\xef\xbb\xbf" "a",
                             deep(33, "a"), deep(5, std::string(250, 'x'))};
  for (const std::string& name : bad) {
    const auto made = s->run(CreateMailbox{an, name});
    BOOST_REQUIRE(!made);
    BOOST_TEST((made.error().code() == Errc::invalid));
  }
  BOOST_TEST(snap().mailboxes(an).size() == 6u);
}

BOOST_AUTO_TEST_CASE(nfd_and_nfc_and_inbox_case_are_one_name) {
  need(s->run(CreateMailbox{an, "Công văn"}));
  BOOST_TEST((s->run(CreateMailbox{an, "Co\xcc\x82ng v\x61\xcc\x86n"}).error().code() == Errc::exists));
  BOOST_TEST((s->run(CreateMailbox{an, "iNbOx"}).error().code() == Errc::exists));
  need(s->run(CreateMailbox{an, "inbox/con"}));
  BOOST_TEST(snap().mailbox(an, "INBOX/con").has_value());
}

BOOST_AUTO_TEST_CASE(rename_takes_children_along_and_refuses_itself) {
  const MailboxId a = need(s->run(CreateMailbox{an, "a"}));
  need(s->run(CreateMailbox{an, "a/b/c"}));
  need(s->run(CreateMailbox{an, "ab"}));
  BOOST_TEST((need(s->run(RenameMailbox{an, "a", "x/y"})).mailbox == a));
  BOOST_TEST((snap().mailbox(an, "x/y/b/c") && snap().mailbox(an, "ab") && !snap().mailbox(an, "a/b/c")));
  BOOST_TEST((s->run(RenameMailbox{an, "x/y", "x/y/z"}).error().code() == Errc::invalid));
  BOOST_TEST((s->run(RenameMailbox{an, "x/y", "ab"}).error().code() == Errc::exists));
  BOOST_TEST((s->run(RenameMailbox{an, "none", "other"}).error().code() == Errc::not_found));
}

BOOST_AUTO_TEST_CASE(renaming_inbox_moves_its_messages) {
  deliver(an), deliver(an);
  const RenameOutcome done = need(s->run(RenameMailbox{an, "INBOX", "old"}));
  BOOST_TEST((!done.more && snap().mailbox(an, "old")->messages == 2 && snap().mailbox(an, "INBOX")->messages == 0));
  BOOST_TEST((snap().mailbox(an, "INBOX")->id == MailboxId(1)));
  BOOST_TEST((s->run(RenameMailbox{an, "INBOX", "old"}).error().code() == Errc::exists));
}

BOOST_AUTO_TEST_CASE(delete_and_create_give_a_higher_uidvalidity_and_keep_the_subscription) {
  need(s->run(CreateMailbox{an, "a"}));
  need(s->run(Subscribe{an, "a", true}));
  const Mailbox before = *snap().mailbox(an, "a");
  need(s->run(mail(an, "x\r\n", before.id)));
  need(s->run(DeleteMailbox{an, "a"}));
  BOOST_TEST((snap().account_state(an).messages == 0 && !snap().mailbox(an, before.id)));
  BOOST_TEST(snap().subscriptions(an).size() == 7u);
  require_clean(*s);
  need(s->run(CreateMailbox{an, "a"}));
  const Mailbox after = *snap().mailbox(an, "a");
  BOOST_TEST((after.uid_validity > before.uid_validity && after.id > before.id && after.subscribed));
  BOOST_TEST(need(s->collector().collect_now()).entombed == 1u);
  BOOST_TEST(snap().tombstone(an, before.id, Uid(1)).has_value());
  BOOST_TEST((s->run(DeleteMailbox{an, "Inbox"}).error().code() == Errc::denied));
  empty_everything();
}

BOOST_AUTO_TEST_CASE(directory_adds_are_idempotent_or_a_conflict) {
  BOOST_TEST((account("an@songla.gov.vn") == an));
  BOOST_TEST((s->run(AddAccount{{{}, "AN@SongLa.gov.vn", "khác", {}, false, false, 0}, {}}).error().code() == Errc::conflict));
  BOOST_TEST((s->run(AddAccount{{{}, "x@example.vn", "x", {}, false, false, 0}, {}}).error().code() == Errc::not_found));
  BOOST_TEST(need(s->run(AddAlias{{"tap-the@songla.gov.vn", {}, {"an@songla.gov.vn", "binh@songla.gov.vn", "ngoai@example.com"}}})));
  need(s->run(AddAlias{{"vong1@songla.gov.vn", {}, {"vong2@songla.gov.vn", "an@songla.gov.vn"}}}));
  need(s->run(AddAlias{{"vong2@songla.gov.vn", {}, {"vong1@songla.gov.vn"}}}));
  const Resolved all = need(snap().resolve("Tap-The@songla.gov.vn"));
  BOOST_TEST((all.accounts.size() == 2 && all.external.size() == 1));
  BOOST_TEST(need(snap().resolve("vong1@songla.gov.vn")).accounts.size() == 1u);
  BOOST_TEST((snap().resolve("ai@songla.gov.vn").error().code() == Errc::not_found));
  BOOST_TEST((s->run(RemoveDirectory{RemoveDirectory::What::domain, "songla.gov.vn"}).error().code() == Errc::conflict));
}

BOOST_AUTO_TEST_SUITE_END()
