// The grammar: every command form of RFC 9051 and RFC 3501, and what must be refused.
#include "imap/proto/parse.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace imap::proto;

namespace {
template <class T>
T get(std::string_view text, const Limits& limits = {}) {
  auto r = parse(text, limits);
  BOOST_REQUIRE_MESSAGE(r.has_value(), text << ": " << (r ? "" : r.error().detail()));
  BOOST_REQUIRE_MESSAGE(std::holds_alternative<T>(r->command), text);
  return std::get<T>(std::move(r->command));
}
base::Errc errc(std::string_view text, const Limits& limits = {}) {
  auto r = parse(text, limits);
  BOOST_REQUIRE_MESSAGE(!r.has_value(), "parsed: " << text.substr(0, 80));
  return r.error().code();
}
std::string times(std::string_view s, std::size_t n) {
  std::string out;
  while (n-- > 0) out += s;
  return out;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(parse_suite)

// The commands that RFC 9051 shows in its examples (client lines of sections 6 and 8), and those of the extensions.
constexpr std::string_view kExamples[] = {
    "abcd CAPABILITY", "a047 NOOP", "A023 LOGOUT", "a002 STARTTLS", "A001 AUTHENTICATE GSSAPI",
    "a002 AUTHENTICATE PLAIN dGVzdAB0ZXN0AHRlc3Q=", "a003 AUTHENTICATE EXTERNAL =", "a001 LOGIN SMITH SESAME",
    "A001 LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man", "t1 ENABLE CONDSTORE", "t2 ENABLE CONDSTORE X-GOOD-IDEA", "b ENABLE IMAP4rev2",
    "A142 SELECT INBOX", "A932 EXAMINE blurdybloop", "A142 SELECT Drafts (CONDSTORE)",
    "A02 SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))",
    "03 SELECT INBOX (QRESYNC (67890007 90060115194045000 41:211,214:541 (1:3,5 41:43,45)))", "A4 SELECT x (QRESYNC (1 2))",
    "A003 CREATE owatagusiam/", "A004 CREATE owatagusiam/blurdybloop", "t1 CREATE MySent (USE (\\Sent \\Drafts))", "t3 CREATE x (USE ())",
    "A682 DELETE blurdybloop", "A683 DELETE foo/bar", "A682 RENAME blurdybloop sarasoop", "Z432 RENAME INBOX old-mail",
    "A002 SUBSCRIBE #news.comp.mail.mime", "A002 UNSUBSCRIBE #news.comp.mail.mime", "A101 LIST \"\" \"\"",
    "A102 LIST #news.comp.mail.misc \"\"", "A103 LIST /usr/staff/jones \"\"", "A202 LIST ~/Mail/ %", "A01 LIST \"\" \"*\"",
    "A02 LIST (SUBSCRIBED) \"\" \"*\"", "A03 LIST () \"\" \"%\" RETURN (CHILDREN)", "A04 LIST (REMOTE) \"\" \"%\" RETURN (CHILDREN)",
    "A05 LIST (REMOTE SUBSCRIBED) \"\" \"*\"", "A06 LIST (REMOTE) \"\" \"*\" RETURN (SUBSCRIBED)",
    "C01 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" \"%\"", "BBB LIST \"\" (\"INBOX\" \"Drafts\" \"Sent/%\")",
    "A01 LIST \"\" % RETURN (STATUS (MESSAGES UNSEEN))", "A02 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" % RETURN (STATUS (MESSAGES))",
    "t1 LIST (SPECIAL-USE) \"\" \"*\"", "t2 LIST \"\" \"*\" RETURN (SPECIAL-USE SUBSCRIBED CHILDREN)", "t LIST \"\" * RETURN ()",
    "A002 LSUB \"#news.\" \"comp.mail.*\"", "A001 NAMESPACE", "A042 STATUS blurdybloop (UIDNEXT MESSAGES)",
    "A1 STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE HIGHESTMODSEQ APPENDLIMIT MAILBOXID DELETED-STORAGE)",
    "A003 APPEND saved-messages (\\Seen) {326}\r\n", "A003 APPEND saved-messages (\\Seen $Junk) \"17-Jul-1996 02:44:25 -0700\" ~{326}\r\n",
    "A003 APPEND {5}\r\nINBOX {326+}\r\n", "a APPEND x {1}\r\n (\\Draft) {2+}\r\n", "a APPEND x UTF8 (~{9}\r\n)", "A002 IDLE",
    "FXXZ CHECK", "A341 CLOSE", "A342 UNSELECT", "A202 EXPUNGE", "A003 UID EXPUNGE 3000:3002",
    "A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"", "A283 SEARCH RETURN () FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"",
    "A284 SEARCH TEXT \"string not in mailbox\"", "A285 SEARCH RETURN (MIN MAX) 1:5000 UNSEEN", "A286 SEARCH RETURN (SAVE) FLAGGED SINCE 1-Feb-1994",
    "A288 SEARCH RETURN (SAVE MIN MAX) $ SMALLER 4096", "P282 SEARCH RETURN (SAVE) OR $ 1,3000:3021 TEXT {7}\r\nT\xe1\xba\xbft a",
    "E282 SEARCH RETURN () CHARSET UTF-8 (OR $ 1,3000:3021) TEXT {2+}\r\nab", "t UID SEARCH OR (FROM a SINCE \"1-Feb-1994\") UNKEYWORD $x",
    "a SEARCH ANSWERED DELETED DRAFT NEW OLD RECENT SEEN UNANSWERED UNDELETED UNDRAFT UNFLAGGED UNSEEN ALL",
    "a SEARCH BCC b BODY c CC d SUBJECT e TO f BEFORE 1-Jan-2026 ON 02-Jan-2026 SENTBEFORE 3-Jan-2026 SENTON 4-Jan-2026 SENTSINCE 5-Jan-2026",
    "a SEARCH HEADER Message-ID \"\" KEYWORD $Document LARGER 0 UID 1:* OLDER 86400 YOUNGER 1 2,4:7,9,12:*",
    "a SEARCH MODSEQ \"/flags/\\\\draft\" all 620162338", "t SEARCH OR NOT MODSEQ 720162338 LARGER 50000", "a SEARCH SAVEDON 29-Feb-2024 SAVEDATESUPPORTED",
    "a SEARCH EMAILID M6d99ac3275bb4e THREADID T64b478a75b7ea9", "A654 FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])", "a FETCH 1 ALL",
    "a FETCH 1 FAST", "a FETCH 1 FULL", "a FETCH 1:* (RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE INTERNALDATE ENVELOPE BODY BODYSTRUCTURE UID)",
    "a FETCH 1 BODY.PEEK[]<0.2048>", "a FETCH 1 (BODY[4.2.2.1] BODY[4.2.HEADER] BODY[1.MIME] BODY[TEXT] BODY[3.TEXT]<7.9> BODY[HEADER.FIELDS.NOT (a \"b\")])",
    "a FETCH 1 (BINARY[1]<0.9> BINARY.PEEK[1.2] BINARY.SIZE[1] BINARY[])", "a UID FETCH 1 (MODSEQ EMAILID THREADID SAVEDATE PREVIEW)",
    "a FETCH 1 (PREVIEW (LAZY) FLAGS)", "a FETCH 1 PREVIEW", "s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)", "s UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 1 VANISHED)",
    "B FETCH $ (FLAGS)", "A003 STORE 2:4 +FLAGS (\\Deleted)", "a STORE 1 -FLAGS.SILENT \\Seen $Document", "a UID STORE 1 FLAGS ()",
    "a103 UID STORE 6,4,8 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted)", "A003 COPY 2:4 MEETING", "a UID COPY $ x", "a MOVE 42:69 foo",
    "a UID MOVE 42:69 foo", "A999 UID FETCH 4827313:4828442 FLAGS", "G0001 GETQUOTA \"!partition/sda4\"", "G0002 GETQUOTAROOT INBOX",
    "S0000 SETQUOTA \"\" (STORAGE 512)", "a023 ID (\"name\" \"sodr\" \"version\" \"19.34\" \"vendor\" NIL)", "a042 ID NIL", "a ID ()",
};

BOOST_AUTO_TEST_CASE(every_example_parses_in_any_case_of_words) {
  for (const std::string_view text : kExamples) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(parse(text).has_value()); }
    const std::size_t sp = text.find(' ');
    std::string lower(text);
    for (std::size_t i = sp; i < lower.size() && lower[i] != '{' && lower[i] != '"'; ++i)
      if (lower[i] >= 'A' && lower[i] <= 'Z') lower[i] = char(lower[i] + 32);
    BOOST_TEST_CONTEXT(lower) { BOOST_TEST(parse(lower).has_value()); }
  }
}

