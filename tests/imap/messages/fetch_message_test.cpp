// One message's FETCH response: every item, every edge of a partial, bodies that are streamed.
#include <boost/test/unit_test.hpp>

#include "tests/imap/messages/mail.hpp"
#include "tests/mime/samples.hpp"

using imap_test::Mail;

namespace {

const std::string kSimple = "From: An <an@songla.gov.vn>\r\nSubject: thu\r\nX-Note: one\r\nx-note: two\r\n\r\nhello\r\nworld\r\n";
const std::string kPrefix = "Received: by mx.songla.gov.vn\r\n";

std::string base64_mail(std::size_t lines) {
  std::string m = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  for (std::size_t i = 0; i < lines; ++i) m += "AAECAwQFBgcICQoLDA0ODw==\r\n";
  return m;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fetch_message)

BOOST_AUTO_TEST_CASE(row_items_need_no_detail) {
  const auto parsed = imap::proto::parse("a FETCH 1 (FLAGS UID INTERNALDATE RFC822.SIZE MODSEQ EMAILID THREADID)");
  const imap::FetchPlan rows(std::get<imap::proto::Fetch>(parsed->command).items, {});
  BOOST_TEST(!rows.needs_detail());
  Mail m(kSimple);
  m.view.hot.flags = store::kSeen | store::kAnswered;
  m.view.hot.keywords = 2;
  m.view.hot.derived = store::kSignatureValid | store::kHidden;
  m.flags = imap::FlagNames({{1, "$Forwarded"}});
  BOOST_TEST(m.fetch("(FLAGS UID RFC822.SIZE MODSEQ EMAILID THREADID)") ==
             "* 1 FETCH (FLAGS (\\Answered \\Seen $Forwarded $SignatureValid) UID 7 RFC822.SIZE " + std::to_string(m.all().size()) +
                 " MODSEQ (42) EMAILID (M1-3) THREADID (T1-2))\r\n");
  BOOST_TEST(m.fetch("INTERNALDATE") == "* 1 FETCH (INTERNALDATE \"18-Nov-2026 18:06:40 +0700\")\r\n");
}

BOOST_AUTO_TEST_CASE(uid_and_mod_seq_are_added_once) {
  Mail m(kSimple);
  BOOST_TEST(m.fetch("FLAGS", {.uid = true, .mod_seq = true}) == "* 1 FETCH (UID 7 FLAGS () MODSEQ (42))\r\n");
  BOOST_TEST(m.fetch("(UID MODSEQ UID)", {.uid = true, .mod_seq = true}) == "* 1 FETCH (UID 7 MODSEQ (42))\r\n");
}

BOOST_AUTO_TEST_CASE(flags_follow_an_implicit_seen) {
  Mail m(kSimple);
  m.view.hot.flags = store::kSeen;
  BOOST_TEST(m.fetch("BODY[TEXT]<0.1>", {}, true) == "* 1 FETCH (FLAGS (\\Seen) BODY[TEXT]<0> {1}\r\nh)\r\n");
  BOOST_TEST(m.fetch("(FLAGS BODY[TEXT]<0.1>)", {}, true) == "* 1 FETCH (FLAGS (\\Seen) BODY[TEXT]<0> {1}\r\nh)\r\n");
}

BOOST_AUTO_TEST_CASE(whole_header_and_text) {
  Mail m(kSimple);
  BOOST_TEST(m.literal("BODY[]") == kPrefix + kSimple);
  BOOST_TEST(m.literal("RFC822") == kPrefix + kSimple);
  const std::string header = kPrefix + kSimple.substr(0, kSimple.find("\r\n\r\n") + 4);
  BOOST_TEST(m.literal("BODY.PEEK[HEADER]") == header);
  BOOST_TEST(m.literal("RFC822.HEADER") == header);
  BOOST_TEST(m.literal("BODY[TEXT]") == "hello\r\nworld\r\n");
  BOOST_TEST(m.literal("BODY[1]") == "hello\r\nworld\r\n");
  BOOST_TEST(m.fetch("BODY[2]") == "* 1 FETCH (BODY[2] NIL)\r\n");
  BOOST_TEST(m.fetch("BODY[1.HEADER]") == "* 1 FETCH (BODY[1.HEADER] NIL)\r\n");
}

BOOST_AUTO_TEST_CASE(header_fields_with_prefix_and_blank_line) {
  Mail m(kSimple);
  BOOST_TEST(m.literal("BODY[HEADER.FIELDS (x-NOTE received)]") == kPrefix + "X-Note: one\r\nx-note: two\r\n\r\n");
  BOOST_TEST(m.literal("BODY[HEADER.FIELDS (absent)]") == "\r\n");
  BOOST_TEST(m.literal("BODY[HEADER.FIELDS.NOT (From X-Note Received)]") == "Subject: thu\r\n\r\n");
  BOOST_TEST(m.fetch("BODY[HEADER.FIELDS (subject)]<9.4>") == "* 1 FETCH (BODY[HEADER.FIELDS (subject)]<9> {4}\r\nthu\r)\r\n");
  BOOST_TEST(m.fetch("BODY[HEADER.FIELDS (subject)]<100.4>") == "* 1 FETCH (BODY[HEADER.FIELDS (subject)]<100> {0}\r\n)\r\n");
  Mail bare("Subject: no body");
  BOOST_TEST(bare.literal("BODY[HEADER.FIELDS (Subject)]") == "Subject: no body");
  BOOST_TEST(bare.literal("BODY[TEXT]").empty());
}

BOOST_AUTO_TEST_CASE(partials_at_every_edge) {
  Mail m(kSimple);
  const std::string all = m.all();
  for (std::size_t offset = 0; offset <= all.size() + 1; ++offset)
    for (const std::size_t count : {std::size_t(1), std::size_t(2), all.size() - 1, all.size(), all.size() + 1, std::size_t(1) << 40}) {
      const std::string want = offset < all.size() ? all.substr(offset, count) : std::string();
      const std::string ask = "BODY[]<" + std::to_string(offset) + "." + std::to_string(count) + ">";
      BOOST_REQUIRE(m.literal(ask) == want);
    }
}

BOOST_AUTO_TEST_CASE(parts_of_a_multipart) {
  Mail m{std::string(samples::kMixed)};
  BOOST_TEST(m.literal("BODY[1.2]") == "<p>K\xc3\xadnh</p>");
  BOOST_TEST(m.literal("BODY[2.HEADER]") == "Subject: inner\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n");
  BOOST_TEST(m.literal("BODY[2.HEADER.FIELDS (SUBJECT)]") == "Subject: inner\r\n\r\n");
  BOOST_TEST(m.literal("BODY[2.1]") == "first");
  BOOST_TEST(m.literal("BODY[2.2.MIME]") == "Content-Type: text/html\r\n\r\n");
  BOOST_TEST(m.literal("BODY[3]") == "JVBERg==");
  BOOST_TEST(m.literal("BODY[2.TEXT]").starts_with("--in\r\n"));
  const std::string answer = m.fetch("(ENVELOPE BODYSTRUCTURE BODY PREVIEW)");
  BOOST_TEST(answer.find("BODYSTRUCTURE ((") != std::string::npos);
  BOOST_TEST(answer.find(" BODY ((") != std::string::npos);
  BOOST_TEST(answer.find("PREVIEW") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(binary_is_decoded) {
  Mail m{std::string(samples::kMixed)};
  BOOST_TEST(m.fetch("BINARY[3]") == "* 1 FETCH (BINARY[3] {4}\r\n%PDF)\r\n");
  BOOST_TEST(m.fetch("BINARY.PEEK[3]<1.2>") == "* 1 FETCH (BINARY[3]<1> {2}\r\nPD)\r\n");
  BOOST_TEST(m.fetch("BINARY.SIZE[3]") == "* 1 FETCH (BINARY.SIZE[3] 4)\r\n");
  BOOST_TEST(m.literal("BINARY[1.1]") == "K\xc3\xadnh g\xe1\xbb\xadi qu\xc3\xbd c\xc6\xa1 quan\r\n> quoted");
  Mail nul(base64_mail(1));
  BOOST_TEST(nul.fetch("BINARY[1]").starts_with("* 1 FETCH (BINARY[1] ~{16}\r\n"));
}

BOOST_AUTO_TEST_CASE(unknown_encoding_fails_with_nothing_written) {
  Mail m("Content-Type: text/plain\r\nContent-Transfer-Encoding: x-own\r\n\r\nabc\r\n");
  BOOST_TEST(m.fetch("(UID BINARY[1])") == "error: unsupported");
  BOOST_TEST(m.fetch("BINARY.SIZE[1]") == "error: unsupported");
  BOOST_TEST(m.literal("BODY[1]") == "abc\r\n");
}

BOOST_AUTO_TEST_CASE(large_bodies_stop_and_go_on) {
  Mail m(base64_mail(10000));  // 260,000 octets, 160,000 decoded
  BOOST_TEST(m.literal("BODY[]") == m.all());
  BOOST_TEST(m.large_bodies == 1);
  const std::string answer = m.fetch("(BODY[1] UID BODY[HEADER])");
  BOOST_TEST(answer.find(" UID 7 BODY[HEADER] {") != std::string::npos);
  BOOST_TEST(answer.ends_with(")\r\n"));
  const std::string decoded = m.literal("BINARY[1]");
  BOOST_TEST(decoded.size() == 160000u);
  for (std::size_t i = 0; i < decoded.size(); ++i) BOOST_REQUIRE(decoded[i] == char(i % 16));
  BOOST_TEST(m.literal("BINARY[1]<70000.80000>") == decoded.substr(70000, 80000));
  BOOST_TEST(m.literal("BINARY[1]<159999.5>") == decoded.substr(159999));
  BOOST_TEST(m.literal("BINARY[1]<160000.5>").empty());
  BOOST_TEST(m.literal("BODY[]<1000.100000>") == m.all().substr(1000, 100000));
  BOOST_TEST(m.fetch("BINARY.SIZE[1]").find("160000)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_damaged_summary_is_an_error_and_no_crash) {
  Mail m(kSimple);
  m.view.detail.summary = "garbage";
  BOOST_TEST(m.fetch("ENVELOPE") == "error: corrupt");
  BOOST_TEST(m.fetch("UID") == "* 1 FETCH (UID 7)\r\n");
}

BOOST_AUTO_TEST_SUITE_END()
