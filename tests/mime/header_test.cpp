#include <boost/test/unit_test.hpp>

#include "base/unicode.hpp"
#include "mime/date.hpp"
#include "mime/header.hpp"

BOOST_AUTO_TEST_SUITE(header)

BOOST_AUTO_TEST_CASE(fields_are_read_with_their_folds_and_ranges) {
  const std::string block = "From a@b Sun Nov 22\r\nSubject: one\r\n two\r\n\tthree\r\nbroken line\r\nX-Y :z\r\n\r\nBody: no\r\n";
  mime::HeaderReader reader(block);
  const auto subject = reader.next();
  BOOST_REQUIRE(subject);
  BOOST_TEST(subject->name == "Subject");
  BOOST_TEST(mime::unfold(subject->raw_value) == "one two\tthree");
  BOOST_TEST(subject->range.of(block) == "Subject: one\r\n two\r\n\tthree\r\n");
  const auto other = reader.next();
  BOOST_REQUIRE(other);
  BOOST_TEST(other->name == "X-Y");
  BOOST_TEST(!reader.next());
  BOOST_TEST(mime::count(block, "SUBJECT") == 1u);
  BOOST_TEST(!mime::find(block, "body"));
}

BOOST_AUTO_TEST_CASE(rfc_2047_examples) {  // RFC 2047 8
  BOOST_TEST(mime::decode_text("(=?ISO-8859-1?Q?a?=)") == "(a)");
  BOOST_TEST(mime::decode_text("(=?ISO-8859-1?Q?a?= b)") == "(a b)");
  BOOST_TEST(mime::decode_text("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)") == "(ab)");
  BOOST_TEST(mime::decode_text("(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)") == "(ab)");
  BOOST_TEST(mime::decode_text("(=?ISO-8859-1?Q?a_b?=)") == "(a b)");
  BOOST_TEST(mime::decode_text("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)") == "(a b)");
  BOOST_TEST(mime::decode_text("=?US-ASCII*EN?Q?Keith_Moore?=") == "Keith Moore");
  BOOST_TEST(mime::decode_text("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=") ==
             "If you can read this you understand the example.");
}

BOOST_AUTO_TEST_CASE(a_character_cut_between_two_words_survives) {
  BOOST_TEST(mime::decode_text("=?UTF-8?Q?ti=E1=BA?= =?utf-8?Q?=BFng?=") == "ti\xe1\xba\xbfng");
  BOOST_TEST(mime::decode_text("=?UTF-8?B?dGnh?= =?UTF-8?B?ur9uZw==?=") == "ti\xe1\xba\xbfng");
}

BOOST_AUTO_TEST_CASE(vietnamese_charsets) {
  const std::string tieng = "ti\xe1\xba\xbfng";  // NFC
  BOOST_TEST(mime::decode_text("=?windows-1258?Q?ti=EA=ECng?=") == tieng);    // e-circumflex + combining acute
  BOOST_TEST(mime::decode_text("=?TCVN-5712?Q?ti=D5ng?=") == tieng);
  BOOST_TEST(mime::decode_text("=?VISCII?Q?ti=AAng?=") == tieng);
  BOOST_TEST(mime::decode_text("=?UTF-8?Q?tie=CC=82=CC=81ng?=") == tieng);    // NFD comes out as NFC
}

BOOST_AUTO_TEST_CASE(undeclared_bytes_are_utf8_else_windows_1258) {
  BOOST_TEST(mime::decode_text(" ti\xe1\xba\xbfng\r\n") == "ti\xe1\xba\xbfng");
  BOOST_TEST(mime::decode_text("ti\xea\xecng") == "ti\xe1\xba\xbfng");
}

BOOST_AUTO_TEST_CASE(garbage_gives_valid_text_without_controls) {
  for (const char* s : {"=?", "=?x", "=?utf-8?", "=?utf-8?q", "=?utf-8?q?", "=?utf-8?q?a", "=?utf-8?z?a?=", "=??q?a?=", "=?nonsense?q?=ff?=",
                        "=?utf-8?b?////?=", "=?utf-8?q?=0D=0ABcc:_x=00?=", "\xff\xfe", "=?utf-8?q?" "?=", "=?../../x?q?=ff?="}) {
    const std::string out = mime::decode_text(s);
    BOOST_TEST(base::valid_utf8(out));
    BOOST_TEST(out.find_first_of(std::string_view("\r\n\0", 3)) == out.npos);
  }
  BOOST_TEST(mime::decode_text("=?utf-8?q?a") == "=?utf-8?q?a");
  BOOST_TEST(mime::decode_text("=?utf-8?q?x=0D=0ABcc:_y?=") == "x  Bcc: y");
}

BOOST_AUTO_TEST_CASE(many_unfinished_words_stay_linear) {
  std::string s;
  for (int i = 0; i < 200000; ++i) s += "=?u?q? ";
  BOOST_TEST(mime::decode_text(s).size() == s.size() - 1);
}

BOOST_AUTO_TEST_CASE(dates) {
  BOOST_TEST(mime::parse_date("Fri, 21 Nov 1997 09:55:06 -0600").value() == 880127706);  // RFC 5322 A.1.1
  BOOST_TEST(mime::parse_date("21 Nov 97 09:55:06 GMT").value() == 880106106);           // A.6.2
  BOOST_TEST(mime::parse_date("Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)").value() == -27723480 + 0);
  BOOST_TEST(mime::parse_date("Sun, 22 Nov 2026 09:15:00 +0700").value() == 1795313700);
  BOOST_TEST(mime::parse_date("Sun, 22-Nov-26 09:15:00 ICT").value() == 1795338900);
  BOOST_TEST(mime::parse_date_day("Sun, 22 Nov 2026 00:15:00 +0700").value() == 20779);
  for (const char* bad : {"", "x", "32 Nov 2026", "29 Feb 2026 01:00", "1 Foo 2026", "1 Jan 2026 25:00"}) BOOST_TEST(!mime::parse_date(bad).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
