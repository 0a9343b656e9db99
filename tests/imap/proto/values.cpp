// Values that cannot be invalid: modified UTF-7, mailbox names, message sets, flags, LIST patterns.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <random>

#include "imap/proto/flag.hpp"
#include "imap/proto/list_pattern.hpp"
#include "imap/proto/mailbox_name.hpp"
#include "imap/proto/mutf7.hpp"
#include "imap/proto/sequence_set.hpp"

using namespace imap::proto;

BOOST_AUTO_TEST_SUITE(values_suite)

BOOST_AUTO_TEST_CASE(vietnamese_names_round_trip) {
  for (const std::string_view name : {"Thư đến", "Công văn/Đã gửi", "Hỏa tốc & Mật", "&", "a&b", "📮 thư", "Văn bản đến năm 2026/Tháng 11", "~peter/mail/台北/日本語"}) {
    const std::string wire = encode_mutf7(name);
    BOOST_TEST(wire.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,&-/ ~") == wire.npos);
    BOOST_TEST(decode_mutf7(wire).value() == name);
    BOOST_TEST(MailboxName::from_wire(wire, false).value().str() == name);
  }
  BOOST_TEST(encode_mutf7("~peter/mail/台北/日本語") == "~peter/mail/&U,BTFw-/&ZeVnLIqe-");  // RFC 3501 5.1.3
  BOOST_TEST(encode_mutf7("a&b") == "a&-b");
}

BOOST_AUTO_TEST_CASE(only_canonical_utf7_is_taken) {
  for (const std::string_view bad : {"&AC8-", "&", "a&b", "&AOE", "&U,BTFw-&ZeVnLIqe-", "&AGE-", "&2D0-", "&3K4-", "&AOF-", "&AOEA-", "&A-", "&*-", "Thư", "a\x01",
                                     "&AOE=-", "&Jjo!", "&2D3cqQAA2D0-"})
    BOOST_TEST_CONTEXT(bad) { BOOST_TEST(!decode_mutf7(bad).has_value()); }
}

BOOST_AUTO_TEST_CASE(names_that_this_server_does_not_have) {
  using namespace std::string_view_literals;
  for (const std::string_view bad : {""sv, "/"sv, "/etc/passwd"sv, "a//b"sv, "../../etc"sv, "a/../b"sv, "."sv, "a\0b"sv, "a\nb"sv, "a\x7f"sv, "a*"sv, "a%"sv,
                                     "a\xc2\x85z"sv, "\xff"sv, "\xed\xa0\x80"sv, "a\xe2\x80\xa8z"sv})
    BOOST_TEST_CONTEXT(bad) { BOOST_TEST((MailboxName::make(bad).has_value() == false)); }
  BOOST_TEST((MailboxName::make(std::string(1001, 'x')).error().code() == base::Errc::denied));
  std::string deep = "a";
  for (int i = 0; i < 40; ++i) deep += "/a";
  BOOST_TEST(!MailboxName::make(deep).has_value());
}

BOOST_AUTO_TEST_CASE(one_name_has_one_spelling) {
  BOOST_TEST((MailboxName::make("inBox").value() == MailboxName::inbox()));
  BOOST_TEST(MailboxName::make("inbox/Tờ trình").value().str() == "INBOX/Tờ trình");
  BOOST_TEST(MailboxName::make("inboxes").value().str() == "inboxes");
  BOOST_TEST(MailboxName::make("Tho\xcc\x9b").value().str() == "Th\xc6\xa1");  // NFD becomes NFC
  BOOST_TEST(MailboxName::from_wire("foo/", false).value().str() == "foo");
  const auto child = MailboxName::make("a/b/c").value();
  BOOST_TEST(child.parent() == "a/b");
  BOOST_TEST(child.leaf() == "c");
  BOOST_TEST(child.is_under(MailboxName::make("a").value()));
  BOOST_TEST(!MailboxName::make("ab/c").value().is_under(MailboxName::make("a").value()));
}

BOOST_AUTO_TEST_CASE(sets_are_normalised_and_render_back) {
  const auto str = [](std::string_view s) { return SequenceSet::make(s).value().str(); };
  BOOST_TEST(str("9,1,2,3:5,4:7") == "1:7,9");
  BOOST_TEST(str("*:4,2") == "2,4:*");
  BOOST_TEST(str("*,3,1:*") == "1:*");
  BOOST_TEST(str("*") == "*");
  BOOST_TEST(str("1:3,4:*") == "1:*");
  BOOST_TEST(str("4294967295") == "4294967295");
  BOOST_TEST(str("$") == "$");
  for (const std::string_view bad : {"", "0", "01", ",", "1,", "1:", ":1", "1::2", "1:2:3", "4294967296", "-1", "1 2", "$,1", "**", "a"})
    BOOST_TEST_CONTEXT(bad) { BOOST_TEST(!SequenceSet::make(bad).has_value()); }
}

BOOST_AUTO_TEST_CASE(star_means_the_last_message) {
  const auto at = [](std::string_view s, std::uint32_t last) { return SequenceSet::make(s).value().resolve(last); };
  BOOST_TEST((at("10:*", 5) == NumberSet::of({{5, 5}})));
  BOOST_TEST((at("*", 5) == NumberSet::of({{5, 5}})));
  BOOST_TEST((at("2:3,5:*", 9) == NumberSet::of({{2, 3}, {5, 9}})));
  BOOST_TEST((at("4294967295", 9).empty()));
  BOOST_TEST((at("1:*", 0).empty()));
}

BOOST_AUTO_TEST_CASE(set_algebra_agrees_with_bits) {
  std::mt19937 rng(7);
  for (int round = 0; round < 500; ++round) {
    std::vector<bool> a(70), b(70);
    NumberSet x, y;
    std::vector<Range> listed;
    for (int i = 0; i < 12; ++i) {
      const std::uint32_t f = 1 + rng() % 60, l = f + rng() % 8;
      x.insert(Range{f, l});
      listed.push_back({f, l});
      for (auto n = f; n <= l; ++n) a[n] = true;
      const std::uint32_t m = 1 + rng() % 60;
      y.insert(m);
      b[m] = true;
    }
    BOOST_TEST((x == NumberSet::of(listed)));
    const auto both = x.intersect(y), left = x.minus(y);
    for (std::uint32_t n = 1; n < 70; ++n) {
      BOOST_TEST(x.contains(n) == a[n]);
      BOOST_TEST(both.contains(n) == (a[n] && b[n]));
      BOOST_TEST(left.contains(n) == (a[n] && !b[n]));
    }
  }
  NumberSet top = NumberSet::of({{UINT32_MAX, UINT32_MAX}});
  top.insert(Range{1, UINT32_MAX});
  BOOST_TEST(top.count() == 4294967295u);
  BOOST_TEST((top.minus(top).empty()));
}

BOOST_AUTO_TEST_CASE(flags) {
  BOOST_TEST(Flag::make("\\SEEN").value().str() == "\\Seen");
  BOOST_TEST((Flag::make("$document").value() == Flag::make("$Document").value()));
  for (const std::string_view bad : {"", "\\Recent", "\\Foo", "a b", "a\"", "(", "]"})
    BOOST_TEST(!Flag::make(bad).has_value());
}

BOOST_AUTO_TEST_CASE(list_patterns_match) {
  const auto m = [](std::string_view p, std::string_view name) { return ListPattern::make("", p).value().matches(name); };
  BOOST_TEST(m("*", "a/b"));
  BOOST_TEST(m("%", "a"));
  BOOST_TEST(!m("%", "a/b"));
  BOOST_TEST(m("%/%", "a/b"));
  BOOST_TEST(m("a*c", "a/b/c"));
  BOOST_TEST(!m("a%c", "a/b/c"));
  BOOST_TEST(m("inbox", "INBOX"));
  BOOST_TEST(m("iNb%", "INBOX"));
  BOOST_TEST(m("inbox/%", "INBOX/Tờ"));
  BOOST_TEST(!m("a", "A"));
  BOOST_TEST(m("", ""));
  BOOST_TEST(!m("", "a"));
  BOOST_TEST(m("Th%", "Thư đến"));
  BOOST_TEST(m("%*%", "a/b"));
  BOOST_TEST(ListPattern::make("Cơ quan/", "%").value().matches("Cơ quan/Sở Ví dụ"));
  const auto p = ListPattern::make("", "a/%/c*").value();
  BOOST_TEST(p.may_match_under("a"));
  BOOST_TEST(p.may_match_under("a/x/c"));
  BOOST_TEST(!p.may_match_under("b"));
  BOOST_TEST(!ListPattern::make("", "%").value().may_match_under("a"));
}

BOOST_AUTO_TEST_CASE(list_patterns_agree_with_a_naive_matcher) {
  const auto naive = [](auto&& self, std::string_view p, std::string_view s) -> bool {
    if (p.empty()) return s.empty();
    if (p[0] == '*' || p[0] == '%')
      return self(self, p.substr(1), s) || (!s.empty() && (p[0] == '*' || s[0] != '/') && self(self, p, s.substr(1)));
    return !s.empty() && s[0] == p[0] && self(self, p.substr(1), s.substr(1));
  };
  std::mt19937 rng(11);
  int hits = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string p, s;
    for (unsigned n = rng() % 6; n > 0; --n) p += "ab/*%"[rng() % 5];
    for (unsigned n = rng() % 7; n > 0; --n) s += "ab/"[rng() % 3];
    const bool got = ListPattern::make("", p).value().matches(s);
    hits += got;
    if (got != naive(naive, p, s)) BOOST_ERROR(p << " against " << s);
  }
  BOOST_TEST(hits > 1000);
}

BOOST_AUTO_TEST_CASE(wildcard_floods_cost_nothing) {
  std::string p;
  for (int i = 0; i < 120; ++i) p += "*a";
  const auto pattern = ListPattern::make("", p).value();
  const std::string name(1000, 'a');
  const auto from = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) BOOST_TEST(!pattern.matches(name + "b"));
  BOOST_TEST((std::chrono::steady_clock::now() - from < std::chrono::seconds(5)));
  BOOST_TEST(!ListPattern::make("", std::string(300, 'a')).has_value());
  BOOST_TEST(ListPattern::make("", std::string(300, '*')).has_value());  // one wildcard
}

BOOST_AUTO_TEST_SUITE_END()
