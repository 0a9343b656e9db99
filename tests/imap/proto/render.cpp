// Responses: exact bytes, and nothing from outside that could break the stream.
#include "imap/proto/render.hpp"

#include <boost/test/unit_test.hpp>

#include "imap/proto/parse.hpp"

using namespace imap::proto;
using namespace std::string_view_literals;

namespace {
template <class F>
std::string out(F&& f, bool utf8 = false) {
  Out o(utf8);
  f(o);
  return o.take();
}
base::Time at(std::string_view s) { return base::parse_rfc3339(s).value(); }
}  // namespace

BOOST_AUTO_TEST_SUITE(render_suite)

BOOST_AUTO_TEST_CASE(strings_choose_a_safe_form) {
  BOOST_TEST(out([](Out& o) { o.string("a \"b\\"); }) == "\"a \\\"b\\\\\"");
  BOOST_TEST(out([](Out& o) { o.string("a\r\nb"); }) == "{4}\r\na\r\nb");
  BOOST_TEST(out([](Out& o) { o.string("a\0b"sv); }) == "{3}\r\na b");
  BOOST_TEST(out([](Out& o) { o.string("ơ"); }) == "{2}\r\nơ");
  BOOST_TEST(out([](Out& o) { o.string("ơ"); }, true) == "\"ơ\"");
  BOOST_TEST(out([](Out& o) { o.string("\xff"); }, true) == "{1}\r\n\xff");
  BOOST_TEST(out([](Out& o) { o.string(""); }) == "\"\"");
  BOOST_TEST(out([](Out& o) { o.astring("nil"); }) == "\"nil\"");
  BOOST_TEST(out([](Out& o) { o.astring("a]"); }) == "a]");
  BOOST_TEST(out([](Out& o) { o.astring(""); }) == "\"\"");
  BOOST_TEST(out([](Out& o) { o.nstring(std::nullopt); }) == "NIL");
  BOOST_TEST(out([](Out& o) { o.text("x\r\ny"); }) == "x  y");
}

BOOST_AUTO_TEST_CASE(any_string_parses_back) {
  std::string all;
  for (int c = 1; c < 128; ++c) all += char(c);
  for (const std::string& s : {all, std::string("Sở Ví dụ"), std::string(5000, 'x'), std::string("NIL"), std::string()})
    for (const bool utf8 : {false, true}) {
      const std::string text = out([&](Out& o) { o.raw("a LOGIN ").astring(s).sp().string(s); }, utf8);
      const auto r = parse(text);
      BOOST_REQUIRE(r.has_value());
      BOOST_TEST(std::get<Login>(r->command).user == s);
      BOOST_TEST(std::get<Login>(r->command).password == s);
    }
}

BOOST_AUTO_TEST_CASE(mailbox_names_follow_the_session) {
  const auto name = MailboxName::make("Công văn/Đã gửi").value();
  const std::string wire = out([&](Out& o) { o.mailbox(name); });
  BOOST_TEST((MailboxName::from_wire(wire.substr(1, wire.size() - 2), false).value() == name));
  BOOST_TEST(out([&](Out& o) { o.mailbox(name); }, true) == "\"Công văn/Đã gửi\"");
  BOOST_TEST(out([&](Out& o) { o.mailbox_text("a&b"); }) == "a&-b");
}

BOOST_AUTO_TEST_CASE(lines) {
  BOOST_TEST(out([](Out& o) { status_line(o, "a1", Condition::no, "TOOBIG", "Quá lớn"); }) == "a1 NO [TOOBIG] Qu?? l???n\r\n");
  BOOST_TEST(out([](Out& o) { status_line(o, "*", Condition::ok, "", ""); }) == "* OK -\r\n");
  BOOST_TEST(out([](Out& o) { exists(o, 3); expunge(o, 2); bye(o, "x"); continuation(o); }) == "* 3 EXISTS\r\n* 2 EXPUNGE\r\n* BYE x\r\n+ \r\n");
  BOOST_TEST(out([](Out& o) { vanished(o, NumberSet::of({{1, 3}, {7, 7}}), true); vanished(o, {}, false); }) == "* VANISHED (EARLIER) 1:3,7\r\n");
  const std::string_view flags[] = {"\\Seen", "$Document"};
  BOOST_TEST(out([&](Out& o) { flags_line(o, flags); }) == "* FLAGS (\\Seen $Document)\r\n");
  BOOST_TEST(out([&](Out& o) { permanent_flags_code(o, flags, true); }) == "PERMANENTFLAGS (\\Seen $Document \\*)");
  const std::string_view attributes[] = {"\\HasChildren", "\\Sent"};
  BOOST_TEST(out([&](Out& o) { list(o, {attributes, "Đã gửi", {}, true}); }) ==
             "* LIST (\\HasChildren \\Sent) \"/\" \"&ARAA4w- g&Hu0-i\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n");
  BOOST_TEST(out([](Out& o) { list(o, {{}, "", {}, false}); }) == "* LIST () \"/\" \"\"\r\n");
  const StatusValue values[] = {{StatusItem::messages, 231, {}}, {StatusItem::mailbox_id, 0, "F1"}};
  BOOST_TEST(out([&](Out& o) { status(o, MailboxName::inbox(), values); }) == "* STATUS INBOX (MESSAGES 231 MAILBOXID (F1))\r\n");
  BOOST_TEST(out([](Out& o) { name_space(o, "", std::nullopt, "Dùng chung/"); }, true) == "* NAMESPACE ((\"\" \"/\")) NIL ((\"Dùng chung/\" \"/\"))\r\n");
  BOOST_TEST(out([](Out& o) { copy_uid_code(o, base::UidValidity{7}, NumberSet::of({{1, 2}}), NumberSet::of({{9, 10}})); }) == "COPYUID 7 1:2 9:10");
  const QuotaValue quotas[] = {{"STORAGE", 10, 512}};
  BOOST_TEST(out([&](Out& o) { quota(o, "", quotas); quota_root(o, MailboxName::inbox(), ""); }) == "* QUOTA \"\" (STORAGE 10 512)\r\n* QUOTAROOT INBOX \"\"\r\n");
}

