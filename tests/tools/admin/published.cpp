// Published reports: frozen, numbered, checked; and what of a report may be shown to everybody.
#include <random>

#include "base/crypto.hpp"
#include "tests/tools/admin/fixture.hpp"
#include "tools/admin/public_view.hpp"
#include "tools/admin/report.hpp"

using namespace admin;
using admin::test::Fixture;

namespace {

Json mailbox_report(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& agencies) {  // provisioned, active
  Json rows = Json::array();
  std::uint64_t provisioned = 0, active = 0;
  for (std::size_t i = 0; i < agencies.size(); ++i) {
    const auto [all, some] = agencies[i];
    provisioned += all;
    active += some;
    rows.push_back({{"group", "cq" + std::to_string(i)}, {"agency_name", "Cơ quan " + std::to_string(i)}, {"provisioned", all}, {"functional", 1}, {"headcount", nullptr},
                    {"provisioned_share", nullptr}, {"active", some}, {"silent", all - some}, {"active_share", share(some, all)}});
  }
  Json columns = Json::array();
  for (const char* key : {"group", "agency_name", "provisioned", "functional", "headcount", "provisioned_share", "active", "silent", "active_share"}) columns.push_back({{"key", key}});
  return {{"schema", "congthu.report.monthly/1"}, {"report", "monthly"}, {"by", "agency"}, {"columns", columns}, {"rows", rows}, {"totals", {{"provisioned", provisioned}, {"active", active}}}};
}

std::uint64_t column_sum(const Json& report, const char* column) {
  std::uint64_t sum = 0;
  for (const Json& row : report.at("rows"))
    if (row.at(column).is_number()) sum += row.at(column).get<std::uint64_t>();
  return sum;
}

Json public_edition(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& agencies) {
  std::vector<MailboxFigures> figures;
  for (std::size_t i = 0; i < agencies.size(); ++i) figures.push_back({"cq" + std::to_string(i), {agencies[i].first, agencies[i].second, agencies[i].first - agencies[i].second}});
  const auto view = public_view(mailbox_report(agencies), merged_agencies(figures, 5), 5);
  BOOST_REQUIRE(view);
  return *view;
}

std::string month_of_reports() { return "from=2026-10-01&to=2026-10-31"; }

struct Publishing : Fixture {
  Json publish(const char* report, Json query = {{"from", "2026-10-01"}, {"to", "2026-10-31"}}, bool for_all = false) {
    return ok("POST", "/reports/publish", {{"report", report}, {"query", std::move(query)}, {"public", for_all}, {"note", "thử"}}).at("published");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_published, Publishing)

BOOST_AUTO_TEST_CASE(a_published_report_has_a_number_and_does_not_change) {
  province();
  const Json first = publish("mailboxes");
  BOOST_TEST(first.at("number") == 1);
  BOOST_TEST(first.at("revision") == 1);
  BOOST_TEST(first.at("previous").is_null());
  BOOST_TEST(first.at("approver") == "uid 0 (root)");
  BOOST_TEST(publish("exchange").at("number") == 2);
  const Json frozen = ok("GET", "/reports/published/1").at("content");
  changed("POST", "/accounts", {{"address", "binh@songla.gov.vn"}, {"agency", "svd"}, {"password", "mat khau 2"}});
  const Json second = publish("mailboxes");
  BOOST_TEST(second.at("number") == 3);
  BOOST_TEST(second.at("revision") == 2);
  BOOST_TEST(second.at("previous") == 1);
  BOOST_TEST(ok("GET", "/reports/published/1").at("content") == frozen);
  BOOST_TEST(ok("GET", "/reports/published").at("published").size() == 3u);
  BOOST_TEST(ok("GET", "/reports/published/1/verify").at("ok") == true);

  const Json differences = ok("GET", "/reports/published/1/diff?with=3").at("differences");
  BOOST_REQUIRE(differences.size() == 2u);  // of svd and in the totals
  BOOST_TEST(differences[0].at("column") == "provisioned");
  BOOST_TEST(differences[0].at("before") == 1);
  BOOST_TEST(differences[0].at("after") == 2);
  BOOST_TEST(ok("GET", "/reports/published/1/diff").at("differences").size() == 2u);  // against now
  BOOST_TEST(ok("GET", "/reports/published/3/diff").at("differences").empty());
}

BOOST_AUTO_TEST_CASE(what_was_changed_after_publishing_is_found) {
  province();
  publish("mailboxes");
  const std::string key = std::string("X") + std::string("\0\0\0\1", 4);
  std::string bytes = *store->snapshot()->record(store::RecordTable::documents, key);
  const std::size_t at = bytes.find("\"provisioned\":1");
  BOOST_REQUIRE(at != std::string::npos);
  bytes[at + 14] = '7';
  BOOST_REQUIRE(store->run(store::PutRecords{{{store::RecordTable::documents, key, bytes}}}));
  Json verdict = ok("GET", "/reports/published/1/verify");
  BOOST_TEST(verdict.at("ok") == false);
  BOOST_TEST(verdict.at("same_bytes") == false);
  // An administrator who mends the digest, too, is told by the audit log.
  const std::string name = std::string("W") + std::string("\0\0\0\1", 4);
  Json meta = Json::parse(*store->snapshot()->record(store::RecordTable::documents, name));
  Json own = Json::object();
  for (const char* field : {"report", "title", "from", "to", "query", "public", "note", "as_of", "approver", "policy", "trust"}) own[field] = meta.at(field);
  meta["digest"] = base::sha256_hex(own.dump() + "\n" + bytes);
  BOOST_REQUIRE(store->run(store::PutRecords{{{store::RecordTable::documents, name, meta.dump()}}}));
  verdict = ok("GET", "/reports/published/1/verify");
  BOOST_TEST(verdict.at("same_bytes") == true);
  BOOST_TEST(verdict.at("in_audit") == false);
  BOOST_TEST(verdict.at("ok") == false);
}

BOOST_AUTO_TEST_CASE(deadlines_know_what_was_published_in_time) {
  province();  // it is 22 November 2026
  const auto row = [&](std::string_view duty, std::string_view period) {
    const Json report = ok("GET", "/reports/deadlines?from=2026-06-01&to=2026-12-31");
    for (const Json& r : report.at("rows"))
      if (r.at("duty") == duty && r.at("period") == period) return r;
    return Json();
  };
  BOOST_TEST(row("monthly-public", "2026-10").at("state") == "due");
  BOOST_TEST(row("monthly-public", "2026-10").at("due") == "2026-11-30");
  BOOST_TEST(row("monthly-public", "2026-09").at("state") == "missed");
  BOOST_TEST(row("monthly-before-25", "2026-10").at("due") == "2026-11-24");
  BOOST_TEST(row("half-year", "2026-H1").at("due") == "2026-07-31");
  BOOST_TEST(row("year", "2026").at("due") == "2027-01-31");
  publish("monthly");  // not the public edition
  BOOST_TEST(row("monthly-public", "2026-10").at("state") == "due");
  const Json good = publish("monthly", {{"from", "2026-10-01"}, {"to", "2026-10-31"}}, true);
  BOOST_TEST(row("monthly-public", "2026-10").at("state") == "in_time");
  BOOST_TEST(row("monthly-public", "2026-10").at("number") == good.at("number"));
  publish("monthly", {{"from", "2026-09-01"}, {"to", "2026-09-30"}}, true);
  BOOST_TEST(row("monthly-public", "2026-09").at("state") == "late");
  publish("kpi", {{"from", "2026-01-01"}, {"to", "2026-06-30"}});  // the default table is the plan's
  BOOST_TEST(row("half-year", "2026-H1").at("state") == "late");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_published_is_refused) {
  province();
  const auto refused = [&](Json body) { return status("POST", "/reports/publish", body); };
  BOOST_TEST(refused({{"report", "khong-co"}, {"query", {{"from", "2026-10-01"}, {"to", "2026-10-31"}}}}) == 404);
  BOOST_TEST(refused({{"report", "mailboxes"}, {"query", {{"from", "2026-11-01"}, {"to", "2026-11-30"}}}}) == 400);  // it is 22 November
  BOOST_TEST(refused({{"report", "signatures"}, {"query", {{"from", "2026-10-01"}, {"to", "2026-10-31"}, {"messages", "true"}}}}) == 400);
  BOOST_TEST(refused({{"report", "certificates"}, {"query", {{"from", "2026-10-01"}, {"to", "2026-10-31"}}}, {"public", true}}) == 400);
  BOOST_TEST(refused({{"report", "signatures"}, {"query", {{"from", "2026-10-01"}, {"to", "2026-10-31"}, {"by", "signer"}}}, {"public", true}}) == 400);
  BOOST_TEST(refused({{"report", "mailboxes"}}) == 400);
  BOOST_TEST(status("GET", "/reports/published/1") == 404);
  BOOST_TEST(status("GET", "/reports/published/0") == 400);
  BOOST_TEST(status("GET", "/reports/published/x/verify") == 400);
  BOOST_TEST(ok("GET", "/reports/published").at("published").empty());
  const Json shown = ok("GET", "/reports/mailboxes?" + month_of_reports());
  BOOST_TEST(shown.at("rows").size() == 2u);
}

BOOST_AUTO_TEST_CASE(small_counts_of_persons_are_merged) {
  const auto view = public_edition({{20, 10}, {3, 2}, {40, 30}, {9, 9}});
  const Json& rows = view.at("rows");
  BOOST_REQUIRE(rows.size() == 2u);  // with the next smallest one silent person was left: a third one joined them
  BOOST_TEST(rows[1].at("group") == "merged");
  BOOST_TEST(rows[1].at("agency_name").is_null());
  BOOST_TEST(rows[1].at("provisioned") == 32);
  BOOST_TEST(rows[1].at("active_share") == 0.656);
  BOOST_TEST(column_sum(view, "provisioned") == 72u);
  BOOST_TEST(view.at("public") == true);
}

// Whatever the figures are: no count of persons from 1 to 4 is shown, what is merged is never one agency by itself, and sums stay.
BOOST_AUTO_TEST_CASE(no_small_count_can_be_told_from_what_is_public) {
  std::mt19937 random(20261123);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> agencies;
    const std::size_t count = random() % 8;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t all = random() % (random() % 3 == 0 ? 6 : 60);
      agencies.emplace_back(all, all == 0 ? 0 : random() % (all + 1));
    }
    const Json before = mailbox_report(agencies), view = public_edition(agencies);
    bool taken_out = false;
    std::size_t shown = 0;
    for (const Json& row : view.at("rows")) {
      for (const char* column : {"provisioned", "active", "silent"}) {
        if (row.at(column).is_null()) taken_out = true;
        else BOOST_TEST((row.at(column) == 0 || row.at(column).get<std::uint64_t>() >= 5u));
      }
      if (row.at("group") != "merged") ++shown;
    }
    const bool merged = view.at("rows").size() > shown;
    if (merged && !taken_out) BOOST_TEST(before.at("rows").size() - shown >= 2u);
    if (taken_out) BOOST_TEST(view.at("totals").empty());
    else BOOST_TEST(column_sum(view, "active") == column_sum(before, "active"));
  }
}

