// What transcripts cannot say: time, limits, and commands that came in pieces.
#include "tests/imap/core/world.hpp"

namespace imap_test {
namespace {

BOOST_AUTO_TEST_SUITE(imap_session)

BOOST_AUTO_TEST_CASE(bytes_one_at_a_time_give_the_same_answers) {
  World world;
  const auto wire = world.connect();
  wire->received().clear();
  const std::string script = std::string("a LOGIN an@songla.gov.vn \"") + kPassword + "\"\r\nb APPEND INBOX {6+}\r\na: b\r\n\r\nc SELECT INBOX\r\nd LOGOUT\r\n";
  for (const char c : script) wire->send({&c, 1});
  for (const char* want : {"a OK", "b OK [APPENDUID ", "* 1 EXISTS", "c OK [READ-WRITE]", "* BYE", "d OK"})
    BOOST_TEST(wire->received().find(want) != std::string::npos, want << " in " << wire->received());
  BOOST_TEST(wire->closed());
}

BOOST_AUTO_TEST_CASE(wrong_passwords_are_delayed_then_refused_without_a_look) {
  World world;
  base::AuthGuard guard(world.clock);
  world.settings.guard = &guard;
  world.settings.max_failures = 100;
  const auto wire = world.connect();
  for (int i = 0; i < 12; ++i) World::ask(*wire, "a LOGIN an@songla.gov.vn wrong");
  BOOST_TEST(wire->slept.count() >= 10'000);
  const std::string answer = World::ask(*wire, std::string("b LOGIN an@songla.gov.vn \"") + kPassword + "\"");
  BOOST_TEST(answer.starts_with("b NO [UNAVAILABLE]"), answer);
}

BOOST_AUTO_TEST_CASE(a_disabled_account_fails_like_a_wrong_password) {
  World world;
  store::UpdateAccount op{*world.snap().account("an@songla.gov.vn")};
  op.row.disabled = true;
  store_test::need(world.s->run(op));
  const auto wire = world.connect();
  BOOST_TEST(World::ask(*wire, std::string("a LOGIN an@songla.gov.vn \"") + kPassword + "\"").starts_with("a NO [AUTHENTICATIONFAILED]"));
}

BOOST_AUTO_TEST_CASE(silence_in_idle_ends_the_connection_in_the_end) {
  World world;
  const auto wire = world.log_in();
  wire->send("a IDLE\r\n");
  for (int i = 0; i < 40 && !wire->closed(); ++i) {
    wire->time_out = true;
    wire->pump();
  }
  BOOST_TEST(wire->closed());
  BOOST_TEST(wire->received().find("* OK Still here.") != std::string::npos);
  BOOST_TEST(wire->received().find("* BYE Idle for too long.") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_mailbox_deleted_by_another_connection_empties) {
  World world;
  const auto one = world.log_in(), two = world.log_in();
  World::ask(*one, "a CREATE Tam");
  World::ask(*one, "b APPEND Tam {6+}\r\na: b\r\n");
  World::ask(*one, "c SELECT Tam");
  BOOST_TEST(World::ask(*two, "d DELETE Tam").starts_with("d OK"));
  BOOST_TEST(World::ask(*one, "e NOOP") == "* 1 EXPUNGE\r\ne OK Done.\r\n");
  BOOST_TEST(World::ask(*one, "f CLOSE").find("f OK") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(inbox_keeps_its_place_when_it_is_renamed) {
  World world;
  const auto wire = world.log_in();
  World::ask(*wire, "a APPEND INBOX {6+}\r\na: b\r\n");
  BOOST_TEST(World::ask(*wire, "b RENAME INBOX Cu/2026").find("b OK") != std::string::npos);
  BOOST_TEST(World::ask(*wire, "c STATUS INBOX (MESSAGES)").find("(MESSAGES 0)") != std::string::npos);
  BOOST_TEST(World::ask(*wire, "d STATUS Cu/2026 (MESSAGES)").find("(MESSAGES 1)") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace imap_test