BOOST_AUTO_TEST_CASE(every_prefix_and_every_changed_byte_is_answered_without_harm) {
  std::size_t refused = 0;
  for (const std::string_view text : kExamples) {
    for (std::size_t n = 0; n < text.size(); ++n) refused += !parse(text.substr(0, n)).has_value();
    for (std::size_t n = 0; n < text.size(); ++n)
      for (const char c : {'\0', '(', '"', '\r', '{', '\xff', '9'}) {
        std::string changed(text);
        changed[n] = c;
        refused += !parse(changed).has_value();
      }
    BOOST_TEST(!parse(std::string(text) + " )").has_value());
  }
  BOOST_TEST(refused > 5000u);
}

BOOST_AUTO_TEST_CASE(values_come_out_as_meant) {
  const auto login = get<Login>("A001 LOGIN {11}\r\nFRED FOOBAR \"fat \\\"man\\\\\"");
  BOOST_TEST(login.user == "FRED FOOBAR");
  BOOST_TEST(login.password == "fat \"man\\");
  const auto q = get<Select>("a SELECT inbox (QRESYNC (7 9 41:42 (1,2 41:42)))");
  BOOST_TEST(q.mailbox.is_inbox());
  BOOST_TEST((q.qresync->match->second == NumberSet::of({{41, 42}})));
  BOOST_TEST(get<Select>("a SELECT \"C&APQ-ng v&AQM-n\"").mailbox.str() == "Công văn");
  const auto f = get<Fetch>("a UID FETCH 3:1,9 (FLAGS BODY.PEEK[1.2.HEADER.FIELDS (To)]<5.10> FLAGS)");
  BOOST_TEST(f.set.str() == "1:3,9");
  BOOST_REQUIRE_EQUAL(f.items.size(), 2u);
  BOOST_TEST((f.items[1].section == Section{{1, 2}, Section::Kind::header_fields, {"To"}}));
  BOOST_TEST((f.items[1].partial == Partial{5, 10}));
  BOOST_TEST(!f.items[1].sets_seen());
  BOOST_TEST(get<Fetch>("a FETCH 1 FULL").items.size() == 5u);
  const auto s = get<Store>("a STORE 1 (UNCHANGEDSINCE 0) -FLAGS.SILENT (\\seen $A $a)");
  BOOST_TEST(s.flags.size() == 2u);
  BOOST_TEST(s.flags[0].str() == "\\Seen");
  BOOST_TEST((s.silent && s.mode == Store::Mode::remove && s.unchanged_since == base::ModSeq{0}));
  const auto a = get<Append>("a APPEND x (\\Seen) \"17-Jul-1996 02:44:25 -0730\" ~{12}\r\n");
  BOOST_TEST(a.messages[0].date_offset == -450);
  BOOST_TEST(a.messages[0].size == 12u);
  BOOST_TEST(a.messages[0].binary);
}

