// Imports and exports over the handlers: audit, mailboxes, what is there already, quota, what the policy refuses.
#include "base/encoding.hpp"
#include "mime/summary.hpp"
#include "tests/tools/admin/fixture.hpp"
#include "tools/transfer/batch.hpp"

using admin::Json;

namespace {

struct Imports : admin::test::Fixture {
  std::string id;
  const std::string base_path = "/accounts/an%40songla.gov.vn/imports";
  std::vector<transfer::Message> sent;

  Imports() {
    province();
    context->services.import_message = [](std::string_view address, std::string bytes) -> base::Result<store::SubmitMessage> {
      BOOST_TEST(address == "an@songla.gov.vn");
      if (bytes.find("TUYỆT MẬT") != std::string::npos) return base::fail(base::Errc::denied, "secret");
      store::SubmitMessage op;
      op.summary = mime::encode(mime::make_summary(bytes, mime::scan(bytes)));
      op.content = store::make_content(std::move(bytes));
      op.deliveries.emplace_back().derived = store::kDocument;
      return op;
    };
    id = std::to_string(ok("POST", base_path, {{"source", "mbox"}, {"from", "x"}}).at("import").get<std::uint64_t>());
  }
  static transfer::Message mail(const std::string& text, const std::string& mailbox = "INBOX", std::int64_t second = 1'700'000'000) {
    transfer::Message m;
    m.mailbox = mailbox;
    m.bytes = "Subject: x\r\n\r\n" + text + "\r\n";
    m.date = base::Time(std::chrono::seconds(second));
    m.flags = store::kSeen;
    m.keywords = {"quan-trong", "$SignatureValid"};
    return m;
  }
  std::vector<std::string> put(const std::vector<transfer::Message>& messages, const std::string& query = {}, const std::string& import = {}) {
    std::vector<transfer::BatchMessage> views;
    for (const auto& m : messages) views.push_back(transfer::view(m));
    auto request = admin::make_request("POST", base_path + "/" + (import.empty() ? id : import) + "/messages" + query, transfer::encode(views), "uid 0 (root)");
    const auto reply = admin::handle(*context, *request);
    const Json body = Json::parse(reply.body);
    if (reply.status != 200) return {body.at("error").at("code").get<std::string>()};
    std::vector<std::string> out;
    for (const Json& r : body.at("results")) out.push_back(r.is_string() ? r.get<std::string>() : r.at("state").get<std::string>());
    return out;
  }
  store::AccountId account() { return store->snapshot()->account(std::string_view("an@songla.gov.vn"))->id; }
  std::size_t count(const char* mailbox) { return store->snapshot()->mailbox(account(), mailbox)->messages; }
};

using States = std::vector<std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_imports, Imports)

