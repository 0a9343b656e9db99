#include <boost/test/unit_test.hpp>

#include "mime/imap_text.hpp"
#include "mime/summary.hpp"
#include "tests/mime/samples.hpp"

namespace {

struct Made {
  std::string content, bytes;
  mime::SummaryView view;
};

Made make(std::string_view content) {
  std::string bytes = mime::encode(mime::make_summary(content, mime::scan(content)));
  Made m{std::string(content), std::move(bytes), {}};
  return m;
}

mime::SummaryView open(const Made& m) {
  auto v = mime::SummaryView::open(m.bytes);
  BOOST_REQUIRE(v.has_value());
  return *v;
}

std::string body(const Made& m, std::vector<std::uint32_t> path) {
  const auto p = open(m).section(path);
  return p ? std::string(p->body.of(m.content)) : "none";
}

// Parenthesised text with strings and literals, as a client reads it; returns the bytes consumed or 0.
std::size_t read_list(std::string_view s) {
  int depth = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '(') ++depth;
    else if (s[i] == ')') { if (--depth == 0) return i + 1; }
    else if (s[i] == '"') {
      for (++i; i < s.size() && s[i] != '"'; ++i) {
        if (s[i] == '\r' || s[i] == '\n' || s[i] == '\0' || (s[i] & 0x80)) return 0;
        if (s[i] == '\\') ++i;
      }
    } else if (s[i] == '{') {
      const std::size_t close = s.find("}\r\n", i);
      if (close == s.npos) return 0;
      i = close + 2 + std::stoul(std::string(s.substr(i + 1, close - i - 1)));
    }
  }
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(summary)

BOOST_AUTO_TEST_CASE(envelope_of_rfc_9051) {  // the FETCH example of section 8
  const Made m = make(
      "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\nFrom: Terry Gray <gray@cac.washington.edu>\r\n"
      "Subject: IMAP4rev2 WG mtg summary and minutes\r\nTo: imap@cac.washington.edu\r\n"
      "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\nMessage-Id: <B27397-0100000@cac.washington.edu>\r\n"
      "MIME-Version: 1.0\r\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\nhello\r\n");
  const std::string gray = "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\"))";
  BOOST_TEST(open(m).envelope() ==
             "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg summary and minutes\" " + gray + " " + gray + " " + gray +
                 " ((NIL NIL \"imap\" \"cac.washington.edu\")) ((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")"
                 "(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL \"<B27397-0100000@cac.washington.edu>\")");
  BOOST_TEST(open(m).body_structure() == "(\"text\" \"plain\" (\"charset\" \"US-ASCII\") NIL NIL \"7bit\" 7 1 NIL NIL NIL NIL)");
  BOOST_TEST(open(m).body() == "(\"text\" \"plain\" (\"charset\" \"US-ASCII\") NIL NIL \"7bit\" 7 1)");
}

