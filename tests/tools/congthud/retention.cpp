// Retention classes: which class covers what, what the watch keeps and lets go, and what `retention show` says of it.
#include <boost/test/unit_test.hpp>

#include <filesystem>

#include "policy/document/kinds.hpp"
#include "policy/document/letters.hpp"
#include "store/check.hpp"
#include "store/hold.hpp"
#include "store/keys.hpp"
#include "store/recovery.hpp"
#include "tools/admin/handle.hpp"
#include "tools/congthud/retention_watch.hpp"

namespace {

using admin::Json;
using namespace store;
using Days = std::chrono::duration<int, std::ratio<86400>>;

constexpr std::string_view kLetter =
    "ỦY BAN NHÂN DÂN\t CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n"
    "TỈNH SÔNG LA\t Độc lập - Tự do - Hạnh phúc\n"
    "Số: 204/QĐ-UBND\t Sông La, ngày 20 tháng 11 năm 2026\n"
    "QUYẾT ĐỊNH\nVề việc ban hành quy chế tiếp công dân\n"
    "CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH SÔNG LA\n"
    "Căn cứ Luật Tổ chức chính quyền địa phương;\nQUYẾT ĐỊNH:\nĐiều 1. Ban hành kèm theo Quyết định này Quy chế.\n"
    "Nơi nhận:\n- Như trên;\nTM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\nNguyễn Văn An\n";

struct ArchivingOffice {
  std::string directory = (std::filesystem::temp_directory_path() / "congthu-retention-XXXXXX").string();
  base::ManualClock clock{*base::parse_rfc3339("2026-11-22T09:00:00+07:00")};
  base::Config config;
  std::unique_ptr<Store> s;
  std::unique_ptr<tools::RetentionWatch> watch;
  AgencyId agency{}, below{};
  AccountId an{}, binh{};

