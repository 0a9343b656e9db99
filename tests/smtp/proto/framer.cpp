#include "smtp/proto/framer.hpp"
#include <boost/test/unit_test.hpp>
#include <vector>

using namespace smtp::proto;
using namespace std::string_literals;

namespace {
struct Got { std::string content, rest; bool done = false, bare = false, big = false; };

Got data(const std::string& wire, std::size_t piece, std::uint64_t most = 1000) {
  ContentFramer f;
  f.begin(most, 100000, {});
  Got g;
  std::string_view left = wire;
  while (!left.empty() && !g.done) {
    std::string_view in = left.substr(0, piece);
    const std::size_t n = in.size();
    g.done = f.data(in) == ContentFramer::State::done;
    left.remove_prefix(n - in.size());
  }
  g.rest = std::string(left);
  g.bare = f.bare();
  g.big = f.too_big();
  g.content = f.take();
  return g;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(framer)

BOOST_AUTO_TEST_CASE(content_ends_at_crlf_dot_crlf_and_is_unstuffed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {".\r\n", ""}, {"a\r\n.\r\n", "a\r\n"}, {"..\r\n.\r\n", ".\r\n"}, {"a\r\n..b\r\n...\r\n.\r\n", "a\r\n.b\r\n..\r\n"},
      {".a\r\n.\r\n", "a\r\n"}, {"a.\r\n.\r\n", "a.\r\n"}, {"\r\n\r\n.\r\n", "\r\n\r\n"},
      {"x\xe1\xbb\x87\r\n.\r\n", "x\xe1\xbb\x87\r\n"}, {std::string(100, 'q') + "\r\n.\r\n", std::string(100, 'q') + "\r\n"}};
  for (const auto& [wire, want] : cases) {
    for (std::size_t piece = 1; piece <= wire.size() + 4; ++piece) {
      const Got g = data(wire + "QUIT", piece);
      BOOST_TEST(g.done);
      BOOST_TEST(!g.bare);
      BOOST_TEST(g.content == want);
      BOOST_TEST(g.rest == "QUIT");
    }
  }
}

// ATTACKS M1, each variant by itself: none may end the message, each must spoil it.
BOOST_AUTO_TEST_CASE(every_smuggling_variant_spoils_the_message_and_ends_nothing) {
  const std::vector<std::string> ends = {
      "\n.\n"s, "\n.\r\n"s, "\r.\r"s, "\r.\r\n"s, "\r\n.\r"s, "\r\n.\n"s, "\r\r\n.\r\r\n"s, "\r\n\0.\r\n"s, "\r\n.\0\r\n"s, "\r\n.\r\0\n"s,
      "\n\n.\r\n"s, "\r\n\r.\r\n"s, "\n\r.\n\r"s, "\r\n.\r\r\n"s, "\r.\n"s, "\n.\r"s, "\0\r\n"s, "\r\0\n.\r\n"s};
  for (const std::string& end : ends) {
    const std::string wire = "Subject: a\r\n\r\nb" + end + "MAIL FROM:<x@y.vn>\r\nend";
    for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
      const Got g = data(wire + "\r\n.\r\nQUIT", piece);
      BOOST_TEST(g.bare);
      BOOST_TEST(g.done);
      BOOST_TEST(g.content.empty());
      BOOST_TEST(g.rest == "QUIT");
    }
    BOOST_TEST(!data(wire, 7).done);
  }
}

BOOST_AUTO_TEST_CASE(a_message_above_the_limit_is_read_to_its_end_then_abandoned) {
  const Got g = data(std::string(2000, 'a') + "\r\n.\r\nX", 64);
  BOOST_TEST(g.done);
  BOOST_TEST(g.big);
  BOOST_TEST(g.content.empty());
  ContentFramer f;
  f.begin(10, 100, {});
  const std::string flood(200, 'a');
  std::string_view in = flood;
  BOOST_TEST(bool(f.data(in) == ContentFramer::State::abandon));
}

BOOST_AUTO_TEST_CASE(chunks_are_counted_and_line_ends_checked_across_their_borders) {
  const auto run = [](std::vector<std::string> chunks) {
    ContentFramer f;
    f.begin(1000, 1000, {});
    for (const std::string& c : chunks) {
      f.open_chunk(c.size());
      const std::string wire = c + "NOOP";
      std::string_view in = wire;
      BOOST_TEST(bool(f.chunk(in) == ContentFramer::State::done));
      BOOST_TEST(in == "NOOP");
    }
    f.close();
    return std::pair(f.bare(), f.take());
  };
  BOOST_TEST(run({"a\r", "\nb\r\n.\r\n"}).second == "a\r\nb\r\n.\r\n");
  BOOST_TEST(!run({"a\r", "\n"}).first);
  BOOST_TEST(run({"a\r", "b"}).first);
  BOOST_TEST(run({"a", "\nb"}).first);
  BOOST_TEST(run({"a\r\n", "b\r"}).first);
  BOOST_TEST(run({"a\0b"s}).first);
}

BOOST_AUTO_TEST_CASE(lines_split_anywhere_are_the_same_lines) {
  const std::string wire = "EHLO a\r\n\r\nNOOP\r\n";
  for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
    LineFramer f(64, 128, 1000);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < wire.size(); at += piece) {
      std::string_view in = std::string_view(wire).substr(at, piece);
      while (!in.empty()) {
        if (f.next(in) == LineFramer::Event::line) lines.emplace_back(f.line());
      }
    }
    BOOST_TEST(lines == (std::vector<std::string>{"EHLO a", "", "NOOP"}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(bare_line_ends_long_lines_and_floods_are_told_apart) {
  const auto event = [](const std::string& wire, std::size_t piece) {
    LineFramer f(32, 64, 200);
    std::string_view left = wire;
    while (!left.empty()) {
      std::string_view in = left.substr(0, piece);
      const std::size_t n = in.size();
      const auto e = f.next(in);
      left.remove_prefix(n - in.size());
      if (e != LineFramer::Event::need_more) return e;
    }
    return LineFramer::Event::need_more;
  };
  for (std::size_t piece : {1, 2, 3, 7, 500}) {
    BOOST_TEST(bool(event("NOOP\n", piece) == LineFramer::Event::bare));
    BOOST_TEST(bool(event("NO\rOP\r\n", piece) == LineFramer::Event::bare));
    BOOST_TEST(bool(event("NO\0P\r\n"s, piece) == LineFramer::Event::bare));
    BOOST_TEST(bool(event("\n", piece) == LineFramer::Event::bare));
    BOOST_TEST(bool(event(std::string(30, 'a') + "\r\n", piece) == LineFramer::Event::line));
    BOOST_TEST(bool(event(std::string(31, 'a') + "\r\n", piece) == LineFramer::Event::too_long));
    BOOST_TEST(bool(event("AUTH PLAIN " + std::string(40, 'a') + "\r\n", piece) == LineFramer::Event::line));
    BOOST_TEST(bool(event("AUTH PLAIN " + std::string(60, 'a') + "\r\n", piece) == LineFramer::Event::too_long));
    BOOST_TEST(bool(event(std::string(300, 'a'), piece) == LineFramer::Event::flood));
    BOOST_TEST(bool(event(std::string(100, 'a') + "\n", piece) == LineFramer::Event::bare));
  }
}

BOOST_AUTO_TEST_SUITE_END()
