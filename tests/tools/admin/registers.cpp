// Document registers: numbers, one row for a document, corrections, assignment, receipts, finding and comparing.
#include "base/crypto.hpp"
#include "base/unicode.hpp"
#include "mime/summary.hpp"
#include "tests/tools/admin/fixture.hpp"
#include "tools/registers/arrivals.hpp"
#include "tools/registers/edxml.hpp"
#include "tools/registers/query.hpp"

using namespace admin;
using admin::test::Fixture;
using registers::Arrival;
using registers::Direction;

namespace {

store::SubmitMessage official_mail(store::AccountId to) {
  const std::string bytes = "Subject: a\r\n\r\nb\r\n";
  store::SubmitMessage m;
  m.content = store::make_content(bytes);
  m.summary = mime::encode(mime::make_summary(bytes, mime::scan(bytes)));
  store::Delivery d;
  d.account = to;
  m.deliveries.push_back(d);
  return m;
}

struct Books : Fixture {
  unsigned mails = 0;
  Books() { province(); }

  Arrival paper(const std::string& number, Direction direction = Direction::incoming, const std::string& words = {}) {
    Arrival a;
    a.direction = direction;
    a.agency = "svd";
    a.agency_name = "Sở Ví dụ";
    a.at = clock.now();
    a.fields = {{"number", number}, {"kind", "Kế hoạch"}, {"kind_abbrev", "KH"}, {"issuer", "Ủy ban nhân dân tỉnh Sông La"},
                {"date", "2026-11-20"}, {"title", "Trao đổi văn bản điện tử"}, {"signer", "Nguyễn Văn An"}};
    a.from = "vanthu@ubnd.vn";
    a.file = "ke-hoach.pdf";
    a.digest = base::sha256_hex(number + words);
    a.text_digest = registers::text_digest(number + words);
    a.verdict = "valid";
    a.mail = std::to_string(++mails);
    a.message_id = "m" + a.mail + "@songla.gov.vn";
    return a;
  }
  void enter(std::vector<Arrival> arrivals) { BOOST_REQUIRE(store->run(store::ApplyRules{{registers::enter(std::move(arrivals))}})); }
  Json rows(const std::string& query = "") { return ok("GET", "/registers?" + query).at("documents"); }
  Json row(const std::string& place) {
    std::string path;
    for (const char c : place) path += c == '/' ? "%2F" : std::string(1, c);
    return ok("GET", "/registers/" + path);
  }
};

std::string row_path(const std::string& place, const std::string& verb) {
  std::string path = "/registers/";
  for (const char c : place) path += c == '/' ? "%2F" : std::string(1, c);
  return path + "/" + verb;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_registers, Books)

BOOST_AUTO_TEST_CASE(a_rare_filter_is_answered_in_steps) {
  std::vector<Arrival> many;
  for (int i = 1; i <= 25; ++i) many.push_back(paper(std::to_string(i) + (i == 3 ? "/QĐ-UBND" : "/KH-UBND"), i % 2 == 0 ? Direction::outgoing : Direction::incoming));
  enter(std::move(many));
  const auto snapshot = store->snapshot();
  registers::Filter f;
  f.number = "qd-ubnd";
  f.look = 4;
  std::size_t found = 0, pages = 0;
  for (; pages < 100; ++pages) {
    const auto page = registers::list(*snapshot, f, clock.now());
    found += page.rows.size();
    if (!page.next) break;
    f.before = page.next;
  }
  BOOST_TEST(found == 1u);
  BOOST_TEST(pages == 6u);  // 25 heads, four a page
}

BOOST_AUTO_TEST_CASE(heads_of_a_period_are_those_of_its_days) {
  for (int day = 1; day <= 9; ++day) {
    clock.set(*base::parse_rfc3339("2026-11-0" + std::to_string(day) + "T23:00:00+07:00"));
    std::vector<Arrival> some;
    for (int i = 0; i < 100; ++i) some.push_back(paper(std::to_string(day * 1000 + i) + "/KH-UBND"));
    enter(std::move(some));
  }
  const auto snapshot = store->snapshot();
  const auto count = [&](std::string_view from, std::string_view to) {
    std::size_t n = 0;
    BOOST_TEST(registers::for_each_head(*snapshot, from, to, [&](const registers::Book&, std::uint32_t, const registers::Head&) { ++n; }) == 0u);
    return n;
  };
  BOOST_TEST(count("", "") == 900u);
  BOOST_TEST(count("2026-11-04", "2026-11-06") == 300u);
  BOOST_TEST(count("2026-11-09", "") == 100u);
  BOOST_TEST(count("", "2026-11-01") == 100u);
  BOOST_TEST(count("2026-11-10", "2026-12-01") == 0u);
}

BOOST_AUTO_TEST_CASE(numbers_are_consecutive_for_each_agency_direction_and_year) {
  enter({paper("1/KH-UBND"), paper("2/KH-UBND")});
  enter({paper("1/KH-SVD", Direction::outgoing)});
  clock.set(*base::parse_rfc3339("2026-12-31T23:59:59+07:00"));
  enter({paper("3/KH-UBND")});
  clock.set(*base::parse_rfc3339("2027-01-01T00:00:00+07:00"));  // still the old year in UTC
  enter({paper("4/KH-UBND")});
  const Json in = rows("direction=in");
  BOOST_REQUIRE(in.size() == 4u);
  BOOST_TEST(in[0].at("id") == "svd/in/2027/1");
  BOOST_TEST(in[1].at("id") == "svd/in/2026/3");
  BOOST_TEST(in[3].at("id") == "svd/in/2026/1");
  BOOST_TEST(rows("direction=out")[0].at("id") == "svd/out/2026/1");
}

BOOST_AUTO_TEST_CASE(one_document_is_one_row_whatever_mails_bring_it) {
  enter({paper("204/KH-UBND")});
  const std::string first = rows()[0].at("at").get<std::string>();
  clock.advance(std::chrono::hours(30));
  Arrival again = paper("204/kh-ubnd");
  again.digest = base::sha256_hex("204/KH-UBND");
  again.fields["number"] = "204 / KH-UBND";
  enter({again});
  const Json all = rows();
  BOOST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all[0].at("mails") == 2);
  BOOST_TEST(all[0].at("at") == first);
  BOOST_TEST(all[0].at("duplicate").is_null());
  BOOST_TEST(all[0].at("number") == "204/KH-UBND");
}

