#include <boost/test/unit_test.hpp>
#include "tests/smtp/proto/driver.hpp"

using namespace smtp::testing;

namespace {
const std::string kMail = "MAIL FROM:<a@vidu.vn>\r\n", kRcpt = "RCPT TO:<b@songla.gov.vn>\r\n";
const std::string kFull = "EHLO c\r\n" + kMail + kRcpt + "DATA\r\nSubject: x\r\n\r\n..y\r\n.\r\nQUIT\r\n";

std::string codes(std::string_view out) {  // "220 250 ..." one code a reply
  std::string r;
  for (std::size_t at = 0; at < out.size(); at = out.find('\n', at) + 1) {
    if (out[at + 3] == ' ') r += std::string(r.empty() ? "" : " ") + std::string(out.substr(at, 3));
  }
  return r;
}
std::string play(const std::string& wire, Effects e = {}, Kind kind = Kind::mx, std::size_t piece = 0, Limits limits = {}) {
  SessionConfig c = config_of(kind);
  c.limits = limits;
  Driver d(c, std::move(e));
  const std::size_t step = piece ? piece : wire.size() + 1;
  for (std::size_t at = 0; at < wire.size() && !d.closed; at += step) d.feed(std::string_view(wire).substr(at, step));
  return codes(d.take()) + (d.closed ? " closed" : "") + (d.messages.empty() ? "" : " +" + std::to_string(d.messages.size()));
}
}  // namespace

BOOST_AUTO_TEST_SUITE(session)

BOOST_AUTO_TEST_CASE(a_message_comes_through_however_it_is_cut) {
  for (std::size_t piece = 1; piece <= kFull.size(); ++piece) {
    BOOST_TEST(play(kFull, {}, Kind::mx, piece) == "220 250 250 250 354 250 221 closed +1");
  }
  Driver d(config_of(Kind::mx));
  d.feed(kFull);
  BOOST_TEST(d.messages.at(0) == "Subject: x\r\n\r\n.y\r\n");
  BOOST_TEST(d.envelopes.at(0).recipients.at(0).to.to_string() == "b@songla.gov.vn");
  BOOST_TEST(d.writes == 2);  // the greeting, then the whole group at once (RFC 2920)
}

