// STORE, COPY, MOVE and EXPUNGE through sessions over a real store.
#include <boost/test/unit_test.hpp>

#include "tests/imap/messages/client.hpp"

using imap_test::Box;
using imap_test::count;

namespace {
// RFC 9051 6.4.6: modes and .SILENT.
struct Case { const char *command, *answer; };
}  // namespace

BOOST_FIXTURE_TEST_SUITE(change, Box)

BOOST_AUTO_TEST_CASE(store_modes_and_silence) {
  add_many(3);
  auto c = connect();
  for (const Case& t : {Case{"STORE 1:2 +FLAGS (\\Deleted)", "* 1 FETCH (FLAGS (\\Deleted))\r\n* 2 FETCH (FLAGS (\\Deleted))\r\na OK Stored.\r\n"},
                        Case{"STORE 1 +FLAGS \\Seen", "* 1 FETCH (FLAGS (\\Deleted \\Seen))\r\na OK Stored.\r\n"},
                        Case{"STORE 1 FLAGS (\\Flagged)", "* 1 FETCH (FLAGS (\\Flagged))\r\na OK Stored.\r\n"},
                        Case{"UID STORE 2 -FLAGS (\\Deleted \\Draft)", "* 2 FETCH (UID 2 FLAGS ())\r\na OK Stored.\r\n"},
                        Case{"STORE 3 FLAGS.SILENT (\\Answered)", "a OK Stored.\r\n"},
                        Case{"FETCH 3 FLAGS", "* 3 FETCH (FLAGS (\\Answered))\r\na OK Fetched.\r\n"},
                        Case{"STORE 3 +FLAGS ()", "* 3 FETCH (FLAGS (\\Answered))\r\na OK Stored.\r\n"},
                        Case{"UID STORE 99 +FLAGS (\\Seen)", "a OK Stored.\r\n"}})
    BOOST_TEST((*c)(t.command) == t.answer, t.command);
  BOOST_TEST((*c)("STORE 4 +FLAGS (\\Seen)").find("a BAD") == 0u);
  auto reader = connect("EXAMINE INBOX");
  BOOST_TEST((*reader)("STORE 1 +FLAGS (\\Seen)").find("a NO [READ-ONLY]") == 0u);
}

