#include "base/codec.hpp"
#include "tests/tools/admin/fixture.hpp"

using namespace admin;
using admin::test::Fixture;

namespace {

struct Reports : Fixture {
  unsigned n = 0;
  void put(store::RecordTable table, const char* at, Json row, std::string key = {}) {
    const base::Time time = *base::parse_rfc3339(at);
    row["at"] = base::rfc3339(time);
    if (key.empty()) key = base::Writer().fixed(std::uint64_t(time.time_since_epoch().count())).fixed(n++).take();
    BOOST_REQUIRE(store->run(store::PutRecords{{{table, key, row.dump()}}}));
  }
  void signature(const char* at, const char* verdict, const char* agency = "svd", Json reasons = Json::array()) {
    put(store::RecordTable::signatures, at, {{"layer", "smime"}, {"verdict", verdict}, {"agency", agency}, {"reasons", reasons},
                                             {"signer", {{"common_name", "Nguyễn Văn An"}}}});
  }
  void document(const char* at, const char* direction, const char* agency, const char* verdict) {
    put(store::RecordTable::documents, at, {{"direction", direction}, {"agency", agency}, {"kind", "Kế hoạch"}, {"verdict", verdict}},
        std::string(direction == std::string_view("out") ? "o" : "i") + std::to_string(n++));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_reports, Reports)

BOOST_AUTO_TEST_CASE(days_are_vietnams_and_both_ends_count) {
  signature("2026-10-31T23:59:59+07:00", "valid");
  signature("2026-11-01T00:00:00+07:00", "valid");      // still October in UTC
  signature("2026-11-30T23:59:59.999+07:00", "valid");
  signature("2026-12-01T00:00:00+07:00", "valid");
  const Json r = ok("GET", "/reports/signatures?from=2026-11-01&to=2026-11-30");
  BOOST_TEST(r.at("totals").at("valid") == 2);
  BOOST_TEST(ok("GET", "/reports/signatures?from=2026-10-31&to=2026-12-01").at("totals").at("valid") == 4);
}

BOOST_AUTO_TEST_CASE(signatures_are_counted_by_verdict_and_group) {
  signature("2026-11-02T08:00:00+07:00", "valid", "svd", {"verified"});
  signature("2026-11-03T08:00:00+07:00", "valid", "svd", {"verified"});
  signature("2026-11-03T08:00:00+07:00", "invalid", "ttvd", {"digest_mismatch", "revoked"});
  const Json r = ok("GET", "/reports/signatures?from=2026-11-01&to=2026-11-30&by=agency");
  BOOST_REQUIRE(r.at("rows").size() == 2u);
  BOOST_TEST(r["rows"][0].at("group") == "svd");
  BOOST_TEST(r["rows"][0].at("count") == 2);
  BOOST_TEST(r["rows"][1].at("reason") == "digest_mismatch");
  BOOST_TEST(ok("GET", "/reports/signatures?from=2026-11-01&to=2026-11-30&by=month")["rows"][0].at("group") == "2026-11");
  BOOST_TEST(ok("GET", "/reports/signatures?from=2026-11-01&to=2026-11-30&by=signer")["rows"][0].at("group") == "Nguyễn Văn An");
  for (const Json& c : r.at("columns"))
    for (const Json& row : r.at("rows")) BOOST_TEST(row.contains(c.at("key").get<std::string>()));
}

BOOST_AUTO_TEST_CASE(an_empty_period_is_an_empty_report) {
  const Json r = ok("GET", "/reports/signatures?from=2020-01-01&to=2020-01-31");
  BOOST_TEST(r.at("rows").empty());
  BOOST_TEST(r.at("schema") == "congthu.report.signatures/1");
  BOOST_TEST(ok("GET", "/reports/exchange?from=2020-01-01&to=2020-01-31").at("rows").empty());
  BOOST_TEST(ok("GET", "/reports/policy?from=2020-01-01&to=2020-01-31").at("rows").empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_asked_properly_is_refused) {
  BOOST_TEST(status("GET", "/reports/signatures?from=2026-11-01") == 400);
  BOOST_TEST(status("GET", "/reports/signatures?from=2026-11-31&to=2026-12-01") == 400);
  BOOST_TEST(status("GET", "/reports/signatures?from=2026-11-02&to=2026-11-01") == 400);
  BOOST_TEST(status("GET", "/reports/exchange?from=2026-11-01&to=2026-11-02&by=signer") == 400);
}

BOOST_AUTO_TEST_CASE(exchange_counts_documents_per_agency_and_direction) {
  document("2026-11-02T08:00:00+07:00", "out", "svd", "valid");
  document("2026-11-02T09:00:00+07:00", "out", "svd", "unsigned");
  document("2026-11-02T09:00:00+07:00", "out", "svd", "spoof");
  document("2026-11-02T09:00:00+07:00", "in", "ttvd", "valid");
  document("2026-12-02T09:00:00+07:00", "in", "ttvd", "valid");
  const Json r = ok("GET", "/reports/exchange?from=2026-11-01&to=2026-11-30");
  BOOST_REQUIRE(r.at("rows").size() == 2u);
  BOOST_TEST(r["rows"][0].at("documents") == 3);
  BOOST_TEST(r["rows"][0].at("signed") == 1);
  BOOST_TEST(r["rows"][0].at("unsigned") == 2);
  BOOST_TEST(r["rows"][0].at("signed_share") == 0.333);
  BOOST_TEST(r.at("totals").at("in") == 1);
}

BOOST_AUTO_TEST_CASE(what_is_not_known_of_mailboxes_is_null) {
  province();
  const Json r = ok("GET", "/reports/mailboxes?from=2026-11-01&to=2026-11-30");
  BOOST_REQUIRE(r.at("rows").size() == 2u);
  BOOST_TEST(r["rows"][0].at("group") == "svd");
  BOOST_TEST(r["rows"][0].at("provisioned") == 1);
  BOOST_TEST(r["rows"][0].at("headcount").is_null());
  BOOST_TEST(r["rows"][0].at("active_share").is_null());
  BOOST_TEST(r["rows"][1].at("functional") == 1);
}

BOOST_AUTO_TEST_CASE(decisions_are_counted_by_rule) {
  const Json finding = {{"rule", "free-provider"}, {"mode", "enforce"}, {"action", "reject"}};
  put(store::RecordTable::decisions, "2026-11-02T08:00:00+07:00", {{"action", "reject"}, {"agency", "svd"}, {"findings", {finding, finding}}});
  put(store::RecordTable::decisions, "2026-11-02T08:00:00+07:00", {{"action", "accept"}, {"agency", "svd"}, {"findings", Json::array()}});
  const Json r = ok("GET", "/reports/policy?from=2026-11-01&to=2026-11-30&by=agency");
  BOOST_REQUIRE(r.at("rows").size() == 1u);
  BOOST_TEST(r["rows"][0].at("count") == 2);
  BOOST_TEST(r.at("totals").at("reject") == 1);
  BOOST_TEST(r.at("totals").at("accept") == 1);
}

BOOST_AUTO_TEST_CASE(a_row_that_cannot_be_read_is_counted_not_hidden) {
  signature("2026-11-02T08:00:00+07:00", "valid");
  const auto time = std::uint64_t(base::parse_rfc3339("2026-11-02T09:00:00+07:00")->time_since_epoch().count());
  BOOST_REQUIRE(store->run(store::PutRecords{{{store::RecordTable::signatures, base::Writer().fixed(time).fixed(9u).take(), "{broken"}}}));
  BOOST_TEST(ok("GET", "/reports/signatures?from=2026-11-01&to=2026-11-30").at("totals").at("unreadable") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