BOOST_AUTO_TEST_CASE(every_prefix_waits_for_more_and_stores_nothing_before_the_end) {
  const std::size_t end = kFull.find("\r\n.\r\n") + 5;
  for (std::size_t n = 0; n < end; ++n) BOOST_TEST(play(kFull.substr(0, n)).find('+') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_effect_fails_in_turn) {
  const Decision no = Decision::refuse(550, {5, 7, 1}, "không"), later = Decision::refuse(451, {4, 3, 0}, "later"),
                 gone = Decision::refuse(421, {4, 3, 2}, "gone"), odd = Decision::refuse(354, {}, "odd");
  const std::string head = "EHLO c\r\n" + kMail + kRcpt;
  const auto with = [](Decision Effects::*what, const Decision& d) { Effects e; e.*what = d; return e; };
  BOOST_TEST(play("EHLO c\r\nQUIT\r\n", with(&Effects::connect, no)) == "554 503 221 closed");
  BOOST_TEST(play("EHLO c\r\n", with(&Effects::connect, later)) == "421 closed");
  BOOST_TEST(play(head, with(&Effects::sender, no)) == "220 250 550 503");
  BOOST_TEST(play(head, with(&Effects::sender, later)) == "220 250 451 503");
  BOOST_TEST(play(head, with(&Effects::sender, gone)) == "220 250 421 closed");
  BOOST_TEST(play(head, with(&Effects::sender, odd)) == "220 250 451 503");
  BOOST_TEST(play(head + "DATA\r\n", with(&Effects::recipient, no)) == "220 250 250 550 554");
  BOOST_TEST(play(head + "DATA\r\nQUIT\r\n", with(&Effects::recipient, no)) == "220 250 250 550 554 closed");  // may be content
  BOOST_TEST(play(head + "DATA\r\n", with(&Effects::receive, later)) == "220 250 250 250 451");
  BOOST_TEST(play(kFull, with(&Effects::submit, no)) == "220 250 250 250 354 550 221 closed +1");
  BOOST_TEST(play(kFull, with(&Effects::submit, later)) == "220 250 250 250 354 451 221 closed +1");
  BOOST_TEST(play(head + "BDAT 4 LAST\r\nNOOPNOOP\r\n", with(&Effects::receive, later)) == "220 250 250 250 451 250");
  BOOST_TEST(play(head + "BDAT 4\r\nNOOPBDAT 4 LAST\r\nQUITNOOP\r\n", with(&Effects::receive, later)) == "220 250 250 250 451 503 250");
}

BOOST_AUTO_TEST_CASE(an_answer_out_of_turn_is_a_bug) {
  Session s(config_of(Kind::mx));
  std::string_view none;
  BOOST_CHECK_THROW(s.on_sender({}), std::logic_error);
  (void)s.next(none);
  BOOST_CHECK_THROW((void)s.next(none), std::logic_error);
  BOOST_CHECK_THROW(s.on_submit({}), std::logic_error);
}

BOOST_AUTO_TEST_CASE(commands_out_of_order) {
  BOOST_TEST(play(kMail) == "220 503");
  BOOST_TEST(play("EHLO c\r\n" + kRcpt + "DATA\r\n") == "220 250 503 503");
  BOOST_TEST(play("EHLO c\r\n" + kMail + kMail) == "220 250 250 503");
  BOOST_TEST(play("EHLO c\r\n" + kMail + "DATA\r\n") == "220 250 250 503");
  BOOST_TEST(play("EHLO c\r\n" + kMail + "RSET\r\n" + kRcpt) == "220 250 250 250 503");
  BOOST_TEST(play("EHLO c\r\n" + kMail + "EHLO c\r\n" + kRcpt) == "220 250 250 250 503");
  BOOST_TEST(play("HELO c\r\nMAIL FROM:<a@b.vn> SIZE=1\r\n") == "220 250 555");
  BOOST_TEST(play("EHLO c\r\nVRFY x\r\nEXPN x\r\nHELP\r\n") == "220 250 252 502 214");
  BOOST_TEST(play("EHLO c\r\n" + kMail + kRcpt + "BDAT 2\r\n\r\nDATA\r\n") == "220 250 250 250 250 503");
}

BOOST_AUTO_TEST_CASE(bdat_carries_a_message_and_never_leaks_into_commands) {
  const std::string head = "EHLO c\r\n" + kMail + kRcpt;
  for (std::size_t piece = 1; piece < 12; ++piece) {
    BOOST_TEST(play(head + "BDAT 3\r\na\r\nBDAT 5 LAST\r\n.\r\nb\nQUIT\r\n", {}, Kind::mx, piece) == "220 250 250 250 250 550 closed");
    BOOST_TEST(play(head + "BDAT 3\r\na\r\nBDAT 0 LAST\r\nQUIT\r\n", {}, Kind::mx, piece) == "220 250 250 250 250 250 221 closed +1");
    BOOST_TEST(play("EHLO c\r\nBDAT 6\r\nQUIT\r\nNOOP\r\n", {}, Kind::mx, piece) == "220 250 503 250");
  }
  BOOST_TEST(play(head + "BDAT 18446744073709551615\r\n") == "220 250 250 250 552 closed");
  BOOST_TEST(play(head + "BDAT x\r\nQUIT\r\n") == "220 250 250 250 501 closed");
  Limits l;
  l.message = 10;
  BOOST_TEST(play(head + "BDAT 8\r\n12345678BDAT 4 LAST\r\nQUITNOOP\r\n" + kMail, {}, Kind::mx, 0, l) == "220 250 250 250 250 552 250 250");
  BOOST_TEST(play(head + "BDAT 8\r\n12345678BDAT 18446744073709551615 LAST\r\n", {}, Kind::mx, 0, l) == "220 250 250 250 250 552 closed");
}

BOOST_AUTO_TEST_CASE(limits_end_in_a_clear_reply) {
  Limits l;
  l.errors = 3, l.idle_commands = 6, l.recipients = 2, l.message = 10, l.discard = 100;
  BOOST_TEST(play("X\r\nX\r\nX\r\nX\r\n", {}, Kind::mx, 0, l) == "220 500 500 500 421 closed");
  BOOST_TEST(play("NOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\nNOOP\r\n", {}, Kind::mx, 0, l) == "220 250 250 250 250 250 250 421 closed");
  BOOST_TEST(play("EHLO c\r\n" + kMail + kRcpt + kRcpt + kRcpt, {}, Kind::mx, 0, l) == "220 250 250 250 250 452");
  BOOST_TEST(play("EHLO c\r\nMAIL FROM:<a@b.vn> SIZE=11\r\n", {}, Kind::mx, 0, l) == "220 250 552");
  const std::string head = "EHLO c\r\n" + kMail + kRcpt + "DATA\r\n";
  BOOST_TEST(play(head + "12345678901\r\n.\r\nNOOP\r\n", {}, Kind::mx, 0, l) == "220 250 250 250 354 552 250");
  BOOST_TEST(play(head + std::string(500, 'a'), {}, Kind::mx, 50, l) == "220 250 250 250 354 552 closed");
  BOOST_TEST(play(std::string(3000, 'a') + "\r\nNOOP\r\n") == "220 500 250");
  BOOST_TEST(play(std::string(80000, 'a')) == "220 421 closed");
}

BOOST_AUTO_TEST_CASE(bare_line_ends_drop_the_connection) {
  BOOST_TEST(play("EHLO c\nQUIT\r\n") == "220 550 closed");
  for (const std::string end : {"\n.\n", "\n.\r\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r\r\n.\r\r\n"}) {
    BOOST_TEST(play("EHLO c\r\n" + kMail + kRcpt + "DATA\r\na" + end + kMail + kRcpt + "DATA\r\nevil\r\n.\r\n") ==
               "220 250 250 250 354 550 closed");
  }
}

BOOST_AUTO_TEST_CASE(starttls_forgets_everything_and_takes_no_bytes_behind_it) {
  BOOST_TEST(play("EHLO c\r\nSTARTTLS\r\nEHLO d\r\n", {}, Kind::submission) == "220 250 554 closed");
  Driver d(config_of(Kind::submission));
  d.feed("EHLO c\r\n");
  const std::string before = d.take();
  BOOST_TEST(before.find("STARTTLS") != std::string::npos);
  BOOST_TEST(before.find("AUTH") == std::string::npos);
  d.feed("AUTH PLAIN AGEAYg==\r\nMAIL FROM:<a@b.vn>\r\n");
  BOOST_TEST(codes(d.take()) == "538 530");
  d.feed("STARTTLS\r\n");
  BOOST_TEST(codes(d.take()) == "220");
  d.feed(kMail);
  BOOST_TEST(codes(d.take()) == "503");
  d.feed("EHLO c\r\n");
  const std::string after = d.take();
  BOOST_TEST(after.find("STARTTLS") == std::string::npos);
  BOOST_TEST(after.find("AUTH PLAIN LOGIN") != std::string::npos);
  d.feed("STARTTLS\r\n" + kMail);
  BOOST_TEST(codes(d.take()) == "503 530");
  Effects broken;
  broken.tls_ok = false;
  BOOST_TEST(play("EHLO c\r\nSTARTTLS\r\n", broken, Kind::mx) == "220 250 220 closed");
}

BOOST_AUTO_TEST_CASE(authentication_in_all_its_ways) {
  Effects login;
  login.challenge = "Password:";
  Driver d(config_of(Kind::submissions), login);
  d.feed("EHLO c\r\nAUTH PLAIN\r\n");
  BOOST_TEST(d.take().ends_with("334 UGFzc3dvcmQ6\r\n"));
  d.feed("AGEAYg==\r\n" + kMail);
  BOOST_TEST(codes(d.take()) == "235 250");
  BOOST_TEST(d.session.identity() == "an@songla.gov.vn");
  BOOST_TEST(d.responses.at(1).size() == 4u);
  d.feed("RSET\r\nAUTH PLAIN\r\n");
  BOOST_TEST(codes(d.take()) == "250 503");
  BOOST_TEST(play("EHLO c\r\nAUTH PLAIN\r\n*\r\n", login, Kind::submissions) == "220 250 334 501");
  BOOST_TEST(play("EHLO c\r\nAUTH PLAIN\r\n!!\r\nNOOP\r\n", login, Kind::submissions) == "220 250 334 501 250");
  BOOST_TEST(play("EHLO c\r\nAUTH PLAIN\r\n" + std::string(12000, 'A') + "\r\n", login, Kind::submissions) == "220 250 334 500");
  BOOST_TEST(play("EHLO c\r\nAUTH PLAIN\r\n" + std::string(20000, 'A') + "\r\n", login, Kind::submissions) == "220 250 334 500");
  BOOST_TEST(play("EHLO c\r\nAUTH CRAM-MD5\r\n", {}, Kind::submissions) == "220 250 504");
  BOOST_TEST(play("EHLO c\r\nAUTH PLAIN\r\n", {}, Kind::mx) == "220 250 502");
  Effects bad;
  bad.auth = AuthFailed{};
  const std::string again = "AUTH PLAIN AGEAYg==\r\n";
  BOOST_TEST(play("EHLO c\r\n" + again + kMail + again + again, bad, Kind::submissions) == "220 250 535 530 535 535 421 closed");
  bad.auth = AuthFailed{true};
  BOOST_TEST(play("EHLO c\r\n" + again, bad, Kind::submissions) == "220 250 454");
}

BOOST_AUTO_TEST_CASE(utf8_texts_only_for_who_asked) {
  Effects e;
  e.recipient = Decision::refuse(550, {5, 7, 1}, "Từ chối", "Refused");
  Driver d(config_of(Kind::mx), e);
  d.feed("EHLO c\r\n" + kMail + kRcpt + "RSET\r\n");
  BOOST_TEST(d.take().find("550 5.7.1 Refused\r\n") != std::string::npos);
  d.feed("MAIL FROM:<ă@b.vn> SMTPUTF8\r\nRCPT TO:<ệ@b.vn>\r\n");
  BOOST_TEST(d.take().find("550 5.7.1 Từ chối\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(shutting_down_says_421_in_any_state) {
  Driver d(config_of(Kind::mx));
  d.feed("EHLO c\r\n");
  d.session.shut_down("Stopping");
  d.feed("");
  BOOST_TEST(d.closed);
  BOOST_TEST(codes(d.take()).ends_with("421"));
}

BOOST_AUTO_TEST_SUITE_END()
