// What every request to the page passes: names, origins, tokens, sessions, roles; and that whatever comes from a mail is words, never HTML.
#include "base/crypto.hpp"
#include "tests/tools/admin/fixture.hpp"
#include "tools/registers/arrivals.hpp"
#include "tools/registers/rules.hpp"
#include "tools/web/site.hpp"

using admin::Json;
using web::Answer;
using web::Request;

namespace {

const std::string kHost = "mail.songla.gov.vn", kOrigin = "https://mail.songla.gov.vn", kAn = "an@songla.gov.vn", kPassword = "mat khau 1";

std::string header_of(const Answer& answer, std::string_view name, std::string_view starting = {}) {
  for (const auto& [key, value] : answer.headers)
    if (key == name && std::string_view(value).starts_with(starting)) return value;
  return {};
}

struct Office : admin::test::Fixture {
  base::AuthGuard guard{clock, {.pair_limit = 3}};
  web::Site site;
  web::Fields cookies;
  std::string csrf;

  Office() : site([this] { return std::shared_ptr<const admin::Context>(context.get(), [](const admin::Context*) {}); }, clock, {.names = {kHost, "127.0.0.1"}}) {
    province();
    context->services.guard = &guard;
    changed("POST", "/accounts", {{"address", "binh@songla.gov.vn"}, {"agency", "svd"}, {"password", kPassword}});
  }
  void grant(const std::string& account, const std::string& role, const std::string& agency = {}) {
    Json body{{"account", account}, {"role", role}};
    if (!agency.empty()) body["agency"] = agency;
    changed("POST", "/roles", body);
  }

