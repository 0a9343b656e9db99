// Document and search holds: what the watch reads is what they keep; placing, listing and lifting through the admin's handlers.
#include <boost/test/unit_test.hpp>

#include <filesystem>

#include "store/check.hpp"
#include "store/hold.hpp"
#include "tools/admin/handle.hpp"
#include "tools/congthud/hold_watch.hpp"

namespace {

using admin::Json;
using namespace store;

struct Office {
  std::string directory = (std::filesystem::temp_directory_path() / "congthu-holds-XXXXXX").string();
  base::ManualClock clock{*base::parse_rfc3339("2026-11-22T09:00:00+07:00")};
  base::Config config;
  std::unique_ptr<Store> s;
  AccountId an{};

  Office() {
    BOOST_REQUIRE(::mkdtemp(directory.data()) != nullptr);
    Options o;
    o.env.map_size = 1u << 28;
    o.env.sync = false;
    o.clock = &clock;
    o.collect = false;
    s = *Store::open(directory, o);
    BOOST_REQUIRE(s->run(AddDomain{{{}, "songla.gov.vn", {}}}));
    an = *s->run(AddAccount{{{}, "an@songla.gov.vn", "An", {}, false, false, 0}, {}});
  }
  ~Office() {
    const auto report = check(s->env());
    BOOST_TEST((report && report->ok()));
    s.reset();
    std::filesystem::remove_all(directory);
  }
  Uid deliver(const std::string& subject, const std::string& body) {
    SubmitMessage op;
    op.content = make_content("From: binh@songla.gov.vn\r\nTo: an@songla.gov.vn\r\nSubject: " + subject + "\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + body + "\r\n");
    op.deliveries.resize(1);
    op.deliveries[0].account = an;
    return s->run(op)->deliveries[0].uid;
  }
  admin::Reply call(std::string method, std::string_view target, const Json& body = nullptr) {
    admin::Context context{*s, config, clock, {}, clock.now()};
    return admin::handle(context, *admin::make_request(std::move(method), target, body.is_null() ? std::string{} : body.dump(), "uid 7 (ca)"));
  }
  Json ok(std::string method, std::string_view target, const Json& body = nullptr) {
    const auto reply = call(std::move(method), target, body);
    BOOST_TEST_CONTEXT(reply.body) BOOST_TEST(reply.status == 200);
    return Json::parse(reply.body, nullptr, false);
  }
  void watch() { BOOST_REQUIRE(tools::HoldWatch(*s).run_once()); }
  std::uint64_t held(const std::string& name) { return ok("GET", "/holds/" + name).at("total").get<std::uint64_t>(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(congthud_holds, Office)

BOOST_AUTO_TEST_CASE(a_document_hold_finds_live_expunged_and_later_mail) {
  const Uid expunged = deliver("=?UTF-8?Q?K=E1=BA=BF_ho=E1=BA=A1ch?=", "Căn cứ văn bản số 204/KH-UBND");
  deliver("khac", "205/KH-UBND");
  deliver("V/v 204/kh-ubnd", "x");
  BOOST_REQUIRE(s->run(Expunge{an, MailboxId(1), std::vector<Uid>{expunged}, false}));
  ok("POST", "/holds", {{"name", "vu-1"}, {"scope", "document"}, {"text", "204/KH-UBND"}, {"reason", "khiếu nại"}, {"case", "9/2026"}});
  BOOST_TEST(ok("GET", "/holds").at("holds")[0].at("state") == "matching");
  watch();
  BOOST_TEST(held("vu-1") == 2u);
  BOOST_TEST(ok("GET", "/holds").at("holds")[0].at("state") == "in force");
  deliver("moi", "nhắc lại 204/KH-UBND");
  watch();
  BOOST_TEST(held("vu-1") == 3u);
  BOOST_REQUIRE(s->run(Expunge{an, MailboxId(1), {}, false}));
  clock.advance(std::chrono::hours(24 * 40));
  watch();
  BOOST_REQUIRE(s->collector().collect_now());
  std::size_t kept = 0;
  s->snapshot()->for_each_tombstone(an, [&](const Tombstone&) { return ++kept, true; });
  BOOST_TEST(kept == 3u);
}

BOOST_AUTO_TEST_CASE(a_query_is_folded_and_all_its_words_must_occur) {
  deliver("Dau thau goi 5", "Hồ sơ mời thầu");
  deliver("đấu thầu", "không liên quan");
  deliver("khac", "đấu giá");
  ok("POST", "/holds", {{"name", "a"}, {"scope", "search"}, {"text", "\"đấu thầu\" mời from:binh@"}, {"account", "an@songla.gov.vn"}, {"reason", "r"}});
  ok("POST", "/holds", {{"name", "b"}, {"scope", "search"}, {"text", "subject:\"đấu thầu\""}, {"reason", "r"}});
  ok("POST", "/holds", {{"name", "c"}, {"scope", "search"}, {"text", "to:binh@"}, {"reason", "r"}});
  watch();
  BOOST_TEST(held("a") == 1u);
  BOOST_TEST(held("b") == 2u);
  BOOST_TEST(held("c") == 0u);
}

BOOST_AUTO_TEST_CASE(placing_lifting_and_looking_are_audited_and_wrong_ones_refused) {
  BOOST_TEST(call("POST", "/holds", {{"name", "x"}, {"scope", "account"}, {"account", "ai@songla.gov.vn"}, {"reason", "r"}}).status == 404);
  BOOST_TEST(call("POST", "/holds", {{"name", "x"}, {"scope", "nothing"}, {"reason", "r"}}).status == 400);
  BOOST_TEST(call("POST", "/holds", {{"name", "x"}, {"scope", "account"}, {"account", "an@songla.gov.vn"}}).status == 400);
  BOOST_TEST(call("GET", "/holds/x").status == 404);
  const Json place = {{"name", "x"}, {"scope", "account"}, {"account", "an@songla.gov.vn"}, {"reason", "r"}, {"case", "1"}};
  BOOST_TEST(ok("POST", "/holds", place).at("changed") == true);
  BOOST_TEST(ok("POST", "/holds", place).at("changed") == false);
  BOOST_TEST(held("x") == 0u);
  BOOST_TEST(call("DELETE", "/accounts/an%40songla.gov.vn").status == 403);
  BOOST_TEST(call("DELETE", "/holds/x").status == 400);
  ok("DELETE", "/holds/x?reason=done");
  std::vector<std::string> what;
  const Json rows = ok("GET", "/audit");
  for (const Json& row : rows.at("audit")) what.push_back(row.at("what"));
  const std::vector<std::string> wanted = {"hold.place", "hold.show", "hold.lift"};
  BOOST_TEST(what == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_repair_by_the_handler_is_audited_and_says_what_it_did) {
  deliver("a", "b");
  {
    WriteTxn txn = s->env().write();
    std::string key;
    {
      Cursor c = txn.cursor(Table::by_modseq);
      BOOST_REQUIRE(c.first());
      key = c.key();
    }
    txn.erase(Table::by_modseq, key);
    txn.commit();
  }
  const Json found = ok("POST", "/store/check");
  BOOST_TEST(found.at("ok") == false);
  BOOST_TEST(found.at("index") == "not_checked");
  BOOST_TEST(call("POST", "/store/check?into=an%40songla.gov.vn").status == 400);
  BOOST_TEST(call("POST", "/store/check?repair=true&into=ai%40songla.gov.vn").status == 404);
  const Json mended = ok("POST", "/store/check?repair=true");
  BOOST_TEST(mended.at("ok") == true);
  BOOST_TEST(mended.at("mended").at("missing_by_modseq") == 1);
  BOOST_TEST(ok("GET", "/audit").at("audit")[0].at("what") == "store repair");
  BOOST_TEST(ok("POST", "/store/check").at("ok") == true);
}

BOOST_AUTO_TEST_SUITE_END()
