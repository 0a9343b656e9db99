// Where a domain gets its mail: asked once, kept, unknown when DNS is silent.
#include <boost/test/unit_test.hpp>

#include "tools/congthud/mx_facts.hpp"

BOOST_AUTO_TEST_SUITE(congthud_mx_facts)

BOOST_AUTO_TEST_CASE(a_domain_is_asked_once_and_silence_is_unknown) {
  base::ManualClock clock{*base::parse_rfc3339("2026-11-22T09:00:00+07:00")};
  std::vector<std::string> asked;
  std::vector<tools::MxFacts::Answer> silent;
  tools::MxFacts::Limits limits;
  limits.wait = std::chrono::milliseconds(5);
  limits.asked = 1;
  tools::MxFacts facts(clock, [&](std::string domain, tools::MxFacts::Answer answer) {
    asked.push_back(domain);
    if (domain == "im-lang.vn") silent.push_back(std::move(answer));
    else if (domain == "hong.vn") answer(base::fail(base::Errc::unavailable, "no answer"));
    else answer(std::vector<std::string>{"mx1." + domain, domain == "khach.vn" ? "ASPMX.L.GOOGLE.COM." : "mx2." + domain});
  }, limits);
  const auto fact = facts.look("KHACH.vn");
  BOOST_REQUIRE(fact.has_value());
  BOOST_TEST(fact->provider == "Google");
  BOOST_TEST(fact->host == "ASPMX.L.GOOGLE.COM.");
  BOOST_TEST(facts.look("khach.vn").has_value());
  BOOST_TEST(asked.size() == 1u);
  BOOST_TEST(facts.look("rieng.vn")->provider == "");
  BOOST_TEST(!facts.look("hong.vn").has_value());
  BOOST_TEST(!facts.look("hong.vn").has_value());
  BOOST_TEST(asked.size() == 3u);  // not asked again at once
  clock.advance(std::chrono::minutes(11));
  BOOST_TEST(!facts.look("hong.vn").has_value());
  BOOST_TEST(asked.size() == 4u);
  BOOST_TEST(!facts.look("im-lang.vn").has_value());
  BOOST_TEST(!facts.look("khac.vn").has_value());  // one question at a time
  BOOST_TEST(asked.size() == 5u);
  BOOST_REQUIRE(silent.size() == 1u);
  silent[0](std::vector<std::string>{"mx.notgoogle.com", "mta5.am0.yahoodns.net"});
  BOOST_TEST(facts.look("im-lang.vn")->provider == "Yahoo");
  BOOST_TEST(facts.look("khac.vn").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
