#include <boost/test/unit_test.hpp>

#include <sstream>
#include <thread>
#include <vector>

#include "base/ids.hpp"
#include "base/log.hpp"

using namespace base;
using namespace std::string_view_literals;

namespace {

// Catches lines while it lives; the time at the front is taken off.
struct Caught {
  std::vector<std::string> lines;
  Caught() {
    set_log_sink([this](std::string_view line) { lines.emplace_back(line.substr(line.find(" level=") + 1)); });
  }
  ~Caught() {
    set_log_sink({});
    set_log_level(LogLevel::info);
  }
};

std::string value_of(std::string_view text) {
  Caught caught;
  log_info("e", {{"v", text}});
  return caught.lines.at(0).substr("level=info event=e v="sv.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_lines)

BOOST_AUTO_TEST_CASE(a_line_holds_time_level_event_and_fields) {
  std::string line;
  set_log_sink([&](std::string_view l) { line = l; });
  log_warn("smtp_accept", {{"conn", "c1"}, {"size", 12}, {"max", ~0ULL}, {"less", -3}, {"tls", true}, {"uid", Uid{7}}});
  set_log_sink({});
  BOOST_TEST(line.starts_with("time=20"));
  BOOST_TEST(line.find("+07:00 level=warn event=smtp_accept conn=c1 size=12 max=18446744073709551615 less=-3 tls=true uid=7") !=
             std::string::npos, line);
}

BOOST_AUTO_TEST_CASE(values_that_could_forge_a_line_are_escaped) {
  BOOST_TEST(value_of("plain-1.2:3@x") == "plain-1.2:3@x");
  BOOST_TEST(value_of("") == "\"\"");
  BOOST_TEST(value_of("a b") == "\"a b\"");
  BOOST_TEST(value_of("x\r\ntime=0 level=error event=forged") == R"("x\r\ntime=0 level=error event=forged")");
  BOOST_TEST(value_of("q\" k=\"v\\") == R"("q\" k=\"v\\")");
  BOOST_TEST(value_of("\0\x1b[2J\x7f"sv) == R"("\x00\x1b[2J\x7f")");
  BOOST_TEST(value_of("Sở Ví dụ") == "\"Sở Ví dụ\"");
  BOOST_TEST(value_of("\xC2\x85\xE2\x80\xAE\xE2\x80\xA8\xE2\x81\xA6") == R"("\xc2\x85\xe2\x80\xae\xe2\x80\xa8\xe2\x81\xa6")");
  BOOST_TEST(value_of("\xFF\xC3(\xF0\x9F") == R"("\xff\xc3(\xf0\x9f")");
}

BOOST_AUTO_TEST_CASE(every_byte_stays_on_one_printable_line) {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  for (char c : value_of(all)) BOOST_TEST((static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f));
}

BOOST_AUTO_TEST_CASE(long_values_are_cut_between_characters) {
  BOOST_TEST(value_of(std::string(5000, 'a')) == '"' + std::string(1024, 'a') + "...\"");
  std::string letters = "a";
  for (int i = 0; i < 2000; ++i) letters += "ệ";
  const std::string cut = value_of(letters);
  BOOST_TEST(cut.find("\\x") == std::string::npos);
  BOOST_TEST(cut.size() > 1000u);
  BOOST_TEST(value_of(std::string(5000, '\x80')).size() > 1000u);
}

BOOST_AUTO_TEST_CASE(errors_show_code_and_detail) {
  Caught caught;
  log_error("failed", {{"error", fail(Errc::not_found, "no such \"x\"")}, {"code", Errc::io}});
  BOOST_TEST(caught.lines.at(0) == R"(level=error event=failed error=not_found error_detail="no such \"x\"" code=io)");
}

BOOST_AUTO_TEST_CASE(a_bound_log_names_its_connection_on_every_line) {
  Caught caught;
  const Log log = Log("conn", "c9").with("user", "a b");
  log.info("login", {{"ok", false}});
  log.debug("unseen");
  Log().error("alone");
  BOOST_TEST(caught.lines.size() == 2u);
  BOOST_TEST(caught.lines[0] == R"(level=info event=login conn=c9 user="a b" ok=false)");
  BOOST_TEST(caught.lines[1] == "level=error event=alone");
}

BOOST_AUTO_TEST_CASE(levels_filter) {
  Caught caught;
  const auto at = [&](LogLevel level) {
    set_log_level(level);
    caught.lines.clear();
    log_debug("d");
    log_info("i");
    log_warn("w");
    log_error("e");
    return caught.lines.size();
  };
  BOOST_TEST(at(LogLevel::debug) == 4u);
  BOOST_TEST(at(LogLevel::warn) == 2u);
  BOOST_TEST(at(LogLevel::off) == 0u);
  BOOST_TEST((parse_log_level("warn").value() == LogLevel::warn));
  BOOST_TEST(!parse_log_level("WARN").has_value());
}

BOOST_AUTO_TEST_CASE(threads_do_not_mix_lines) {
  Caught caught;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] { for (int i = 0; i < 200; ++i) log_info("tick", {{"i", i}}); });
  }
  for (auto& thread : threads) thread.join();
  BOOST_TEST(caught.lines.size() == 800u);
  for (const std::string& line : caught.lines) BOOST_TEST(line.starts_with("level=info event=tick i="));
}

BOOST_AUTO_TEST_SUITE_END()