BOOST_AUTO_TEST_CASE(absent_fields_are_nil_and_groups_are_marked) {
  BOOST_TEST(open(make("\r\n")).envelope() == "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
  const Made m = make("Subject:\r\nTo: nhom: a@x.vn, b@x.vn;, c@x.vn\r\n\r\n");
  BOOST_TEST(open(m).envelope() == "(NIL \"\" NIL NIL NIL ((NIL NIL \"nhom\" NIL)(NIL NIL \"a\" \"x.vn\")(NIL NIL \"b\" \"x.vn\")"
                                   "(NIL NIL NIL NIL)(NIL NIL \"c\" \"x.vn\")) NIL NIL NIL NIL)");
}

BOOST_AUTO_TEST_CASE(strings_never_break_the_response) {  // ATTACKS I10
  const auto s = [](std::string_view in) { std::string out; mime::append_string(out, in); return out; };
  BOOST_TEST(s("a\"b\\c") == "\"a\\\"b\\\\c\"");
  BOOST_TEST(s("a\r\nb") == "{4}\r\na\r\nb");
  BOOST_TEST(s("ch\xc3\xa0o") == "{5}\r\nch\xc3\xa0o");
  BOOST_TEST(s(std::string_view("a\0b", 3)) == "\"ab\"");
  BOOST_TEST(s("") == "\"\"");
  std::string hostile = "Subject: \x80\"\\ x\r\n\t) FLAGS (\r\nFrom: \"a\r\n b) {10}\" <x\"y@\xff>\r\nMessage-ID: <a\0b>\r\nContent-Type: a\"/b; n=\"\x90\"\r\n\r\n";
  const Made m = make(hostile);
  BOOST_TEST(read_list(open(m).envelope()) == open(m).envelope().size());
  BOOST_TEST(read_list(open(m).body_structure()) == open(m).body_structure().size());
}

BOOST_AUTO_TEST_CASE(sections_resolve_to_ranges) {  // RFC 9051 6.4.5.1
  const Made m = make(samples::kMixed);
  BOOST_TEST(body(m, {1, 1}).starts_with("K=C3=ADnh"));
  BOOST_TEST(body(m, {1, 2}) == "<p>K\xc3\xadnh</p>");
  BOOST_TEST(body(m, {2}).starts_with("Subject: inner"));
  BOOST_TEST(body(m, {2, 1}) == "first");
  BOOST_TEST(body(m, {2, 2}) == "<b>second</b>");
  BOOST_TEST(body(m, {3}) == "JVBERg==");
  for (const auto& bad : {std::vector<std::uint32_t>{0}, {4}, {1, 1, 1}, {1, 3}, {2, 3}, {3, 1}, {2, 1, 1}}) BOOST_TEST(body(m, bad) == "none");
  const std::vector<std::uint32_t> two{2}, three{3};
  const auto message = open(m).section(two);
  BOOST_REQUIRE(message && message->is_message);
  BOOST_TEST(message->message_header.of(m.content) == "Subject: inner\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n");
  BOOST_TEST(message->message_text.of(m.content).starts_with("--in\r\n"));
  BOOST_TEST(message->header.of(m.content) == "Content-Type: message/rfc822\r\n\r\n");
  BOOST_TEST((open(m).section(three)->encoding == mime::Encoding::base64));
  BOOST_TEST(open(m).section(three)->type == "application/pdf");
  BOOST_TEST(open(m).section({})->message_text.of(m.content).starts_with("preamble"));
}

BOOST_AUTO_TEST_CASE(single_part_and_embedded_single_part_are_number_one) {
  const Made plain = make("Subject: x\r\n\r\ntext");
  BOOST_TEST(body(plain, {1}) == "text");
  BOOST_TEST(body(plain, {2}) == "none");
  BOOST_TEST(body(plain, {1, 1}) == "none");
  const Made m = make("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\ninner\r\n--b--\r\n");
  BOOST_TEST(body(m, {1, 1}) == "inner");
  BOOST_TEST(body(m, {1, 1, 1}) == "none");
  const Made root = make("Content-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\ninner");
  BOOST_TEST(body(root, {1}) == "Subject: y\r\n\r\ninner");
  BOOST_TEST(body(root, {1, 1}) == "inner");
}

BOOST_AUTO_TEST_CASE(body_structure_of_a_mixed_mail) {
  const Made m = make(samples::kMixed);
  const std::string_view b = open(m).body_structure();
  BOOST_TEST(read_list(b) == b.size());
  BOOST_TEST(b.starts_with("(((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"quoted-printable\" 56 2 NIL NIL NIL NIL)"));
  BOOST_TEST(b.find("\"alternative\" (\"boundary\" \"alt\") NIL NIL NIL)") != b.npos);
  BOOST_TEST(b.find("(\"attachment\" (\"filename*\" \"utf-8''t%E1%BB%9D.pdf\"))") != b.npos);
  BOOST_TEST(b.find("(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" ") != b.npos);
  BOOST_TEST(b.find("(NIL \"inner\" NIL NIL NIL NIL NIL NIL NIL NIL) ((\"text\" \"plain\" (\"charset\" \"us-ascii\")") != b.npos);
  const std::string short_form = open(m).body();
  BOOST_TEST(read_list(short_form) == short_form.size());
  BOOST_TEST(short_form.find("attachment") == short_form.npos);
  BOOST_TEST(short_form.find(" \"mixed\")") != short_form.npos);
}

BOOST_AUTO_TEST_CASE(unopened_containers_are_shown_as_opaque) {
  for (const char* type : {"multipart/mixed", "message/rfc822\r\nContent-Transfer-Encoding: base64"}) {
    const Made m = make(std::string("Content-Type: ") + type + "\r\n\r\nAAAA");
    BOOST_TEST(open(m).body_structure().starts_with("(\"application\" \"octet-stream\""));
    BOOST_TEST(body(m, {1}) == "AAAA");
  }
}

BOOST_AUTO_TEST_CASE(header_fields_are_found_by_table) {
  const Made m = make(samples::kMixed);
  const auto v = open(m);
  const std::string_view header = v.section({})->message_header.of(m.content);
  const std::string_view names[] = {"x-note", "subject", "absent"};
  std::string got;
  for (const auto& r : v.header_fields(header, names, false)) got += r.of(header);
  BOOST_TEST(got == "Subject: =?UTF-8?Q?B=C3=A1o_c?=\r\n =?UTF-8?Q?=C3=A1o?= \"q\" \\\r\nX-Note: one\r\nx-note: two\r\n");
  for (bool except : {false, true}) BOOST_TEST((v.header_fields(header, names, except) == mime::select_fields(header, names, except)));
  BOOST_TEST(v.header_fields(header, names, true).size() == 9u);
}

BOOST_AUTO_TEST_CASE(list_data) {
  const Made m = make(samples::kMixed);
  const auto v = open(m);
  BOOST_TEST(v.subject() == "B\xc3\xa1o c\xc3\xa1o \"q\" \\");
  BOOST_TEST(v.from() == "V\xc4\x83n th\xc6\xb0");
  BOOST_TEST(v.from_address() == "van.thu@songla.gov.vn");
  BOOST_TEST(v.preview() == "K\xc3\xadnh g\xe1\xbb\xadi qu\xc3\xbd c\xc6\xa1 quan");
  BOOST_TEST(v.sent() == 1795313700);
  BOOST_TEST(v.attachments() == 2u);
  BOOST_TEST(v.message_id() == mime::id_hash("m1@songla.gov.vn"));
  BOOST_TEST((v.references() == std::vector<std::uint64_t>{mime::id_hash("<r1@songla.gov.vn>"), mime::id_hash("<r2@songla.gov.vn>")}));
  BOOST_TEST(m.bytes.size() < 2000u);
}

BOOST_AUTO_TEST_CASE(every_prefix_of_a_mail_and_of_a_summary_is_survived) {
  const std::string_view mail = samples::kMixed;
  for (std::size_t n = 0; n <= mail.size(); ++n) {
    const Made m = make(mail.substr(0, n));
    BOOST_REQUIRE_EQUAL(read_list(open(m).envelope()), open(m).envelope().size());
    BOOST_REQUIRE_EQUAL(read_list(open(m).body_structure()), open(m).body_structure().size());
  }
  const Made m = make(mail);
  for (std::size_t n = 0; n < m.bytes.size(); ++n) BOOST_REQUIRE(!mime::SummaryView::open(std::string_view(m.bytes).substr(0, n)).has_value());
}

BOOST_AUTO_TEST_CASE(damaged_rows_never_crash) {
  const Made m = make(samples::kMixed);
  for (std::size_t i = 0; i < m.bytes.size(); ++i) {
    std::string damaged = m.bytes;
    damaged[i] = char(damaged[i] ^ 0xff);
    const auto v = mime::SummaryView::open(damaged);
    if (!v) continue;
    const std::vector<std::uint32_t> path{2, 1};
    (void)v->section(path);
    BOOST_CHECK_LE(v->body().size(), damaged.size());
    (void)v->header_fields(m.content, {}, true);
  }
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_addresses_cost_a_bounded_envelope) {  // ATTACKS I7
  std::string mail = "To: ";
  for (int i = 0; i < 20000; ++i) mail += "a@b.vn,\r\n ";
  const Made m = make(mail + "\r\n\r\nx");
  BOOST_TEST(open(m).envelope().size() < 40000u);
}

BOOST_AUTO_TEST_SUITE_END()
