// FETCH through a session over a real store.
#include <boost/test/unit_test.hpp>

#include "tests/imap/messages/client.hpp"

using imap_test::Box;
using imap_test::count;

BOOST_FIXTURE_TEST_SUITE(fetch, Box)

BOOST_AUTO_TEST_CASE(bytes_come_back_as_they_were_appended) {
  std::string big = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  for (int i = 0; i < 9000; ++i) big += "JVBERi0xLjcKJeLjz9MKMSAwIG9iago8PC9U" + std::to_string(i) + "\r\n";
  big += "--b--\r\n";
  const std::string eight_bit = "Subject: \xe1\xbb\xa9\r\n\r\nnul \x01 and \xff bare\r\n";
  for (const std::string& text : {big, eight_bit, std::string("x"), std::string("\r\n")}) {
    const store::Uid uid = add(text);
    auto c = connect();
    const std::string got = (*c)("UID FETCH " + std::to_string(base::raw(uid)) + " BODY.PEEK[]");
    const std::string head = "BODY[] {" + std::to_string(text.size()) + "}\r\n";
    const std::size_t at = got.find(head);
    BOOST_REQUIRE(at != std::string::npos);
    BOOST_TEST((got.substr(at + head.size(), text.size()) == text));
    BOOST_TEST(got.substr(at + head.size() + text.size()) == ")\r\na OK Fetched.\r\n");
    BOOST_TEST(c->most < 400'000u);
  }
}

BOOST_AUTO_TEST_CASE(body_sets_seen_and_tells_it_once) {
  add_many(2);
  auto c = connect();
  BOOST_TEST((*c)("FETCH 1 BODY[TEXT]") == "* 1 FETCH (FLAGS (\\Seen) BODY[TEXT] {8}\r\nbody 1\r\n)\r\na OK Fetched.\r\n");
  BOOST_TEST((*c)("FETCH 1 BODY[TEXT]") == "* 1 FETCH (BODY[TEXT] {8}\r\nbody 1\r\n)\r\na OK Fetched.\r\n");
  BOOST_TEST((*c)("FETCH 2 BODY.PEEK[TEXT]") == "* 2 FETCH (BODY[TEXT] {8}\r\nbody 2\r\n)\r\na OK Fetched.\r\n");
  BOOST_TEST((*c)("FETCH 1:2 FLAGS") == "* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (FLAGS ())\r\na OK Fetched.\r\n");
  auto reader = connect("EXAMINE INBOX");
  BOOST_TEST((*reader)("FETCH 2 RFC822.TEXT") == "* 2 FETCH (RFC822.TEXT {8}\r\nbody 2\r\n)\r\na OK Fetched.\r\n");
  BOOST_TEST((*reader)("FETCH 2 FLAGS") == "* 2 FETCH (FLAGS ())\r\na OK Fetched.\r\n");
}

BOOST_AUTO_TEST_CASE(sets_by_number_and_by_uid) {
  add_many(5);
  auto c = connect();
  BOOST_TEST((*c)("STORE 2 +FLAGS.SILENT (\\Deleted)") == "a OK Stored.\r\n");
  (*c)("EXPUNGE");
  BOOST_TEST((*c)("FETCH 2:* UID") == "* 2 FETCH (UID 3)\r\n* 3 FETCH (UID 4)\r\n* 4 FETCH (UID 5)\r\na OK Fetched.\r\n");
  BOOST_TEST((*c)("UID FETCH 2,4,9 FLAGS") == "* 3 FETCH (UID 4 FLAGS ())\r\na OK Fetched.\r\n");
  BOOST_TEST((*c)("UID FETCH 77:* (UID)") == "* 4 FETCH (UID 5)\r\na OK Fetched.\r\n");
  BOOST_TEST((*c)("FETCH 5 UID").find("a BAD ") == 0u);
  BOOST_TEST((*c)("FETCH * (UID RFC822.SIZE)").find("* 4 FETCH (UID 5 RFC822.SIZE") == 0u);
}

BOOST_AUTO_TEST_CASE(a_message_that_another_session_expunged_is_still_read) {
  add_many(3);
  auto one = connect(), two = connect();
  (*two)("STORE 2 +FLAGS (\\Deleted)");
  (*two)("EXPUNGE");
  const std::string got = (*one)("FETCH 1:3 (UID BODY.PEEK[TEXT])");
  BOOST_TEST(got.find("* 2 FETCH (UID 2 BODY[TEXT] {8}\r\nbody 2\r\n)\r\n") != std::string::npos);
  BOOST_TEST(count(got, "EXPUNGE") == 0u);  // RFC 9051 7.5.1: not while answering FETCH
  BOOST_TEST(got.ends_with("a OK Fetched.\r\n"));
  BOOST_TEST((*one)("NOOP").find("* 2 EXPUNGE\r\n") == 0u);
  BOOST_TEST((*one)("FETCH 2 UID") == "* 2 FETCH (UID 3)\r\na OK Fetched.\r\n");
}

BOOST_AUTO_TEST_CASE(expunged_in_the_middle_of_a_large_body) {
  std::string text = "Subject: big\r\n\r\n";
  while (text.size() < 700'000) text += "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n";
  add(text);
  auto one = connect(), two = connect();
  one->at_flush = [&] {
    one->at_flush = nullptr;
    (*two)("STORE 1 +FLAGS (\\Deleted)");
    (*two)("EXPUNGE");
  };
  const std::string got = (*one)("FETCH 1 BODY.PEEK[]");
  BOOST_TEST(got.find(text) != std::string::npos);
  BOOST_TEST(got.ends_with(")\r\na OK Fetched.\r\n"));
  BOOST_TEST(one->flushes > 2);
}

BOOST_AUTO_TEST_CASE(many_messages_leave_in_bounded_windows) {
  store::SubmitMessage op = imap_test::prepared("Subject: x\r\n\r\n" + std::string(700, 'y') + "\r\n");
  op.deliveries[0].account = an;
  op.deliveries.resize(3000, op.deliveries[0]);
  store_test::need(s->run(std::move(op)));
  auto c = connect();
  const std::string got = (*c)("FETCH 1:* (FLAGS UID ENVELOPE BODYSTRUCTURE)");
  BOOST_TEST(count(got, " FETCH (FLAGS () UID ") == 3000u);
  BOOST_TEST(c->flushes > 5);
  BOOST_TEST(c->most < 80'000u);
  const std::string bodies = (*c)("FETCH 1:* BODY[]");
  BOOST_TEST(count(bodies, "FLAGS (\\Seen) BODY[] {716}") == 3000u);
  BOOST_TEST(c->most < 100'000u);
}

BOOST_AUTO_TEST_CASE(changed_since_and_mod_seq) {
  add_many(3);
  auto c = connect("SELECT INBOX (CONDSTORE)");
  const auto highest = base::raw(snap().mailbox(an, "INBOX")->highest_modseq);
  (*c)("STORE 2 +FLAGS (\\Flagged)");
  const std::string now = std::to_string(highest + 1);
  BOOST_TEST((*c)("FETCH 1:* (FLAGS) (CHANGEDSINCE " + std::to_string(highest) + ")") ==
             "* 2 FETCH (FLAGS (\\Flagged) MODSEQ (" + now + "))\r\na OK Fetched.\r\n");
  BOOST_TEST((*c)("UID FETCH 1:* (FLAGS) (CHANGEDSINCE " + now + ")") == "a OK Fetched.\r\n");
  BOOST_TEST((*c)("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)").find("a BAD") == 0u);
}

BOOST_AUTO_TEST_CASE(derived_and_user_keywords_are_shown_and_hidden_mail_is_not) {
  add("Subject: a\r\n\r\n", 0, {"$Forwarded"}, "INBOX", store::kSignatureValid | store::kDocument);
  const store::Uid secret = add("Subject: b\r\n\r\n");
  auto c = connect();
  BOOST_TEST((*c)("FETCH 1 FLAGS") == "* 1 FETCH (FLAGS ($Forwarded $SignatureValid $Document))\r\na OK Fetched.\r\n");
  store::SetDerived hide;
  hide.account = an;
  hide.mailbox = store::MailboxId(1);
  hide.uids = {secret};
  hide.set = store::kHidden;
  store_test::need(s->run(std::move(hide)));
  BOOST_TEST((*c)("UID FETCH 2 (FLAGS BODY[])").find("FETCH (") == std::string::npos);
  BOOST_TEST((*c)("UID SEARCH SUBJECT b").find("SEARCH 2") == std::string::npos);
  BOOST_TEST((*c)("UID COPY 2 Archive").find("COPYUID") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(unknown_transfer_encoding) {
  add("Content-Transfer-Encoding: x-own\r\n\r\nabc\r\n");
  auto c = connect();
  BOOST_TEST((*c)("FETCH 1 BINARY.PEEK[1]").find("a NO [UNKNOWN-CTE]") == 0u);
}

BOOST_AUTO_TEST_CASE(large_binary_is_decoded_in_windows) {
  std::string text = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  for (int i = 0; i < 20000; ++i) text += "AAECAwQFBgcICQoLDA0ODw==\r\n";
  add(text);
  auto c = connect();
  const std::string got = (*c)("FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1] UID)");
  BOOST_TEST(got.find("BINARY.SIZE[1] 320000 BINARY[1] ~{320000}\r\n") != std::string::npos);
  BOOST_TEST(got.ends_with(" UID 1)\r\na OK Fetched.\r\n"));
  BOOST_TEST(c->most < 400'000u);
}

BOOST_AUTO_TEST_SUITE_END()
