// SEARCH keys one by one, over facts made by hand.
#include <boost/test/unit_test.hpp>

#include <map>

#include "imap/proto/parse.hpp"
#include "imap/search_plan.hpp"
#include "mime/decode.hpp"

namespace {

struct HandFacts final : imap::Facts {
  store::Uid uid() override { return id; }
  const store::HotRow& row() override { return hot; }
  bool any_field(std::string_view name, const std::function<bool(std::string_view)>& f) override {
    ++header_reads;
    for (const auto& [n, v] : fields)
      if (n == name && f(v)) return true;
    return false;
  }
  imap::Needle::Haystack& header_text() override { return head.emplace(header); }
  imap::Needle::Haystack& body_text() override { return ++body_reads, text.emplace(body); }

  store::Uid id = store::Uid(5);
  store::HotRow hot;
  std::multimap<std::string, std::string> fields;
  std::string header, body;
  std::optional<imap::Needle::Haystack> head, text;
  int header_reads = 0, body_reads = 0;
};

struct Bench {
  Bench() : view(imap::proto::NumberSet::of({{1, 9}})), flags({{0, "$Forwarded"}}) {
    facts.hot.internal_date = base::Time(std::chrono::milliseconds(1'795'000'000'000));  // 2026-11-18 18:06:40 +0700
    facts.hot.size = 1000;
    facts.hot.modseq = store::ModSeq(50);
    facts.hot.email = store::EmailId(31);
  }
  imap::SearchPlan plan(const std::string& keys) {
    const auto parsed = imap::proto::parse("a SEARCH " + keys);
    if (!parsed) BOOST_FAIL(keys + ": " + parsed.error().detail());
    const imap::SearchPlan::Context context{store::AccountId(1), view, flags, base::Time(std::chrono::milliseconds(1'795'000'100'000))};
    auto made = imap::SearchPlan::make(std::get<imap::proto::Search>(parsed->command).program, context);
    if (!made) BOOST_FAIL(keys + ": " + made.error().detail());
    return std::move(*made);
  }
  bool hit(const std::string& keys) { return plan(keys).matches(facts); }
  imap::proto::MailboxView view;
  imap::FlagNames flags;
  HandFacts facts;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(search_plan, Bench)

BOOST_AUTO_TEST_CASE(flags_and_keywords) {
  facts.hot.flags = store::kFlagged | store::kSeen;
  facts.hot.keywords = 1;
  facts.hot.derived = store::kSignatureValid;
  for (const char* keys : {"ALL", "FLAGGED", "SEEN", "UNDELETED", "UNANSWERED", "UNDRAFT", "KEYWORD $forwarded", "KEYWORD $SignatureValid", "OLD",
                           "UNKEYWORD nothing", "NOT DELETED", "OR DELETED SEEN", "(FLAGGED SEEN)", "NOT RECENT"})
    BOOST_TEST(hit(keys), keys);
  for (const char* keys : {"UNSEEN", "DELETED", "DRAFT", "ANSWERED", "UNFLAGGED", "UNKEYWORD $Forwarded", "KEYWORD other", "RECENT", "NEW",
                           "FLAGGED UNSEEN", "OR DELETED UNSEEN", "KEYWORD $SignatureInvalid", "UNKEYWORD $signaturevalid"})
    BOOST_TEST(!hit(keys), keys);
}

BOOST_AUTO_TEST_CASE(sizes_sets_and_ids) {
  for (const char* keys : {"LARGER 999", "SMALLER 1001", "UID 5", "5", "UID 1:*", "MODSEQ 50", "EMAILID M1-1f", "NOT UID 6:*"}) BOOST_TEST(hit(keys), keys);
  for (const char* keys : {"LARGER 1000", "SMALLER 1000", "UID 6", "1:4", "MODSEQ 51", "EMAILID M1-20", "EMAILID M2-1f"}) BOOST_TEST(!hit(keys), keys);
}

BOOST_AUTO_TEST_CASE(internal_dates_count_in_their_own_zone) {
  for (const char* keys : {"ON 18-Nov-2026", "SINCE 18-Nov-2026", "BEFORE 19-Nov-2026", "SAVEDON 18-Nov-2026", "YOUNGER 101", "OLDER 100"}) BOOST_TEST(hit(keys), keys);
  for (const char* keys : {"ON 17-Nov-2026", "SINCE 19-Nov-2026", "BEFORE 18-Nov-2026", "YOUNGER 99", "OLDER 101", "SAVEDATESUPPORTED"}) BOOST_TEST(!hit(keys), keys);
  facts.hot.tz_minutes = 600;  // 21:06 there
  BOOST_TEST(hit("ON 18-Nov-2026"));
  facts.hot.tz_minutes = 840;  // past midnight there
  BOOST_TEST(hit("ON 19-Nov-2026"));
}

BOOST_AUTO_TEST_CASE(sent_dates_come_from_the_date_field) {
  BOOST_TEST(!hit("SENTSINCE 1-Jan-1970"));
  facts.fields.emplace("date", " Tue, 17 Nov 2026 23:59:00 -0800");
  BOOST_TEST(hit("SENTON 17-Nov-2026"));
  BOOST_TEST(hit("SENTBEFORE 18-Nov-2026 SENTSINCE 17-Nov-2026"));
  BOOST_TEST(!hit("SENTON 18-Nov-2026"));
}

BOOST_AUTO_TEST_CASE(header_keys_see_decoded_text) {
  facts.fields.emplace("subject", " =?UTF-8?Q?C=C3=B4ng_v=C4=83n?= 12");
  facts.fields.emplace("from", " =?UTF-8?B?VsSDbiB0aMaw?= <van.thu@songla.gov.vn>");
  facts.fields.emplace("x-empty", "");
  for (const char* keys : {"SUBJECT \"cong van\"", "SUBJECT ong", "FROM \"van thu\"", "FROM SONGLA.gov.vn", "HEADER subject 12", "HEADER x-empty \"\"",
                           "SUBJECT {10+}\r\nc\xc3\xb4ng v\xc4\x83n"})
    BOOST_TEST(hit(keys), keys);
  for (const char* keys : {"SUBJECT \"cong  van\"", "TO songla", "HEADER x-absent \"\"", "HEADER x-empty a", "SUBJECT {9+}\r\nc\xc3\xb4ng van"}) BOOST_TEST(!hit(keys), keys);
}

BOOST_AUTO_TEST_CASE(text_sees_header_and_body_and_body_only_the_body) {
  facts.header = "Subject: kế hoạch\n";
  facts.body = "thuỷ lợi hoà bình";
  BOOST_TEST(hit("TEXT \"ke hoach\""));
  BOOST_TEST(!hit("BODY \"ke hoach\""));
  BOOST_TEST(hit("BODY \"thuy loi\""));
  BOOST_TEST(hit("BODY {10+}\r\nh\xc3\xb2" "a b\xc3\xac" "nh"));  // the tone of hoà stands elsewhere
  BOOST_TEST(!hit("BODY {4+}\r\nho\xc3\xa1"));
}

BOOST_AUTO_TEST_CASE(cheap_keys_spare_the_dear_ones) {
  facts.body = "x";
  BOOST_TEST(!hit("BODY x FROM a DELETED"));
  BOOST_TEST(facts.body_reads == 0);
  BOOST_TEST(facts.header_reads == 0);
  BOOST_TEST(hit("OR BODY x OR FROM a UNDELETED"));
  BOOST_TEST(facts.body_reads == 0);
  BOOST_TEST((plan("DELETED").cost() == imap::SearchCost::row));
  BOOST_TEST((plan("DELETED FROM x").cost() == imap::SearchCost::header));
  BOOST_TEST((plan("NOT BODY x").cost() == imap::SearchCost::text));
}

BOOST_AUTO_TEST_CASE(sets_in_the_top_narrow_the_scan) {
  BOOST_TEST(plan("UID 3:20 4:* SEEN").within().count() == 6u);
  BOOST_TEST(plan("UID 30").within().empty());
  BOOST_TEST(plan("OR UID 3 UID 4").within().count() == 9u);
  view.save_search(imap::proto::NumberSet::of({{2, 2}, {8, 8}}));
  BOOST_TEST(plan("$").within().count() == 2u);
  const auto parsed = imap::proto::parse("a SEARCH 10");
  const imap::SearchPlan::Context context{store::AccountId(1), view, flags, {}};
  BOOST_TEST(!imap::SearchPlan::make(std::get<imap::proto::Search>(parsed->command).program, context).has_value());
}

BOOST_AUTO_TEST_CASE(an_index_proposes_and_text_decides) {
  struct Index final : imap::TextIndex {
    std::optional<Proposal> propose(base::AccountId, base::MailboxId, Field, std::string_view needle) override {
      if (needle == "unknown") return std::nullopt;
      return Proposal{imap::proto::NumberSet::of({{2, 3}}), imap::proto::NumberSet::of({{3, 3}}), base::Uid(4)};
    }
  } index;
  facts.body = "mot hai";
  const auto hit_at = [&](const std::string& keys, unsigned uid) {
    auto p = plan(keys);
    p.ask(index, store::AccountId(1), store::MailboxId(1));
    facts.id = store::Uid(uid);
    return p.matches(facts);
  };
  BOOST_TEST(hit_at("BODY hai", 2));   // proposed and found
  BOOST_TEST(!hit_at("BODY ba", 2));   // proposed, not there
  BOOST_TEST(hit_at("BODY ba", 3));    // in an attachment
  BOOST_TEST(!hit_at("BODY hai", 1));  // not proposed
  BOOST_TEST(hit_at("BODY hai", 5));   // not indexed yet
  facts.body = "unknown";
  BOOST_TEST(hit_at("BODY unknown", 1));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(search_text)

BOOST_AUTO_TEST_CASE(diacritics_in_the_needle_decide) {
  struct Row { const char *needle, *text; bool found; };
  for (const Row& r : {Row{"cong van", "Công Văn số 5", true}, {"công văn", "CÔNG VĂN", true}, {"công văn", "cong van", false},
                       {"hoà", "hòa", true}, {"thủy", "THUỶ", true}, {"da", "Đà Nẵng", true}, {"đà", "da", false}, {"đa", "đà", false},
                       {"a\xcc\x81", "\xc3\xa1", true}, {"", "x", true}, {"hò", "hòa", true}, {"204/kh", "Số: 204/KH-UBND", true}})
    BOOST_TEST(imap::Needle(r.needle).in(r.text) == r.found, r.needle << " in " << r.text);
}

BOOST_AUTO_TEST_SUITE_END()
