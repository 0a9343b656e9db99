#include <boost/test/unit_test.hpp>
#include "smtp/proto/command.hpp"
#include "smtp/proto/received.hpp"

using namespace smtp::proto;
using namespace std::string_literals;

namespace {
int code(std::string_view line, bool utf8 = false) {
  auto p = parse_command(line, {utf8, 8192});
  return std::holds_alternative<Reply>(p) ? std::get<Reply>(p).code : 0;
}
template <class T>
T args(std::string_view line, bool utf8 = false) {
  return std::get<T>(std::get<Command>(parse_command(line, {utf8, 8192})).args);
}
}  // namespace

BOOST_AUTO_TEST_SUITE(grammar)

BOOST_AUTO_TEST_CASE(mailboxes_are_read_and_written_back) {
  for (const char* good : {"a@b.vn", "vanthu.so-vidu@songla.gov.vn", "a.b+c@x.vn", "\"a b\"@x.vn", "\"a\\\"b\"@x.vn", "a@[127.0.0.1]",
                           "a@[ipv6:2001:db8::1]", "user%other@us.vn", "other!user@us.vn", "\"user@other\"@us.vn"}) {
    const auto m = Mailbox::parse(good);
    BOOST_TEST_REQUIRE(m.has_value(), good);
    BOOST_TEST(m->to_string() == good);
    BOOST_TEST(bool(*Mailbox::parse(m->to_string()) == *m));
  }
  BOOST_TEST(Mailbox::parse("\"user@other\"@us.vn")->domain() == "us.vn");
  BOOST_TEST(Mailbox::parse("A.b@SongLa.GOV.vn")->to_string() == "A.b@songla.gov.vn");
}

BOOST_AUTO_TEST_CASE(what_is_no_mailbox_is_refused) {
  for (const std::string& bad : {""s, "a"s, "@b.vn"s, "a@"s, "a@b.vn."s, ".a@b.vn"s, "a.@b.vn"s, "a..b@c.vn"s, "a@b..vn"s, "a@-b.vn"s, "a@b-.vn"s,
                                 "a@b@c.vn"s, "user@other@us.vn"s, "a b@c.vn"s, "\"a@b.vn"s, "\"\"@b.vn"s, "\"a\"b@c.vn"s, "a@[1.2.3]"s,
                                 "a@[127.0.0.1"s, "a@[127.0.0.1]x"s, "a@b_c.vn"s, "a\0@b.vn"s, "a@b\0.vn"s, "a\r\n@b.vn"s, "\"a\r\"@b.vn"s,
                                 "a\x7f@b.vn"s, "a@b.vn\xe3\x80\x82" "evil.vn"s, "ệ@b.vn"s, "a@[\0]"s, std::string(65, 'a') + "@b.vn",
                                 "a@" + std::string(64, 'b') + ".vn", "a@" + std::string(300, 'b')}) {
    BOOST_TEST(!Mailbox::parse(bad).has_value(), bad);
  }
  for (const char* bad : {"a\xc0\xaf@b.vn", "a\xed\xa0\x80@b.vn", "a\xc2\x85@b.vn", "a\xe2\x80\xae@b.vn", "a@b\xef\xbc\x8evn", "a@b\xef\xbd\xa1vn"}) {
    BOOST_TEST(!Mailbox::parse(bad, Utf8::yes).has_value(), bad);
  }
}

BOOST_AUTO_TEST_CASE(utf8_only_when_the_transaction_asked_for_it) {
  BOOST_TEST(Mailbox::parse("văn.thư@songla.gov.vn", Utf8::yes)->local() == "văn.thư");
  BOOST_TEST(code("MAIL FROM:<văn.thư@songla.gov.vn>") == 553);
  BOOST_TEST(code("MAIL FROM:<văn.thư@songla.gov.vn> SMTPUTF8") == 0);
  BOOST_TEST(code("RCPT TO:<văn.thư@songla.gov.vn>") == 553);
  BOOST_TEST(code("RCPT TO:<văn.thư@songla.gov.vn>", true) == 0);
  BOOST_TEST(Mailbox::parse("a@tỉnh.vn", Utf8::yes)->domain().starts_with("xn--"));
}

