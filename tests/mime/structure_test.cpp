#include <boost/test/unit_test.hpp>

#include "mime/decode.hpp"
#include "mime/structure.hpp"
#include "tests/mime/samples.hpp"

using mime::Defect;
using mime::kNoPart;

namespace {

// Every part lies inside its parent's body, siblings do not overlap, links agree with the parents.
void check_shape(const mime::Structure& s, std::size_t size) {
  BOOST_REQUIRE(!s.parts.empty());
  for (std::size_t i = 0; i < s.parts.size(); ++i) {
    const mime::Part& p = s.parts[i];
    BOOST_REQUIRE_LE(p.body.end(), size);
    BOOST_REQUIRE_EQUAL(p.header.end(), p.body.offset);
    if (i == 0) continue;
    const mime::Part& up = s.parts.at(p.parent);
    BOOST_REQUIRE_GE(p.header.offset, up.body.offset);
    BOOST_REQUIRE_LE(p.body.end(), up.body.end());
    if (p.next_sibling != kNoPart) BOOST_REQUIRE_LE(p.whole().end(), s.parts.at(p.next_sibling).header.offset);
  }
}

std::string nested(std::size_t depth) {
  std::string mail;
  for (std::size_t i = 0; i < depth; ++i) {
    const std::string b = "b" + std::to_string(i);
    mail += "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\n";
  }
  return mail + "\r\nx\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(structure)

BOOST_AUTO_TEST_CASE(no_content_type_is_plain_text) {
  const std::string mail = "From: a@b.vn\r\n\r\nhello\r\nworld\r\n";
  const auto s = mime::scan(mail);
  BOOST_TEST(s.parts.size() == 1u);
  BOOST_TEST(s.root().type == "text");
  BOOST_TEST(s.root().body.of(mail) == "hello\r\nworld\r\n");
  BOOST_TEST(s.root().body_lines == 2u);
  BOOST_TEST((s.defects == Defect::none));
}

BOOST_AUTO_TEST_CASE(rfc_2046_example_of_a_simple_multipart) {  // RFC 2046 5.1.1
  const std::string mail =
      "From: Nathaniel Borenstein <nsb@bellcore.com>\r\nMIME-Version: 1.0\r\nContent-type: multipart/mixed; boundary=\"simple boundary\"\r\n\r\n"
      "This is the preamble.\r\n\r\n--simple boundary\r\n\r\nThis is implicitly typed plain US-ASCII text.\r\n"
      "It does NOT end with a linebreak.\r\n--simple boundary\r\nContent-type: text/plain; charset=us-ascii\r\n\r\n"
      "This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n\r\n--simple boundary--\r\n\r\n"
      "This is the epilogue.\r\n--simple boundary\r\nnot a part\r\n";
  const auto s = mime::scan(mail);
  BOOST_REQUIRE(s.parts.size() == 3u);
  BOOST_TEST(s.parts[1].body.of(mail).ends_with("linebreak."));
  BOOST_TEST(s.parts[1].body_lines == 1u);
  BOOST_TEST(s.parts[2].body.of(mail).ends_with("linebreak.\r\n"));
  BOOST_TEST(s.parts[2].body_lines == 2u);
  BOOST_TEST(s.parts[0].body.of(mail).ends_with("not a part\r\n"));
  BOOST_TEST((s.defects == Defect::none));
  check_shape(s, mail.size());
}

BOOST_AUTO_TEST_CASE(prefix_colliding_boundaries_match_whole_lines_innermost_first) {
  const std::string mail =
      "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=a--\r\n\r\n"
      "--a--\r\n\r\ninner\r\n--ab\r\n--a--x\r\n--a----\r\n--a \t\r\n\r\nouter\r\n--a--\r\n";
  const auto s = mime::scan(mail);
  BOOST_REQUIRE(s.parts.size() == 4u);
  BOOST_TEST(s.parts[2].parent == 1u);
  BOOST_TEST(s.parts[2].body.of(mail) == "inner\r\n--ab\r\n--a--x");
  BOOST_TEST(s.parts[3].parent == 0u);
  BOOST_TEST(s.parts[3].body.of(mail) == "outer");
}

BOOST_AUTO_TEST_CASE(an_outer_delimiter_ends_unterminated_inner_parts) {
  const std::string mail = "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--o\n\ny\n--o--\n";
  const auto s = mime::scan(mail);  // LF only, as imports bring it
  BOOST_REQUIRE(s.parts.size() == 4u);
  BOOST_TEST(s.parts[2].body.of(mail) == "x");
  BOOST_TEST(s.parts[3].body.of(mail) == "y");
  BOOST_TEST(has(s.defects, Defect::unterminated));
  BOOST_TEST(has(s.defects, Defect::bare_newline));
}

BOOST_AUTO_TEST_CASE(embedded_message_is_opened_unless_encoded) {
  const std::string head = "Content-Type: message/rfc822\r\n", inner = "Subject: in\r\nContent-Type: text/html\r\n\r\nx\r\n";
  const auto s = mime::scan(head + "\r\n" + inner);
  BOOST_REQUIRE(s.parts.size() == 2u);
  BOOST_TEST(s.parts[0].first_child == 1u);
  BOOST_TEST(s.parts[1].subtype == "html");
  BOOST_TEST(s.parts[0].body_lines == 4u);
  BOOST_TEST(mime::scan(head + "Content-Transfer-Encoding: Base64\r\n\r\n" + inner).parts.size() == 1u);
}

BOOST_AUTO_TEST_CASE(digest_parts_default_to_messages) {  // RFC 2046 5.1.5
  const std::string mail = "Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: one\r\n\r\nbody\r\n--d--\r\n";
  const auto s = mime::scan(mail);
  BOOST_REQUIRE(s.parts.size() == 3u);
  BOOST_TEST(s.parts[1].is_message());
  BOOST_TEST(s.parts[2].body.of(mail) == "body");
}

BOOST_AUTO_TEST_CASE(signed_part_is_exact_to_the_byte) {  // RFC 1847 2.1: the CRLF before the delimiter is not signed
  const std::string part = "Content-Type: text/plain\r\n\r\nchào\r\n";
  const std::string mail = "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n" + part + "\r\n--s\r\nContent-Type: application/pkcs7-signature\r\n\r\nAA==\r\n--s--\r\n";
  const auto s = mime::scan(mail);
  BOOST_TEST(s.parts[1].whole().of(mail) == part);
}

BOOST_AUTO_TEST_CASE(parameters_of_rfc_2231) {
  const std::string mail =
      "Content-Type: application/x-stuff (a (nested) comment);\r\n title*0*=us-ascii'en'This%20is%20even%20more%20;\r\n"
      " title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"; name=plain; name*=utf-8''t%E1%BB%9D%20tr%C3%ACnh.pdf; q=\"a\\\"b\"\r\n\r\n";
  const auto s = mime::scan(mail);
  const mime::Part& p = s.root();
  BOOST_TEST(mime::param(p.params, "title") == "This is even more ***fun*** isn't it!");
  BOOST_TEST(mime::param(p.params, "name") == "tờ trình.pdf");
  BOOST_TEST(mime::param(p.params, "q") == "a\"b");
}

BOOST_AUTO_TEST_CASE(a_thousand_parameters_are_capped) {
  std::string mail = "Content-Type: text/plain";
  for (int i = 999; i >= 0; --i) mail += "; p*" + std::to_string(i) + "*=a";
  const auto s = mime::scan(mail + "\r\n\r\n");
  BOOST_TEST(has(s.defects, Defect::too_many_params));
  BOOST_TEST(s.root().params.size() <= 128u);
}

BOOST_AUTO_TEST_CASE(nesting_stops_at_the_limit_and_the_rest_is_body) {
  const std::string mail = nested(10000);
  const auto s = mime::scan(mail);
  BOOST_TEST(s.parts.size() == 64u);
  BOOST_TEST(has(s.defects, Defect::too_deep));
  BOOST_TEST(s.parts.back().first_child == kNoPart);
  BOOST_TEST(s.parts.back().body.end() == mail.size());
  mime::Limits wide;
  wide.max_depth = wide.max_parts = 20000;
  const auto all = mime::scan(mail, wide);
  BOOST_TEST(all.parts.size() == 10001u);
  check_shape(all, mail.size());
}

BOOST_AUTO_TEST_CASE(parts_stop_at_the_limit) {
  std::string mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 5000; ++i) mail += "--b\r\n\r\nx\r\n";
  const auto s = mime::scan(mail + "--b--\r\n");
  BOOST_TEST(s.parts.size() == 1000u);
  BOOST_TEST(has(s.defects, Defect::too_many_parts));
  BOOST_TEST(!has(s.defects, Defect::unterminated));
  check_shape(s, mail.size() + 7);
}

BOOST_AUTO_TEST_CASE(header_past_its_limit_becomes_body) {
  const std::string mail = "From: a@b.vn\r\nX: " + std::string(300000, 'x') + "\r\nContent-Type: text/html\r\n\r\nbody";
  const auto s = mime::scan(mail);
  BOOST_TEST(has(s.defects, Defect::header_too_long));
  BOOST_TEST(s.root().header.of(mail) == "From: a@b.vn\r\n");
  BOOST_TEST(s.root().subtype == "plain");
}

BOOST_AUTO_TEST_CASE(the_first_of_duplicate_fields_counts) {
  const auto s = mime::scan("Content-Type: text/html\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n--x--\r\n");
  BOOST_TEST(s.parts.size() == 1u);
  BOOST_TEST(s.root().subtype == "html");
  BOOST_TEST(has(s.defects, Defect::duplicate_field));
}

BOOST_AUTO_TEST_CASE(multipart_without_boundary_is_opaque) {
  const auto s = mime::scan("Content-Type: multipart/mixed\r\n\r\n--\r\n\r\nx\r\n----\r\n");
  BOOST_TEST(s.parts.size() == 1u);
  BOOST_TEST(has(s.defects, Defect::missing_boundary));
}

BOOST_AUTO_TEST_CASE(part_header_cut_by_a_delimiter_stays_inside_its_parent) {
  const std::string mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n--b\r\n--b\r\n\r\n--b--";
  const auto s = mime::scan(mail);
  check_shape(s, mail.size());
  BOOST_TEST(s.parts[2].header.of(mail) == "Subject: x\r\n");
}

BOOST_AUTO_TEST_CASE(every_prefix_of_a_mail_scans) {
  const std::string mail(samples::kMixed);
  for (std::size_t n = 0; n <= mail.size(); ++n) check_shape(mime::scan(std::string_view(mail).substr(0, n)), n);
}

BOOST_AUTO_TEST_SUITE_END()
