#include "base/codec.hpp"
#include "base/crypto.hpp"
#include "tests/tools/admin/fixture.hpp"
#include "tools/admin/inputs.hpp"
#include "tools/admin/report.hpp"
#include "tools/admin/use.hpp"
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
  void document(const char* at, const char* direction, const char* agency, const char* verdict, const char* way = "", bool scanned = false) {
    registers::Arrival a;
    a.direction = *registers::direction_of(direction);
    a.agency = agency;
    a.verdict = verdict;
    a.at = *base::parse_rfc3339(at);
    a.fields = {{"kind", "Kế hoạch"}};
    a.way = way;
    a.scanned = scanned;
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

BOOST_AUTO_TEST_CASE(a_mailbox_is_active_by_its_use_on_working_days) {
  province();
  changed("POST", "/accounts", {{"address", "binh@songla.gov.vn"}, {"agency", "svd"}, {"password", "mat khau 2"}});
  const auto id = [&](std::string_view address) { return store->snapshot()->account(address)->id; };
  const auto use = [&](std::string_view address, Use how, const char* at) { BOOST_REQUIRE(store->run(store::ApplyRules{{note_use(id(address), how, *base::parse_rfc3339(at))}})); };
  const auto svd = [&](const char* query) { return ok("GET", std::string("/reports/mailboxes?") + query).at("rows").at(0); };
  BOOST_TEST(svd("from=2026-11-01&to=2026-11-30").at("active").is_null());  // nothing was recorded
  BOOST_REQUIRE(store->run(store::ApplyRules{{begin_use(*base::parse_rfc3339("2026-11-01T08:00:00+07:00"))}}));
  BOOST_REQUIRE(store->run(store::ApplyRules{{begin_use(*base::parse_rfc3339("2026-11-09T08:00:00+07:00"))}}));  // the first one counts
  use("an@songla.gov.vn", Use::sent, "2026-11-20T23:59:59+07:00");   // a Friday
  use("an@songla.gov.vn", Use::read, "2026-11-23T00:00:00+07:00");   // a Monday, still Sunday in UTC
  use("binh@songla.gov.vn", Use::read, "2026-11-21T09:00:00+07:00");  // a Saturday
  clock.set(*base::parse_rfc3339("2026-12-01T08:00:00+07:00"));
  Json row = svd("from=2026-11-01&to=2026-11-30");
  BOOST_TEST(row.at("active") == 1);
  BOOST_TEST(row.at("silent") == 1);
  BOOST_TEST(row.at("active_share") == 0.5);
  BOOST_TEST(svd("from=2026-10-31&to=2026-11-30").at("active").is_null());  // of the first day nothing is known
  BOOST_TEST(svd("from=2026-11-22&to=2026-11-22").at("active") == 0);       // Sunday
  config.reports.working_days = {"2026-11-21"};
  BOOST_TEST(svd("from=2026-11-01&to=2026-11-30").at("active") == 2);
  config.reports.active_days = 2;
  BOOST_TEST(svd("from=2026-11-01&to=2026-11-30").at("active") == 1);
  config.reports.holidays = {"2026-11-20"};
  BOOST_TEST(svd("from=2026-11-01&to=2026-11-30").at("active") == 0);
  use("an@songla.gov.vn", Use::sent, "2027-12-31T12:00:00+07:00");
  clock.set(*base::parse_rfc3339("2028-01-05T08:00:00+07:00"));
  BOOST_TEST(svd("from=2027-12-31&to=2028-01-02").at("silent") == 2);
  config.reports.active_days = 1;
  BOOST_TEST(svd("from=2027-12-31&to=2028-01-02").at("active") == 1);
}

BOOST_AUTO_TEST_CASE(indicators_show_what_is_counted_and_what_is_entered) {
  province();
  changed("POST", "/accounts", {{"address", "kiem@songla.gov.vn"}, {"agency", "svd"}, {"password", "mat khau 3"}});
  clock.set(*base::parse_rfc3339("2026-12-05T08:00:00+07:00"));
  document("2026-11-02T08:00:00+07:00", "out", "svd", "valid");
  document("2026-11-02T09:00:00+07:00", "out", "svd", "unsigned");
  document("2026-11-02T09:00:00+07:00", "in", "ttvd", "valid");
  const auto kpi = [&](const std::string& query = "") {
    std::map<std::string, Json> out;
    const Json reply = ok("GET", "/reports/kpi?from=2026-11-01&to=2026-11-30" + query);
    for (const Json& row : reply.at("rows")) out[text_of(row, "group") + "/" + text_of(row, "indicator")] = row;
    return out;
  };
  auto rows = kpi();
  BOOST_TEST(rows.size() == 17u);
  BOOST_TEST(rows["/2.5a"].at("value_share") == 0.5);
  BOOST_TEST(rows["/2.5a"].at("basis") == "mail");
  BOOST_TEST(rows["/2.5a"].at("baseline_share") == 0.0);
  BOOST_TEST(rows["/2.5a"].at("target_share") == 0.1);
  BOOST_TEST(rows["/2.5a"].at("target_year") == 2015);
  BOOST_TEST(rows["/2.5a"].at("reached") == "yes");
  BOOST_TEST(rows["/3.4"].at("value_share").is_null());  // nobody said how many officials there are
  BOOST_TEST(rows["/3.4"].at("basis") == "missing");

  const Json good = {{"line", 2}, {"figure", "headcount"}, {"agency", "svd"}, {"period", "2026-11"}, {"numerator", nullptr}, {"denominator", 4}, {"source", "Sở Nội vụ"}};
  const auto with = [&](const char* name, Json value) {
    Json row = good;
    row[name] = std::move(value);
    return Json{{"rows", {row}}};
  };
  for (const auto& [name, value] : {std::pair{"figure", Json("khong-co")}, std::pair{"agency", Json("khong-co")}, std::pair{"period", Json("11/2026")}, std::pair{"period", Json("2027-01")},
                                    std::pair{"numerator", Json(3)}, std::pair{"denominator", Json("bon")}, std::pair{"denominator", Json(-4)}, std::pair{"source", Json("")}}) {
    const Reply reply = call("POST", "/reports/inputs", with(name, value));
    BOOST_TEST_CONTEXT(name << " " << value.dump() << " " << reply.body) {
      BOOST_TEST(reply.status == 400);
      BOOST_TEST(reply.body.find("line 2: ") != std::string::npos);
    }
  }
  BOOST_TEST(status("POST", "/reports/inputs", {{"rows", {good, good}}}) == 400);  // twice in one file
  BOOST_TEST(kpi()["/3.4"].at("basis") == "missing");                              // all lines or none
  BOOST_TEST(changed("POST", "/reports/inputs", {{"rows", {good}}}));
  BOOST_TEST(!changed("POST", "/reports/inputs", {{"rows", {good}}}));
  rows = kpi();
  BOOST_TEST(rows["/3.4"].at("value_share") == 0.5);  // an and kiem of four
  BOOST_TEST(rows["/3.4"].at("basis") == "unconfirmed");
  BOOST_TEST(rows["/3.4"].at("agencies") == 1);
  BOOST_TEST(rows["/3.4"].at("reached") == "no");
  BOOST_TEST(status("POST", "/reports/inputs/confirm?period=2026-11") == 403);  // who entered it does not confirm it

  changed("POST", "/roles", {{"account", "kiem@songla.gov.vn"}, {"role", "compliance"}});
  auto request = make_request("POST", "/reports/inputs/confirm?period=2026-11", {}, "uid 1000 (ai)");
  request->login = Login{"kiem@songla.gov.vn", "mat khau 3"};
  const Json confirmed = Json::parse(handle(*context, *request).body);
  BOOST_TEST(confirmed.at("confirmed") == 1);
  BOOST_TEST(kpi()["/3.4"].at("basis") == "mail_entered");
  BOOST_TEST(changed("POST", "/reports/inputs", with("denominator", 5)));  // changed: to be confirmed anew
  BOOST_TEST(kpi()["/3.4"].at("basis") == "unconfirmed");
  const Json stored = ok("GET", "/reports/inputs?period=2026-11").at("inputs");
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_TEST(stored[0].at("history").at(0).at("denominator") == 4);

  rows = kpi("&by=agency");
  BOOST_TEST(rows["svd/2.5a"].at("value_share") == 0.5);
  BOOST_TEST(rows["ttvd/2.5a"].at("value_share").is_null());  // 0 of 0
  BOOST_TEST(kpi("&agency=ttvd")["/2.5a"].at("value_share").is_null());
  BOOST_TEST(kpi("&table=tg-204-2013-goals")["/I.7"].at("value_share") == 0.5);
  BOOST_TEST(status("GET", "/reports/kpi?from=2026-11-01&to=2026-11-30&table=khong-co") == 404);
  const Json form = ok("GET", "/reports/inputs/template?period=2026-11&agency=svd&table=bt-11-2005").at("rows");
  BOOST_REQUIRE(form.size() == 1u);
  BOOST_TEST(form[0].at("figure") == "headcount");
  BOOST_TEST(form[0].at("denominator") == 5);
  BOOST_TEST(form[0].at("asks_numerator") == false);
}

BOOST_AUTO_TEST_CASE(mailboxes_that_come_move_and_go_are_counted_from_the_log) {
  clock.set(*base::parse_rfc3339("2026-10-30T08:00:00+07:00"));
  province();
  changed("POST", "/accounts", {{"address", "binh@songla.gov.vn"}, {"agency", "svd"}, {"password", "mat khau 2"}});
  clock.set(*base::parse_rfc3339("2026-11-10T08:00:00+07:00"));
  changed("POST", "/accounts", {{"address", "chi@songla.gov.vn"}, {"agency", "svd"}, {"password", "mat khau 3"}});
  changed("POST", "/accounts/binh%40songla.gov.vn", {{"agency", "ttvd"}});
  changed("POST", "/accounts/binh%40songla.gov.vn", {{"name", "Bình"}});  // no move
  changed("POST", "/accounts/an%40songla.gov.vn", {{"disabled", true}});
  changed("DELETE", "/accounts/an%40songla.gov.vn");  // it had left already
  clock.set(*base::parse_rfc3339("2026-12-01T08:00:00+07:00"));
  changed("DELETE", "/accounts/chi%40songla.gov.vn");
  const Json r = ok("GET", "/reports/provisioning?from=2026-11-01&to=2026-11-30");
  BOOST_REQUIRE(r.at("rows").size() == 2u);
  const Json expected_svd = {{"before", 2}, {"joined", 1}, {"moved_in", 0}, {"moved_out", 1}, {"left", 1}, {"after", 1}};
  for (const auto& [key, value] : expected_svd.items()) BOOST_TEST(r["rows"][0].at(key) == value, key);
  BOOST_TEST(r["rows"][1].at("moved_in") == 1);
  BOOST_TEST(r["rows"][1].at("after") == 1);
  const Json moves = ok("GET", "/reports/provisioning?from=2026-11-01&to=2026-11-30&rows=true").at("rows");
  BOOST_REQUIRE(moves.size() == 3u);
  BOOST_TEST(moves[0].at("move") == "joined");
  BOOST_TEST(moves[1].at("move") == "moved");
  BOOST_TEST(moves[1].at("from_agency") == "svd");
  BOOST_TEST(moves[2].at("move") == "left");
  BOOST_TEST(ok("GET", "/reports/provisioning?from=2026-10-01&to=2026-10-31").at("totals").at("joined") == 2);
}

BOOST_AUTO_TEST_CASE(the_monthly_statistics_are_of_each_agency) {
  province();
  document("2026-11-02T08:00:00+07:00", "out", "svd", "valid");
  document("2026-11-02T09:00:00+07:00", "out", "svd", "unsigned");
  document("2026-11-02T09:00:00+07:00", "in", "ttvd", "valid");
  const Json finding = {{"rule", "free-provider"}, {"mode", "enforce"}, {"action", "reject"}};
  put(store::RecordTable::decisions, "2026-11-02T08:00:00+07:00", {{"action", "reject"}, {"agency", "svd"}, {"channel", "submission"}, {"sender", "an@songla.gov.vn"}, {"findings", {finding}}});
  put(store::RecordTable::decisions, "2026-11-02T08:00:00+07:00", {{"action", "accept"}, {"agency", "svd"}, {"channel", "inbound"}, {"findings", {finding}}});  // a citizen
  clock.set(*base::parse_rfc3339("2026-12-05T08:00:00+07:00"));
  changed("POST", "/reports/inputs", {{"rows", {{{"figure", "monthly/e-only"}, {"agency", "svd"}, {"period", "2026-11"}, {"numerator", 1}, {"denominator", 9}, {"source", "sổ giấy"}}}}});
  const Json r = ok("GET", "/reports/monthly?from=2026-11-01&to=2026-11-30");
  BOOST_REQUIRE(r.at("rows").size() == 2u);
  const Json& svd = r["rows"][0];
  BOOST_TEST(svd.at("provisioned") == 1);
  BOOST_TEST(svd.at("active").is_null());
  BOOST_TEST(svd.at("sent") == 2);
  BOOST_TEST(svd.at("sent_signed_share") == 0.5);
  BOOST_TEST(svd.at("free_mail_attempts") == 1);
  BOOST_TEST(svd.at("e_only") == 1);
  BOOST_TEST(svd.at("e_paper").is_null());  // no policy file told ways
  BOOST_TEST(svd.at("scanned") == 0);
  document("2026-11-03T08:00:00+07:00", "out", "ttvd", "unsigned", "e+paper", true);
  document("2026-11-03T09:00:00+07:00", "out", "ttvd", "valid", "e-only", true);  // signed: a scan that may be sent
  document("2026-11-03T10:00:00+07:00", "out", "ttvd", "unsigned", "paper");
  const Json ways = ok("GET", "/reports/monthly?from=2026-11-01&to=2026-11-30&agency=ttvd").at("rows")[0];
  const Json expected = {{"sent", 3}, {"scanned", 1}, {"e_only", 1}, {"e_paper", 1}};
  for (const auto& [key, value] : expected.items()) BOOST_TEST(ways.at(key) == value, key);
  BOOST_TEST(r["rows"][1].at("received_signed_share") == 1.0);
  BOOST_TEST(ok("GET", "/reports/monthly?from=2026-11-01&to=2026-11-30&agency=ttvd").at("rows").size() == 1u);
  const Json found = ok("GET", "/reports/policy?from=2026-11-01&to=2026-11-30&rows=true&rule=free-provider&action=reject").at("rows");
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].at("sender") == "an@songla.gov.vn");
  BOOST_TEST(ok("GET", "/reports/policy?from=2026-11-01&to=2026-11-30&rows=true&rule=khac").at("rows").empty());
  const Json people = ok("GET", "/reports/mailboxes?from=2026-11-01&to=2026-11-30&rows=true").at("rows");
  BOOST_REQUIRE(people.size() == 1u);
  BOOST_TEST(people[0].at("state") == "unknown");
}

BOOST_AUTO_TEST_CASE(periods_have_names) {
  BOOST_TEST((days_of_period("2024-02") == std::pair<std::string, std::string>{"2024-02-01", "2024-02-29"}));
  BOOST_TEST((days_of_period("2026-Q4") == std::pair<std::string, std::string>{"2026-10-01", "2026-12-31"}));
  BOOST_TEST((days_of_period("2026-H2") == std::pair<std::string, std::string>{"2026-07-01", "2026-12-31"}));
  BOOST_TEST((days_of_period("2026") == std::pair<std::string, std::string>{"2026-01-01", "2026-12-31"}));
  for (const char* bad : {"", "26", "2026-13", "2026-0", "2026-Q5", "2026-H3", "2026-1", "2026-00", "2026-+1", "x026", "2026-11-01"}) BOOST_TEST(!days_of_period(bad), bad);
  BOOST_TEST(period_named("2026-10-01", "2026-12-31") == "2026-Q4");
  BOOST_TEST(period_named("2026-10-01", "2026-10-31") == "2026-10");
  BOOST_TEST(period_named("2026-10-02", "2026-10-31") == "");
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
