// The live server: delivery, authentication, hostile clients, time-outs, stop.
#include <thread>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "tests/smtp/driver/support.hpp"

using namespace smtp_test;

namespace {

void begin(LineClient& c) {
  BOOST_TEST(c.reply().substr(0, 3) == "220");
  BOOST_TEST(c.ask("EHLO may.vidu.vn").substr(0, 3) == "250");
}
void address(LineClient& c, const std::string& to = "an@songla.gov.vn") {
  BOOST_TEST(c.ask("MAIL FROM:<a@vidu.vn>").substr(0, 3) == "250");
  BOOST_TEST(c.ask("RCPT TO:<" + to + ">").substr(0, 3) == "250");
}
std::string deliver(LineClient& c, const std::string& text) {
  address(c);
  BOOST_TEST(c.ask("DATA").substr(0, 3) == "354");
  return c.ask(text + "\r\n.");
}
struct Lines {  // of the log
  std::mutex mutex;
  std::string text;
  Lines() {
    base::set_log_sink([this](std::string_view line) {
      const std::lock_guard lock(mutex);
      text.append(line).append("\n");
    });
  }
  ~Lines() { base::set_log_sink({}); }
  bool has(std::string_view what) {
    const std::lock_guard lock(mutex);
    return text.find(what) != std::string::npos;
  }
};

// SCRAM-SHA-256 as a client does it (RFC 5802 3); empty when the server's signature does not hold.
std::string scram(LineClient& c, const std::string& user, const std::string& password) {
  const std::string bare = "n=" + user + ",r=clientnonce";
  std::string got = c.ask("AUTH SCRAM-SHA-256 " + base::base64_encode("n,," + bare));
  if (got.substr(0, 4) != "334 ") return got;
  const std::string first = *base::base64_decode(got.substr(4));
  const std::string nonce = first.substr(2, first.find(',') - 2);
  const std::size_t s = first.find(",s=") + 3, i = first.find(",i=");
  const std::string salt = *base::base64_decode(first.substr(s, i - s));
  const auto salted = base::pbkdf2_sha256(password, salt, unsigned(std::stoul(first.substr(i + 3))));
  const auto view = [](const base::Digest& d) { return std::string(reinterpret_cast<const char*>(d.data()), d.size()); };
  const base::Digest key = base::hmac_sha256(view(salted), "Client Key");
  const std::string without = "c=biws,r=" + nonce;
  const std::string message = bare + "," + first + "," + without;
  const base::Digest signature = base::hmac_sha256(view(base::sha256(view(key))), message);
  std::string proof = view(key);
  for (std::size_t n = 0; n < proof.size(); ++n) proof[n] = char(proof[n] ^ char(signature[n]));
  got = c.ask(base::base64_encode(without + ",p=" + base::base64_encode(proof)));
  if (got.substr(0, 4) != "334 ") return got;
  const std::string server = view(base::hmac_sha256(view(base::hmac_sha256(view(salted), "Server Key")), message));
  if (*base::base64_decode(got.substr(4)) != "v=" + base::base64_encode(server)) return {};
  return c.ask("");
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(server, Live)

BOOST_AUTO_TEST_CASE(a_message_arrives_with_its_trace) {
  Lines log;
  LineClient c(runtime, listen(proto::Kind::mx));
  begin(c);
  for (const char* word : {"SIZE ", "PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES", "STARTTLS"}) {
    BOOST_TEST(c.all.find(word) != std::string::npos, word);
  }
  BOOST_TEST(c.all.find("AUTH") == std::string::npos);
  BOOST_TEST(deliver(c, "Subject: x\r\n\r\n..dot\r\nmật khẩu").substr(0, 9) == "250 2.0.0");
  const auto got = backend.mails();
  BOOST_REQUIRE(got.size() == 1u);
  BOOST_TEST(got[0].bytes == "Subject: x\r\n\r\n.dot\r\nmật khẩu\r\n");
  const smtp::Envelope& e = got[0].envelope;
  BOOST_TEST(e.sender == "a@vidu.vn");
  BOOST_TEST(e.eight_bit);
  BOOST_REQUIRE(e.recipients.size() == 1u);
  BOOST_TEST(e.recipients[0].address == "an@songla.gov.vn");
  BOOST_TEST(e.recipients[0].local);
  BOOST_TEST(e.prefix.starts_with("Received: from may.vidu.vn"));
  BOOST_TEST(e.prefix.find("127.0.0.1") != std::string::npos);
  BOOST_TEST(e.prefix.ends_with("\r\n"));
  BOOST_TEST(log.has("event=smtp_accepted"));
  BOOST_TEST(!log.has("dot"));  // no content
}

BOOST_AUTO_TEST_CASE(a_pipelined_group_and_chunks_and_utf8_addresses) {
  LineClient c(runtime, listen(proto::Kind::mx));
  begin(c);
  c.send("MAIL FROM:<bình@vidu.vn> SMTPUTF8 BODY=8BITMIME\r\nRCPT TO:<an@songla.gov.vn>\r\nRCPT TO:<an@songla.gov.vn>\r\n"
         "BDAT 5\r\nA: b\rBDAT 3 LAST\r\n\n\r\n");
  for (const char* code : {"250 2.1.0", "250 2.1.5", "250 2.1.5", "250 2.0.0", "250 2.0.0"}) BOOST_TEST(c.reply().substr(0, 9) == code);
  const auto got = backend.mails();
  BOOST_REQUIRE(got.size() == 1u);
  BOOST_TEST(got[0].bytes == "A: b\r\n\r\n");
  BOOST_TEST(got[0].envelope.smtputf8);
  BOOST_TEST(got[0].envelope.recipients.size() == 1u);  // the repetition is dropped
}

BOOST_AUTO_TEST_CASE(starttls_forgets_and_injection_ends_the_connection) {
  const auto port = listen(proto::Kind::mx);
  LineClient c(runtime, port);
  begin(c);
  BOOST_TEST(c.ask("STARTTLS").substr(0, 3) == "220");
  BOOST_REQUIRE(c.start_tls());
  BOOST_TEST(c.ask("MAIL FROM:<a@vidu.vn>").substr(0, 3) == "503");
  BOOST_TEST(c.ask("EHLO may").substr(0, 3) == "250");
  BOOST_TEST(c.all.find("STARTTLS") == std::string::npos);
  BOOST_TEST(deliver(c, "A: b").substr(0, 3) == "250");
  BOOST_TEST(backend.mails().at(0).envelope.client.cipher.starts_with("TLSv1.3"));
  LineClient evil(runtime, port);
  begin(evil);
  BOOST_TEST(evil.ask("STARTTLS\r\nMAIL FROM:<evil@vidu.vn>").substr(0, 3) == "554");
  BOOST_TEST(evil.closed());
}

BOOST_AUTO_TEST_CASE(truncated_or_missing_tls_does_no_harm) {
  const auto port = listen(proto::Kind::submissions);
  LineClient plain_text(runtime, port);
  plain_text.send("EHLO c\r\n");
  std::string line;
  while (plain_text.line(line)) BOOST_TEST(line.substr(0, 1) != "2");
  {
    LineClient gone(runtime, port);
    gone.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  }
  LineClient c(runtime, port);
  BOOST_REQUIRE(c.start_tls());
  begin(c);
}

BOOST_AUTO_TEST_CASE(three_mechanisms_log_in) {
  backend.add_login("an@songla.gov.vn", "Mật khẩu 1");
  backend.remote.insert("x@xa.vn");
  const auto port = listen(proto::Kind::submission);
  for (const std::string& mechanism : options.mechanisms) {
    Lines log;
    LineClient c(runtime, port);
    begin(c);
    BOOST_TEST(c.ask("MAIL FROM:<an@songla.gov.vn>").substr(0, 3) == "530");
    BOOST_TEST(c.ask(plain("an@songla.gov.vn", "Mật khẩu 1")).substr(0, 3) == "538");
    BOOST_TEST(c.ask("STARTTLS").substr(0, 3) == "220");
    BOOST_REQUIRE(c.start_tls());
    (void)c.ask("EHLO may");
    BOOST_TEST(c.all.find("AUTH SCRAM-SHA-256 PLAIN LOGIN") != std::string::npos);
    std::string end;
    if (mechanism == "PLAIN") {
      end = c.ask(plain("an@songla.gov.vn", "Mật khẩu 1"));
    } else if (mechanism == "LOGIN") {
      BOOST_TEST(c.ask("AUTH LOGIN").substr(0, 3) == "334");
      BOOST_TEST(c.ask(base::base64_encode("an@songla.gov.vn")).substr(0, 3) == "334");
      end = c.ask(base::base64_encode("Mật khẩu 1"));
    } else {
      end = scram(c, "an@songla.gov.vn", "Mật khẩu 1");
    }
    BOOST_TEST(end.substr(0, 9) == "235 2.7.0", mechanism << ": " << end);
    address(c, "x@xa.vn");
    BOOST_TEST(log.has("event=smtp_auth "));
    BOOST_TEST(!log.has("khẩu 1"));
  }
}

BOOST_AUTO_TEST_CASE(wrong_passwords_are_alike_limited_and_logged) {
  backend.add_login("an@songla.gov.vn", "đúng");
  guard_options.pair_limit = 4;
  options.limits.auth_failures = 2;
  const auto port = listen(proto::Kind::submissions);
  std::map<std::string, std::string> said;
  Lines log;
  for (const std::string user : {"an@songla.gov.vn", "khong.co@songla.gov.vn"}) {
    for (int round = 0; round < 3; ++round) {
      LineClient c(runtime, port);
      BOOST_REQUIRE(c.start_tls());
      begin(c);
      said[user] += c.ask(plain(user, "sai")) + "|";
      said[user] += c.ask(plain(user, "sai")) + "|";
    }
  }
  BOOST_TEST(said.begin()->second == said.rbegin()->second);
  BOOST_TEST(said.begin()->second.starts_with("535 5.7.8"));
  BOOST_TEST(said.begin()->second.find("454 4.7.0") != std::string::npos);
  BOOST_TEST(log.has("event=smtp_auth_failed"));
  BOOST_TEST(log.has("wrong_password"));
  LineClient c(runtime, port);  // the right one is not looked at while the limit holds, and is again later
  BOOST_REQUIRE(c.start_tls());
  begin(c);
  BOOST_TEST(c.ask(plain("an@songla.gov.vn", "đúng")).substr(0, 3) == "454");
  clock.advance(std::chrono::hours(2));
  BOOST_TEST(c.ask(plain("an@songla.gov.vn", "đúng")).substr(0, 3) == "235");
}

BOOST_AUTO_TEST_CASE(refusals_keep_their_codes_and_texts) {
  backend.unknown.insert("ai@songla.gov.vn");
  backend.remote.insert("x@xa.vn");
  backend.content = proto::Decision::refuse(550, {5, 7, 1}, "Dấu MẬT", "Dau MAT");
  LineClient c(runtime, listen(proto::Kind::mx));
  begin(c);
  BOOST_TEST(c.ask("MAIL FROM:<a@vidu.vn>").substr(0, 3) == "250");
  BOOST_TEST(c.ask("RCPT TO:<ai@songla.gov.vn>") == "550 5.1.1 No such user");
  BOOST_TEST(c.ask("RCPT TO:<x@xa.vn>") == "550 5.7.1 Relaying denied");
  BOOST_TEST(c.ask("RCPT TO:<postmaster>").substr(0, 3) == "250");
  BOOST_TEST(c.ask("DATA").substr(0, 3) == "354");
  BOOST_TEST(c.ask("A: b\r\n.") == "550 5.7.1 Dau MAT");
  BOOST_TEST(backend.mails().at(0).envelope.recipients.at(0).address == "postmaster@mx.songla.gov.vn");
}

BOOST_AUTO_TEST_CASE(a_backend_that_fails_is_a_temporary_refusal) {
  const auto port = listen(proto::Kind::mx);
  LineClient c(runtime, port);
  begin(c);
  backend.throws = true;
  BOOST_TEST(c.ask("MAIL FROM:<a@vidu.vn>").substr(0, 3) == "451");
  backend.throws = false;
  backend.drops = true;
  BOOST_TEST(deliver(c, "A: b").substr(0, 3) == "451");
  backend.drops = false;
  BOOST_TEST(deliver(c, "A: b").substr(0, 3) == "250");
}

BOOST_AUTO_TEST_CASE(a_loop_is_refused) {
  LineClient c(runtime, listen(proto::Kind::mx));
  begin(c);
  std::string hops;
  for (unsigned i = 0; i <= proto::kMaxHops; ++i) hops += "Received: from a by b\r\n";
  BOOST_TEST(deliver(c, hops + "\r\nx").substr(0, 9) == "554 5.4.6");
  BOOST_TEST(backend.mails().empty());
}

BOOST_AUTO_TEST_CASE(long_lines_and_endless_errors_end_the_connection) {
  options.limits.errors = 5;
  const auto port = listen(proto::Kind::mx);
  LineClient c(runtime, port);
  begin(c);
  BOOST_TEST(c.ask("NOOP " + std::string(5000, 'x')).substr(0, 9) == "500 5.5.6");
  for (int i = 0; i < 3; ++i) BOOST_TEST(c.ask("XYZZY").substr(0, 1) == "5");
  BOOST_TEST(c.ask("XYZZY").substr(0, 1) == "5");
  BOOST_TEST(c.reply().substr(0, 3) == "421");
  BOOST_TEST(c.closed());
  LineClient flood(runtime, port);
  begin(flood);
  flood.send(std::string(200'000, 'x'));
  BOOST_TEST(flood.reply().substr(0, 3) == "421");
}

BOOST_AUTO_TEST_CASE(unfinished_messages_are_bounded_in_all) {
  options.buffered = 4000;
  const auto port = listen(proto::Kind::mx);
  LineClient a(runtime, port), b(runtime, port);
  begin(a);
  begin(b);
  address(a);
  BOOST_TEST(a.ask("BDAT 5002\r\n" + std::string(5000, 'x')).substr(0, 3) == "250");
  address(b);
  BOOST_TEST(b.ask("DATA").substr(0, 9) == "452 4.3.1");
  BOOST_TEST(a.ask("RSET").substr(0, 3) == "250");
  BOOST_TEST(a.ask("NOOP").substr(0, 3) == "250");
  BOOST_TEST(deliver(b, "A: b").substr(0, 3) == "250");
}

BOOST_AUTO_TEST_CASE(silence_in_the_content_ends_the_connection) {
  options.data_timeout = 300ms;
  LineClient c(runtime, listen(proto::Kind::mx));
  begin(c);
  address(c);
  BOOST_TEST(c.ask("DATA").substr(0, 3) == "354");
  c.send("Subject: x\r\n");
  BOOST_TEST(c.reply().substr(0, 3) == "421");
  BOOST_TEST(c.closed());
  BOOST_TEST(backend.mails().empty());
}

BOOST_AUTO_TEST_CASE(a_directory_that_fails_is_no_wrong_password) {
  LineClient c(runtime, listen(proto::Kind::submissions));
  BOOST_REQUIRE(c.start_tls());
  begin(c);
  backend.throws = true;
  BOOST_TEST(c.ask(plain("an@songla.gov.vn", "x")).substr(0, 9) == "454 4.7.0");
}

BOOST_AUTO_TEST_CASE(dripping_octets_do_not_hold_a_connection) {
  options.command_timeout = 600ms;
  LineClient c(runtime, listen(proto::Kind::mx));
  begin(c);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 4; ++i) {
    c.send("N");
    std::this_thread::sleep_for(120ms);
  }
  BOOST_TEST(c.reply().substr(0, 3) == "421");
  BOOST_TEST((std::chrono::steady_clock::now() - began < 3s));
  BOOST_TEST(c.closed());
}

BOOST_AUTO_TEST_CASE(a_message_cut_off_is_no_message) {
  const auto port = listen(proto::Kind::mx);
  {
    LineClient c(runtime, port);
    begin(c);
    address(c);
    BOOST_TEST(c.ask("DATA").substr(0, 3) == "354");
    c.send("A: b\r\n\r\nhalf\r\n.");
  }
  LineClient next(runtime, port);
  begin(next);
  BOOST_TEST(deliver(next, "A: b").substr(0, 3) == "250");
  BOOST_TEST(backend.mails().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stop_says_421) {
  const auto port = listen(proto::Kind::mx);
  net::Runtime other(1);  // the client's, for this server's is being stopped
  other.start();
  LineClient late(other, port);
  BOOST_TEST(late.reply().substr(0, 3) == "220");
  std::thread stopper([&] { runtime.request_stop(); runtime.stop(3s); });
  BOOST_TEST(late.reply().substr(0, 9) == "421 4.3.2");
  stopper.join();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(auth_guard)

BOOST_AUTO_TEST_CASE(delays_grow_limits_hold_and_memory_is_bounded) {
  base::ManualClock clock{base::Time(1h)};
  base::AuthGuardOptions options;
  options.entries = 100;
  options.pair_limit = 3;
  options.address_limit = 6;
  base::AuthGuard guard(clock, options);
  BOOST_TEST(guard.failed("192.0.2.1", "an").count() == 1000);
  BOOST_TEST(guard.failed("192.0.2.1", "AN").count() == 2000);
  BOOST_TEST(guard.allowed("192.0.2.1", "an"));
  BOOST_TEST(guard.failed("192.0.2.1", "an").count() == 4000);
  BOOST_TEST(!guard.allowed("192.0.2.1", "an"));
  BOOST_TEST(guard.allowed("192.0.2.2", "an"));  // the official himself is not locked out
  BOOST_TEST(guard.allowed("192.0.2.1", "binh"));
  for (int i = 0; i < 3; ++i) (void)guard.failed("192.0.2.1", std::to_string(i));
  BOOST_TEST(!guard.allowed("192.0.2.1"));
  clock.advance(1h);
  BOOST_TEST(guard.allowed("192.0.2.1", "an"));
  (void)guard.failed("2001:db8:0:1::5", "an");
  (void)guard.failed("2001:db8:0:1::6", "an");
  (void)guard.failed("2001:db8:0:1:9::7", "an");
  BOOST_TEST(!guard.allowed("2001:db8:0:1::8", "an"));  // one /64
  guard.succeeded("2001:db8:0:1::8", "an");
  BOOST_TEST(guard.allowed("2001:db8:0:1::8", "an"));
  for (int i = 0; i < 500; ++i) (void)guard.failed("198.51.100." + std::to_string(i % 256), std::to_string(i));
  BOOST_TEST(guard.size() <= 100u);
}

BOOST_AUTO_TEST_SUITE_END()
