// Framing: lines, literals, limits, and never a literal byte read as a command (ATTACKS I1, I2).
#include "imap/proto/framer.hpp"

#include <boost/test/unit_test.hpp>

using namespace imap::proto;
using K = Frame::Kind;

namespace {
struct Seen { K kind; std::string text; std::vector<std::string> messages; };
// Feeds in pieces of `step` bytes and collects what comes out.
std::vector<Seen> run(std::string_view in, std::size_t step, FramerLimits limits) {
  Framer f(limits);
  std::vector<Seen> out;
  const auto drain = [&] {
    for (;;) {
      Frame r = f.next();
      if (r.kind == K::need_more) return true;
      if (r.kind != K::continuation) out.push_back({r.kind, std::string(r.text), std::move(r.messages)});
      if (r.kind == K::close) return false;
    }
  };
  for (; !in.empty(); in.remove_prefix(std::min(step, in.size()))) {
    f.feed(in.substr(0, step));
    if (!drain()) break;
  }
  return out;
}
std::vector<Seen> run(std::string_view in, std::size_t step = 1u << 20) { return run(in, step, FramerLimits::authenticated(1000)); }
K last(std::string_view in) {
  auto r = run(in);
  return r.empty() ? K::need_more : r.back().kind;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(framer_suite)

BOOST_AUTO_TEST_CASE(any_split_gives_the_same_commands) {
  const std::string body(300, 'x');
  const std::string in = "a NOOP\r\nb LOGIN {4+}\r\nu\r\nu {0+}\r\n\r\nc APPEND {5+}\r\nINBOX (\\Seen) {300+}\r\n" + body +
                         " {3+}\r\nyyy\r\nd append x ~{2+}\r\n" + std::string("\0\n", 2) + "\r\ne SEARCH TEXT \"{3}\"\r\n\r\n";
  for (std::size_t step = 1; step < in.size() + 1; ++step) {
    const auto r = run(in, step);
    BOOST_REQUIRE_EQUAL(r.size(), 6u);
    BOOST_TEST(r[0].text == "a NOOP");
    BOOST_TEST(r[1].text == "b LOGIN {4+}\r\nu\r\nu {0+}\r\n");
    BOOST_TEST(r[2].text == "c APPEND {5+}\r\nINBOX (\\Seen) {300+}\r\n {3+}\r\n");
    BOOST_REQUIRE_EQUAL(r[2].messages.size(), 2u);
    BOOST_TEST(r[2].messages[0] == body);
    BOOST_TEST(r[2].messages[1] == "yyy");
    BOOST_TEST(r[3].messages[0] == std::string("\0\n", 2));
    BOOST_TEST(r[4].text == "e SEARCH TEXT \"{3}\"");
    BOOST_TEST(r[5].text == "");
  }
}

BOOST_AUTO_TEST_CASE(a_synchronising_literal_asks_first) {
  Framer f(FramerLimits::authenticated(1000));
  f.feed("a APPEND INBOX {5}\r\n");
  Frame r = f.next();
  BOOST_TEST((r.kind == K::continuation));
  BOOST_TEST(r.for_message);
  BOOST_TEST(r.text == "a APPEND INBOX {5}\r\n");
  BOOST_TEST((f.next().kind == K::need_more));
  f.feed("hello\r\nb NOOP\r\n");
  r = f.next();
  BOOST_TEST((r.kind == K::command));
  BOOST_TEST(r.messages[0] == "hello");
  BOOST_TEST(f.next().text == "b NOOP");
  BOOST_TEST(f.between_commands());
}

BOOST_AUTO_TEST_CASE(a_refused_literal_leaves_the_stream_in_step) {
  Framer f(FramerLimits::authenticated(1000));
  f.feed("a APPEND x {1001}\r\n");
  BOOST_TEST((f.next().kind == K::too_big));
  f.feed("b APPEND x {1000}\r\n");
  BOOST_TEST((f.next().kind == K::continuation));
  f.refuse();
  f.feed("c LOGIN {99999999999999999999999}\r\n");
  BOOST_TEST((f.next().kind == K::too_big));
  f.feed("d NOOP\r\n");
  BOOST_TEST(f.next().text == "d NOOP");
}

BOOST_AUTO_TEST_CASE(bytes_sent_behind_a_refused_literal_close) {
  BOOST_TEST((last("a APPEND x {1001}\r\nz LOGOUT\r\n") == K::close));
}

BOOST_AUTO_TEST_CASE(a_non_synchronising_bomb_closes_and_stays_closed) {
  for (const std::string_view bomb : {"a LOGIN {4294967295+}\r\n", "a LOGIN {999999999999999999999999+}\r\n", "a APPEND x {1001+}\r\n", "a APPEND x ~{1001+}\r\n",
                                      "a APPEND x {600+}\r\n"})
    BOOST_TEST((last(std::string(bomb)) == (bomb.find("600") == bomb.npos ? K::close : K::need_more)));
  Framer f;
  f.feed("a LOGIN {9000+}\r\nz LOGOUT\r\n");
  BOOST_TEST((f.next().kind == K::close));
  f.feed("z LOGOUT\r\n");
  BOOST_TEST((f.next().kind == K::close));
}

BOOST_AUTO_TEST_CASE(before_authentication_little_is_taken) {
  const auto pre = FramerLimits::pre_auth();
  BOOST_TEST((run("a LOGIN {8193}\r\n", 100, pre).back().kind == K::too_big));
  BOOST_TEST((run("a APPEND x {1}\r\n", 100, pre).back().kind == K::too_big));
  BOOST_TEST((run(std::string(8200, 'x'), 100, pre).back().kind == K::close));
  std::string flood = "a LOGIN";
  for (int i = 0; i < 10000; ++i) flood += " {0+}\r\n";
  BOOST_TEST((run(flood, 1000, pre).back().kind == K::close));
}

BOOST_AUTO_TEST_CASE(total_of_several_messages_is_capped) {
  std::string in = "a APPEND x";
  for (int i = 0; i < 3; ++i) in += " {900+}\r\n" + std::string(900, 'm');
  BOOST_TEST((last(in + "\r\n") == K::close));
}

BOOST_AUTO_TEST_CASE(line_ends_and_nul_are_strict) {
  BOOST_TEST((last("a NOOP\n") == K::close));
  BOOST_TEST((last("a NO\rOP\r\n") == K::close));
  BOOST_TEST((last("a NOOP\r\r\n") == K::close));
  BOOST_TEST((last(std::string("a NO\0OP\r\n", 9)) == K::bad));
  BOOST_TEST((last(std::string("a LOGIN {2+}\r\n\0x y\r\n", 20)) == K::bad));
  BOOST_TEST((last(std::string("a APPEND x {2+}\r\n\0x\r\n", 21)) == K::bad));
  BOOST_TEST((last(std::string("a NO\0OP {2}\r\n", 13)) == K::bad));
  const auto r = run(std::string("a N\0 {6+}\r\nb X\r\n\r\r\nc NOOP\r\n", 27));  // its literal is still skipped, then step is kept or lost loudly
  BOOST_TEST((r.back().kind == K::close || r.back().text == "c NOOP"));
}

BOOST_AUTO_TEST_CASE(lines_of_sasl_and_idle_know_no_literals) {
  Framer f;
  f.feed("dGVzdA==\r\nDONE {5}\r\na NOOP\r\n");
  BOOST_TEST(f.next_line().text == "dGVzdA==");
  BOOST_TEST(f.next_line().text == "DONE {5}");
  BOOST_TEST(f.next().text == "a NOOP");
  BOOST_TEST(f.buffered() == 0u);
  BOOST_TEST((f.next_line().kind == K::need_more));
}

BOOST_AUTO_TEST_CASE(a_large_message_is_read_in_place) {
  Framer f(FramerLimits::authenticated(64u << 20));
  const std::size_t size = 20u << 20;
  f.feed("a APPEND x {" + std::to_string(size) + "+}\r\nfirst");
  BOOST_TEST((f.next().kind == K::need_more));
  for (std::size_t left = size - 5; left > 0;) {
    const auto room = f.prepare();
    BOOST_REQUIRE(room.size() > 0 && room.size() <= left);
    const std::size_t n = std::min<std::size_t>(room.size(), 100000);
    std::fill_n(room.begin(), n, 'm');
    f.commit(n);
    left -= n;
  }
  f.feed("\r\n");
  const Frame r = f.next();
  BOOST_REQUIRE((r.kind == K::command));
  BOOST_TEST(r.messages[0].size() == size);
  BOOST_TEST(r.messages[0].substr(0, 7) == "firstmm");
}

BOOST_AUTO_TEST_SUITE_END()
