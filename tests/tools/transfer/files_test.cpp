// Maildir, folders of .eml, batches.
#include <sys/stat.h>
#include <utime.h>

#include "tests/tools/transfer/support.hpp"
#include "tools/transfer/batch.hpp"
#include "tools/transfer/eml.hpp"
#include "tools/transfer/maildir.hpp"

using namespace transfer;
using namespace transfer::test;

namespace {
const std::string kMail = "Subject: x\nDate: Wed, 30 Jun 1993 21:49:08 +0700\n\nkính gửi\n";

void touch(const std::string& path, long seconds) {
  const utimbuf times{seconds, seconds};
  BOOST_REQUIRE(::utime(path.c_str(), &times) == 0);
}
}  // namespace

BOOST_AUTO_TEST_SUITE(transfer_files)

BOOST_AUTO_TEST_CASE(a_maildir_with_folders_flags_keywords_and_dates) {
  const TempFolder f;
  touch(f.write("m/cur/1.a:2,FRS", kMail), 1000);
  touch(f.write("m/new/2.a", kMail), 2000);
  f.write("m/tmp/3.a", kMail);
  f.write("m/cur/4.a;2,TDPab", kMail);
  f.write("m/dovecot-keywords", "0 quan-trong\n1 $Document\n99 no\nx y\n");
  f.write("m/.C&APQ-ng v&AQM-n.&ARAevw-n/cur/5.a:2,S", kMail);
  f.write("m/.Công văn.Đi/cur/6.a:2,S", kMail);
  f.write("m/.&bad/cur/7", kMail);
  f.write("m/.Trash-1000/x", "no Maildir");
  auto source = need(MaildirSource::open(f / "m", {}));
  std::vector<std::string> names;
  for (const auto& folder : source->folders()) names.push_back(folder.name);
  BOOST_TEST((names == std::vector<std::string>{"INBOX", "Công văn/Đến", "Công văn/Đi"}), names.size());
  const Taken t = take_all(*source);
  BOOST_REQUIRE(t.messages.size() == 5u);
  BOOST_TEST(t.problems.size() == 1u);
  BOOST_TEST(t.messages[0].flags == (store::kFlagged | store::kAnswered | store::kSeen));
  BOOST_TEST((t.messages[0].date == base::Time(std::chrono::seconds(1000))));
  BOOST_TEST(t.messages[1].flags == (store::kDeleted | store::kDraft));
  BOOST_TEST((t.messages[1].keywords == std::vector<std::string>{"$Forwarded", "quan-trong"}));  // a verdict is never taken
  BOOST_TEST(t.messages[2].flags == 0);
  BOOST_TEST(t.messages[2].bytes == "Subject: x\r\nDate: Wed, 30 Jun 1993 21:49:08 +0700\r\n\r\nkính gửi\r\n");
  BOOST_TEST(source->done() == source->total());
}

BOOST_AUTO_TEST_CASE(a_hostile_maildir_reads_nothing_outside_itself) {
  const TempFolder f;
  std::filesystem::create_directories(f / "m/cur");
  std::filesystem::create_symlink("/etc/passwd", f / "m/cur/1:2,S");
  std::filesystem::create_directory_symlink("/etc", f / "m/.etc");
  BOOST_REQUIRE(::mkfifo((f / "m/cur/2").c_str(), 0600) == 0);
  f.write("m/cur/3", "\x1f\x8b\x08 packed");
  f.write("m/cur/4", " \n");
  f.write("m/cur/5", std::string(5000, 'x'));
  f.write("m/.../cur/6", kMail);
  MaildirOptions o;
  o.limits.message = 1000;
  auto source = need(MaildirSource::open(f / "m", o));
  const Taken t = take_all(*source);
  BOOST_TEST(t.messages.size() == 1u);  // "...": its name is the store's to refuse
  BOOST_TEST(t.problems.size() == 5u);
  BOOST_TEST((MaildirSource::open(f / "none", {}).error().code() == Errc::not_found));
  BOOST_TEST((MaildirSource::open("/etc/passwd", {}).error().code() == Errc::invalid));
  BOOST_TEST((MaildirSource::open(f / "m/cur", {}).error().code() == Errc::invalid));
  std::string deep = "d";
  for (int i = 0; i < 70; ++i) deep += "/d";
  f.write(deep + "/cur/1", kMail);
  BOOST_TEST((MaildirSource::open(f / "d", {}).error().code() == Errc::limit));
}

