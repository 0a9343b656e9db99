#include "tests/tools/transfer/support.hpp"
#include "tools/transfer/mbox.hpp"

using namespace transfer;
using namespace transfer::test;

namespace {

const std::string kFrom = "From an@songla.gov.vn Wed Jun 30 21:49:08 1993\n";
const base::Time kDate{std::chrono::seconds(741476948)};  // 1993-06-30T21:49:08Z

Taken read(const std::string& bytes, MboxOptions options = {}) {
  const TempFolder folder;
  auto source = MboxSource::open(folder.write("Thư cũ.mbox", bytes), options);
  if (!source) {
    Taken out;
    out.error = source.error().detail();
    return out;
  }
  return take_all(**source);
}

std::string mail(const std::string& body, const std::string& fields = {}) { return kFrom + "Subject: x\n" + fields + "\n" + body; }

}  // namespace

BOOST_AUTO_TEST_SUITE(transfer_mbox)

BOOST_AUTO_TEST_CASE(from_lines_of_many_programs) {
  const struct {
    const char* line;
    std::int64_t seconds;
    int tz;
  } good[] = {
      {"From an@songla.gov.vn Wed Jun 30 21:49:08 1993", 741476948, 0},
      {"From - Wed Jun 30 21:49:08 1993", 741476948, 0},
      {"From MAILER-DAEMON Wed Jun  2 21:49:08 1993", 739057748, 0},
      {"From an Wed Jun 30 21:49 1993", 741476940, 0},
      {"From an@songla.gov.vn Wed Jun 30 21:49:08 1993 +0700", 741476948 - 25200, 420},
      {"From an@songla.gov.vn Wed Jun 30 21:49:08 +0700 1993", 741476948 - 25200, 420},
      {"From an@songla.gov.vn Wed Jun 30 21:49:08 GMT 1993", 741476948, 0},
      {"From an@songla.gov.vn Wed Jun 30 21:49:08 EET 1993", 741476948, 0},
      {"From an@songla.gov.vn Wed, 30 Jun 1993 21:49:08 +0700", 741476948 - 25200, 420},
      {"From an@songla.gov.vn Wed Jun 30 21:49:08 1993 remote from uucp", 741476948, 0},
      {"From \"Nguyễn Văn An\" an@songla.gov.vn Wed Jun 30 21:49:08 1993", 741476948, 0},
  };
  for (const auto& g : good)
    BOOST_TEST_CONTEXT(g.line) {
      const auto from = parse_from_line(g.line, 0);
      BOOST_REQUIRE((from && from->date));
      BOOST_TEST(from->date->time_since_epoch().count() == g.seconds * 1000);
      BOOST_TEST(from->tz_minutes == g.tz);
    }
  for (const char* bad : {"From here on it is his task.", "From Wed", "From an Wed Jun 31 21:49:08 1993", "From an Wed Jun 30 25:49:08 1993", "From an Wed Jun 30 21:49:08",
                          "from an@songla.gov.vn Wed Jun 30 21:49:08 1993", "From", "", "From an Wed Jun 30 21:49:08 99999"})
    BOOST_TEST_CONTEXT(bad) { BOOST_TEST(!parse_from_line(bad, 0)); }
  BOOST_TEST(parse_from_line("From an Wed Jun 30 21:49:08 1993", 420)->date->time_since_epoch().count() == (741476948 - 25200) * 1000LL);
}

BOOST_AUTO_TEST_CASE(two_messages_with_line_ends_and_dates) {
  const Taken t = read(mail("một\n\n") + mail("hai\r\nba\n"));
  BOOST_REQUIRE(t.messages.size() == 2u);
  BOOST_TEST(t.messages[0].bytes == "Subject: x\r\n\r\nmột\r\n");
  BOOST_TEST(t.messages[1].bytes == "Subject: x\r\n\r\nhai\r\nba\r\n");
  BOOST_TEST((t.messages[0].date == kDate));
  BOOST_TEST(t.messages[0].mailbox == "Thư cũ");
  BOOST_TEST(t.messages[1].origin.ends_with("Thư cũ.mbox, byte " + std::to_string(mail("một\n\n").size())));
}