BOOST_AUTO_TEST_CASE(search_keys_make_the_right_tree) {
  const auto s = get<Search>("a UID SEARCH RETURN () OR (UNSEEN FROM x) NOT UNKEYWORD k 5");
  BOOST_TEST(s.returns.all);
  using K = SearchKey::Kind;
  const auto& top = s.program.keys;
  BOOST_REQUIRE_EQUAL(top.size(), 2u);
  BOOST_TEST((top[0].kind == K::or_ && top[1].kind == K::sequence));
  BOOST_TEST((top[0].keys[0].kind == K::all_of && top[0].keys[0].keys[0].kind == K::not_));
  BOOST_TEST((top[0].keys[1].keys[0].kind == K::not_ && top[0].keys[1].keys[0].keys[0].text == "k"));
  BOOST_TEST(any_key(s.program, [](const SearchKey& k) { return k.kind == K::from; }));
  BOOST_TEST(!any_key(s.program, [](const SearchKey& k) { return k.kind == K::body; }));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_refused) {
  for (const std::string_view text :
       {"", " ", "a", "a ", "+ NOOP", "a+ NOOP", "a NOOP ", "a  NOOP", "a XYZZY", "a UID NOOP", "a LOGIN x", "a LOGIN x y z", "a SELECT", "a FETCH 0 FLAGS",
        "a FETCH 1 (FLAGS", "a FETCH 1 ()", "a FETCH 1 BODY[MIME]", "a FETCH 1 BODY[0]", "a FETCH 1 BODY[1.]", "a FETCH 1 BODY[]<0.0>", "a FETCH 1 BODY[HEADER.FIELDS ()]",
        "a FETCH 1 BINARY[1.TEXT]", "a FETCH 1 BINARY", "a FETCH 4294967296 FLAGS", "a FETCH 1 BODY[HEADER.FIELDS (\"a\nb\")]", "a FETCH 1 BODY[]<0.99999999999999999999>",
        "a FETCH 1 FLAGS (VANISHED)", "a STORE 1 FLAGS (\\Recent)", "a STORE 1 FLAGS (\\Foo)", "a STORE 1 FLAGSX ()", "a SEARCH", "a SEARCH ()", "a SEARCH OR SEEN",
        "a SEARCH ON 30-Feb-2026", "a SEARCH ON 1-Foo-2026", "a SEARCH OLDER 0", "a SEARCH SUBJECT \"\xff\"", "a LIST (RECURSIVEMATCH) \"\" *",
        "a LIST \"\" * RETURN (X)", "a STATUS x ()", "a STATUS x (FOO)", "a APPEND x (\\Seen)", "a APPEND x {5}", "a APPEND x {5}\r\nhello", "a ENABLE",
        "a APPEND x \"32-Jul-1996 02:44:25 -0700\" {1}\r\n", "a ID (\"a\")", "a AUTHENTICATE PLAIN ", "a LOGIN {3}\r\nab y", "a SELECT x (QRESYNC (1 0))",
        "a LOGIN \"a\\b\" c", "a LOGIN \"a", "a LOGIN \"a\\"})
    BOOST_TEST_CONTEXT(text) { BOOST_TEST((errc(text) == base::Errc::invalid)); }
  BOOST_TEST((errc("a SEARCH CHARSET KOI8-R ALL") == base::Errc::unsupported));
  BOOST_TEST((errc("a CREATE a//b") == base::Errc::denied));
  BOOST_TEST((errc("a CREATE x (USE (\\Foo))") == base::Errc::denied));
}