BOOST_AUTO_TEST_CASE(paths_drop_source_routes_and_know_null_and_postmaster) {
  BOOST_TEST(args<Mail>("MAIL FROM:<>").from.null());
  BOOST_TEST(code("RCPT TO:<>") == 501);
  BOOST_TEST(args<Rcpt>("rcpt to:<POSTMASTER>").to.postmaster());
  BOOST_TEST(code("MAIL FROM:<postmaster>") == 501);
  BOOST_TEST(args<Rcpt>("RCPT TO:<@us.vn,@b.vn:user@other.vn>").to.mailbox().domain() == "other.vn");
  for (const char* bad : {"RCPT TO:<@us.vn>", "RCPT TO:<@us.vn:>", "RCPT TO:<@:a@b.vn>", "RCPT TO:<us.vn:a@b.vn>", "RCPT TO:a@b.vn",
                          "RCPT TO:<a@b.vn", "RCPT TO:<a@b.vn>x", "RCPT TO:<<a@b.vn>>", "RCPT TO:", "RCPT", "RCPT FROM:<a@b.vn>"}) {
    BOOST_TEST(code(bad) == 501, bad);
  }
  BOOST_TEST(args<Rcpt>("RCPT TO:<\"a>b\"@c.vn>").to.mailbox().local() == "a>b");
}

BOOST_AUTO_TEST_CASE(parameters) {
  const Mail m = args<Mail>("MAIL FROM:<a@b.vn> SIZE=18446744073709551615 BODY=8bitmime SMTPUTF8 AUTH=e+2Bs@b.vn RET=HDRS ENVID=Q+2B1");
  BOOST_TEST(*m.size == UINT64_MAX);
  BOOST_TEST(bool(m.body == Body::eight_bit));
  BOOST_TEST(m.smtputf8);
  BOOST_TEST(*m.auth == "e+s@b.vn");
  BOOST_TEST(m.envid == "Q+1");
  const Rcpt r = args<Rcpt>("RCPT TO:<a@b.vn> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@c.vn");
  BOOST_TEST((r.notify.success && r.notify.delay && !r.notify.failure));
  BOOST_TEST(r.orcpt == "a+b@c.vn");
  for (const char* bad : {"SIZE=18446744073709551616", "SIZE=-1", "SIZE=", "SIZE", "SIZE=1 SIZE=2", "BODY=BINARYMIME", "BODY", "SMTPUTF8=1", "X",
                          "AUTH=a+0Ab@c.vn", "RET=ALL", "ENVID=a+0D+0A", "ENVID=+2b", "=1", "-A=1"}) {
    BOOST_TEST(code("MAIL FROM:<a@b.vn> "s + bad) == 555, bad);
  }
  for (const char* bad : {"NOTIFY=NEVER,FAILURE", "NOTIFY=", "ORCPT=rfc822;a+00b", "ORCPT=;a", "ORCPT=rfc822", "SIZE=1"}) {
    BOOST_TEST(code("RCPT TO:<a@b.vn> "s + bad) == 555, bad);
  }
}

BOOST_AUTO_TEST_CASE(other_commands) {
  BOOST_TEST(args<Bdat>("BDAT 5 last").last);
  for (const char* bad : {"BDAT", "BDAT x", "BDAT 18446744073709551616", "BDAT 1 LASTX", "BDAT -1", "BDAT 1  LAST"}) BOOST_TEST(code(bad) == 501, bad);
  BOOST_TEST(*args<Auth>("auth plain AGEAYg==").initial == "\0a\0b"s);
  BOOST_TEST(*args<Auth>("AUTH PLAIN =").initial == "");
  BOOST_TEST(!args<Auth>("AUTH LOGIN").initial);
  BOOST_TEST(code("AUTH") == 501);
  BOOST_TEST(code("AUTH PLAIN ***") == 501);
  BOOST_TEST(code("AUTH PLAIN " + std::string(11000, 'A')) == 500);
  BOOST_TEST(code("STARTTLS now") == 501);
  BOOST_TEST(code("EHLO") == 501);
  BOOST_TEST(code("EHLO a b") == 501);
  BOOST_TEST(code("EHLO a\tb") == 501);
  BOOST_TEST(code("EHLO [192.168.1.2]") == 0);
  BOOST_TEST(code("NOOP\x01") == 500);
  BOOST_TEST(code("NOOP a\x01") == 501);
  BOOST_TEST(code("") == 500);
  BOOST_TEST(code("GET / HTTP/1.1") == 500);
}