BOOST_AUTO_TEST_CASE(another_issuer_or_year_is_another_document) {
  Arrival other = paper("204/KH-UBND", Direction::incoming, "khác"), older = paper("204/KH-UBND", Direction::incoming, "cũ");
  other.fields["issuer"] = "Ủy ban nhân dân tỉnh Khác";
  older.fields["date"] = "2025-11-20";
  enter({paper("204/KH-UBND"), other, older});
  BOOST_TEST(rows().size() == 3u);
  BOOST_TEST(rows("duplicates=true").empty());
}

BOOST_AUTO_TEST_CASE(without_issuer_number_or_year_the_file_is_the_document) {
  Arrival a = paper("", Direction::incoming, "quét"), b = paper("", Direction::incoming, "khác");
  a.fields = b.fields = Json::object();
  enter({a});
  enter({a, b});
  BOOST_TEST(rows().size() == 2u);
}

BOOST_AUTO_TEST_CASE(two_papers_with_one_number_are_flagged_and_two_forms_of_one_are_not) {
  Arrival pdf = paper("5/TB-SVD"), docx = paper("5/TB-SVD", Direction::incoming, " ");
  docx.mail = pdf.mail;  // the same mail brings both
  docx.digest = base::sha256_hex("docx");
  docx.verdict = "unsigned";
  enter({docx, pdf});
  BOOST_TEST(rows()[0].at("duplicate").is_null());
  BOOST_TEST(rows()[0].at("verdict") == "valid");  // the signed form stands for it
  Arrival printed = paper("5/TB-SVD");
  printed.digest = base::sha256_hex("printed again");
  enter({printed});
  BOOST_TEST(rows()[0].at("duplicate") == "same_text");
  enter({paper("5/TB-SVD", Direction::incoming, " nội dung khác hẳn")});
  BOOST_TEST(rows("duplicates=true")[0].at("duplicate") == "differs");
  BOOST_TEST(rows().size() == 1u);
}

