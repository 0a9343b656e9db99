#include <boost/test/unit_test.hpp>

#include "mime/build.hpp"
#include "mime/charset.hpp"
#include "mime/decode.hpp"
#include "mime/header.hpp"
#include "mime/search_text.hpp"
#include "mime/summary.hpp"
#include "tests/mime/samples.hpp"

namespace {

std::string name_of(const std::string& disposition) {
  const auto s = mime::scan("Content-Disposition: attachment; " + disposition + "\r\n\r\n");
  return mime::file_name(s.root());
}

mime::Outgoing notice() {
  mime::Outgoing m;
  m.from_name = "H\xe1\xbb\x87 th\xe1\xbb\x91ng th\xc6\xb0";
  m.from_address = "postmaster@songla.gov.vn";
  m.to = {{"", "van.thu@songla.gov.vn"}};
  m.subject = "Th\xc6\xb0 kh\xc3\xb4ng g\xe1\xbb\xadi \xc4\x91\xc6\xb0\xe1\xbb\xa3""c";
  m.date = "Sun, 22 Nov 2026 09:15:00 +0700";
  m.message_id = "n1@songla.gov.vn";
  m.text = "K\xc3\xadnh g\xe1\xbb\xadi,\n.\nH\xe1\xba\xbft\n";
  return m;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(content)

BOOST_AUTO_TEST_CASE(transfer_encodings) {
  using mime::Encoding;
  BOOST_TEST(mime::decode("aGVs\r\nbG8=", Encoding::base64) == "hello");
  BOOST_TEST(mime::decode("aGVs*bG8", Encoding::base64) == "hello");
  BOOST_TEST(mime::decode("aGk=aGk=", Encoding::base64) == "hihi");
  BOOST_TEST(mime::decode("a=3Db=\r\n c =\t\r\nd \t\r\ne=zz=4", Encoding::quoted_printable) == "a=b c d\r\ne=zz=4");
  BOOST_TEST(mime::decode("a=3d", Encoding::quoted_printable) == "a=");
  BOOST_TEST(mime::decode("hello", Encoding::base64, 2).size() == 2u);
}

BOOST_AUTO_TEST_CASE(any_split_decodes_the_same) {
  const std::string_view inputs[] = {"K=C3=ADnh =\r\ng=E1=BB=ADi  \r\n=zz=", "SGVsbG8gd29y\r\nbGQ=SGk="};
  for (auto [encoding, in] : {std::pair{mime::Encoding::quoted_printable, inputs[0]}, {mime::Encoding::base64, inputs[1]}}) {
    const std::string whole = mime::decode(in, encoding);
    for (std::size_t cut = 0; cut <= in.size(); ++cut) {
      mime::Decoder d(encoding);
      std::string out;
      d.feed(in.substr(0, cut), out);
      d.feed(in.substr(cut), out);
      d.finish(out);
      BOOST_REQUIRE_EQUAL(out, whole);
    }
  }
}

BOOST_AUTO_TEST_CASE(html_becomes_text) {
  BOOST_TEST(mime::html_to_text("<head><style>p{}</style></head><p class=\"a>b\">M\xe1\xbb\x99t &amp; hai<br>ba&nbsp;&#7889;&#x1ED1;&agrave;</p><script>x<y</script><!-- n -->b\xe1\xbb\x91n a < b") ==
             "M\xe1\xbb\x99t & hai\nba \xe1\xbb\x91\xe1\xbb\x91\xc3\xa0\nb\xe1\xbb\x91n a < b");
  BOOST_TEST(mime::html_to_text("&bogus; &#xffffffff; &") == "&bogus; \xef\xbf\xbd &");
  for (const char* unit : {"<", "<a \"", "<!--", "<script>", "&", "<a '\"", "</", "<style></"}) {  // linear
    std::string s;
    while (s.size() < 1000000) s += unit;
    BOOST_TEST(mime::html_to_text(s).size() <= s.size());
  }
}

BOOST_AUTO_TEST_CASE(file_names_are_decoded_and_harmless) {
  BOOST_TEST(name_of("filename*=utf-8''t%E1%BB%9D.pdf; filename=to.pdf") == "t\xe1\xbb\x9d.pdf");
  BOOST_TEST(name_of("filename=\"=?UTF-8?Q?t=E1=BB=9D.pdf?=\"") == "t\xe1\xbb\x9d.pdf");
  BOOST_TEST(name_of("filename=\"../../etc/passwd\"") == "passwd");
  BOOST_TEST(name_of("filename=\"C:\\\\x\\\\y.pdf\"") == "y.pdf");
  BOOST_TEST(name_of("filename*=utf-8''a%E2%80%AEfdp.exe%00%0A") == "afdp.exe");
  BOOST_TEST(name_of("filename=..") == "");
  BOOST_TEST(name_of("filename=cong van so 1.pdf") == "cong van so 1.pdf");
  BOOST_TEST(name_of("x=y") == "");
}

BOOST_AUTO_TEST_CASE(charsets_never_fail) {
  BOOST_TEST(mime::to_utf8("\xff", "utf-8") == "\xef\xbf\xbd");
  BOOST_TEST(mime::to_utf8("a\xe1\xbb", "utf-8", true) == "a");
  BOOST_TEST(mime::to_utf8("caf\xe9", "no-such-charset") == "caf\xc3\xa9");
  BOOST_TEST(mime::to_utf8("+AOk-", "utf-7") == "\xc3\xa9");
}

BOOST_AUTO_TEST_CASE(search_text_holds_people_subject_and_all_text_parts) {
  const auto t = mime::search_text(samples::kMixed, mime::scan(samples::kMixed));
  BOOST_TEST(t.from == "V\xc4\x83n th\xc6\xb0 van.thu@songla.gov.vn");
  BOOST_TEST(t.to == "T\xe1\xbb\x95ng h\xe1\xbb\xa3p tong.hop@suoivang.gov.vn a@x.vn b@x.vn");
  for (const char* word : {"K\xc3\xadnh g\xe1\xbb\xadi", "inner", "first", "second"}) BOOST_TEST(t.body.find(word) != t.body.npos);
  BOOST_TEST(t.body.find("<b>") == t.body.npos);
  BOOST_TEST(t.file_names == "t\xe1\xbb\x9d.pdf");
  BOOST_TEST(!t.cut);
  const auto capped = mime::search_text(samples::kMixed, mime::scan(samples::kMixed), 10);
  BOOST_TEST(capped.cut);
  BOOST_TEST(capped.body.size() <= 11u);
}

BOOST_AUTO_TEST_CASE(a_notice_is_ascii_with_crlf_and_reads_back) {
  mime::Outgoing m = notice();
  m.attachments.push_back({"t\xe1\xbb\x9d.pdf", "application/pdf", std::string("%PDF\0\r\n", 7)});
  const auto built = mime::build_message(m);
  BOOST_REQUIRE(built.has_value());
  BOOST_TEST(mime::is_ascii(*built));
  const auto s = mime::scan(*built);
  BOOST_TEST((s.defects == mime::Defect::none));
  BOOST_REQUIRE(s.parts.size() == 3u);
  const auto summary = mime::make_summary(*built, s);
  BOOST_TEST(summary.subject == m.subject);
  BOOST_TEST(summary.from == m.from_name);
  BOOST_TEST(summary.message_id == mime::id_hash("n1@songla.gov.vn"));
  BOOST_TEST(mime::decoded_text(s.parts[1], *built).starts_with("K\xc3\xadnh g\xe1\xbb\xadi,"));
  BOOST_TEST(mime::file_name(s.parts[2]) == "t\xe1\xbb\x9d.pdf");
  BOOST_TEST(mime::decode(s.parts[2].body.of(*built), mime::Encoding::base64) == m.attachments[0].bytes);
  BOOST_TEST(*mime::build_message(m) == *built);
}

BOOST_AUTO_TEST_CASE(header_injection_is_refused) {
  mime::Outgoing m = notice();
  m.subject = "x\r\nBcc: y@z.vn";
  BOOST_TEST(!mime::build_message(m).has_value());
  m = notice();
  m.to.clear();
  BOOST_TEST(!mime::build_message(m).has_value());
}

BOOST_AUTO_TEST_CASE(delivery_report_of_rfc_3464) {
  mime::Report r;
  r.message = notice();
  r.reporting_mta = "mx1.songla.gov.vn";
  r.recipients = {{"ke.hoach@suoivang.gov.vn", "rfc822;kh@suoivang.gov.vn", "failed", "5.1.1", "mx.suoivang.gov.vn", "550 5.1.1 no\r\nAction: delivered"}};
  r.original_header = "From: a@songla.gov.vn\r\nSubject: x\r\n";
  const auto built = mime::build_report(r);
  BOOST_REQUIRE(built.has_value());
  const auto s = mime::scan(*built);
  BOOST_REQUIRE(s.parts.size() == 4u);
  BOOST_TEST(mime::param(s.root().params, "report-type") == "delivery-status");
  BOOST_TEST(s.parts[2].subtype == "delivery-status");
  BOOST_TEST(s.parts[2].body.of(*built).starts_with("Reporting-MTA: dns; mx1.songla.gov.vn\r\n\r\nOriginal-Recipient: rfc822;kh@suoivang.gov.vn\r\n"
                                                    "Final-Recipient: rfc822; ke.hoach@suoivang.gov.vn\r\nAction: failed\r\nStatus: 5.1.1\r\n"));
  BOOST_TEST(s.parts[2].body.of(*built).find("\nAction: delivered") == std::string_view::npos);
  BOOST_TEST(s.parts[3].subtype == "rfc822-headers");
  BOOST_TEST(s.parts[3].body.of(*built) == "From: a@songla.gov.vn\r\nSubject: x\r\n");
}

BOOST_AUTO_TEST_SUITE_END()