// Two reports of a period put the same agencies together: the sum of one less the rows of the other would tell the small one.
BOOST_AUTO_TEST_CASE(every_public_report_of_a_period_merges_the_same_agencies) {
  province();
  for (int i = 0; i < 9; ++i) changed("POST", "/accounts", {{"address", "cb" + std::to_string(i) + "@songla.gov.vn"}, {"agency", "ttvd"}, {"password", "mat khau"}});
  changed("POST", "/agencies", {{"code", "to"}, {"name", "Sở To"}});
  for (int i = 0; i < 20; ++i) changed("POST", "/accounts", {{"address", "to" + std::to_string(i) + "@songla.gov.vn"}, {"agency", "to"}, {"password", "mat khau"}});
  const auto merged_in = [&](const char* report, const std::string& table) {
    Json query = {{"from", "2026-10-01"}, {"to", "2026-10-31"}, {"by", "agency"}};
    if (!table.empty()) query["table"] = table;
    const auto number = publish(report, query, true).at("number").get<int>();
    std::set<std::string> shown;
    const Json content = ok("GET", "/reports/published/" + std::to_string(number)).at("content");
    for (const Json& row : content.at("rows"))
      if (!row.contains("indicator") || row.at("indicator") == "2.a") shown.insert(row.at("group").get<std::string>());
    return shown;
  };
  const std::set<std::string> expected = {"merged", "to"};  // svd has one mailbox, ttvd nine
  BOOST_TEST((merged_in("monthly", "") == expected));
  BOOST_TEST((merged_in("kpi", "bt-11-2005") == expected));
  BOOST_TEST(status("POST", "/reports/publish", {{"report", "kpi"}, {"query", {{"from", "2026-10-01"}, {"to", "2026-10-31"}, {"agency", "ttvd"}}}, {"public", true}}) == 400);
  BOOST_TEST(status("POST", "/reports/publish", {{"report", "mailboxes"}, {"query", {{"from", "2026-10-01"}, {"to", "2026-10-31"}}}, {"public", true}}) == 400);
}

BOOST_AUTO_TEST_SUITE_END()
