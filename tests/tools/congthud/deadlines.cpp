// What only time can judge: papers for a meeting that come in other mails, judged when the meeting of the latest invitation is there.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "store/check.hpp"
#include "tools/congthud/deadline_watch.hpp"
#include "tools/congthud/site.hpp"
#include "tools/registers/meetings.hpp"
#include "tools/registers/query.hpp"

namespace {

using registers::Json;
using namespace std::chrono_literals;

base::Time moment(std::string_view text) { return *base::parse_rfc3339(std::string(text) + ":00+07:00"); }

struct Deadlines {
  std::filesystem::path directory;
  base::ManualClock clock{moment("2026-11-20T08:00")};
  std::unique_ptr<store::Store> store;
  std::unique_ptr<tools::StoreSite> site;
  policy::inspect::InspectPool pool{policy::inspect::PoolOptions{}};
  std::unique_ptr<tools::Ingest> ingest;
  unsigned mails = 0;

  Deadlines() {
    std::string pattern = (std::filesystem::temp_directory_path() / "congthu-deadlines-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory = pattern;
    store::Options options;
    options.env.map_size = 1u << 28;
    options.env.sync = false;
    options.clock = &clock;
    options.collect = false;
    auto opened = store::Store::open(pattern, options);
    BOOST_REQUIRE_MESSAGE(opened, opened.error().detail());
    store = *std::move(opened);
    site = std::make_unique<tools::StoreSite>(*store);
    ingest = std::make_unique<tools::Ingest>(*store, *site, pool, clock, "mail.songla.gov.vn");
    rule("observe");
  }
  ~Deadlines() {
    const auto report = store::check(store->env());
    BOOST_TEST((report && report->ok()));
    store.reset();
    std::filesystem::remove_all(directory);
  }

  void rule(const std::string& mode, const std::string& more = {}) {
    auto state = std::make_shared<tools::PolicyState>();
    auto parsed = base::parse_exchange_policy("id=\"bd\"\ntitle=\"t\"\n[[rules]]\nrule=\"meeting-papers-24h\"\nmode=\"" + mode + "\"\nsource=\"5\"\n" + more, "p.toml");
    BOOST_REQUIRE_MESSAGE(parsed, parsed.error().detail());
    state->exchange.push_back(*std::move(parsed));
    std::vector<std::unique_ptr<policy::Rule>> rules;
    policy::rules::add_exchange_rules(*site, state->exchange, rules);
    std::vector<policy::ModeEntry> entries;
    std::vector<policy::ExceptionEntry> exceptions;
    BOOST_REQUIRE(policy::rules::add_entries(state->exchange, rules, entries, exceptions));
    state->pipeline = std::make_unique<policy::Pipeline>(std::move(rules), policy::ModeTable(std::move(entries), std::move(exceptions)), *site);
    ingest->set_state(std::move(state));
  }

  registers::MeetingNote mail(std::vector<std::string> to, std::string subject = {}) {
    registers::MeetingNote n;
    n.at = clock.now();
    n.login = "vp@songla.gov.vn";
    n.agency = "vp";
    n.message_id = "m" + std::to_string(++mails);
    n.recipients = std::move(to);
    n.mail.subject = std::move(subject);
    return n;
  }
  registers::MeetingNote invitation(std::vector<std::string> to, const std::string& number, std::optional<base::Time> time, std::string subject = {}) {
    registers::MeetingNote n = mail(std::move(to), std::move(subject));
    n.mail.invitations.push_back({number, "VĂN PHÒNG", "2026", "gm.pdf", "d" + number + n.message_id, time, false});
    return n;
  }
  registers::MeetingNote papers(std::vector<std::string> to, const std::string& digest = "t1", std::string subject = {}) {
    registers::MeetingNote n = mail(std::move(to), std::move(subject));
    n.mail.papers.push_back({"tai-lieu-" + digest + ".pdf", digest});
    return n;
  }
  std::string note(registers::MeetingNote n) {
    const std::string id = n.message_id;
    BOOST_REQUIRE(store->run(store::ApplyRules{{registers::note_meeting(std::move(n))}}));
    return id;
  }
  void judge() {
    tools::DeadlineWatch watch(*store, *ingest, clock, "mail.songla.gov.vn", {});
    const auto done = watch.run_once();
    BOOST_REQUIRE_MESSAGE(done, done.error().detail());
  }
  // "a@x.vn 20h00 number" of each finding.
  std::vector<std::string> found() const {
    std::vector<std::string> out;
    const auto snapshot = store->snapshot();
    snapshot->for_each_record(store::RecordTable::decisions, "", "", [&](std::string_view, std::string_view value) {
      const Json row = Json::parse(value);
      for (const Json& f : row.at("findings")) {
        BOOST_TEST(f.at("rule") == "meeting-papers-24h");
        BOOST_TEST(f.at("evidence").at("source") == "5");
        out.push_back(f.at("subject").get<std::string>() + " " + f.at("evidence").at("before").get<std::string>() + " " + f.at("evidence").at("related").get<std::string>());
      }
      return true;
    });
    std::sort(out.begin(), out.end());  // findings of one moment have no order
    return out;
  }
  std::vector<Json> decisions() const {
    std::vector<Json> out;
    store->snapshot()->for_each_record(store::RecordTable::decisions, "", "", [&](std::string_view, std::string_view value) { return out.push_back(Json::parse(value)), true; });
    return out;
  }
  std::size_t rows() const {
    std::size_t n = 0;
    store->snapshot()->for_each_record(store::RecordTable::documents, "", "", [&](std::string_view, std::string_view) { return ++n, true; });
    return n;
  }
  using Words = std::vector<std::string>;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(congthud_deadlines, Deadlines)

BOOST_AUTO_TEST_CASE(papers_of_other_mails_count_for_each_participant_from_their_acceptance) {
  const std::string id = note(invitation({"a@x.vn", "B@x.vn", "c@x.vn"}, "12/GM-VP", moment("2026-11-22T08:00")));
  clock.set(moment("2026-11-21T08:00"));
  auto in_time = papers({"a@x.vn"});
  in_time.references = {id};
  note(in_time);
  clock.set(moment("2026-11-21T12:00"));
  auto late = papers({"a@x.vn", "b@x.vn", "khong-du@x.vn"});  // a has them already, the last one is not invited
  late.references = {id};
  note(late);
  auto by_number = papers({"c@x.vn"}, "t2");
  by_number.login = "so@songla.gov.vn";
  by_number.agency = "so";  // the unit that prepares the meeting
  by_number.mail.cited = {"12 /GM-VP"};
  note(by_number);
  auto answer = papers({"a@x.vn", "c@x.vn"}, "t3");  // of a participant's agency, in the thread
  answer.agency = "khac";
  answer.references = {id};
  note(answer);
  judge();
  BOOST_TEST(found().empty());  // the meeting may still be moved
  clock.set(moment("2026-11-22T08:00"));
  judge();
  BOOST_TEST(found() == (Words{"b@x.vn 20h00 thread", "c@x.vn 20h00 number"}), boost::test_tools::per_element());
  judge();
  BOOST_TEST(found().size() == 2u);  // once
  clock.advance(31 * 24h);
  judge();
  BOOST_TEST(rows() == 0u);
  BOOST_TEST(found().size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_latest_invitation_says_when_the_meeting_is) {
  const std::string id = note(invitation({"a@x.vn"}, "12/GM-VP", moment("2026-11-20T14:00")));
  auto with = papers({"a@x.vn"});
  with.references = {id};
  note(with);
  clock.set(moment("2026-11-20T14:00"));
  judge();
  BOOST_TEST(found() == Words{"a@x.vn 6h00 thread"}, boost::test_tools::per_element());
  auto moved = invitation({"a@x.vn"}, "15/GM-VP", moment("2026-11-22T08:00"));  // put off after it should have begun
  moved.mail.invitations[0].moves = true;
  moved.mail.cited = {"12/GM-VP", "15/GM-VP"};
  note(moved);
  BOOST_TEST(found().empty());
  clock.set(moment("2026-11-22T08:00"));
  judge();
  BOOST_TEST(found().empty());
  auto unknown = invitation({"a@x.vn"}, "15/GM-VP", std::nullopt);
  note(unknown);
  clock.advance(24h * 399);
  judge();
  BOOST_TEST(found().empty());
  clock.advance(24h * 3);
  judge();
  BOOST_TEST(rows() == 0u);
}

BOOST_AUTO_TEST_CASE(subjects_lead_to_a_meeting_only_when_there_is_one) {
  note(invitation({"a@x.vn"}, "12/GM-VP", moment("2026-11-21T07:00"), "hop giao ban tuan 47"));
  note(papers({"a@x.vn"}, "t1", "hop giao ban tuan 47"));
  note(papers({"a@x.vn"}, "t2", "hop giao ban tuan 48"));
  note(invitation({"a@x.vn"}, "14/GM-VP", moment("2026-11-21T14:00"), "hop giao ban tuan 47"));  // another meeting of that name
  note(papers({"a@x.vn"}, "t3", "hop giao ban tuan 47"));
  clock.set(moment("2026-11-22T08:00"));
  judge();
  BOOST_TEST(found() == Words{"a@x.vn 23h00 subject"}, boost::test_tools::per_element());  // t3 may be for either
}

BOOST_AUTO_TEST_CASE(who_is_bound_is_told_in_mode_enforce_and_exceptions_spare_from_it) {
  BOOST_REQUIRE(store->run(store::AddDomain{{{}, "songla.gov.vn", {}}}));
  const auto vp = *store->run(store::AddAccount{{{}, "vp@songla.gov.vn", "", {}, false, false, 0}, {}});
  const auto told = [&] { return store->snapshot()->account_state(vp).messages; };
  const auto meet = [&] {
    auto both = invitation({"a@x.vn"}, "12/GM-VP", clock.now() + 2h);
    both.mail.papers = {{"tai-lieu.pdf", "t" + both.message_id}};
    both.mail.invitations[0].number = "1" + both.message_id;
    note(both);
    clock.advance(3h);
    judge();
  };
  meet();
  BOOST_TEST(found() == Words{"a@x.vn 2h00 mail"}, boost::test_tools::per_element());
  BOOST_TEST(told() == 0u);
  rule("enforce");
  meet();
  BOOST_TEST(told() == 1u);
  rule("enforce", "[[exceptions]]\nrule=\"meeting-papers-24h\"\naddress=\"vp@songla.gov.vn\"\nuntil=\"2026-12-31\"\napprover=\"x\"\nreason=\"y\"\n");
  meet();
  BOOST_TEST(told() == 1u);
  rule("off");
  meet();
  BOOST_TEST(found().size() == 3u);
}

BOOST_AUTO_TEST_CASE(an_urgent_document_that_nobody_was_assigned_to_is_found_once) {
  rule("off", "[[rules]]\nrule=\"urgent-deadline\"\nmode=\"observe\"\nsource=\"5\"\n");
  const auto arrive = [&](const std::string& number) {
    registers::Arrival a;
    a.direction = registers::Direction::incoming;
    a.agency = "so";
    a.at = clock.now();
    a.fields = {{"number", number}, {"issuer", "UBND"}, {"date", "2026-11-20"}, {"urgency", "Hỏa tốc"}};
    a.digest = a.mail = number;
    a.recipients = {{"so@songla.gov.vn", true}};
    a.urgent_until = clock.now() + 2h;
    a.urgent_source = "bd: 5";
    BOOST_REQUIRE(store->run(store::ApplyRules{{registers::enter({a})}}));
  };
  arrive("1/CV");
  arrive("2/CV");
  const auto assigned = registers::change_row({registers::Direction::incoming, "so", 2026, 2}, [](Json row) -> base::Result<std::optional<Json>> {
    BOOST_TEST(row.at("assignment").at("due") == "2026-11-20");
    registers::Assignment a;
    a.official = "chi";
    registers::assign(row, a);
    return std::optional<Json>(std::move(row));
  });
  BOOST_REQUIRE(store->run(store::ApplyRules{{assigned}}));
  clock.advance(2h);
  judge();
  std::vector<Json> all = decisions();
  BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all[0].at("agency") == "so");
  BOOST_TEST(all[0].at("findings").at(0).at("rule") == "urgent-deadline");
  BOOST_TEST(all[0].at("findings").at(0).at("subject") == "so/in/2026/1");
  judge();
  BOOST_TEST(decisions().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_schedule_that_was_published_too_early_is_found_and_corrected) {
  rule("off", "[[rules]]\nrule=\"schedule-before-website\"\nmode=\"observe\"\nsource=\"2\"\n");
  registers::Arrival a;
  a.direction = registers::Direction::outgoing;
  a.agency = "vp";
  a.at = clock.now();
  a.from = "vp@songla.gov.vn";
  a.fields = {{"title", "Lịch công tác tuần 47"}};
  a.digest = a.mail = "lich";
  BOOST_REQUIRE(store->run(store::ApplyRules{{registers::enter({a})}}));
  const auto publish = [&](std::chrono::minutes after) {
    const auto rule = registers::change_row({registers::Direction::outgoing, "vp", 2026, 1}, [&](Json row) -> base::Result<std::optional<Json>> {
      BOOST_TEST(registers::publish(row, a.at + after, "https://songla.gov.vn/lich", "chi", clock.now()));
      return std::optional<Json>(std::move(row));
    });
    BOOST_REQUIRE(store->run(store::ApplyRules{{rule}}));
    clock.advance(1min);
    judge();
    const auto snapshot = store->snapshot();
    return registers::text(registers::find(*snapshot, {registers::Direction::outgoing, "vp", 2026, 1}, clock.now())->at("published"), "outcome");
  };
  BOOST_TEST(publish(59min) == "violated");
  BOOST_REQUIRE(decisions().size() == 1u);
  BOOST_TEST(decisions()[0].at("findings").at(0).at("evidence").at("url") == "https://songla.gov.vn/lich");
  BOOST_TEST(publish(60min) == "met");
  BOOST_TEST(decisions().empty());  // what was found for the wrong time goes
}

BOOST_AUTO_TEST_SUITE_END()
