#include <boost/test/unit_test.hpp>

#include "base/clock.hpp"

using namespace base;

BOOST_AUTO_TEST_SUITE(time_and_clock)

BOOST_AUTO_TEST_CASE(rfc3339_round_trips) {
  for (std::string_view text : {"2026-11-22T09:15:00+07:00", "2024-02-29T23:59:59.007+07:00", "1969-12-31T23:59:59+07:00"}) {
    BOOST_TEST(rfc3339(parse_rfc3339(text).value()) == text);
  }
  BOOST_TEST(rfc3339(Time{}, 0) == "1970-01-01T00:00:00Z");
  BOOST_TEST(rfc3339(Time{}, -150) == "1969-12-31T21:30:00-02:30");
  BOOST_TEST((parse_rfc3339("2026-11-22t02:15:00z").value() == parse_rfc3339("2026-11-22T09:15:00+07:00").value()));
  BOOST_TEST((parse_rfc3339("2026-11-22 02:15:00.123999Z").value() == parse_rfc3339("2026-11-22T02:15:00.123Z").value()));
  BOOST_TEST((parse_rfc3339("2016-12-31T23:59:60Z").value() == parse_rfc3339("2017-01-01T00:00:00Z").value()));  // leap second
}

BOOST_AUTO_TEST_CASE(broken_times_are_refused) {
  for (std::string_view bad : {"", "2026-11-22", "2026-11-22T09:15:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
                               "2026-00-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
                               "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "-026-01-01T00:00:00Z"}) {
    BOOST_TEST(!parse_rfc3339(bad).has_value(), bad);
  }
}

BOOST_AUTO_TEST_CASE(a_vietnamese_day_starts_at_seventeen_utc) {
  const auto day = vietnam_day("2026-12-31").value();
  BOOST_TEST(rfc3339(day.first, 0) == "2026-12-30T17:00:00Z");
  BOOST_TEST(rfc3339(day.second, 0) == "2026-12-31T17:00:00Z");
  BOOST_TEST(vietnam_date(day.first) == "2026-12-31");
  BOOST_TEST(vietnam_date(day.second) == "2027-01-01");
  BOOST_TEST(!vietnam_day("2026-2-1").has_value());
  BOOST_TEST(!vietnam_day("2026-02-30").has_value());
  BOOST_TEST(!vietnam_day("2026-02-03T").has_value());
}

BOOST_AUTO_TEST_CASE(mail_dates_have_the_weekday_and_the_offset) {
  const Time t = parse_rfc3339("2026-11-02T09:05:01+07:00").value();
  BOOST_TEST(rfc5322_date(t) == "Mon, 2 Nov 2026 09:05:01 +0700");
  BOOST_TEST(rfc5322_date(t, -210) == "Sun, 1 Nov 2026 22:35:01 -0330");
}

BOOST_AUTO_TEST_CASE(imap_dates_round_trip) {
  const Time t = parse_rfc3339("2026-11-02T09:05:01+07:00").value();
  BOOST_TEST(imap_date_time(t) == " 2-Nov-2026 09:05:01 +0700");
  BOOST_TEST((parse_imap_date_time(" 2-Nov-2026 09:05:01 +0700").value() == t));
  BOOST_TEST((parse_imap_date_time("2-nov-2026 09:05:01 +0700").value() == t));
  BOOST_TEST((parse_imap_date_time("02-Nov-2026 02:05:01 +0000").value() == t));
  for (std::string_view bad : {"", " 2-Nov-2026", "32-Nov-2026 00:00:00 +0000", "02-Nox-2026 00:00:00 +0000",
                               "02-Nov-2026 00:00:00", "02-Nov-2026 00:00:00 +0000 ", "2", "-", "02-N"}) {
    BOOST_TEST(!parse_imap_date_time(bad).has_value(), bad);
  }
}

BOOST_AUTO_TEST_CASE(a_manual_clock_moves_by_hand) {
  ManualClock clock(Time{});
  clock.advance(std::chrono::hours(1));
  BOOST_TEST(rfc3339(clock.now(), 0) == "1970-01-01T01:00:00Z");
  BOOST_TEST((system_clock().now() > parse_rfc3339("2020-01-01T00:00:00Z").value()));
}

BOOST_AUTO_TEST_SUITE_END()