BOOST_AUTO_TEST_CASE(corrections_stand_beside_what_the_machine_read) {
  enter({paper("17/KH-UBND")});
  const std::string place = "svd/in/2026/1";
  BOOST_TEST(changed("POST", row_path(place, "correct"), {{"field", "number"}, {"value", "71/KH-UBND"}, {"reason", "đọc nhầm"}}));
  BOOST_TEST(!changed("POST", row_path(place, "correct"), {{"field", "number"}, {"value", "71/KH-UBND"}}));
  BOOST_TEST(changed("POST", row_path(place, "correct"), {{"field", "signer"}, {"value", nullptr}}));
  const Json r = row(place);
  BOOST_TEST(r.at("number") == "71/KH-UBND");
  BOOST_TEST(r.at("machine").at("number") == "17/KH-UBND");
  BOOST_TEST(r.at("machine").at("signer") == "Nguyễn Văn An");
  BOOST_REQUIRE(r.at("corrections").size() == 2u);
  BOOST_TEST(r["corrections"][0].at("who") == "uid 0 (root)");
  BOOST_TEST(r["corrections"][0].at("old") == "17/KH-UBND");
  BOOST_TEST(r["corrections"][0].at("reason") == "đọc nhầm");
  const Json audit = ok("GET", "/audit").at("audit");
  BOOST_TEST(audit.back().at("what") == "register.correct");
  // Found under both names; the corrected one is the document's identity from now on.
  BOOST_TEST(ok("GET", "/documents?number=71%2Fkh-ubnd").at("documents").size() == 1u);
  BOOST_TEST(ok("GET", "/documents?number=17%2FKH-UBND").at("documents").size() == 1u);
  Arrival again = paper("71/KH-UBND");
  again.digest = base::sha256_hex("17/KH-UBND");
  enter({again});
  BOOST_TEST(rows().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_correction_onto_another_row_flags_both) {
  enter({paper("1/KH-UBND"), paper("2/KH-UBND")});
  BOOST_TEST(changed("POST", row_path("svd/in/2026/2", "correct"), {{"field", "number"}, {"value", "1/KH-UBND"}}));
  BOOST_TEST(rows("duplicates=true").size() == 2u);
}

BOOST_AUTO_TEST_CASE(bad_corrections_are_refused_and_change_nothing) {
  enter({paper("1/KH-UBND")});
  const std::string to = row_path("svd/in/2026/1", "correct");
  BOOST_TEST(status("POST", to, {{"field", "verdict"}, {"value", "valid"}}) == 400);
  BOOST_TEST(status("POST", to, {{"field", "date"}, {"value", "31/02/2026"}}) == 400);
  BOOST_TEST(status("POST", to, {{"field", "urgency"}, {"value", "Nhanh"}}) == 400);
  BOOST_TEST(status("POST", to, {{"field", "title"}, {"value", "a\r\nb"}}) == 400);
  BOOST_TEST(status("POST", to, {{"field", "title"}, {"value", std::string(3000, 'a')}}) == 400);
  BOOST_TEST(status("POST", to, Json::object()) == 400);
  BOOST_TEST(status("POST", row_path("svd/in/2026/9", "correct"), {{"field", "title"}, {"value", "a"}}) == 404);
  BOOST_TEST(status("POST", row_path("svd-in-2026-1", "correct"), {{"field", "title"}, {"value", "a"}}) == 400);
  BOOST_TEST(!row("svd/in/2026/1").contains("corrections"));
}

BOOST_AUTO_TEST_CASE(a_row_that_is_struck_keeps_its_number_and_counts_nowhere) {
  enter({paper("1/KH-UBND")});
  BOOST_TEST(ok("GET", "/reports/exchange?from=2026-11-01&to=2026-11-30").at("totals").at("in") == 1);
  BOOST_TEST(changed("POST", row_path("svd/in/2026/1", "correct"), {{"void", true}, {"reason", "không phải văn bản"}}));
  BOOST_TEST(ok("GET", "/reports/exchange?from=2026-11-01&to=2026-11-30").at("totals").at("in") == 0);
  BOOST_TEST(rows("status=void").size() == 1u);
  enter({paper("2/KH-UBND")});
  BOOST_TEST(rows()[0].at("id") == "svd/in/2026/2");
}

BOOST_AUTO_TEST_CASE(assigned_rows_are_due_and_then_overdue) {
  enter({paper("1/KH-UBND"), paper("2/KH-UBND")});
  enter({paper("1/KH-SVD", Direction::outgoing)});
  const std::string to = row_path("svd/in/2026/1", "assign");
  BOOST_TEST(changed("POST", to, {{"unit", "Phòng Tổng hợp"}, {"official", "an@songla.gov.vn"}, {"due", "2026-11-25"}}));
  BOOST_TEST(row("svd/in/2026/1").at("state") == "assigned");
  BOOST_TEST(rows("status=overdue").empty());
  clock.set(*base::parse_rfc3339("2026-11-25T23:00:00+07:00"));
  BOOST_TEST(rows("status=overdue").empty());  // the day itself counts
  clock.advance(std::chrono::hours(2));
  BOOST_REQUIRE(rows("status=overdue").size() == 1u);
  BOOST_TEST(rows("status=overdue")[0].at("id") == "svd/in/2026/1");
  BOOST_TEST(rows("official=an%40songla").size() == 1u);
  BOOST_TEST(changed("POST", to, {{"due", "2026-12-31"}}));
  BOOST_TEST(rows("status=overdue").empty());
  BOOST_TEST(changed("POST", to, {{"due", "2026-11-24"}, {"status", "in_progress"}}));
  BOOST_TEST(rows("status=overdue").size() == 1u);
  BOOST_TEST(changed("POST", to, {{"status", "done"}}));
  BOOST_TEST(rows("status=overdue").empty());
  BOOST_TEST(row("svd/in/2026/1").at("handling").size() == 4u);
  BOOST_TEST(status("POST", to, {{"official", "ai@songla.gov.vn"}}) == 404);
  BOOST_TEST(status("POST", to, {{"status", "xong"}}) == 400);
  BOOST_TEST(status("POST", to, {{"due", "mai"}}) == 400);
  BOOST_TEST(status("POST", to, Json::object()) == 400);
  BOOST_TEST(status("POST", row_path("svd/out/2026/1", "assign"), {{"unit", "a"}}) == 400);
}

BOOST_AUTO_TEST_CASE(lists_are_filtered_and_paged) {
  for (int day = 1; day <= 9; ++day) {
    clock.set(*base::parse_rfc3339("2026-10-0" + std::to_string(day) + "T09:00:00+07:00"));
    Arrival a = paper(std::to_string(day) + "/KH-UBND");
    if (day % 2 == 0) a.fields["kind"] = "Báo cáo";
    if (day % 2 == 0) a.fields["kind_abbrev"] = "BC";
    enter({a});
  }
  BOOST_TEST(rows("kind=bc").size() == 4u);
  BOOST_TEST(rows("kind=B%C3%A1o+c%C3%A1o").size() == 4u);
  BOOST_TEST(rows("from=2026-10-03&to=2026-10-05").size() == 3u);
  BOOST_TEST(rows("issuer=song+la").size() == 9u);
  BOOST_TEST(rows("number=7%2F").size() == 1u);
  BOOST_TEST(rows("agency=ttvd").empty());
  BOOST_TEST(rows("agency=ttvd,svd&direction=in").size() == 9u);
  std::vector<std::string> seen;
  for (std::string before; seen.size() < 20;) {
    const Json page = ok("GET", "/registers?limit=4" + (before.empty() ? "" : "&before=" + before));
    for (const Json& r : page.at("documents")) seen.push_back(r.at("id").get<std::string>());
    if (page.at("next").is_null()) break;
    before.clear();
    for (const char c : page.at("next").get<std::string>()) before += c == '/' ? "%2F" : std::string(1, c);
  }
  BOOST_TEST(seen.size() == 9u);
  BOOST_TEST(std::is_sorted(seen.rbegin(), seen.rend()));
  for (const char* bad : {"direction=up", "status=late", "from=2026-13-01", "from=2026-10-05&to=2026-10-01", "before=x", "limit=a"})
    BOOST_TEST(status("GET", std::string("/registers?") + bad) == 400);
}

BOOST_AUTO_TEST_CASE(a_file_is_compared_with_what_is_registered) {
  Arrival a = paper("204/KH-UBND");
  enter({a});
  const auto match = [&](const std::string& digest, const std::string& text, Json document) {
    return ok("POST", "/documents/match", {{"digest", digest}, {"text_digest", text}, {"documents", Json::array({std::move(document)})}}).at("matches");
  };
  Json fields = a.fields;
  BOOST_TEST(match(a.digest, "", Json::object())[0].at("match") == "same_bytes");
  BOOST_TEST(match(base::sha256_hex("x"), a.text_digest, fields)[0].at("match") == "same_text");
  fields["title"] = "Trích yếu đã sửa";
  const Json other = match(base::sha256_hex("x"), base::sha256_hex("y"), fields);
  BOOST_REQUIRE(other.size() == 1u);
  BOOST_TEST(other[0].at("match") == "differs");
  BOOST_TEST(other[0].at("fields") == Json::array({"title"}));
  fields["issuer"] = "Cơ quan khác";
  BOOST_TEST(match(base::sha256_hex("x"), base::sha256_hex("y"), fields).empty());
  BOOST_TEST(match(base::sha256_hex("x"), "", Json::object()).empty());
  BOOST_TEST(status("POST", "/documents/match", {{"digest", 1}}) == 400);
}

BOOST_AUTO_TEST_CASE(a_late_verdict_reaches_the_row) {
  Arrival a = paper("1/KH-UBND");
  a.verdict = "indeterminate";
  enter({a});
  BOOST_REQUIRE(store->run(store::ApplyRules{{registers::judged_again({{a.digest, "valid"}})}}));
  BOOST_TEST(rows()[0].at("verdict") == "valid");
  BOOST_TEST(ok("GET", "/reports/exchange?from=2026-11-01&to=2026-11-30")["rows"][0].at("signed") == 1);
}

BOOST_AUTO_TEST_CASE(an_export_is_audited_once) {
  enter({paper("1/KH-UBND"), paper("2/KH-UBND")});
  const Json page = ok("POST", "/registers/export?agency=svd&limit=1");
  BOOST_TEST(page.at("documents").size() == 1u);
  BOOST_TEST(ok("POST", "/registers/export?agency=svd&limit=1&before=svd%2Fin%2F2026%2F2").at("documents")[0].at("id") == "svd/in/2026/1");
  std::size_t told = 0;
  const Json audit = ok("GET", "/audit").at("audit");
  for (const Json& entry : audit) told += entry.at("what") == "register.export";
  BOOST_TEST(told == 1u);
}

BOOST_AUTO_TEST_CASE(in_book_order_each_row_comes_once) {
  enter({paper("1/KH-UBND"), paper("2/KH-UBND")});
  // Book order, page by page, tells each row once; the first page how many there may be.
  std::vector<std::string> ids;
  std::string next;
  for (int n = 0; n < 10; ++n) {
    const Json one = ok("POST", "/registers/export?agency=svd&direction=in&order=book&limit=1" + next);
    if (next.empty()) BOOST_TEST(one.at("at_most").get<std::size_t>() >= 2u);
    for (const Json& row : one.at("documents")) ids.push_back(row.at("id").get<std::string>());
    if (one.at("next").is_null()) break;
    next = "&before=" + one.at("next").get<std::string>();
  }
  BOOST_TEST((ids == std::vector<std::string>{"svd/in/2026/1", "svd/in/2026/2"}));
  BOOST_TEST(status("GET", "/registers?order=random") == 400);
}

BOOST_AUTO_TEST_CASE(a_clerk_enters_when_a_document_was_on_the_website) {
  enter({paper("12/LCT", Direction::outgoing), paper("13/CV")});
  const std::string out = row_path("svd/out/2026/1", "published");
  BOOST_TEST(status("POST", out, {{"at", "2026-11-22"}}) == 400);                  // a moment, not a day
  BOOST_TEST(status("POST", out, {{"at", "2026-11-22T12:00:00+07:00"}}) == 400);  // still to come
  BOOST_TEST(status("POST", row_path("svd/in/2026/1", "published"), {{"at", "2026-11-22T09:00:00+07:00"}}) == 400);
  BOOST_TEST(changed("POST", out, {{"at", "2026-11-22T09:00:00+07:00"}, {"url", "https://songla.gov.vn/lich"}}));
  BOOST_TEST(!changed("POST", out, {{"at", "2026-11-22T02:00:00Z"}, {"url", "https://songla.gov.vn/lich"}}));
  const Json now = row("svd/out/2026/1");
  BOOST_TEST(now.at("published").at("at") == "2026-11-22T09:00:00+07:00");
  BOOST_TEST(now.at("published").at("who") == "uid 0 (root)");
  BOOST_TEST(now.at("corrections").at(0).at("field") == "published");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(admin_receipts, Books)

namespace {

store::SubmitMessage official_letter(const Arrival& a, store::AccountId to) {
  store::SubmitMessage m = official_mail(to);
  m.outbound.push_back({"envelope", base::Time{}, "", ""});
  m.rules.push_back(registers::enter({a}));
  return m;
}

std::map<std::string, std::string> paper_states(const Json& row) {
  std::map<std::string, std::string> out;
  for (const Json& r : row.at("recipients")) out[r.at("address").get<std::string>()] = r.at("state").get<std::string>();
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_recipient_goes_from_sent_to_delivered_to_read_or_refused) {
  Arrival a = paper("1/KH-SVD", Direction::outgoing);
  a.recipients = {{"an@songla.gov.vn", true}, {"b@ngoai.vn", false}, {"c@ngoai.vn", false}};
  const store::AccountId an = store->snapshot()->account("an@songla.gov.vn")->id;
  const auto sent = store->run(official_letter(a, an));
  BOOST_REQUIRE(sent);
  const std::string place = "svd/out/2026/1";
  BOOST_TEST((paper_states(row(place)) == std::map<std::string, std::string>{{"an@songla.gov.vn", "delivered"}, {"b@ngoai.vn", "sent"}, {"c@ngoai.vn", "sent"}}));
  BOOST_TEST(rows("status=sent").size() == 1u);

  // Our queue hands one over and fails with the other.
  using registers::Receipt;
  const auto run = [&](store::RecordRule rule) { BOOST_REQUIRE(store->run(store::ApplyRules{{std::move(rule)}})); };
  run(registers::news_of_queue(sent->queued.at(0), {{"B@ngoai.vn", Receipt::delivered, "smtp", "250 ok"}}, false));
  run(registers::news_of_queue(sent->queued.at(0), {{"c@ngoai.vn", Receipt::refused, "smtp", "550 no such user"}}, true));
  BOOST_TEST((paper_states(row(place)) == std::map<std::string, std::string>{{"an@songla.gov.vn", "delivered"}, {"b@ngoai.vn", "delivered"}, {"c@ngoai.vn", "refused"}}));
  BOOST_TEST(rows("status=refused").size() == 1u);
  run(registers::news_of_queue(sent->queued.at(0), {{"b@ngoai.vn", Receipt::refused, "smtp", ""}}, true));  // the entry is gone
  BOOST_TEST(paper_states(row(place)).at("b@ngoai.vn") == "delivered");

  // The mailbox shows that it was read; a later report takes nothing back.
  run(registers::news_of_copies({{an, sent->deliveries.at(0).email, {"an@songla.gov.vn"}}}));
  run(registers::news_of_mail(a.message_id, {{"an@songla.gov.vn", Receipt::refused, "dsn", ""}, {"b@ngoai.vn", Receipt::read, "mdn", ""},
                                              {"ai.do@ngoai.vn", Receipt::read, "mdn", ""}}));
  BOOST_TEST((paper_states(row(place)) == std::map<std::string, std::string>{{"an@songla.gov.vn", "read"}, {"b@ngoai.vn", "read"}, {"c@ngoai.vn", "refused"}}));
  BOOST_TEST(row(place).at("receipts") == (Json{{"sent", 0}, {"delivered", 0}, {"read", 2}, {"refused", 1}}));
}

namespace {

std::optional<registers::Report> read_mail(const std::string& mail) { return registers::read_report(mail, mime::scan(mail)); }

std::string report_mail(const std::string& type, const std::string& part, const std::string& original) {
  return "From: MAILER-DAEMON@ngoai.vn\r\nContent-Type: multipart/report; report-type=" + type + "; boundary=b\r\n\r\n"
         "--b\r\nContent-Type: text/plain\r\n\r\nBao cao\r\n--b\r\nContent-Type: message/" + type + "\r\n\r\n" + part +
         "\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n" + original + "\r\n--b--\r\n";
}

}  // namespace

BOOST_AUTO_TEST_CASE(delivery_reports_are_read_for_each_recipient) {  // RFC 3464
  const auto r = read_mail(report_mail("delivery-status",
                                  "Reporting-MTA: dns; mx.ngoai.vn\r\n\r\nFinal-Recipient: rfc822; b@ngoai.vn\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
                                  "Final-Recipient: rfc822;c@ngoai.vn\r\nAction: Delivered\r\n\r\nFinal-Recipient: rfc822; d@ngoai.vn\r\nAction: delayed\r\n",
                                  "Subject: a\r\nMessage-ID: <m1@songla.gov.vn>\r\n"));
  BOOST_REQUIRE(r.has_value());
  BOOST_TEST(r->message_id == "m1@songla.gov.vn");
  BOOST_REQUIRE(r->news.size() == 2u);
  BOOST_TEST(r->news[0].address == "b@ngoai.vn");
  BOOST_TEST((r->news[0].receipt == registers::Receipt::refused));
  BOOST_TEST((r->news[1].receipt == registers::Receipt::delivered));
}

BOOST_AUTO_TEST_CASE(read_reports_count_only_when_they_say_displayed) {  // RFC 8098
  const std::string part = "Final-Recipient: rfc822;b@ngoai.vn\r\nOriginal-Message-ID: <m1@songla.gov.vn>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n";
  const auto r = read_mail(report_mail("disposition-notification", part, "Message-ID: <other@x>\r\n"));
  BOOST_REQUIRE(r.has_value());
  BOOST_TEST(r->message_id == "m1@songla.gov.vn");
  BOOST_TEST((r->news.at(0).receipt == registers::Receipt::read));
  std::string deleted = part;
  deleted.replace(deleted.find("displayed"), 9, "deleted");
  BOOST_TEST(!read_mail(report_mail("disposition-notification", deleted, "")).has_value());
  BOOST_TEST(!read_mail("Subject: a\r\n\r\n" + part).has_value());
  BOOST_TEST(!read_mail("Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(admin_recall, Books)

BOOST_AUTO_TEST_CASE(a_recall_writes_to_who_has_the_document_and_marks_the_row) {
  Arrival a = paper("204/KH-SVD", Direction::outgoing);
  a.from = "an@songla.gov.vn";
  a.recipients = {{"vanthu@songla.gov.vn", true}, {"x@ngoai.vn", false}};
  enter({a});
  const std::string to = row_path("svd/out/2026/1", "recall");
  BOOST_TEST(status("POST", to, {{"reason", "sai"}}) == 501);  // nobody writes mail here
  std::vector<Letter> letters;
  const store::AccountId an = store->snapshot()->account("an@songla.gov.vn")->id;
  context->services.letter = [&](const store::Snapshot&, const Letter& letter) -> Result<std::optional<store::SubmitMessage>> {
    letters.push_back(letter);
    return std::optional(official_mail(an));
  };
  BOOST_TEST(status("POST", to, Json::object()) == 400);
  BOOST_TEST(status("POST", to, {{"reason", "a\r\nb"}}) == 400);
  BOOST_TEST(letters.empty());
  BOOST_TEST(changed("POST", to, {{"reason", "sai phụ lục"}}));
  BOOST_REQUIRE(letters.size() == 1u);
  BOOST_TEST((letters[0].to == std::vector<std::string>{"vanthu@songla.gov.vn", "x@ngoai.vn"}));
  BOOST_TEST(letters[0].from == "an@songla.gov.vn");
  BOOST_TEST(letters[0].subject.find("204/KH-SVD") != std::string::npos);
  BOOST_TEST(letters[0].text.find("sai phụ lục") != std::string::npos);
  BOOST_TEST(row("svd/out/2026/1").at("state") == "recalled");
  BOOST_TEST(rows("status=recalled").size() == 1u);
  BOOST_TEST(!changed("POST", to, {{"reason", "lần nữa"}}));
  BOOST_TEST(letters.size() == 1u);
  enter({paper("1/KH-UBND")});
  BOOST_TEST(status("POST", row_path("svd/in/2026/1", "recall"), {{"reason", "sai"}}) == 400);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(admin_edxml, Books)

BOOST_AUTO_TEST_CASE(an_outgoing_row_has_an_edxml_header) {  // QCVN 102:2016
  changed("POST", "/agencies", {{"code", "svd"}, {"name", "Sở Ví dụ"}, {"symbol", "SVD"}, {"aliases", {"000.00.12.H56"}}, {"replace", true}});
  Arrival a = paper("204/KH-SVD", Direction::outgoing);
  a.fields["title"] = "Trao đổi <văn bản> & \"thư\"";
  a.fields["urgency"] = "Hỏa tốc";
  a.fields["signer_authority"] = "TM. / KT.";
  a.to_places = {"Như trên", "Lưu: VT"};
  a.recipients = {{"vanthu@songla.gov.vn", true}, {"x@ngoai.vn", false}};
  enter({a});
  const std::string xml = ok("GET", row_path("svd/out/2026/1", "edxml")).at("xml").get<std::string>();
  const auto has = [&](std::string_view part) { return xml.find(part) != std::string::npos; };
  for (const char* part : {"xmlns=\"http://www.mic.gov.vn/TBT/QCVN_102_2016\"", "<edXML:OrganId>000.00.12.H56</edXML:OrganId>", "<edXML:OrganName>Trung tâm Ví dụ</edXML:OrganName>",
                           "<edXML:CodeNumber>204</edXML:CodeNumber>", "<edXML:CodeNotation>KH-SVD</edXML:CodeNotation>", "<edXML:PromulgationDate>2026/11/20</edXML:PromulgationDate>",
                           "<edXML:Subject>Trao đổi &lt;văn bản&gt; &amp; &quot;thư&quot;</edXML:Subject>", "<edXML:Competence>TM. KT.</edXML:Competence>", "<edXML:Priority>3</edXML:Priority>",
                           "<edXML:Place>Lưu: VT</edXML:Place>", "<edXML:DocumentId>000.00.12.H56,2026/11/20,204/KH-SVD</edXML:DocumentId>",
                           "<edXML:Timestamp>2026/11/22 09:00:00</edXML:Timestamp>", "<edXML:Paper>0</edXML:Paper>", "<edXML:PromulgationAmount>2</edXML:PromulgationAmount>"})
    BOOST_TEST(has(part), part << " in " << xml);
  BOOST_TEST(ok("GET", row_path("svd/out/2026/1", "edxml?paper=true")).at("xml").get<std::string>().find("<edXML:Paper>1<") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_header_without_what_it_must_have_is_refused) {
  Arrival a = paper("204/KH-SVD", Direction::outgoing);
  a.fields["date"] = nullptr;
  enter({a, paper("5/TB-UBND")});
  BOOST_TEST(status("GET", row_path("svd/out/2026/1", "edxml")) == 400);
  BOOST_TEST(status("GET", row_path("svd/in/2026/1", "edxml")) == 400);
  BOOST_TEST(status("GET", row_path("svd/out/2026/2", "edxml")) == 404);
}

BOOST_AUTO_TEST_CASE(organ_ids_are_told_from_codes) {
  for (const char* good : {"000.00.12.H56", "A01.02.03", "000.01.00.G12"}) BOOST_TEST(registers::is_organ_id(good));
  for (const char* bad : {"", "svd", "000", "000.00", "000.00.12.h56", "0000.00.12", "000..12.H56", "000.00.12.H56."}) BOOST_TEST(!registers::is_organ_id(bad));
  BOOST_TEST((registers::split_number("30/2020/NĐ-CP") == std::pair<std::string, std::string>{"30", "2020/NĐ-CP"}));
  BOOST_TEST((registers::split_number("18-NQ/TU") == std::pair<std::string, std::string>{"18", "NQ/TU"}));
}

BOOST_AUTO_TEST_SUITE_END()