BOOST_AUTO_TEST_CASE(keywords_are_made_told_and_limited) {
  add_many(1);
  auto c = connect();
  const std::string made = (*c)("STORE 1 +FLAGS (Work)");
  BOOST_TEST(made.find("* FLAGS (") == 0u);
  BOOST_TEST(made.find("Work") < made.find("* 1 FETCH (FLAGS (Work))"));
  BOOST_TEST((*c)("STORE 1 +FLAGS (work)") == "* 1 FETCH (FLAGS (Work))\r\na OK Stored.\r\n");
  std::string many = "STORE 1 +FLAGS (";
  for (int i = 0; i < 64; ++i) many += "k" + std::to_string(i) + (i < 63 ? " " : ")");
  BOOST_TEST((*c)(many).find("a NO [LIMIT]") == 0u);
  auto two = connect();
  (*c)("STORE 1 +FLAGS (Later)");
  const std::string told = (*two)("NOOP");
  BOOST_TEST(told.find("FLAGS (Work Later)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(derived_keywords_cannot_be_touched) {
  add("Subject: a\r\n\r\n", 0, {}, "INBOX", store::kSignatureInvalid);
  auto c = connect();
  const char* kept = "* 1 FETCH (FLAGS ($SignatureInvalid))\r\na OK Stored.\r\n";
  BOOST_TEST((*c)("STORE 1 +FLAGS ($SignatureValid)") == kept);
  BOOST_TEST((*c)("STORE 1 -FLAGS ($signatureinvalid)") == kept);
  BOOST_TEST((*c)("STORE 1 FLAGS ()") == kept);
}

// ATTACKS S23: a copy says what its mail says, and nothing that a client claims.
BOOST_AUTO_TEST_CASE(s23_copies_carry_the_verdict_and_no_claim) {
  add("Subject: a\r\n\r\n", 0, {}, "INBOX", store::kSignatureInvalid);
  add("Subject: b\r\n\r\n");
  auto c = connect();
  (*c)("STORE 1:2 +FLAGS ($SignatureValid $DocumentSignatureValid)");
  (*c)("COPY 1:2 INBOX");
  const std::string copied = (*c)("FETCH 3:4 (FLAGS)");
  BOOST_TEST(copied.find("* 3 FETCH (FLAGS ($SignatureInvalid") != std::string::npos, copied);
  BOOST_TEST(copied.find("SignatureValid") == std::string::npos, copied);
}

BOOST_AUTO_TEST_CASE(unchanged_since_names_what_it_left_alone) {
  add_many(3);
  auto c = connect(), other = connect();
  const auto before = std::to_string(base::raw(snap().mailbox(an, "INBOX")->highest_modseq));
  (*other)("STORE 2 +FLAGS (\\Flagged)");
  (*c)("NOOP");
  const std::string got = (*c)("STORE 1:3 (UNCHANGEDSINCE " + before + ") +FLAGS.SILENT (\\Deleted)");
  BOOST_TEST(count(got, " FETCH (MODSEQ (") == 2u);
  BOOST_TEST(got.find("a OK [MODIFIED 2] Conditional STORE failed.") != std::string::npos);
  BOOST_TEST((*c)("UID STORE 2 (UNCHANGEDSINCE 0) +FLAGS (\\Deleted)").find("a OK [MODIFIED 2]") != std::string::npos);
  BOOST_TEST((*c)("FETCH 1:3 FLAGS").find("* 2 FETCH (FLAGS (\\Flagged))") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(store_and_copy_of_messages_that_are_gone) {
  add_many(2);
  auto one = connect(), two = connect();
  (*two)("STORE 1 +FLAGS.SILENT (\\Deleted)");
  (*two)("EXPUNGE");
  const std::string got = (*one)("STORE 1:2 +FLAGS (\\Seen)");
  BOOST_TEST(got.find("* 2 FETCH (FLAGS (\\Seen))") != std::string::npos);
  BOOST_TEST(got.find("a NO [EXPUNGEISSUED]") != std::string::npos);
  BOOST_TEST(count(got, "EXPUNGE\r\n") == 0u);
  BOOST_TEST((*one)("COPY 1 Archive").find("a NO [EXPUNGEISSUED]") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(own_changes_are_told_once) {
  add_many(1);
  auto c = connect();
  BOOST_TEST(count((*c)("STORE 1 +FLAGS (\\Seen)"), "FETCH") == 1u);
  BOOST_TEST(count((*c)("STORE 1 -FLAGS.SILENT (\\Seen)"), "FETCH") == 0u);
  BOOST_TEST((*c)("NOOP") == "a OK Done.\r\n");
}

BOOST_AUTO_TEST_CASE(copy_keeps_everything_and_names_the_new_uids) {
  add("Subject: a\r\n\r\n1\r\n", store::kSeen, {"Work"}, "INBOX", store::kDocument);
  add("Subject: b\r\n\r\n2\r\n");
  auto c = connect();
  const auto validity = std::to_string(base::raw(snap().mailbox(an, "Archive")->uid_validity));
  BOOST_TEST((*c)("COPY 1:2 Archive") == "a OK [COPYUID " + validity + " 1:2 1:2] Copied.\r\n");
  BOOST_TEST((*c)("UID COPY 2 Archive") == "a OK [COPYUID " + validity + " 2 3] Copied.\r\n");
  BOOST_TEST((*c)("UID COPY 50 Archive") == "a OK Copied.\r\n");
  BOOST_TEST((*c)("COPY 1 Nowhere").find("a NO [TRYCREATE]") == 0u);
  auto there = connect("SELECT Archive");
  BOOST_TEST((*there)("FETCH 1:* FLAGS") == "* 1 FETCH (FLAGS (\\Seen Work $Document))\r\n* 2 FETCH (FLAGS ())\r\n* 3 FETCH (FLAGS ())\r\na OK Fetched.\r\n");
  BOOST_TEST((*there)("FETCH 1 BODY.PEEK[TEXT]").find("{3}\r\n1\r\n)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(copy_into_the_same_mailbox) {
  add_many(2);
  auto c = connect();
  const std::string got = (*c)("COPY 1:2 INBOX");
  BOOST_TEST(got.find("* 4 EXISTS\r\n") != std::string::npos);
  BOOST_TEST(got.find(" 1:2 3:4]") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(move_tells_copyuid_before_expunge) {
  add_many(3);
  auto c = connect(), other = connect();
  const auto validity = std::to_string(base::raw(snap().mailbox(an, "Trash")->uid_validity));
  BOOST_TEST((*c)("MOVE 1,3 Trash") ==
             "* OK [COPYUID " + validity + " 1,3 1:2] Moved.\r\n* 3 EXPUNGE\r\n* 1 EXPUNGE\r\na OK Moved.\r\n");
  BOOST_TEST((*other)("NOOP") == "* 3 EXPUNGE\r\n* 1 EXPUNGE\r\na OK Done.\r\n");
  BOOST_TEST((*c)("UID MOVE 2 Nowhere").find("a NO [TRYCREATE]") == 0u);
  BOOST_TEST((*c)("UID MOVE 1 Trash") == "a OK Moved.\r\n");
  auto reader = connect("EXAMINE INBOX");
  BOOST_TEST((*reader)("MOVE 1 Trash").find("a NO [READ-ONLY]") == 0u);
}

BOOST_AUTO_TEST_CASE(expunge_and_uid_expunge) {
  add_many(5);
  auto c = connect();
  (*c)("STORE 2,4:5 +FLAGS.SILENT (\\Deleted)");
  BOOST_TEST((*c)("UID EXPUNGE 1:4") == "* 4 EXPUNGE\r\n* 2 EXPUNGE\r\na OK Expunged.\r\n");
  BOOST_TEST((*c)("EXPUNGE") == "* 3 EXPUNGE\r\na OK Expunged.\r\n");
  BOOST_TEST((*c)("EXPUNGE") == "a OK Expunged.\r\n");
  BOOST_TEST((*c)("UID FETCH 1:* UID") == "* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 3)\r\na OK Fetched.\r\n");
  (*c)("STORE 1 +FLAGS.SILENT (\\Deleted)");
  auto reader = connect("EXAMINE INBOX");
  BOOST_TEST((*reader)("EXPUNGE").find("a NO [READ-ONLY]") == 0u);
  BOOST_TEST((*c)("CLOSE").find("EXPUNGE\r\n") == std::string::npos);
  auto again = connect("SELECT INBOX (CONDSTORE)");
  BOOST_TEST((*again)("FETCH 1:* UID") == "* 1 FETCH (UID 3)\r\na OK Fetched.\r\n");
  BOOST_TEST((*again)("EXPUNGE").find("a OK [HIGHESTMODSEQ ") == 0u);
}

BOOST_AUTO_TEST_CASE(sets_larger_than_a_slice) {
  store::SubmitMessage op = imap_test::prepared("Subject: x\r\n\r\ny\r\n");
  op.deliveries[0].account = an;
  op.deliveries.resize(4000, op.deliveries[0]);
  store_test::need(s->run(op));
  store_test::need(s->run(std::move(op)));
  auto c = connect();
  BOOST_TEST((*c)("STORE 1:* +FLAGS.SILENT (\\Deleted)") == "a OK Stored.\r\n");
  BOOST_TEST((*c)("COPY 1:* Archive").find(" 1:8000 1:8000] Copied.") != std::string::npos);
  BOOST_TEST(count((*c)("UID MOVE 1:6000 Junk"), "EXPUNGE\r\n") == 6000u);
  BOOST_TEST(count((*c)("EXPUNGE"), "EXPUNGE\r\n") == 2000u);
  BOOST_TEST(snap().mailbox(an, "Junk")->messages == 6000u);
}

BOOST_AUTO_TEST_CASE(a_copy_over_quota_leaves_nothing_behind) {
  const store::AccountId small = account("nho@songla.gov.vn", 11'500'000);
  store::SubmitMessage op = imap_test::prepared("Subject: x\r\n\r\n" + std::string(980, 'y') + "\r\n");
  op.deliveries[0].account = small;
  op.deliveries.resize(4000, op.deliveries[0]);
  store_test::need(s->run(op));
  op.deliveries.resize(2000);
  store_test::need(s->run(std::move(op)));  // 6 MB of 11.5
  imap_test::Client c(*s, backend, small);
  c("SELECT INBOX");
  c("COPY 1:10 Archive");
  const std::string got = c("COPY 1:* Archive");  // the first slice fits, the second does not
  BOOST_TEST(got.find("a NO [OVERQUOTA]") != std::string::npos);
  BOOST_TEST(snap().mailbox(small, "Archive")->messages == 10u);
}

BOOST_AUTO_TEST_SUITE_END()