  Request request(std::string method, const std::string& target) const {
    Request r;
    r.method = std::move(method);
    r.target = target;
    r.path = web::path_of(target);
    if (const std::size_t mark = target.find('?'); mark != std::string::npos) r.query = web::read_form(target.substr(mark + 1));
    r.cookies = cookies;
    r.host = kHost;
    r.peer = "192.0.2.7";
    if (r.method == "POST") r.origin = kOrigin, r.fetch_site = "same-origin";
    return r;
  }
  Answer get(const std::string& target) { return site.handle(request("GET", target)); }
  Answer post(const std::string& target, web::Fields form) {
    Request r = request("POST", target);
    r.form = std::move(form);
    return site.handle(r);
  }
  void keep_cookies(const Answer& answer) {
    for (const auto& [name, value] : answer.headers) {
      if (name != "Set-Cookie") continue;
      const std::size_t equals = value.find('=');
      const std::string key = value.substr(0, equals), content = value.substr(equals + 1, value.find(';') - equals - 1);
      if (value.find("Max-Age=0") != std::string::npos) cookies.erase(key);
      else cookies[key] = content;
    }
  }
  Answer sign_in(const std::string& account, const std::string& password = kPassword) {
    keep_cookies(get("/sign-in"));
    const Answer answer = post("/sign-in", {{"account", account}, {"password", password}, {"csrf", cookies.at("__Host-sign-in")}});
    keep_cookies(answer);
    if (answer.status == 303) {
      const std::string home = get("/").body;
      const std::size_t at = home.find("name=\"csrf\" value=\"");
      BOOST_TEST_REQUIRE(at != std::string::npos);
      csrf = home.substr(at + 19, 64);
    }
    return answer;
  }
  void enter(const std::string& number, const std::string& title) {
    registers::Arrival a;
    a.direction = registers::Direction::incoming;
    a.agency = "svd";
    a.at = clock.now();
    a.fields = {{"number", number}, {"issuer", "Ủy ban nhân dân tỉnh Sông La"}, {"title", title}};
    a.digest = base::sha256_hex(number);
    a.verdict = "unsigned";
    a.mail = number;
    a.recipients.push_back({kAn, true});
    BOOST_REQUIRE(store->run(store::ApplyRules{{registers::enter({a})}}));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(web_site, Office)

BOOST_AUTO_TEST_CASE(nobody_sees_anything_before_signing_in) {
  for (const char* target : {"/", "/reports", "/reports/monthly.csv", "/registers", "/registers/row?id=svd%2Fin%2F2026%2F1", "/quarantine", "/audit", "/accesses", "/sign-out"}) {
    const Answer answer = get(target);
    BOOST_TEST(answer.status == 303);
    BOOST_TEST(header_of(answer, "Location") == "/sign-in");
  }
  BOOST_TEST(get("/no-such-page").status == 404);
  BOOST_TEST(post("/registers/row?id=x", {{"do", "void"}}).status == 403);
  BOOST_TEST(get("/style.css").content_type.starts_with("text/css"));
}

BOOST_AUTO_TEST_CASE(every_answer_has_its_guards) {
  for (const char* target : {"/", "/sign-in", "/style.css", "/language?to=en&back=%2F"}) {
    const Answer answer = get(target);
    BOOST_TEST(header_of(answer, "Content-Security-Policy").starts_with("default-src 'none'"));
    BOOST_TEST(header_of(answer, "Content-Security-Policy").find("unsafe") == std::string::npos);
    BOOST_TEST(header_of(answer, "Cache-Control") == "no-store");
    BOOST_TEST(header_of(answer, "Referrer-Policy") == "same-origin");
    BOOST_TEST(header_of(answer, "Strict-Transport-Security").starts_with("max-age="));
  }
  const std::string cookie = header_of(sign_in(kAn), "Set-Cookie", "__Host-session=");
  for (const char* part : {"; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"}) BOOST_TEST(cookie.find(part) != std::string::npos);
  const std::string page = get("/").body;
  for (const char* never : {"<script", "style=", "onclick", "http:", "https:"}) BOOST_TEST(page.find(never) == std::string::npos, never);
}

BOOST_AUTO_TEST_CASE(other_names_and_origins_are_refused) {
  Request r = request("GET", "/sign-in");
  r.host = "bad.example";
  BOOST_TEST(site.handle(r).status == 421);  // a name that was bent to this address
  r.host = "127.0.0.1:2080";
  BOOST_TEST(site.handle(r).status == 200);
  keep_cookies(get("/sign-in"));
  const web::Fields form{{"account", kAn}, {"password", kPassword}, {"csrf", cookies.at("__Host-sign-in")}};
  for (const auto& [origin, fetch] : {std::pair{"https://bad.example", "cross-site"}, std::pair{"https://mail.songla.gov.vn", "same-site"}, std::pair{"", ""}, std::pair{"null", ""}, std::pair{"http://mail.songla.gov.vn", ""}}) {
    Request other = request("POST", "/sign-in");
    other.form = form;
    other.origin = origin;
    other.fetch_site = fetch;
    BOOST_TEST(site.handle(other).status == 403, origin);
  }
  BOOST_TEST(site.handle(request("PUT", "/")).status == 405);
  BOOST_TEST(header_of(get("/language?to=en&back=%2F%2Fbad.example"), "Location") == "/");
  BOOST_TEST(header_of(get("/language?to=en&back=%2Freports%3Fa%3D1"), "Location") == "/reports?a=1");
}

BOOST_AUTO_TEST_CASE(signing_in_needs_the_form_and_the_password) {
  keep_cookies(get("/sign-in"));
  const std::string token = cookies.at("__Host-sign-in");
  keep_cookies(get("/sign-in"));  // a second tab, or the browser's own request
  BOOST_TEST(cookies.at("__Host-sign-in") == token);
  BOOST_TEST(sign_in(kAn, "sai").status == 403);
  const Answer unknown = sign_in("khong-co@songla.gov.vn");
  BOOST_TEST(unknown.status == 403);
  BOOST_TEST(post("/sign-in", {{"account", kAn}, {"password", kPassword}, {"csrf", std::string(64, '0')}}).status == 403);
  BOOST_TEST(sign_in(kAn, "sai").status == 403);
  BOOST_TEST(sign_in(kAn, "sai").status == 403);
  BOOST_TEST(sign_in(kAn).status == 429);  // too many guesses, the right one included
  clock.advance(std::chrono::hours(2));
  BOOST_TEST(sign_in(kAn).status == 303);
}

BOOST_AUTO_TEST_CASE(a_session_ends) {
  BOOST_TEST(sign_in(kAn).status == 303);
  BOOST_TEST(get("/accesses").status == 200);
  clock.advance(std::chrono::minutes(29));
  BOOST_TEST(get("/").status == 200);
  clock.advance(std::chrono::minutes(31));
  BOOST_TEST(get("/").status == 303);  // not used for a while
  BOOST_TEST(sign_in(kAn).status == 303);
  for (int i = 0; i < 26; ++i) {
    clock.advance(std::chrono::minutes(29));
    (void)get("/");
  }
  BOOST_TEST(get("/").status == 303);  // half a day at most
  BOOST_TEST(sign_in(kAn).status == 303);
  changed("POST", "/accounts/an%40songla.gov.vn", {{"password", "mat khau 2"}});
  BOOST_TEST(get("/accesses").status == 303);  // another password
  cookies.clear();
  BOOST_TEST(sign_in(kAn, "mat khau 2").status == 303);
  BOOST_TEST(post("/sign-out", {{"csrf", std::string(64, 'a')}}).status == 403);
  const web::Fields kept = cookies;
  BOOST_TEST(post("/sign-out", {{"csrf", csrf}}).status == 303);
  cookies = kept;  // whoever kept the cookie has nothing
  BOOST_TEST(get("/").status == 303);
  cookies.clear();
  BOOST_TEST(sign_in(kAn, "mat khau 2").status == 303);
  BOOST_TEST(get("/").status == 200);
  changed("POST", "/accounts/an%40songla.gov.vn", {{"disabled", true}});
  BOOST_TEST(get("/").status == 303);
}

BOOST_AUTO_TEST_CASE(the_menu_and_the_pages_follow_the_roles) {
  BOOST_TEST(sign_in(kAn).status == 303);
  BOOST_TEST(get("/").body.find("href=\"/audit\"") == std::string::npos);
  for (const char* target : {"/reports", "/registers", "/quarantine", "/audit"}) BOOST_TEST(get(target).status == 403, target);
  BOOST_TEST(get("/accesses").status == 200);
  grant(kAn, "clerk", "svd");  // counts at once, for the session that is open
  BOOST_TEST(get("/registers").status == 200);
  BOOST_TEST(get("/reports").status == 403);
  grant(kAn, "compliance");
  for (const char* target : {"/reports", "/reports/monthly", "/reports/exchange?from=2026-11-01&to=2026-11-22", "/reports/deadlines", "/audit", "/quarantine"}) BOOST_TEST(get(target).status == 200, target);
  BOOST_TEST(get("/reports/no-such").status == 404);
  BOOST_TEST(get("/reports/monthly?from=2026-13-01").status == 400);
  BOOST_TEST(ok("DELETE", "/roles?account=an%40songla.gov.vn&role=compliance").at("changed") == true);
  BOOST_TEST(get("/audit").status == 403);
}

BOOST_AUTO_TEST_CASE(a_clerk_works_on_a_row) {
  enter("71/KH-SVD", "<script>alert(1)</script> \"kế hoạch\"");
  grant(kAn, "clerk", "svd");
  BOOST_TEST(sign_in(kAn).status == 303);
  const std::string list = get("/registers").body;
  BOOST_TEST(list.find("<script") == std::string::npos);
  BOOST_TEST(list.find("&lt;script&gt;alert(1)") != std::string::npos);
  const std::string row = "/registers/row?id=svd%2Fin%2F2026%2F1";
  BOOST_TEST(get(row).body.find("71/KH-SVD") != std::string::npos);
  BOOST_TEST(post(row, {{"do", "correct"}, {"field", "title"}, {"value", "Kế hoạch"}}).status == 403);  // without the session's token
  BOOST_TEST(post(row, {{"do", "correct"}, {"field", "title"}, {"value", "Kế hoạch đúng"}, {"reason", "đọc sai"}, {"csrf", csrf}}).status == 303);
  BOOST_TEST(post(row, {{"do", "correct"}, {"field", "date"}, {"value", "31/02/2026"}, {"csrf", csrf}}).status == 400);
  BOOST_TEST(post(row, {{"do", "assign"}, {"unit", "Phòng Một"}, {"official", "binh@songla.gov.vn"}, {"due", "2026-11-30"}, {"status", "assigned"}, {"csrf", csrf}}).status == 303);
  BOOST_TEST(post(row, {{"do", "burn"}, {"csrf", csrf}}).status == 400);
  const Json now = ok("GET", "/registers/svd%2Fin%2F2026%2F1");
  BOOST_TEST(now.at("title") == "Kế hoạch đúng");
  BOOST_TEST(now.at("state") == "assigned");
  BOOST_TEST(now.at("corrections").at(0).at("who").get<std::string>().starts_with(kAn + " (web 192.0.2.7"));
  const std::string after = get(row).body;
  for (const char* shown : {"Kế hoạch đúng", "Phòng Một", "đọc sai", "value=\"2026-11-30\""}) BOOST_TEST(after.find(shown) != std::string::npos, shown);
  BOOST_TEST(get("/registers/row?id=svd%2Fin%2F2026%2F99").status == 404);
  const Answer book = get("/registers/book.csv?direction=in");
  BOOST_TEST(book.status == 200);
  BOOST_TEST(header_of(book, "Content-Disposition").starts_with("attachment; filename=\"so-van-ban-den-"));
  BOOST_TEST(book.body.find("71/KH-SVD") != std::string::npos);
  BOOST_TEST(get("/registers/book.csv").status == 400);
}

BOOST_AUTO_TEST_CASE(reports_come_in_every_format_and_are_published) {
  enter("1/KH-SVD", "Một");
  grant(kAn, "compliance");
  BOOST_TEST(sign_in(kAn).status == 303);
  const std::string query = "?from=2026-10-01&to=2026-10-31";
  for (const auto& [format, start] : {std::pair{"csv", "\xef\xbb\xbf"}, std::pair{"json", "{\"schema\""}, std::pair{"html", "<!DOCTYPE html>"}, std::pair{"xlsx", "PK"}, std::pair{"pdf", "%PDF-"}}) {
    const Answer file = get("/reports/exchange." + std::string(format) + query);
    BOOST_TEST(file.body.starts_with(start), format);
    BOOST_TEST(header_of(file, "Content-Disposition") == "attachment; filename=\"exchange-2026-10-01-2026-10-31." + std::string(format) + "\"");
  }
  BOOST_TEST(get("/reports/exchange.exe" + query).status == 404);
  BOOST_TEST(get("/reports/monthly" + query).body.find("Công bố kỳ này") != std::string::npos);
  BOOST_TEST(post("/reports/monthly", {{"do", "publish"}, {"from", "2026-10-01"}, {"to", "2026-10-31"}, {"edition", "public"}, {"note", "tháng 10"}, {"csrf", csrf}}).status == 303);
  const std::string list = get("/reports/published?done=1").body;
  for (const char* shown : {"/reports/published/1", "tháng 10", kAn.c_str()}) BOOST_TEST(list.find(shown) != std::string::npos, shown);
  BOOST_TEST(get("/reports/published/1").body.find("khớp với nhật ký kiểm toán") != std::string::npos);
  BOOST_TEST(get("/reports/published/1.pdf").body.starts_with("%PDF-"));
  BOOST_TEST(get("/reports/published/7").status == 404);
  BOOST_TEST(get("/audit?what=report").body.find("report.publish") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(sessions_are_bounded) {
  web::Sessions sessions(clock, {.most = 3});
  const std::string first = sessions.begin("a", "x");
  for (int i = 0; i < 5; ++i) {
    clock.advance(std::chrono::seconds(1));
    (void)sessions.begin("b", "x");
  }
  BOOST_TEST(sessions.size() == 3u);
  BOOST_TEST(!sessions.find(first));
  BOOST_TEST(!sessions.find("short"));
}

BOOST_AUTO_TEST_CASE(forms_cookies_and_paths_are_read) {
  const web::Fields form = web::read_form("a=1+2&b=%C3%A1&c=%zz&d&=x&e=%00");
  BOOST_TEST((form == web::Fields{{"a", "1 2"}, {"b", "á"}, {"d", ""}}));
  BOOST_TEST((web::read_cookies("a=1; b=2 ; c; =d") == web::Fields{{"", "d"}, {"a", "1"}, {"b", "2"}}));
  BOOST_TEST((web::path_of("/reports//monthly.csv?x=/y") == std::vector<std::string>{"reports", "monthly.csv"}));
  BOOST_TEST((web::path_of("/%zz") == std::vector<std::string>{"?"}));
  BOOST_TEST(web::link("/a", {{"x", "1 &"}, {"y", ""}, {"z", "á"}}) == "/a?x=1%20%26&z=%C3%A1");
}

BOOST_AUTO_TEST_SUITE_END()
