#include "base/codec.hpp"
#include "base/crypto.hpp"
#include "tests/tools/admin/fixture.hpp"
#include "tools/registers/rules.hpp"

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
  void mail(const char* at, const char* verdict, const std::string& from, const std::string& certificate, const char* not_after = "2027-11-22T09:00:00+07:00") {
    put(store::RecordTable::signatures, at,
        {{"layer", "smime"}, {"verdict", verdict}, {"agency", "svd"}, {"from", from}, {"message_id", certificate + "@vidu.vn"}, {"subject", "Về việc " + certificate},
         {"reasons", {"verified"}}, {"anchor_class", "vgca"},
         {"signer", {{"common_name", "Tên " + certificate}, {"emails", {from}}, {"fingerprint", certificate}, {"not_after", not_after}}}});
  }
  void document(const char* at, const char* direction, const char* agency, const char* verdict) {
    registers::Arrival a;
    a.direction = *registers::direction_of(direction);
    a.agency = agency;
    a.verdict = verdict;
    a.at = *base::parse_rfc3339(at);
    a.fields = {{"kind", "Kế hoạch"}};
    a.digest = base::sha256_hex(std::to_string(n++));
    BOOST_REQUIRE(store->run(store::ApplyRules{{registers::enter({a})}}));
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

BOOST_AUTO_TEST_CASE(the_reason_that_made_the_verdict_is_the_one_counted) {
  signature("2026-11-02T08:00:00+07:00", "invalid", "svd", {"headers_unprotected", "from_mismatch", "revoked"});
  signature("2026-11-02T08:00:00+07:00", "unsigned", "svd", {"not_signed"});
  const Json r = ok("GET", "/reports/signatures?from=2026-11-01&to=2026-11-30&by=reason");
  BOOST_REQUIRE(r.at("rows").size() == 2u);
  BOOST_TEST(r["rows"][0].at("group") == "not_signed");
  BOOST_TEST(r["rows"][1].at("group") == "revoked");
  BOOST_TEST(r["labels"]["group"]["revoked"].at("vi") == "chứng thư đã bị thu hồi");
  BOOST_TEST(status("GET", "/reports/signatures?from=2026-11-01&to=2026-11-30&by=colour") == 400);
}

BOOST_AUTO_TEST_CASE(behind_a_number_stand_its_messages_and_looking_at_them_is_audited) {
  province();
  mail("2026-11-02T08:00:00+07:00", "valid", "an@songla.gov.vn", "AA");
  mail("2026-11-03T08:00:00+07:00", "spoof", "ke.gia@vidu.vn", "BB");
  mail("2026-11-04T08:00:00+07:00", "spoof", "ke.gia@vidu.vn", "BB");
  const std::string period = "/reports/signatures?from=2026-11-01&to=2026-11-30";
  BOOST_TEST(ok("GET", period + "&verdict=spoof").at("totals").at("spoof") == 2);
  const Json r = ok("GET", period + "&messages=true&verdict=spoof&agency=svd");
  BOOST_TEST(r.at("schema") == "congthu.report.signature_messages/1");
  BOOST_REQUIRE(r.at("rows").size() == 2u);
  BOOST_TEST(r["rows"][0].at("from") == "ke.gia@vidu.vn");
  BOOST_TEST(r["rows"][0].at("message_id") == "BB@vidu.vn");
  BOOST_TEST(r["rows"][0].at("subject") == "Về việc BB");
  BOOST_TEST(ok("GET", period + "&messages=true&agency=ttvd").at("rows").empty());
  const Json cut = ok("GET", period + "&messages=true&limit=1");
  BOOST_TEST(cut.at("rows").size() == 1u);
  BOOST_TEST(cut.at("totals").at("messages") == 3);
  BOOST_TEST(cut.at("notes").size() == 1u);
  const Json audit = ok("GET", "/audit").at("audit");
  BOOST_TEST(audit.back().at("what") == "report.signatures.messages");
  BOOST_TEST(audit.back().at("detail").at("rows") == 1);
}

BOOST_AUTO_TEST_CASE(certificates_are_listed_with_their_owners_and_ends) {
  province();
  mail("2026-11-02T08:00:00+07:00", "valid", "an@songla.gov.vn", "AA", "2026-12-10T00:00:00+07:00");
  mail("2026-11-05T08:00:00+07:00", "valid", "an@songla.gov.vn", "AA", "2026-12-10T00:00:00+07:00");
  mail("2026-11-06T08:00:00+07:00", "valid", "vanthu@songla.gov.vn", "CC", "2026-11-20T00:00:00+07:00");
  mail("2026-11-06T08:00:00+07:00", "valid", "ngoai@vidu.vn", "DD", "2028-01-01T00:00:00+07:00");
  mail("2026-11-06T08:00:00+07:00", "spoof", "ke.gia@vidu.vn", "BB");  // its certificate may be anybody's
  const Json r = ok("GET", "/reports/certificates?from=2026-11-01&to=2026-11-30");
  BOOST_REQUIRE(r.at("rows").size() == 3u);
  BOOST_TEST(r["rows"][0].at("state") == "expired");
  BOOST_TEST(r["rows"][0].at("owner") == "agency");
  BOOST_TEST(r["rows"][1].at("state") == "expiring");  // 17 days from 22 November 9:00
  BOOST_TEST(r["rows"][1].at("days_left") == 17);
  BOOST_TEST(r["rows"][1].at("owner") == "person");
  BOOST_TEST(r["rows"][1].at("account") == "an@songla.gov.vn");
  BOOST_TEST(r["rows"][1].at("agency") == "svd");
  BOOST_TEST(r["rows"][1].at("signatures") == 2);
  BOOST_TEST(r["rows"][2].at("owner") == "external");
  BOOST_TEST(r.at("totals").at("certificates") == 3);
  const Json by = ok("GET", "/reports/certificates?from=2026-11-01&to=2026-11-30&by=agency");
  BOOST_REQUIRE(by.at("rows").size() == 2u);
  BOOST_TEST(by["rows"][0].at("group") == "svd");
  BOOST_TEST(by["rows"][0].at("with_certificate") == 1);
  BOOST_TEST(by["rows"][0].at("certificate_share") == 1.0);
  BOOST_TEST(by["rows"][1].at("expired") == 1);
  BOOST_TEST(by["rows"][1].at("certificate_share").is_null());  // an agency without personal mailboxes has no share
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