BOOST_AUTO_TEST_CASE(a_second_run_adds_nothing) {
  const std::vector<transfer::Message> mails{mail("một"), mail("hai"), mail("một")};
  BOOST_TEST((put(mails) == States{"imported", "imported", "present"}));  // the same twice in one batch is one message
  BOOST_TEST((put(mails) == States{"present", "present", "present"}));
  BOOST_TEST(count("INBOX") == 2u);
  // Another second, another mailbox, another byte: another message.
  BOOST_TEST((put({mail("một", "INBOX", 1'700'000'001), mail("một", "Archive"), mail("mộ"), mail("mot")}) == States(4, "imported")));
  BOOST_TEST(count("INBOX") == 5u);
}

BOOST_AUTO_TEST_CASE(flags_dates_and_keywords_are_kept_and_verdicts_are_not_taken) {
  auto m = mail("một");
  m.flags = store::kSeen | store::kAnswered | store::kDraft;
  m.tz_minutes = -210;
  put({m});
  const auto snapshot = *store->snapshot();
  const auto hot = *snapshot.hot(account(), store::MailboxId(1), store::Uid(1));
  BOOST_TEST(hot.flags == m.flags);
  BOOST_TEST((hot.internal_date == m.date));
  BOOST_TEST(hot.tz_minutes == -210);
  BOOST_TEST(hot.derived == store::kDocument);  // what the policy found, not what the source said
  const auto keywords = snapshot.keywords(account(), store::MailboxId(1));
  BOOST_REQUIRE(keywords.size() == 1u);
  BOOST_TEST(keywords[0].name == "quan-trong");
}

BOOST_AUTO_TEST_CASE(what_the_owner_removed_or_moved_stays_so_unless_it_is_asked_for) {
  put({mail("một"), mail("hai"), mail("ba")});
  BOOST_REQUIRE(store->run(store::Expunge{account(), store::MailboxId(1), std::vector{store::Uid(1)}, false}));
  const auto archive = store->snapshot()->mailbox(account(), "Archive")->id;
  BOOST_REQUIRE(store->run(store::CopyMessages{account(), store::MailboxId(1), archive, {store::Uid(2)}, true}));
  BOOST_TEST((put({mail("một"), mail("hai"), mail("ba")}) == States{"removed", "removed", "present"}));
  BOOST_TEST((put({mail("một"), mail("ba")}, "?restore_removed=true") == States{"imported", "present"}));
  BOOST_TEST(count("INBOX") == 2u);
}

BOOST_AUTO_TEST_CASE(mailboxes_are_made_with_parents_and_special_uses_find_their_own) {
  const std::string target = base_path + "/" + id + "/mailboxes";
  BOOST_TEST(ok("POST", target, {{"name", "Công văn/Đến/2026"}}).at("created") == true);
  BOOST_TEST(ok("POST", target, {{"name", "Công văn/Đến/2026"}}).at("created") == false);
  const auto made = store->snapshot()->mailbox(account(), "Công văn/Đến");
  BOOST_TEST((made && made->subscribed));
  BOOST_TEST(ok("POST", target, {{"name", "Sent Items"}, {"special", "sent"}}).at("name") == "Sent");
  BOOST_TEST(ok("POST", target, {{"name", "inbox"}}).at("name") == "INBOX");
  for (const std::string bad : {"../x", "a//b", "a*", "a\nb", ""}) BOOST_TEST(status("POST", target, {{"name", bad}}) == 400);
  BOOST_TEST(status("POST", target, {{"name", std::string(10'000, 'x')}}) == 400);
  BOOST_TEST(status("POST", target, {{"name", "x"}, {"special", "all"}}) == 400);
}

BOOST_AUTO_TEST_CASE(refusals_name_their_message_and_the_others_pass) {
  auto large = mail("x");
  config.store.max_message_size = 1000;
  large.bytes.append(2000, 'x');
  BOOST_TEST((put({mail("một"), mail("TUYỆT MẬT"), mail("x", "không có"), large, mail("hai")}) == States{"imported", "refused", "failed", "failed", "imported"}));
  changed("POST", "/accounts/an%40songla.gov.vn", {{"quota", 100}});
  BOOST_TEST((put({mail(std::string(90, 'y'))}) == States{"over_quota"}));
  BOOST_TEST((put({mail(std::string(90, 'y'))}, "?ignore_quota=true") == States{"imported"}));
  BOOST_TEST((put({mail("z")}, "?ignore_quota=maybe") == States{"invalid"}));
}

BOOST_AUTO_TEST_CASE(nothing_is_imported_without_an_audit_row) {
  BOOST_TEST((put({mail("x")}, "", "999") == States{"denied"}));
  BOOST_TEST((put({mail("x")}, "", "1") == States{"denied"}));  // a row, but of another act
  BOOST_TEST((put({mail("x")}, "", "x") == States{"denied"}));
  BOOST_TEST(status("POST", "/accounts/vanthu%40songla.gov.vn/imports/" + id + "/mailboxes", {{"name", "x"}}) == 403);  // another's
  BOOST_TEST(status("POST", "/accounts/ai%40songla.gov.vn/imports", {{"source", "mbox"}}) == 404);
  ok("POST", base_path + "/" + id + "/end", {{"imported", 0}});
  const Json audit = ok("GET", "/audit?limit=1000").at("audit");
  BOOST_TEST(audit[audit.size() - 2].at("what") == "mailbox.import");
  BOOST_TEST(audit.back().at("what") == "mailbox.import_end");
  BOOST_TEST(audit.back().at("target") == "an@songla.gov.vn");
  auto broken = admin::make_request("POST", base_path + "/" + id + "/messages", "CTB1\xff", "uid 0 (root)");
  BOOST_TEST(admin::handle(*context, *broken).status == 400);
}

BOOST_AUTO_TEST_CASE(a_second_run_of_ten_thousand_is_quick) {
  std::vector<transfer::Message> mails;
  for (int i = 0; i < 10'000; ++i) mails.push_back(mail("thư số " + std::to_string(i), "INBOX", 1'700'000'000 + i % 100));
  const auto run = [&] {
    std::size_t imported = 0;
    for (std::size_t at = 0; at < mails.size(); at += transfer::kBatchMessages)
      for (const std::string& state : put({mails.begin() + std::ptrdiff_t(at), mails.begin() + std::ptrdiff_t(std::min(mails.size(), at + transfer::kBatchMessages))}))
        imported += state == "imported";
    return imported;
  };
  BOOST_TEST(run() == mails.size());
  const auto start = std::chrono::steady_clock::now();
  BOOST_TEST(run() == 0u);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  BOOST_TEST_MESSAGE("second run of 10,000 messages: " << seconds << " s");
  BOOST_TEST(seconds < 60.0);  // a bound against what grows with the square; the figure itself is in the message
  BOOST_TEST(count("INBOX") == mails.size());
}

BOOST_AUTO_TEST_CASE(a_source_asks_before_it_fetches) {
  put({mail("một"), mail("hai"), mail("một", "Archive")});
  BOOST_REQUIRE(store->run(store::Expunge{account(), store::MailboxId(1), std::vector{store::Uid(2)}, false}));
  const auto hex = [](std::string_view text) { return base::hex_encode(base::view(base::sha256(text))); };
  const std::uint64_t size = mail("một").bytes.size();
  const auto ask = [&](Json one) {
    one["second"] = one.value("second", 1'700'000'000u);
    return ok("POST", base_path + "/" + id + "/known", {{"messages", Json::array({one})}}).at("known")[0].get<std::string>();
  };
  BOOST_TEST(ask({{"mailbox", "INBOX"}, {"size", size}}) == "present");
  BOOST_TEST(ask({{"mailbox", "INBOX"}, {"size", size}, {"header", hex("Subject: x\r\n\r\n")}}) == "present");
  BOOST_TEST(ask({{"mailbox", "INBOX"}, {"size", size}, {"header", hex("Subject: y\r\n\r\n")}}) == "absent");
  BOOST_TEST(ask({{"mailbox", "INBOX"}, {"size", size + 1}}) == "absent");
  BOOST_TEST(ask({{"mailbox", "INBOX"}, {"size", size}, {"second", 1'700'000'001u}}) == "absent");
  BOOST_TEST(ask({{"mailbox", "không có"}, {"size", size}}) == "absent");
  BOOST_TEST(ask({{"mailbox", "INBOX"}, {"size", mail("hai").bytes.size()}}) == "removed");
  for (const Json& bad : {Json(nullptr), Json{{"messages", 1}}, Json{{"messages", {{{"size", 1}}}}}, Json{{"messages", {{{"mailbox", "x"}, {"second", -1}, {"size", 1}}}}},
                          Json{{"messages", {{{"mailbox", "x"}, {"second", 1}, {"size", 1}, {"header", "abc"}}}}}})
    BOOST_TEST(status("POST", base_path + "/" + id + "/known", bad) == 400);
}

BOOST_AUTO_TEST_CASE(an_export_gives_everything_that_may_be_shown_in_order) {
  put({mail("một"), mail("hai"), mail("ba")});
  store::SetDerived hide;
  hide.account = account();
  hide.mailbox = store::MailboxId(1);
  hide.uids = {store::Uid(2)};
  hide.set = store::kHidden;
  BOOST_REQUIRE(store->run(hide));
  const Json begun = ok("POST", "/accounts/an%40songla.gov.vn/exports", {{"as", "eml"}, {"to", "/x"}});
  BOOST_TEST(begun.at("mailboxes").size() == 6u);
  const std::string at = "/accounts/an%40songla.gov.vn/exports/" + std::to_string(begun.at("export").get<std::uint64_t>());
  const auto reply = call("GET", at + "/messages?mailbox=INBOX");
  BOOST_REQUIRE(reply.status == 200);
  const auto batch = transfer::decode(reply.body);
  BOOST_REQUIRE((batch && batch->size() == 2u));
  BOOST_TEST(((*batch)[0].uid == 1u && (*batch)[1].uid == 3u));
  BOOST_TEST((*batch)[0].bytes == mail("một").bytes);
  BOOST_TEST(((*batch)[0].keywords == std::vector<std::string_view>{"quan-trong", "$Document"}));
  BOOST_TEST(transfer::decode(call("GET", at + "/messages?mailbox=INBOX&after=3").body)->empty());
  BOOST_TEST(status("GET", at + "/messages?mailbox=x") == 404);
  BOOST_TEST(status("GET", at + "/messages?mailbox=INBOX&after=x") == 400);
  BOOST_TEST(status("GET", "/accounts/an%40songla.gov.vn/exports/" + id + "/messages?mailbox=INBOX") == 403);  // an import is no export
  BOOST_TEST(status("POST", "/accounts/an%40songla.gov.vn/exports", {{"as", "eml"}, {"mailbox", "../x"}}) == 400);
  BOOST_TEST(status("POST", "/accounts/an%40songla.gov.vn/exports", {{"as", "eml"}, {"mailbox", "x"}}) == 404);
  BOOST_TEST(ok("POST", at + "/end", {{"messages", 2}}).at("changed") == true);
}

BOOST_AUTO_TEST_SUITE_END()