BOOST_AUTO_TEST_CASE(quoting_is_undone_by_the_rules_of_its_variant) {
  const std::string body = ">From x\n>>From y\n>>>From z\n> From w\n>Frommage\n\n";
  BOOST_TEST(read(mail(body)).bodies()[0] == "From x\r\n>From y\r\n>>From z\r\n> From w\r\n>Frommage\r\n");
  MboxOptions o;
  o.quoting = MboxQuoting::o;
  BOOST_TEST(read(mail(body), o).bodies()[0] == "From x\r\n>>From y\r\n>>>From z\r\n> From w\r\n>Frommage\r\n");
  o.quoting = MboxQuoting::none;
  BOOST_TEST(read(mail(body), o).bodies()[0] == ">From x\r\n>>From y\r\n>>>From z\r\n> From w\r\n>Frommage\r\n");
}

BOOST_AUTO_TEST_CASE(a_from_in_the_text_is_no_separator) {
  BOOST_TEST(read(mail("a\n\nFrom here on it is text.\n\nFrom: no\n")).messages.size() == 1u);
  BOOST_TEST(read(mail("a\n" + kFrom + "no empty line before it\n")).messages.size() == 1u);
  // Thunderbird's separator without a date counts where a header follows, and only there.
  BOOST_TEST(read(mail("a\n\nFrom \nX-Mozilla-Status: 0001\nSubject: y\n\nb\n")).messages.size() == 2u);
  BOOST_TEST(read(mail("a\n\nFrom -\nhis desk\n")).messages.size() == 1u);
}

BOOST_AUTO_TEST_CASE(content_length_counts_where_it_is_true) {
  const std::string body = "a\n\n" + kFrom + "Subject: quoted mail\n\ntext\n";
  const std::string right = "Content-Length: " + std::to_string(body.size()) + "\n";
  const Taken t = read(mail(body, right) + "\n" + mail("b\n"));
  BOOST_REQUIRE(t.messages.size() == 2u);
  BOOST_TEST(t.bodies()[0] == "a\r\n\r\nFrom an@songla.gov.vn Wed Jun 30 21:49:08 1993\r\nSubject: quoted mail\r\n\r\ntext\r\n");
  BOOST_TEST(t.messages[0].bytes.find("Content-Length") == std::string::npos);
  for (const char* wrong : {"Content-Length: 3\n", "Content-Length: 99999999999999999999\n", "Content-Length: 18446744073709551615\n", "Content-Length: -1\n", "Content-Length: x\n", "Content-Length: 1000\n"})
    BOOST_TEST_CONTEXT(wrong) { BOOST_TEST(read(mail("one\ntwo\n\n", wrong) + mail("b\n")).messages.size() == 2u); }
  BOOST_TEST(read(mail(">From x\n", "Content-Length: 8\n")).bodies()[0] == ">From x\r\n");  // mboxcl2 quotes nothing
}

BOOST_AUTO_TEST_CASE(flags_of_dovecot_and_thunderbird) {
  const Taken t = read(mail("a\n\n", "Status: RO\nX-Status: AF\nX-Keywords: $Forwarded  quan-trong $SignatureValid\nX-UID: 7\n") +
                       mail("b\n\n", "X-Mozilla-Status: 0007\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: $label1                    \n") +
                       mail("c\n\n", "X-Mozilla-Status: 0009\n") + mail("d\n\n", "X-Status: DT\n"));
  BOOST_REQUIRE(t.messages.size() == 3u);
  BOOST_TEST(t.skipped == 1u);  // expunged, not yet compacted
  BOOST_TEST(t.messages[0].flags == (store::kSeen | store::kAnswered | store::kFlagged));
  BOOST_TEST((t.messages[0].keywords == std::vector<std::string>{"$Forwarded", "quan-trong"}));
  BOOST_TEST(t.messages[0].bytes == "Subject: x\r\n\r\na\r\n");
  BOOST_TEST(t.messages[1].flags == (store::kSeen | store::kAnswered | store::kFlagged));
  BOOST_TEST((t.messages[1].keywords == std::vector<std::string>{"$label1"}));
  BOOST_TEST(t.messages[2].flags == (store::kDeleted | store::kDraft));
}