BOOST_AUTO_TEST_CASE(every_prefix_and_every_byte_changed_is_safe) {
  for (const std::string line : {"MAIL FROM:<@a.vn:\"x\\\"y\"@songla.gov.vn> SIZE=10 BODY=8BITMIME SMTPUTF8 AUTH=<> ENVID=+41",
                                 "RCPT TO:<a@[IPv6:::1]> NOTIFY=NEVER ORCPT=rfc822;x", "AUTH PLAIN AGEAYg==", "BDAT 123 LAST"}) {
    for (std::size_t i = 0; i <= line.size(); ++i) (void)parse_command(std::string_view(line).substr(0, i));
    for (std::size_t i = 0; i < line.size(); ++i) {
      for (int c = 0; c < 256; ++c) {
        std::string changed = line;
        changed[i] = char(c);
        const auto p = parse_command(changed);
        if (c < 0x20 || c == 0x7f) BOOST_TEST(std::holds_alternative<Reply>(p));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(replies_carry_no_injection) {
  BOOST_TEST(to_wire(Reply(550, {5, 1, 1}, "a\r\n250 ok\0\x1b[1m\xc3"s)) == "550 5.1.1 a??250 ok??[1m?\r\n");
  BOOST_TEST(to_wire(Reply(250, {}, "Sở")) == "250 S?\r\n");
  BOOST_TEST(to_wire(Reply(250, {}, "Sở"), Charset::utf8) == "250 Sở\r\n");
  BOOST_TEST(to_wire(Reply(250, {}, std::string(2000, 'a'))).size() <= 512);
  Reply many(250, {2, 0, 0}, "a");
  many.lines.push_back("b");
  BOOST_TEST(to_wire(many) == "250-2.0.0 a\r\n250 2.0.0 b\r\n");
}

BOOST_AUTO_TEST_CASE(reply_parser_is_bounded_and_exact) {
  ReplyParser p;
  BOOST_TEST(!*p.line("250-2.1.0 a"));
  BOOST_TEST(*p.line("250 2.1.0 b"));
  const Reply r = p.take();
  BOOST_TEST(r.enhanced.to_string() == "2.1.0");
  BOOST_TEST(r.lines.at(1) == "b");
  BOOST_TEST(*p.line("354"));
  (void)p.take();
  for (const char* bad : {"", "25", "999 x", "250x", "HTTP/1.1 200", "150 x"}) BOOST_TEST(!p.line(bad), bad);
  BOOST_TEST(!*p.line("250-a"));
  BOOST_TEST(!p.line("251 b"));
  ReplyParser endless;
  bool stopped = false;
  for (int i = 0; i < 1000 && !stopped; ++i) stopped = !endless.line("250-x");
  BOOST_TEST(stopped);
}

BOOST_AUTO_TEST_CASE(trace_fields_are_built_and_sanitised) {
  Trace t{"pc1) (x", "192.0.2.1", "", "mx.songla.gov.vn", "42", "TLSv1.3 (X)", "b@songla.gov.vn", "Sun, 22 Nov 2026 10:00:00 +0700"};
  t.tls = t.authenticated = true;
  BOOST_TEST(received(t) == "Received: from pc1___x ([192.0.2.1])\r\n\t(using TLSv1.3 _X_)\r\n\tby mx.songla.gov.vn with ESMTPSA id 42\r\n"
                            "\tfor <b@songla.gov.vn>;\r\n\tSun, 22 Nov 2026 10:00:00 +0700\r\n");
  t.utf8 = true;
  BOOST_TEST(with_protocol(t) == "UTF8SMTPSA");
  t.hello = "a\r\nX-Evil: 1";
  t.recipient = "a>\r\nX: 1@b.vn";
  BOOST_TEST(received(t).find("\r\nX") == std::string::npos);
  BOOST_TEST(return_path(ReversePath()) == "Return-Path: <>\r\n");
  BOOST_TEST(count_received("Received: a\r\n b\r\nreceived: c\r\nX: 1\r\n\r\nReceived: no\r\n") == 2u);
  BOOST_TEST(count_received("") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
