#include <boost/test/unit_test.hpp>

#include "mime/address.hpp"
#include "mime/header.hpp"

namespace {

// "name|local|domain" of each mailbox, joined by " ; ".
std::string flat(std::string_view raw) {
  std::string out;
  for (const auto& m : mime::parse_addresses(raw).mailboxes) {
    if (!out.empty()) out += " ; ";
    out += m.display_name + "|" + m.local + "|" + m.domain;
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(address)

BOOST_AUTO_TEST_CASE(rfc_5322_examples) {  // RFC 5322 A.1 to A.6
  BOOST_TEST(flat("John Doe <jdoe@machine.example>") == "John Doe|jdoe|machine.example");
  BOOST_TEST(flat("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>") == "Mary Smith|mary|x.test ; |jdoe|example.org ; Who?|one|y.test");
  BOOST_TEST(flat("<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>") == "|boss|nil.test ; Giant; \"Big\" Box|sysservices|example.net");
  BOOST_TEST(flat("\"Joe Q. Public\" <john.q.public@example.com>") == "Joe Q. Public|john.q.public|example.com");
  BOOST_TEST(flat("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>") == "Pete|pete|silly.test");
  BOOST_TEST(flat("Joe Q. Public <john.q.public@example.com>") == "Joe Q. Public|john.q.public|example.com");
  BOOST_TEST(flat("Mary Smith <@node.test,@machine.example:mary@example.net>, , jdoe@test   . example") == "Mary Smith|mary|example.net ; |jdoe|test.example");
  BOOST_TEST(flat("John Doe <jdoe@machine(comment).  example>") == "John Doe|jdoe|machine.example");
}

BOOST_AUTO_TEST_CASE(groups) {
  const auto a = mime::parse_addresses("A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n joe@example.org,\r\n John <jdoe@one.test> (my dear friend); (the end of the group), x@y.vn");
  BOOST_REQUIRE(a.groups.size() == 1u);
  BOOST_TEST(a.groups[0].name == "A Group");
  BOOST_TEST(a.groups[0].count == 3u);
  BOOST_TEST(a.mailboxes.size() == 4u);
  BOOST_TEST(a.mailboxes[0].domain == "public.example");
  const auto empty = mime::parse_addresses("Undisclosed recipients:;");
  BOOST_TEST(empty.groups.size() == 1u);
  BOOST_TEST(empty.mailboxes.empty());
}

BOOST_AUTO_TEST_CASE(an_address_in_a_display_name_is_no_address) {  // ATTACKS S6
  BOOST_TEST(flat("\"chu.tich@songla.gov.vn\" <x@evil.test>") == "chu.tich@songla.gov.vn|x|evil.test");
  BOOST_TEST(flat("chu.tich@songla.gov.vn <x@evil.test>") == "chu.tich@songla.gov.vn|x|evil.test");
  BOOST_TEST(flat("(a@songla.gov.vn) x@evil.test").ends_with("|x|evil.test"));
  BOOST_TEST(flat(std::string_view("a@songla.gov.vn\0<x@evil.test>", 29)).ends_with("|x|evil.test"));
  BOOST_TEST(flat("a@songla.gov.vn@evil.test") == "");
  BOOST_TEST(flat("\"a@songla.gov.vn\"@evil.test") == "|a@songla.gov.vn|evil.test");
  BOOST_TEST(flat("a@x.vn, b@y.vn") == "|a|x.vn ; |b|y.vn");  // S7: two authors are seen as two
}

BOOST_AUTO_TEST_CASE(garbage_and_missing_addresses) {
  for (const char* s : {"", " ", ",,,", "<>", "@", "()", "(", "\"", "<", ";", ":"}) BOOST_TEST(flat(s) == "");
  BOOST_TEST(flat("(unfinished (comment") == "");
  BOOST_TEST(flat("<a@b.vn") == "|a|b.vn");
  BOOST_TEST(flat("a@[192.0.2.1]") == "|a|[192.0.2.1]");
  BOOST_TEST(flat("pete@silly.test (Pete)") == "Pete|pete|silly.test");
  BOOST_TEST(flat("\"ng\xc6\xb0\xe1\xbb\x9di g\xe1\xbb\xadi\" <d\xc3\xa2n@v\xc3\xad-d\xe1\xbb\xa5.vn>") == "ng\xc6\xb0\xe1\xbb\x9di g\xe1\xbb\xadi|d\xc3\xa2n|v\xc3\xad-d\xe1\xbb\xa5.vn");
}

BOOST_AUTO_TEST_CASE(comparison_and_printing) {
  const auto one = [](const char* s) { return mime::parse_addresses(s).mailboxes.at(0); };
  BOOST_TEST(mime::same_address(one("a@SongLa.gov.vn"), one("X <a@songla.GOV.vn>")));
  BOOST_TEST(!mime::same_address(one("A@songla.gov.vn"), one("a@songla.gov.vn")));
  BOOST_TEST(mime::addr_spec(one("\"a b\\\"\"@x.vn")) == "\"a b\\\"\"@x.vn");
  BOOST_TEST(mime::addr_spec(one("a.b@x.vn")) == "a.b@x.vn");
}

BOOST_AUTO_TEST_CASE(hostile_lists_stay_linear) {  // would take minutes if any of them were quadratic
  for (const char* unit : {"a@b.vn, ", "<@,", "(", "((a)", "\"", "<", "g:", "a@", "x ", "[", "<a@[,", ";:"}) {
    std::string s;
    while (s.size() < 1000000) s += unit;
    const auto list = mime::parse_addresses(s + ">");
    BOOST_TEST(list.mailboxes.size() <= 100000u);
  }
  std::string many;
  for (int i = 0; i < 100001; ++i) many += "a@b,";
  BOOST_TEST(mime::parse_addresses(many).truncated);
}

BOOST_AUTO_TEST_SUITE_END()