BOOST_AUTO_TEST_CASE(eight_bit_and_nul_bytes_pass_untouched) {
  const std::string body = std::string("\xff\xfe\0\x80 kính gửi", 15) + "\n";
  BOOST_TEST(read(mail(body)).bodies()[0] == body.substr(0, body.size() - 1) + "\r\n");
}

BOOST_AUTO_TEST_CASE(a_message_that_is_too_large_is_named_and_the_next_one_taken) {
  MboxOptions o;
  o.limits.message = 1000;
  const Taken t = read(mail(std::string(5000, 'x') + "\n\n") + mail("b\n") + "\n" + mail(std::string(3000, 'y'), "Content-Length: 3000\n") + "\n" + mail("c\n"), o);
  BOOST_REQUIRE((t.messages.size() == 2u && t.problems.size() == 2u));
  BOOST_TEST(t.problems[0].origin.ends_with("byte 0"));
  BOOST_TEST(t.problems[0].what.find("max_message_size") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(pathological_files) {
  BOOST_TEST(read("no mail\n").error.find("does not begin") != std::string::npos);
  BOOST_TEST(read("").messages.empty());
  BOOST_TEST(read("From \n").problems.size() == 1u);
  BOOST_TEST(read(kFrom).problems.size() == 1u);  // nothing after it: an empty message
  BOOST_TEST(read(kFrom + "Subject: no end").messages.size() == 1u);
  BOOST_TEST(read(kFrom + "no header at all\n\ntext\n").bodies()[0] == "text\r\n");
  BOOST_TEST(read(mail(std::string(2 << 20, 'x'))).bodies()[0].size() == std::size_t(2 << 20));  // one line
  BOOST_TEST(read(kFrom + "Subject: " + std::string(1 << 20, 'x') + "\n\nb\n").messages.size() == 1u);
  std::string many;
  for (int i = 0; i < 20000; ++i) many += "From \n";
  BOOST_TEST(read(many).messages.size() + read(many).problems.size() >= 1u);
  // Cut at every byte: no crash, and never more than what was there.
  const std::string whole = mail("a\n\n", "Status: RO\nContent-Length: 2\n") + mail(">From b\n\n", "X-Status: A\n");
  for (std::size_t n = 0; n < whole.size(); ++n) BOOST_TEST(read(whole.substr(0, n)).messages.size() <= 2u);
}

BOOST_AUTO_TEST_CASE(a_folder_of_thunderbird) {
  const TempFolder f;
  f.write("tb/Inbox", mail("a\n"));
  f.write("tb/Inbox.msf", "From no\n");
  f.write("tb/Inbox.sbd/Công văn", mail("b\n"));
  f.write("tb/Inbox.sbd/Công văn.sbd/Đến", mail("c\n"));
  f.write("tb/filterlog.html", "From x\n");
  f.write("tb/Sent", "");
  f.write("tb/msgFilterRules.dat", "x");
  std::filesystem::create_symlink("/etc/passwd", f / "tb/link");
  auto source = need(MboxSource::open(f / "tb", {}));
  std::vector<std::string> names;
  for (const auto& folder : source->folders()) names.push_back(folder.name);
  BOOST_TEST((names == std::vector<std::string>{"Inbox", "Inbox/Công văn", "Inbox/Công văn/Đến", "Sent"}));
  const Taken t = take_all(*source);
  BOOST_TEST(t.messages.size() == 3u);
  BOOST_TEST(t.problems.size() == 1u);
  BOOST_TEST(source->done() == source->total());
  BOOST_TEST((MboxSource::open(f / "none", {}).error().code() == Errc::not_found));
  BOOST_TEST((MboxSource::open(f / "tb/link", {}).error().code() == Errc::denied));
}

BOOST_AUTO_TEST_SUITE_END()
