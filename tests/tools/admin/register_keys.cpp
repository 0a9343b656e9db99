// What the registers' rows are found by: heads, places, numbers. No store.
#include <boost/test/unit_test.hpp>

#include "base/unicode.hpp"
#include "tools/registers/edxml.hpp"
#include "tools/registers/head.hpp"

BOOST_AUTO_TEST_SUITE(registers_keys)

BOOST_AUTO_TEST_CASE(the_head_of_a_row_is_what_the_row_says) {
  registers::Arrival a;
  a.direction = registers::Direction::outgoing;
  a.agency = "svd";
  a.verdict = "valid";
  a.at = *base::parse_rfc3339("2026-11-20T23:59:59+07:00");
  a.free_mail = true;
  a.internal = true;
  a.scanned = true;
  a.pages = 3;
  a.way = "e-only";
  a.fields = {{"kind", "Kế hoạch"}, {"kind_abbrev", "KH"}, {"doc_class", "hanh_chinh"}, {"number", "204/KH-UBND"}, {"issuer", "Sở Ví dụ"}};
  registers::Json row = registers::make_row(a, 2026, 1);
  std::string bytes = registers::encode_head("o-key", row);
  registers::Head head;
  BOOST_TEST_REQUIRE(registers::read_head(bytes, head));
  BOOST_TEST(head.row_key == "o-key");
  BOOST_TEST(head.day == "2026-11-20");
  BOOST_TEST(head.kind == "Kế hoạch");
  BOOST_TEST(head.kind_abbrev == "KH");
  BOOST_TEST(head.doc_class == "hanh_chinh");
  BOOST_TEST(head.verdict == "valid");
  BOOST_TEST(head.state == "sent");
  BOOST_TEST(head.number == base::fold_search("204/KH-UBND"));
  BOOST_TEST(head.issuer == base::fold_search("Sở Ví dụ"));
  BOOST_TEST((head.free_mail && head.internal && head.scanned && !head.struck && !head.duplicate));
  BOOST_TEST(head.way == "e-only");
  BOOST_TEST(row.at("pages") == 3);
  for (std::size_t n = 0; n < bytes.size(); ++n) BOOST_TEST(!registers::read_head(std::string_view(bytes).substr(0, n), head));
  BOOST_TEST(!registers::read_head(bytes + "x", head));

  row = {{"at", "2026-11-20T09:00:00+07:00"}, {"direction", "in"}, {"state", "assigned"}, {"duplicate", "differs"}, {"assignment", {{"due", "2026-11-25"}, {"unit", "Phòng Một"}}}};
  bytes = registers::encode_head("i-key", row);
  BOOST_TEST_REQUIRE(registers::read_head(bytes, head));
  BOOST_TEST(head.due == "2026-11-25");
  BOOST_TEST(head.unit == base::fold_search("Phòng Một"));
  BOOST_TEST(head.duplicate);
  row["void"] = true;
  bytes = registers::encode_head("i-key", row);
  BOOST_TEST_REQUIRE(registers::read_head(bytes, head));
  BOOST_TEST((head.struck && head.due.empty() && head.state == "void"));
}

BOOST_AUTO_TEST_CASE(places_read_back_and_nothing_else_does) {
  for (const char* good : {"svd/in/2026/17", "so/y/te/out/1999/1"}) BOOST_TEST(registers::to_string(*registers::parse_place(good)) == good);
  for (const char* bad : {"", "svd", "svd/in/2026", "svd/up/2026/1", "svd/in/2026/0", "svd/in/x/1", "/in/2026/1", "svd/in/2026/-1", "svd/in/2026/99999999999", "svd/in/20260/1"})
    BOOST_TEST(!registers::parse_place(bad));
}

BOOST_AUTO_TEST_CASE(the_year_is_the_dates_or_in_the_number) {
  BOOST_TEST(registers::year_of("204/KH-UBND", "2013-12-11") == "2013");
  BOOST_TEST(registers::year_of("30/2020/NĐ-CP", "") == "2020");
  BOOST_TEST(registers::year_of("204/KH-UBND", "") == "");
  BOOST_TEST(registers::year_of("2020", "") == "");
}

BOOST_AUTO_TEST_SUITE_END()