BOOST_AUTO_TEST_CASE(search_results) {
  const auto hits = NumberSet::of({{2, 3}, {9, 9}});
  SearchReturn r;
  r.min = r.max = r.all = r.count = true;
  BOOST_TEST(out([&](Out& o) { search(o, hits, base::ModSeq{5}); search(o, {}, base::ModSeq{5}); }) == "* SEARCH 2 3 9 (MODSEQ 5)\r\n* SEARCH\r\n");
  BOOST_TEST(out([&](Out& o) { esearch(o, "a1", true, r, hits, {}); }) == "* ESEARCH (TAG \"a1\") UID MIN 2 MAX 9 ALL 2:3,9 COUNT 3\r\n");
  BOOST_TEST(out([&](Out& o) { esearch(o, "a1", false, r, {}, {}); }) == "* ESEARCH (TAG \"a1\") COUNT 0\r\n");
}

BOOST_AUTO_TEST_CASE(internal_dates_parse_back) {
  for (const std::string_view t : {"1996-07-17T02:44:25-07:00", "2026-11-02T23:59:59+07:00", "1970-01-01T00:00:00Z", "2024-02-29T12:00:00+05:30", "1969-12-31T23:59:59Z"})
    for (const int offset : {420, -450, 0}) {
      const std::string s = out([&](Out& o) { internal_date(o, at(t), offset); });
      BOOST_TEST(s.size() == 28u);
      BOOST_TEST((base::parse_imap_date_time(s.substr(1, 26)).value() == at(t)));
    }
  BOOST_TEST(out([&](Out& o) { internal_date(o, at("2026-11-02T09:08:07+07:00")); }) == "\" 2-Nov-2026 09:08:07 +0700\"");
}

BOOST_AUTO_TEST_CASE(fetch_answers_name_what_was_asked) {
  for (const std::string_view asked : {"BODY[]", "BODY[1.2.MIME]", "BODY[HEADER.FIELDS (To Subject)]<5.10>", "BODY.PEEK[3.HEADER.FIELDS.NOT (a)]", "BINARY[1]<0.4>", "RFC822.TEXT", "BODY[TEXT]"}) {
    const auto r = parse("a FETCH 1 " + std::string(asked));
    BOOST_REQUIRE(r.has_value());
    const FetchItem item = std::get<Fetch>(r->command).items.at(0);
    const std::string line = out([&](Out& o) { FetchWriter(o, 1).data(item, "abc").end(); });
    std::string want(asked);
    if (const auto peek = want.find(".PEEK"); peek != want.npos) want.erase(peek, 5);
    if (const auto dot = want.rfind('.'); want.back() == '>') want.replace(dot, want.npos, ">");
    BOOST_TEST(line == "* 1 FETCH (" + want + " {3}\r\nabc)\r\n");
  }
}

BOOST_AUTO_TEST_CASE(fetch_items_are_separated) {
  const std::string_view flags[] = {"\\Seen"};
  FetchItem binary;
  binary.kind = FetchItem::Kind::binary;
  const std::string line = out([&](Out& o) {
    FetchWriter w(o, 12);
    w.uid(base::Uid{7}).flags(flags).size(44).mod_seq(base::ModSeq{9}).email_id("M1").thread_id("").preview(std::nullopt).save_date(std::nullopt);
    w.envelope("(E)").body_structure("(B)").data(binary, "\0"sv).no_data(binary).binary_size(binary, 3).end();
  });
  BOOST_TEST(line == "* 12 FETCH (UID 7 FLAGS (\\Seen) RFC822.SIZE 44 MODSEQ (9) EMAILID (M1) THREADID NIL PREVIEW NIL SAVEDATE NIL "
                     "ENVELOPE (E) BODYSTRUCTURE (B) BINARY[] ~{1}\r\n\0 BINARY[] NIL BINARY[] 3)\r\n"sv);
}

BOOST_AUTO_TEST_SUITE_END()