  ArchivingOffice() {
    BOOST_REQUIRE(::mkdtemp(directory.data()) != nullptr);
    Options o;
    o.env.map_size = 1u << 28;
    o.env.sync = false;
    o.clock = &clock;
    o.collect = false;
    s = *Store::open(directory, o);
    BOOST_REQUIRE(s->run(AddDomain{{{}, "songla.gov.vn", {}}}));
    agency = *s->run(AddAgency{{{}, "svd", {}, "Sở Ví dụ", "SVD", {}, {}, {}}, false});
    below = *s->run(AddAgency{{{}, "ttvd", agency, "Trung tâm Ví dụ", "TTVD", {}, {}, {}}, false});
    an = *s->run(AddAccount{{{}, "an@songla.gov.vn", "An", below, false, false, 0}, {}});
    binh = *s->run(AddAccount{{{}, "binh@songla.gov.vn", "Bình", {}, false, false, 0}, {}});
    watch = std::make_unique<tools::RetentionWatch>(*s, clock);
  }
  ~ArchivingOffice() {
    const auto report = check(s->env());
    BOOST_TEST((report && report->ok()));
    watch.reset();
    s.reset();
    std::filesystem::remove_all(directory);
  }
  static base::RetentionClass rule(std::string name, std::vector<std::string> mailboxes, unsigned keep, unsigned expire) {
    base::RetentionClass c;
    c.name = std::move(name);
    c.mailboxes = std::move(mailboxes);
    c.keep_days = keep;
    c.expire_days = expire;
    return c;
  }
  void set(std::vector<base::RetentionClass> classes) {
    config.retention = classes;
    BOOST_REQUIRE(watch->configure(std::move(classes)));
  }
  void run() { BOOST_REQUIRE(watch->run_once()); }
  MailboxId box(AccountId a, const char* name) { return s->snapshot()->mailbox(a, name)->id; }
  Uid put(AccountId a, const char* mailbox, int days_ago, bool document = false) {
    SubmitMessage op;
    std::vector<std::string> texts;
    if (document) texts.emplace_back(kLetter);
    op.content = make_content("From: binh@songla.gov.vn\r\nSubject: thu\r\n\r\nx\r\n", {}, std::move(texts));
    op.deliveries.resize(1);
    op.deliveries[0].account = a;
    op.deliveries[0].mailbox = box(a, mailbox);
    op.deliveries[0].internal_date = clock.now() - Days(days_ago);
    if (document) op.deliveries[0].derived = kDocument;
    return s->run(op)->deliveries[0].uid;
  }
  std::uint32_t count(AccountId a, const char* mailbox) { return s->snapshot()->mailbox(a, mailbox)->messages; }
  Time kept(AccountId a, const char* mailbox, Uid uid) { return kept_until(s->snapshot()->txn(), {a, box(a, mailbox), uid}); }
  void days(int n) {
    clock.advance(Days(n));
    run();
    BOOST_REQUIRE(s->collector().collect_now());
  }
  std::size_t recoverable(AccountId a) {
    std::size_t n = 0;
    const auto snapshot = s->snapshot();
    for_each_recoverable(*snapshot, a, [&](const Recoverable&) { return ++n, true; });
    return n;
  }
  Json show(std::string_view target = "/retention", int status = 200) {
    admin::Context context{*s, config, clock, {}, clock.now()};
    const auto reply = admin::handle(context, *admin::make_request("GET", target, {}, "uid 7 (ca)"));
    BOOST_TEST_CONTEXT(reply.body) BOOST_TEST(reply.status == status);
    return Json::parse(reply.body, nullptr, false);
  }
  std::vector<Json> audit() {
    std::vector<Json> out;
    s->snapshot()->for_each_audit(0, [&](std::uint64_t, std::string_view row) { return out.push_back(Json::parse(row, nullptr, false)), true; });
    return out;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(congthud_retention, ArchivingOffice)

BOOST_AUTO_TEST_CASE(every_kind_of_the_configuration_is_one_that_documents_have) {
  for (const std::string_view kind : base::retention_kinds()) {
    const std::u32string wide = policy::document::decode_utf8(kind);
    const bool known = kind == "CV" || policy::document::kind_named(wide) || policy::document::kind_of_abbrev(wide, false) || policy::document::kind_of_abbrev(wide, true);
    BOOST_TEST(known, kind);
  }
}

BOOST_AUTO_TEST_CASE(without_classes_nothing_is_written) {
  put(an, "INBOX", 1);
  const auto before = s->stats().env.last_txn;
  set({});
  run();
  BOOST_TEST(s->stats().env.last_txn == before);
  BOOST_TEST(s->snapshot()->txn().rows(Table::holds) == 0u);
  BOOST_TEST(show().at("state") == "none");
}

BOOST_AUTO_TEST_CASE(a_class_covers_what_fits_each_of_its_lists_and_the_longest_keep_wins) {
  BOOST_REQUIRE(s->run(CreateMailbox{an, "Hồ sơ/2026", SpecialUse::none}));
  const Uid a = put(an, "INBOX", 10), b = put(binh, "INBOX", 10), c = put(an, "Hồ sơ/2026", 0), d = put(an, "Sent", 0), e = put(an, "Trash", 0),
            f = put(binh, "Sent", 0, true), g = put(binh, "Sent", 0);
  auto scoped = rule("svd", {"INBOX"}, 100, 0), longer = rule("hop-thu", {"INBOX"}, 50, 0), kinds = rule("qd", {}, 200, 0), nobody = rule("khac", {}, 999, 0);
  scoped.agencies = {"svd"};
  kinds.kinds = {"QĐ"};
  nobody.domains = {"other.gov.vn"};
  set({scoped, longer, rule("duoi", {"Hồ sơ/*"}, 30, 0), rule("rac", {"\\Trash"}, 20, 0), kinds, nobody});
  BOOST_TEST(show().at("state") == "matching");
  run();
  const Time now = clock.now();
  BOOST_TEST((kept(an, "INBOX", a) == now + Days(90)));
  BOOST_TEST((kept(binh, "INBOX", b) == now + Days(40)));
  BOOST_TEST((kept(an, "Hồ sơ/2026", c) == now + Days(30)));
  BOOST_TEST((kept(an, "Sent", d) == Time{}));
  BOOST_TEST((kept(an, "Trash", e) == now + Days(20)));
  BOOST_TEST((kept(binh, "Sent", f) == now + Days(200)));
  BOOST_TEST((kept(binh, "Sent", g) == Time{}));
  const Json j = show();
  BOOST_TEST(j.at("state") == "in force");
  BOOST_TEST(j.at("classes")[0].at("kept") == 1);
  BOOST_TEST(j.at("classes")[4].at("kept") == 1);
  BOOST_TEST(j.at("classes")[5].at("kept") == 0);
  BOOST_TEST(show("/retention?account=binh@songla.gov.vn").at("classes")[0].at("kept") == 0);
  show("/retention?account=ai@songla.gov.vn", 404);
}

BOOST_AUTO_TEST_CASE(what_was_moved_before_it_was_looked_at_is_kept_where_it_is_now) {
  set({rule("thu-den", {"INBOX"}, 100, 0)});
  run();
  const Uid uid = put(an, "INBOX", 0), gone = put(an, "INBOX", 0);
  const Uid there = s->run(CopyMessages{an, MailboxId(1), box(an, "Trash"), {uid}, true})->uids[0].second;
  const Uid further = s->run(CopyMessages{an, box(an, "Trash"), box(an, "Archive"), {there}, true})->uids[0].second;
  BOOST_REQUIRE(s->run(Expunge{an, MailboxId(1), std::vector<Uid>{gone}, false}));
  run();
  BOOST_TEST((kept(an, "Archive", further) == clock.now() + Days(100)));
  BOOST_TEST((kept(an, "INBOX", gone) == clock.now() + Days(100)));
  BOOST_REQUIRE(s->run(Expunge{an, box(an, "Archive"), {}, false}));
  run();
  days(60);
  BOOST_TEST(recoverable(an) == 2u);
  BOOST_TEST(show().at("classes")[0].at("kept_expunged") == 2);
  set({});  // what it keeps stays until its time
  days(20);
  BOOST_TEST(recoverable(an) == 2u);
  BOOST_TEST(show().at("former")[0].at("kept") == 2);
  days(25);
  BOOST_TEST(recoverable(an) == 0u);
}

BOOST_AUTO_TEST_CASE(old_mail_is_expunged_and_audited_but_not_what_is_kept_or_held) {
  for (int i = 0; i < 300; ++i) put(an, "Junk", 40);
  put(an, "Junk", 5), put(an, "Junk", 27), put(binh, "Trash", 40), put(an, "INBOX", 40);
  const Uid document = put(an, "Junk", 40, true);
  auto decisions = rule("qd", {}, 1000, 0);
  decisions.kinds = {"Quyết định"};
  Hold hold;
  hold.name = "vu-1";
  hold.scope = HoldScope::account;
  hold.account = binh;
  hold.reason = "thanh tra";
  BOOST_REQUIRE(s->run(AddHold{hold}));
  set({rule("rac", {"\\Junk", "\\Trash"}, 0, 30), decisions});
  const Json before = show();
  BOOST_TEST(before.at("classes")[0].at("expiring") == 301);
  BOOST_TEST(before.at("mailboxes")[0].at("mailbox") == "Junk");
  run();
  BOOST_TEST(count(an, "Junk") == 3u);
  BOOST_TEST(count(an, "INBOX") == 1u);
  BOOST_TEST(count(binh, "Trash") == 1u);
  BOOST_TEST(s->snapshot()->hot(an, box(an, "Junk"), document).has_value());
  const auto rows = audit();
  BOOST_REQUIRE(rows.size() == 1u);
  BOOST_TEST(rows[0].at("what") == "retention.expire");
  BOOST_TEST(rows[0].at("detail") == Json({{"class", "rac"}, {"account", "an@songla.gov.vn"}, {"mailbox", "Junk"}, {"count", 300}}));
  BOOST_REQUIRE(s->run(LiftHold{"vu-1"}));
  run();
  BOOST_TEST(count(binh, "Trash") == 1u);  // a pass a day
  days(1);
  BOOST_TEST(count(binh, "Trash") == 0u);
  days(3);
  BOOST_TEST(count(an, "Junk") == 2u);
  BOOST_TEST(audit().size() == 3u);
  BOOST_TEST(recoverable(an) == 301u);  // the undelete time runs as for all
  days(40);
  BOOST_TEST(recoverable(an) == 1u);  // the mail of 5 days, expired meanwhile; the decision is still in its mailbox
  BOOST_TEST(count(an, "Junk") == 1u);
}

BOOST_AUTO_TEST_CASE(what_fell_behind_the_journal_is_looked_at_again_from_the_start) {
  set({rule("thu-den", {"INBOX"}, 100, 0)});
  run();
  const Uid uid = put(an, "INBOX", 0);
  put(an, "Sent", 0), put(an, "Sent", 0);
  BOOST_REQUIRE(s->run(TrimJournal{1}));
  BOOST_REQUIRE(s->run(Expunge{an, MailboxId(1), {}, false}));
  clock.advance(Days(40));
  BOOST_REQUIRE(s->collector().collect_now());
  BOOST_TEST(recoverable(an) == 1u);  // nobody has looked at it
  run();
  BOOST_TEST((kept(an, "INBOX", uid) == clock.now() + Days(60)));
  BOOST_REQUIRE(s->run(RemoveDirectory{RemoveDirectory::What::account, "an@songla.gov.vn"}).error().code() == base::Errc::denied);
  days(61);
  BOOST_TEST(recoverable(an) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