BOOST_AUTO_TEST_CASE(hostile_depth_and_length_end_in_a_limit) {
  BOOST_TEST((errc("a SEARCH " + times("(", 10000) + "ALL" + times(")", 10000)) == base::Errc::limit));
  BOOST_TEST((errc("a SEARCH " + times("NOT ", 10000) + "ALL") == base::Errc::limit));
  BOOST_TEST((errc("a SEARCH " + times("OR ALL ", 10000) + "ALL") == base::Errc::limit));
  BOOST_TEST((errc("a SEARCH ALL" + times(" ALL", 10000)) == base::Errc::limit));
  BOOST_TEST((errc("a FETCH 1 BODY[" + times("1.", 10000) + "1]") == base::Errc::limit));
  BOOST_TEST((errc("a FETCH " + times("1:*,", 100000) + "1 FLAGS") == base::Errc::limit));
  BOOST_TEST((errc("a LIST \"\" \"" + times("*%", 5000) + "\"") == base::Errc::limit));
  BOOST_TEST((errc("a CREATE " + times("x", 10000)) == base::Errc::denied));
  BOOST_TEST(get<Fetch>("a FETCH " + times("1:*,", 10000) + "1 FLAGS").set.str() == "1:*");
  BOOST_TEST(parse("a SEARCH " + times("(", 49) + "ALL" + times(")", 49)).has_value());
  BOOST_TEST((errc("a STORE 1 FLAGS (" + times("a ", 1000) + "a)") == base::Errc::limit));
}

BOOST_AUTO_TEST_CASE(names_are_utf8_once_enabled) {
  Limits utf8;
  utf8.utf8 = true;
  BOOST_TEST(get<Select>("a SELECT \"Thư đến\"", utf8).mailbox.str() == "Thư đến");
  BOOST_TEST(get<Select>("a SELECT a&b", utf8).mailbox.str() == "a&b");
  BOOST_TEST((errc("a SELECT \"Thư đến\"") == base::Errc::denied));
  BOOST_TEST((errc("a SELECT a&b") == base::Errc::denied));
  BOOST_TEST(get<List>("a LIST \"\" (inbox \"Th&AbA-%\")").patterns[1] == "Thư%");
}

BOOST_AUTO_TEST_CASE(the_tag_of_a_bad_command_is_known) {
  BOOST_TEST(tag_of("a1 XYZZY") == "a1");
  BOOST_TEST(tag_of("a1") == "a1");
  BOOST_TEST(tag_of("+ x") == "*");
  BOOST_TEST(tag_of("") == "*");
  BOOST_TEST(tag_of("a\x01 NOOP") == "*");
}

BOOST_AUTO_TEST_SUITE_END()
