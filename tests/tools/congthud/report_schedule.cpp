// Reports by schedule: once for each period, late rather than never, to readers who may have them.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "mime/structure.hpp"
#include "tools/admin/report_schedules.hpp"
#include "tools/congthud/report_schedule.hpp"

namespace {

struct Scheduled {
  std::string directory = (std::filesystem::temp_directory_path() / "congthud-reports-XXXXXX").string();
  base::ManualClock clock{*base::parse_rfc3339("2026-11-22T09:00:00+07:00")};
  std::shared_ptr<base::Config> config = std::make_shared<base::Config>();
  std::unique_ptr<store::Store> store;
  store::AccountId reader{};

  Scheduled() {
    BOOST_REQUIRE(::mkdtemp(directory.data()) != nullptr);
    store::Options o;
    o.env.map_size = 1u << 26;
    o.env.sync = false;
    o.clock = &clock;
    o.collect = false;
    store = *store::Store::open(directory, o);
    BOOST_REQUIRE(store->run(store::AddDomain{{{}, "songla.gov.vn", {}}}));
    reader = *store->run(store::AddAccount{{{}, "kiem@songla.gov.vn", "", {}, false, false, 0}, {}});
    config->server.hostname = "mail.songla.gov.vn";
    base::ReportSchedule s;
    s.name = "thang";
    s.report = "mailboxes";
    s.day = 5;
    s.hour = 7;
    s.formats = {"pdf", "xlsx", "csv", "html", "json"};
    s.readers = {"kiem@songla.gov.vn"};
    config->reports.schedule.push_back(s);
  }
  ~Scheduled() { std::filesystem::remove_all(directory); }
  std::size_t mails() const { return store->snapshot()->account_state(reader).messages; }
  void set(const char* at) { clock.set(*base::parse_rfc3339(at)); }
};

using FirstAndLast = std::pair<std::string, std::string>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(congthud_report_schedule, Scheduled)

BOOST_AUTO_TEST_CASE(the_last_period_is_the_one_that_has_ended) {
  using base::ReportPeriod;
  BOOST_TEST((admin::last_period(ReportPeriod::month, "2026-11-01") == FirstAndLast{"2026-10-01", "2026-10-31"}));
  BOOST_TEST((admin::last_period(ReportPeriod::month, "2028-03-31") == FirstAndLast{"2028-02-01", "2028-02-29"}));
  BOOST_TEST((admin::last_period(ReportPeriod::month, "2027-01-15") == FirstAndLast{"2026-12-01", "2026-12-31"}));
  BOOST_TEST((admin::last_period(ReportPeriod::quarter, "2026-11-22") == FirstAndLast{"2026-07-01", "2026-09-30"}));
  BOOST_TEST((admin::last_period(ReportPeriod::half, "2026-07-01") == FirstAndLast{"2026-01-01", "2026-06-30"}));
  BOOST_TEST((admin::last_period(ReportPeriod::half, "2026-06-30") == FirstAndLast{"2025-07-01", "2025-12-31"}));
  BOOST_TEST((admin::last_period(ReportPeriod::year, "2026-01-01") == FirstAndLast{"2025-01-01", "2025-12-31"}));
}

BOOST_AUTO_TEST_CASE(a_report_goes_out_once_for_each_period) {
  tools::ReportSchedule schedule(*store, clock, config, {});
  set("2026-11-05T06:59:59+07:00");
  BOOST_TEST(schedule.run_due() == 0u);
  set("2026-11-05T07:00:00+07:00");
  BOOST_TEST(schedule.run_due() == 1u);
  BOOST_TEST(schedule.run_due() == 0u);
  BOOST_TEST(mails() == 1u);
  set("2026-11-04T07:00:00+07:00");  // a clock set back
  BOOST_TEST(schedule.run_due() == 0u);
  set("2027-02-20T07:00:00+07:00");  // the server was down for months: November, December, January
  BOOST_TEST(schedule.run_due() == 3u);
  BOOST_TEST(schedule.run_due() == 0u);
  BOOST_TEST(mails() == 4u);
  BOOST_TEST(schedule.status().at("problem").is_null());
  std::size_t audited = 0;
  store->snapshot()->for_each_audit(0, [&](std::uint64_t, std::string_view payload) { return audited += payload.find("report.sent") != std::string_view::npos, true; });
  BOOST_TEST(audited == 4u);
}

BOOST_AUTO_TEST_CASE(periods_that_were_missed_are_bounded_and_in_order) {
  const base::ReportSchedule& s = config->reports.schedule[0];
  const auto now = *base::parse_rfc3339("2026-11-05T06:59:59+07:00");
  BOOST_TEST(admin::periods_due(s, "", now).empty());  // October is not due yet, and all before was not asked for
  BOOST_TEST(admin::periods_due(s, "2026-08-31", now).size() == 1u);
  const auto many = admin::periods_due(s, "2019-12-31", now);
  BOOST_TEST_REQUIRE(many.size() == 12u);
  BOOST_TEST((many.front() == FirstAndLast{"2025-10-01", "2025-10-31"}));
  BOOST_TEST((many.back() == FirstAndLast{"2026-09-01", "2026-09-30"}));
}

BOOST_AUTO_TEST_CASE(one_that_fails_holds_up_no_other) {
  base::ReportSchedule bad = config->reports.schedule[0];
  bad.name = "hong";
  bad.readers = {"khong-co@songla.gov.vn"};
  config->reports.schedule.insert(config->reports.schedule.begin(), bad);
  tools::ReportSchedule schedule(*store, clock, config, {});
  BOOST_TEST(schedule.run_due() == 1u);
  BOOST_TEST(schedule.problems().size() == 1u);
  BOOST_TEST(schedule.problems().contains("hong"));
  BOOST_REQUIRE(store->run(store::AddAccount{{{}, "khong-co@songla.gov.vn", "", {}, false, false, 0}, {}}));
  BOOST_TEST(schedule.run_due() == 0u);  // within the hour
  clock.advance(std::chrono::hours(1));
  BOOST_TEST(schedule.run_due() == 1u);
  BOOST_TEST(schedule.problems().empty());
  BOOST_TEST(schedule.send_now(bad, "2026-01-01", "2026-01-31", "kiem@songla.gov.vn").has_value());  // asked for: an old one, again
  BOOST_TEST(schedule.run_due() == 0u);  // and it is known still that October was sent
  base::ReportSchedule fresh = config->reports.schedule[1];
  fresh.name = "moi";
  BOOST_TEST(schedule.send_now(fresh, "2020-01-01", "2020-01-31", "kiem@songla.gov.vn").has_value());
  BOOST_TEST(!store->snapshot()->entry(store::Entry::policy, "report-sent:moi"));
  BOOST_TEST(schedule.send_now(fresh, "2026-10-01", "2026-10-31", "kiem@songla.gov.vn").has_value());
  BOOST_TEST(store->snapshot()->entry(store::Entry::policy, "report-sent:moi").has_value());
}

BOOST_AUTO_TEST_CASE(the_mail_holds_the_report_in_every_format) {
  tools::ReportSchedule schedule(*store, clock, config, {});
  BOOST_REQUIRE(schedule.run_due() == 1u);
  const auto snapshot = store->snapshot();
  std::string content;
  const auto boxes = snapshot->mailboxes(reader);
  for (const store::Mailbox& box : boxes)
    snapshot->for_each_message(reader, box.id, store::Uid(1), store::kLastUid, [&](const store::MessageView& m) {
      return snapshot->read(reader, m, {0, m.detail.size()}, [&](std::string_view piece) { return content.append(piece), true; }).has_value();
    });
  for (const char* name : {"thang-2026-10-31.pdf", "thang-2026-10-31.xlsx", "thang-2026-10-31.csv", "thang-2026-10-31.html", "thang-2026-10-31.json"})
    BOOST_TEST(content.find(name) != std::string::npos, name);
}

BOOST_AUTO_TEST_CASE(figures_of_persons_stay_with_officials) {
  config->reports.schedule[0].readers = {"bao@vidu.vn"};
  tools::ReportSchedule schedule(*store, clock, config, {});
  BOOST_TEST(schedule.run_due() == 0u);
  BOOST_TEST(schedule.status().at("problem").get<std::string>().find("bao@vidu.vn") != std::string::npos);
  const auto changed = std::make_shared<base::Config>(*config);
  changed->policy.sector_domains = {"vidu.vn"};
  schedule.configure(changed);
  BOOST_TEST(schedule.run_due() == 1u);
  const auto open = std::make_shared<base::Config>(*config);
  open->reports.schedule[0].name = "cong-khai";
  open->reports.schedule[0].report = "monthly";
  open->reports.schedule[0].for_all = true;
  schedule.configure(open);
  BOOST_TEST(schedule.run_due() == 1u);  // the public edition
  std::size_t queued = 0;
  store->snapshot()->for_each_queued([&](const store::QueueRow&) { return ++queued, true; });
  BOOST_TEST(queued == 2u);
  open->reports.schedule[0].readers = {"kiem@songla.gov.vn", "khong-co@songla.gov.vn"};  // one reader less is told, not passed over
  open->reports.schedule[0].name = "thieu";
  schedule.configure(open);
  BOOST_TEST(schedule.run_due() == 0u);
  BOOST_TEST(schedule.status().at("problem").get<std::string>().find("khong-co@songla.gov.vn") != std::string::npos);
  open->reports.schedule[0].name = "khac";
  open->reports.schedule[0].report = "khong-co";
  schedule.configure(open);
  BOOST_TEST(schedule.run_due() == 0u);
  BOOST_TEST(!schedule.status().at("problem").is_null());
}

BOOST_AUTO_TEST_SUITE_END()