BOOST_AUTO_TEST_CASE(a_folder_of_eml_files) {
  const TempFolder f;
  f.write("e/1.eml", kMail);
  f.write("e/Đã gửi/2.EML", "Received: by mx; Thu, 1 Jul 1993 00:00:00 +0000\r\n" + kMail);
  touch(f.write("e/Đã gửi/3.eml", "Subject: no date\n\nx\n"), 5000);
  f.write("e/Đã gửi/notes.txt", "no mail");
  f.write("e/Đã gửi/4.emlx", "11\nSubject: x\n\n<plist/>\n");
  f.write("e/Đã gửi/5.emlx", "999\nSubject: x\n\n<plist/>\n");
  EmlOptions o;
  o.flags = store::kSeen;
  auto source = need(EmlSource::open(f / "e", o));
  const Taken t = take_all(*source);
  BOOST_REQUIRE(t.messages.size() == 4u);
  BOOST_TEST(t.problems.size() == 1u);
  BOOST_TEST((t.messages[0].mailbox == "INBOX" && t.messages[1].mailbox == "Đã gửi"));
  BOOST_TEST(t.messages[0].flags == store::kSeen);
  BOOST_TEST((t.messages[0].date == base::Time(std::chrono::seconds(741476948 - 25200))));
  BOOST_TEST((t.messages[1].date == base::Time(std::chrono::seconds(741484800))));
  BOOST_TEST((t.messages[2].date == base::Time(std::chrono::seconds(5000))));
  BOOST_TEST(t.messages[3].bytes == "Subject: x\r\n");
  BOOST_TEST(need(EmlSource::open(f / "e/1.eml", {}))->folders().size() == 1u);
}

BOOST_AUTO_TEST_CASE(line_ends_change_only_where_a_cr_is_missing) {
  const std::pair<std::string, std::string> cases[] = {{"", ""}, {"a\n", "a\r\n"}, {"\n\n", "\r\n\r\n"}, {"a\r\nb\n", "a\r\nb\r\n"}, {"a\rb\r\n", "a\rb\r\n"}, {"\r\r\n\n", "\r\r\n\r\n"}};
  for (const auto& [given, wanted] : cases) {
    std::string bytes = given;
    make_crlf(bytes);
    BOOST_TEST(bytes == wanted);
  }
}

BOOST_AUTO_TEST_CASE(batches_come_back_and_damaged_ones_are_refused) {
  Message m;
  m.mailbox = "Công văn";
  m.bytes = std::string("a\0b\r\n", 5);
  m.flags = store::kSeen | store::kDraft;
  m.keywords = {"x", "$Forwarded"};
  m.date = base::Time(std::chrono::milliseconds(1'795'000'000'123));
  m.tz_minutes = -210;
  const std::vector<BatchMessage> two{view(m), view(m)};
  const std::string wire = encode(two);
  const auto back = need(decode(wire));
  BOOST_REQUIRE(back.size() == 2u);
  BOOST_TEST((back[1].mailbox == m.mailbox && back[1].bytes == m.bytes && back[1].flags == m.flags && back[1].date == m.date && back[1].tz_minutes == -210));
  BOOST_TEST((back[0].keywords == std::vector<std::string_view>{"x", "$Forwarded"}));
  for (std::size_t n = 0; n < wire.size(); ++n) BOOST_TEST(!decode(wire.substr(0, n)));
  BOOST_TEST(!decode(wire + "x"));
  BOOST_TEST(!decode("CTB1\xff\xff\xff\xff\xff\xff\xff\xff\x7f"));
}

BOOST_AUTO_TEST_SUITE_END()
