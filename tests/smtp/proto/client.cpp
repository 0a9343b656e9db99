#include "smtp/proto/client.hpp"
#include <boost/test/unit_test.hpp>
#include "tests/smtp/proto/driver.hpp"

using namespace smtp::testing;

namespace {
Outgoing mail(std::string_view content = "Subject: x\r\n\r\n.y\r\n") { return {"a@vidu.vn", {"b@songla.gov.vn", "c@songla.gov.vn"}, content, false}; }
ClientConfig config(TlsUse tls = TlsUse::opportunistic) { return {"mx.vidu.vn", tls, "", "", false}; }

// Client against our own server, `hide` cut out of its EHLO answer.
void converse(Client& c, Driver& d, const std::string& hide = "") {
  for (int turn = 0; turn < 1000; ++turn) {
    std::string wire = d.take();
    if (const auto at = hide.empty() ? std::string::npos : wire.find(hide); at != std::string::npos) wire.replace(at, hide.size(), "XX");
    std::string_view in = wire;
    for (;;) {
      const auto a = c.next(in);
      d.feed(c.take_output());
      if (a == Client::Action::done) return;
      if (a == Client::Action::start_tls) c.on_tls(true);
      if (a == Client::Action::read) break;
    }
    if (d.closed && d.output.empty()) return c.on_closed("closed");
  }
  BOOST_FAIL("endless");
}

// Fixed server text, given line by line; what the client said.
std::string script(Client& c, const std::vector<std::string>& server) {
  std::string said;
  for (const std::string& s : server) {
    std::string_view in = s;
    for (int i = 0; i < 1000; ++i) {
      const auto a = c.next(in);
      said += c.take_output();
      if (a == Client::Action::done) return said;
      if (a == Client::Action::start_tls) c.on_tls(true);
      if (a == Client::Action::read) break;
    }
  }
  c.on_closed("closed");
  return said;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(client)

BOOST_AUTO_TEST_CASE(delivers_to_our_own_server_in_every_dialect) {
  for (const std::string hide : {"", "CHUNKING", "PIPELINING", "STARTTLS", "SIZE"}) {
    Effects e;
    e.recipients["c@songla.gov.vn"] = Decision::refuse(550, {5, 1, 1}, "No such user");
    Driver d(config_of(Kind::mx), e);
    Client c(config(), mail());
    converse(c, d, hide);
    BOOST_TEST_REQUIRE(d.messages.size() == 1u, hide);
    BOOST_TEST(d.messages[0] == "Subject: x\r\n\r\n.y\r\n");
    BOOST_TEST(bool(c.results()[0].fate == Fate::delivered));
    BOOST_TEST(bool(c.results()[1].fate == Fate::permanent));
    BOOST_TEST(c.results()[1].enhanced.to_string() == "5.1.1");
    BOOST_TEST(c.tls() == (hide != "STARTTLS"));
  }
}

BOOST_AUTO_TEST_CASE(many_recipients_and_a_long_body_arrive_whole) {
  std::string body;
  for (int i = 0; i < 20000; ++i) body += i % 3 ? "line\r\n" : ".dot\r\n";
  for (const std::string hide : {"", "CHUNKING"}) {
    Outgoing m = mail(body);
    m.recipients.clear();
    for (int i = 0; i < 350; ++i) m.recipients.push_back("u" + std::to_string(i) + "@songla.gov.vn");
    Driver d(config_of(Kind::mx));
    Client c(config(), m);
    converse(c, d, hide);
    BOOST_TEST_REQUIRE(d.messages.size() == 1u);
    BOOST_TEST((d.messages[0] == body));
    BOOST_TEST(d.envelopes[0].recipients.size() == 350u);
    for (const auto& r : c.results()) BOOST_TEST(bool(r.fate == Fate::delivered));
  }
}

BOOST_AUTO_TEST_CASE(line_ends_are_normalised_so_that_nothing_can_be_smuggled_out) {
  BOOST_TEST(normalise_lines("a\n.\nb\r.\r\r\nc") == "a\r\n.\r\nb\r\n.\r\n\r\nc\r\n");
  BOOST_TEST(has_strict_lines("a\r\nb\r\n"));
  for (const char* bad : {"a\n", "a\r", "a\r\nb", "\r\r\n"}) BOOST_TEST(!has_strict_lines(bad));
  for (const std::string hide : {"", "CHUNKING"}) {
    Driver d(config_of(Kind::mx));
    Client c(config(), mail("a\n.\nMAIL FROM:<x@y.vn>\r\n.\r\n"));
    converse(c, d, hide);
    BOOST_TEST_REQUIRE(d.messages.size() == 1u);
    BOOST_TEST(d.messages[0] == "a\r\n.\r\nMAIL FROM:<x@y.vn>\r\n.\r\n");
  }
}

BOOST_AUTO_TEST_CASE(hostile_or_broken_servers_leave_every_recipient_temporary) {
  std::string endless;
  for (int i = 0; i < 100000; ++i) endless += "220-x\r\n";
  const std::vector<std::vector<std::string>> servers = {
      {}, {endless}, {std::string(200000, '2')}, {"hello\r\n"}, {"220 a\n"}, {"354 go\r\n"}, {"220 a\r\n221-b\r\n222 c\r\n"},
      {"220 a\r\n", "250-x\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"}, {"421 busy\r\n"}, {"450 no\r\n", "221 bye\r\n"},
      {"220 a\r\n", "250 x\r\n", "354 what\r\n"}, {"220 a\r\n", "250 x\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "250 no 354\r\n"},
      {"220 a\r\n", "250 x\r\n", "250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"}, {"220 a\r\n", "250 x\r\n250 y\r\n250 z\r\n250 z\r\n250 z\r\n"}};
  for (std::size_t i = 0; i < servers.size(); ++i) {
    Client c(config(), mail());
    (void)script(c, servers[i]);
    for (const auto& r : c.results()) BOOST_TEST(bool(r.fate == Fate::temporary), "server " << i << ": " << r.code << ' ' << r.text);
  }
}

BOOST_AUTO_TEST_CASE(refusals_reach_those_they_are_about) {
  const auto fate = [](std::vector<std::string> server) {
    Client c(config(), mail());
    (void)script(c, server);
    return std::pair(c.results()[0].fate, c.results()[1].fate);
  };
  using F = Fate;
  const std::string hi = "220 a\r\n", x = "250 x\r\n", ok = "250 ok\r\n", bye = "221 b\r\n";
  BOOST_TEST((fate({hi, x, "550 no\r\n", bye}) == std::pair(F::permanent, F::permanent)));
  BOOST_TEST((fate({hi, x, ok, ok, "451 later\r\n", "354 go\r\n", ok, bye}) == std::pair(F::delivered, F::temporary)));
  BOOST_TEST((fate({hi, x, ok, "552 many\r\n", "550 no\r\n", bye}) == std::pair(F::temporary, F::permanent)));
  BOOST_TEST((fate({hi, x, ok, ok, ok, "554 no\r\n", bye}) == std::pair(F::permanent, F::permanent)));
  BOOST_TEST((fate({hi, x, ok, ok, ok, "354 go\r\n", "452 full\r\n", bye}) == std::pair(F::temporary, F::temporary)));
  BOOST_TEST((fate({hi, "500 what\r\n", ok, ok, ok, ok, "354 go\r\n", ok}) == std::pair(F::delivered, F::delivered)));  // HELO
}

BOOST_AUTO_TEST_CASE(pipelined_data_without_recipients_gets_an_empty_message) {
  Client c(config(), mail());
  const std::string said = script(c, {"220 a\r\n", "250-x\r\n250 PIPELINING\r\n", "250 ok\r\n550 no\r\n550 no\r\n354 go\r\n", "554 none\r\n", "221 bye\r\n"});
  BOOST_TEST(said.ends_with("DATA\r\n.\r\nQUIT\r\n"));
  BOOST_TEST(bool(c.results()[0].fate == Fate::permanent));
}

BOOST_AUTO_TEST_CASE(what_the_server_cannot_take_is_not_sent) {
  const std::string x = "250-x\r\n250 SIZE 5\r\n";
  Client big(config(), mail()), wide(config(), mail("ệ\r\n")), address(config(), {"ă@b.vn", {"b@c.vn"}, "x\r\n", false});
  BOOST_TEST(script(big, {"220 a\r\n", x}).find("MAIL") == std::string::npos);
  BOOST_TEST(big.results()[0].enhanced.to_string() == "5.3.4");
  (void)script(wide, {"220 a\r\n", "250 x\r\n"});
  BOOST_TEST(wide.results()[0].enhanced.to_string() == "5.6.3");
  (void)script(address, {"220 a\r\n", "250 x\r\n"});
  BOOST_TEST(address.results()[0].enhanced.to_string() == "5.6.7");
  Client evil(config(), {"a@b.vn", {"b@c.vn>\r\nRCPT TO:<d@e.vn"}, "x\r\n", false});
  BOOST_TEST(script(evil, {"220 a\r\n", "250 x\r\n"}).find("RCPT") == std::string::npos);
  BOOST_TEST(bool(evil.results()[0].fate == Fate::permanent));
}

BOOST_AUTO_TEST_CASE(required_tls_is_never_given_up_and_passwords_need_it) {
  Client required(config(TlsUse::required), mail());
  BOOST_TEST(script(required, {"220 a\r\n", "250 x\r\n", "221 b\r\n"}).find("MAIL") == std::string::npos);
  BOOST_TEST(bool(required.results()[0].fate == Fate::temporary));
  ClientConfig relay = config();
  relay.user = "u", relay.password = "p";
  Client clear(relay, mail());
  BOOST_TEST(script(clear, {"220 a\r\n", "250 x\r\n", "221 b\r\n"}).find("AUTH") == std::string::npos);
  Client under(relay, mail());
  BOOST_TEST(script(under, {"220 a\r\n", "250-x\r\n250 STARTTLS\r\n", "220 go\r\n", "250-x\r\n250 AUTH PLAIN\r\n", "235 ok\r\n"}).find("AUTH PLAIN AHUAcA==\r\nMAIL") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
