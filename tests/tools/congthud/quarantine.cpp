// The quarantine on a live server: a forged mail is held back, released, refused; and its expiry over a store whose clock is ours.
#include "policy/inspect/pool.hpp"
#include "tests/tools/congthud/live.hpp"
#include "tools/congthud/quarantine.hpp"

namespace {

using tools::test::Json;
using tools::test::Live;

const std::string kForged = "From: an@songla.gov.vn\r\nTo: binh@songla.gov.vn\r\nSubject: =?utf-8?Q?M=E1=BA=ADt_kh=E1=BA=A9u?=\r\nMessage-ID: <1@x>\r\n\r\nxin doi\r\n";

struct Guarded : Live {
  Guarded() {
    write("\n[policy.rules]\nown-address-outside = \"enforce\"\n");
    BOOST_REQUIRE(daemon->reload());
  }
  Json list() const { return get("/quarantine").at("quarantine"); }
  std::string hold() const {
    BOOST_TEST(deliver("binh@songla.gov.vn", kForged).starts_with("250 "));
    const Json all = list();
    BOOST_REQUIRE(!all.empty());
    return all.back().at("id").get<std::string>();
  }
  Json last_audit(const std::string& what) const { return get("/audit?last=true&limit=1&what=" + what).at("audit").at(0); }
  bool delivered(const std::string& who, const std::string& words) const { return read(who).find(words) != std::string::npos; }
};

// The same over a store and no server.
struct Held {
  std::string directory = (std::filesystem::temp_directory_path() / "congthud-kept-XXXXXX").string();
  base::ManualClock clock{*base::parse_rfc3339("2026-11-22T09:00:00+07:00")};
  std::unique_ptr<store::Store> store;
  store::AccountId binh{};

  Held() {
    BOOST_REQUIRE(::mkdtemp(directory.data()) != nullptr);
    store::Options o;
    o.env.map_size = 1u << 26;
    o.env.sync = false;
    o.clock = &clock;
    o.collect = false;
    store = *store::Store::open(directory, o);
    BOOST_REQUIRE(store->run(store::AddDomain{{{}, "songla.gov.vn", {}}}));
    binh = *store->run(store::AddAccount{{{}, "binh@songla.gov.vn", "", {}, false, false, 0}, {}});
  }
  ~Held() { std::filesystem::remove_all(directory); }
  store::QueueId put(bool submission) {
    admin::QuarantineEntry e;
    e.submission = submission;
    e.sender = "x@ngoai.vn";
    e.recipients = {{"binh@songla.gov.vn"}};
    e.received = clock.now();
    e.subject = "Thử";
    store::SubmitMessage m;
    m.content = store::make_content("Subject: x\r\n\r\nx\r\n");
    m.outbound.push_back({admin::encode(e), admin::kNeverDue, "Received: x\r\n", "songla.gov.vn"});
    return store->run(std::move(m))->queued.at(0);
  }
  std::size_t entries() {
    std::size_t n = 0;
    store->snapshot()->for_each_queued([&](const store::QueueRow& row) { return n += admin::is_quarantined(row.envelope), true; });
    return n;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(congthud_quarantine)

BOOST_FIXTURE_TEST_CASE(a_mail_that_is_held_back_is_nowhere_until_it_is_released, Guarded) {
  const std::string id = hold();
  const Json held = list().back();
  BOOST_TEST(held.at("rule") == "own-address-outside");
  BOOST_TEST(held.at("subject") == "Mật khẩu");
  BOOST_TEST(held.at("from") == "an@songla.gov.vn");
  BOOST_TEST(held.at("recipients") == Json::array({"binh@songla.gov.vn"}));
  BOOST_TEST(!delivered("binh", "xin doi"));
  BOOST_TEST(get("/queue").at("queue").empty());
  BOOST_TEST(admin("GET", "/queue/" + id).status == 404);
  BOOST_TEST(admin("POST", "/queue/" + id + "/drop").status == 404);
  BOOST_TEST(admin("GET", "/quarantine/" + id + "/content").body.find("\r\n\r\nxin doi") != std::string::npos);
  BOOST_TEST(last_audit("quarantine").at("what") == "quarantine.read");
  BOOST_TEST(get("/reports/signatures?from=2020-01-01&to=2099-01-01").at("rows").empty());  // held back: counts nowhere

  BOOST_TEST(admin("POST", "/quarantine/" + id + "/release", "{\"reason\":\"đã gọi điện\"}").status == 200);
  const std::string mail = read("binh");
  BOOST_TEST(mail.find("xin doi") != std::string::npos);
  BOOST_TEST(mail.find("Return-Path: <x@ngoai.vn>") != std::string::npos);
  BOOST_TEST(mail.find("Received: ") != std::string::npos);
  BOOST_TEST(mail.find("Authentication-Results: ") != std::string::npos);
  BOOST_TEST(list().empty());
  BOOST_TEST(!get("/reports/signatures?from=2020-01-01&to=2099-01-01").at("rows").empty());
  const Json row = last_audit("quarantine");
  BOOST_TEST(row.at("what") == "quarantine.release");
  BOOST_TEST(row.at("detail").at("reason") == "đã gọi điện");
  BOOST_TEST(admin("POST", "/quarantine/" + id + "/release").status == 404);  // once only
  BOOST_TEST(get("/reports/policy?from=2020-01-01&to=2099-01-01").dump().find("own-address-outside") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_refusal_tells_sender_and_recipient_in_both_languages, Guarded) {
  const std::string id = hold();
  BOOST_TEST(admin("POST", "/quarantine/" + id + "/refuse").status == 400);  // a reason is needed
  BOOST_TEST(admin("POST", "/quarantine/" + id + "/refuse", "{\"reason\":\"giả mạo\"}").status == 200);
  BOOST_TEST(list().empty());
  const std::string inbox = read("binh", "FETCH 1:* (ENVELOPE BODY.PEEK[TEXT])");
  BOOST_TEST(inbox.find("xin doi") == std::string::npos);
  BOOST_TEST(inbox.find("postmaster") != std::string::npos);
  const Json queue = get("/queue").at("queue");
  BOOST_REQUIRE(queue.size() == 1u);
  BOOST_TEST(queue[0].at("recipients") == Json::array({"x@ngoai.vn"}));
  BOOST_TEST(queue[0].at("sender") == "");  // never answered
  BOOST_TEST(last_audit("quarantine").at("detail").at("reason") == "giả mạo");
}

BOOST_FIXTURE_TEST_CASE(roles_reach_the_quarantine_of_their_own_people_only, Guarded) {
  const std::string id = hold();
  add("/agencies", {{"code", "sk"}, {"name", "Sở Khác"}});
  account("chi", {{"agency", "sk"}});
  add("/roles", {{"account", "an@songla.gov.vn"}, {"role", "clerk"}, {"agency", "svd"}});
  add("/roles", {{"account", "chi@songla.gov.vn"}, {"role", "clerk"}, {"agency", "sk"}});
  const auto as = [&](const std::string& who, std::string_view method, const std::string& target) {
    const auto reply = net::http_call(directory + "/admin.sock", method, target, "", {}, std::chrono::seconds(60), net::basic_authorization(who + "@songla.gov.vn", "mat khau"));
    BOOST_REQUIRE(reply);
    return *reply;
  };
  BOOST_TEST(Json::parse(as("an", "GET", "/quarantine").body).at("quarantine").size() == 1u);
  BOOST_TEST(Json::parse(as("chi", "GET", "/quarantine").body).at("quarantine").empty());
  BOOST_TEST(as("chi", "GET", "/quarantine/" + id).status == 404);
  BOOST_TEST(as("chi", "POST", "/quarantine/" + id + "/release").status == 404);
  BOOST_TEST(as("binh", "POST", "/quarantine/" + id + "/release").status == 403);  // no role, though it is for him
  BOOST_TEST(as("an", "POST", "/quarantine/" + id + "/release").status == 200);
  BOOST_TEST(last_audit("quarantine").at("who").get<std::string>().starts_with("an@songla.gov.vn ("));
}

BOOST_FIXTURE_TEST_CASE(what_nobody_decides_about_is_refused_after_its_time, Held) {
  tools::StoreSite site(*store);
  policy::inspect::InspectPool pool(policy::inspect::PoolOptions{});
  tools::Ingest ingest(*store, site, pool, clock, "mail.songla.gov.vn");
  tools::Recorder recorder(*store);
  net::Pool judging("judging", 1, 10);
  tools::SmtpBackend backend({*store, site, ingest, recorder, judging, clock, "mail.songla.gov.vn"});
  tools::Quarantine quarantine(*store, backend, clock, "mail.songla.gov.vn", 30, {});
  put(false);
  clock.advance(std::chrono::hours(24 * 30) - std::chrono::seconds(1));
  put(true);
  BOOST_TEST(*quarantine.expire() == 0u);
  clock.advance(std::chrono::seconds(1));
  BOOST_REQUIRE(store->run(store::PlaceHold{binh, "vu-1", "thanh tra"}));
  BOOST_TEST(*quarantine.expire() == 0u);  // a hold protects it
  BOOST_REQUIRE(store->run(store::PlaceHold{binh, "vu-1", ""}));
  BOOST_TEST(*quarantine.expire() == 1u);
  BOOST_TEST(entries() == 1u);
  {
    const auto snapshot = store->snapshot();
    BOOST_TEST(snapshot->account_state(binh).messages == 1u);  // the notice
    std::size_t waiting = 0;
    snapshot->for_each_queued([&](const store::QueueRow& row) { return waiting += !admin::is_quarantined(row.envelope), true; });
    BOOST_TEST(waiting == 0u);  // a sender from outside, whom the mail may name falsely, is not told by a machine
    std::string last;
    snapshot->for_each_audit(0, [&](std::uint64_t, std::string_view row) { return last = row, true; });
    BOOST_TEST(Json::parse(last).at("what") == "quarantine.expire");
  }
  clock.advance(std::chrono::hours(24 * 30));
  BOOST_TEST(*quarantine.expire() == 1u);
  std::size_t waiting = 0;
  store->snapshot()->for_each_queued([&](const store::QueueRow&) { return ++waiting, true; });
  BOOST_TEST(waiting == 1u);  // the sender who had signed in is told
  quarantine.configure(0);
  put(false);
  clock.advance(std::chrono::hours(24 * 365));
  BOOST_TEST(*quarantine.expire() == 0u);
}

BOOST_AUTO_TEST_CASE(an_entry_survives_its_row_and_damage_is_told) {
  admin::QuarantineEntry e;
  e.submission = true;
  e.sender = "nguyễn@songla.gov.vn";
  e.recipients = {{"a@x.vn", false, true, false, true, false}};
  e.received = base::Time(std::chrono::milliseconds(1'795'000'000'123));
  e.evidence = {{"from", "a\"b"}};
  const auto back = admin::decode_quarantined(admin::encode(e));
  BOOST_REQUIRE(back);
  BOOST_TEST(admin::encode(*back) == admin::encode(e));
  BOOST_TEST(back->recipients[0].notify_never);
  BOOST_TEST(!back->recipients[0].local);
  BOOST_TEST((admin::decode_quarantined("\x01rest").error().code() == base::Errc::invalid));
  const std::string whole = admin::encode(e);
  for (std::size_t n = 1; n < whole.size(); ++n) BOOST_TEST(!admin::decode_quarantined(whole.substr(0, n)));
}

BOOST_AUTO_TEST_SUITE_END()
