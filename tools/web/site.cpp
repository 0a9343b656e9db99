#include "tools/web/site.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "tools/admin/accounts.hpp"
#include "tools/admin/roles.hpp"

namespace web {
namespace {

constexpr std::string_view kPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
constexpr std::string_view kIcon = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><rect width=\"16\" height=\"16\" rx=\"3\" fill=\"#8f1d1d\"/>"
                                   "<path d=\"M2.5 4.5h11v7h-11z M2.5 4.5l5.5 4 5.5-4\" fill=\"none\" stroke=\"#fff\"/></svg>";
constexpr base::Text kSignInTitle{"Đăng nhập", "Sign in"};

base::Lang language_of(const Request& r) {
  const auto cookie = r.cookies.find("lang");
  return cookie != r.cookies.end() && cookie->second == "en" ? base::Lang::en : base::Lang::vi;
}

std::string without_port(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(0, host.find(']') + 1));
  return std::string(host.substr(0, host.find(':')));
}

// Only a way inside the page: never "//elsewhere" or a scheme.
std::string inside(std::string_view target) {
  const bool good = target.starts_with('/') && !target.starts_with("//") && target.find('\\') == std::string_view::npos && target.size() < 2000;
  return good ? std::string(target) : "/";
}

void guard(Answer& answer, bool secure) {
  answer.headers.emplace_back("Content-Security-Policy", std::string(kPolicy));
  answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
  answer.headers.emplace_back("Referrer-Policy", "same-origin");  // "no-referrer" would make browsers send "Origin: null" with a form
  answer.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  answer.headers.emplace_back("Cache-Control", "no-store");
  if (secure) answer.headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
}

using enum admin::Role;
struct Page {
  Room room;
  Answer (*show)(const Visit&);
  admin::Roles roles;  // who finds something there, besides admins; none: everybody. What they find, the handlers say.
};
constexpr admin::Roles kOfficers = compliance | auditor;
constexpr Page kPages[] = {{{"", "/", {"Tổng quan", "Overview"}}, home_page, 0},
                           {{"reports", "/reports", {"Báo cáo", "Reports"}}, reports_page, kOfficers},
                           {{"registers", "/registers", {"Sổ văn bản", "Registers"}}, registers_page, kOfficers | clerk},
                           {{"quarantine", "/quarantine", {"Thư bị giữ", "Quarantine"}}, quarantine_page, kOfficers | clerk | agency_admin | domain_admin},
                           {{"audit", "/audit", {"Nhật ký", "Audit log"}}, audit_page, kOfficers},
                           {{"accesses", "/accesses", {"Ai mở hộp thư của tôi", "Who opened my mailbox"}}, accesses_page, 0}};

// Roles as they are now: one that was taken back counts no more. Nothing: the account is gone or disabled, or has another password.
std::optional<admin::Roles> roles_of(const admin::Context& context, const Session& session) {
  const auto snapshot = context.store.snapshot();
  const auto account = snapshot ? snapshot->account(session.account) : std::nullopt;
  if (!account || account->disabled || !base::constant_time_equal(admin::credential_digest(*snapshot, account->id), session.credential)) return std::nullopt;
  admin::Roles out = 0;
  for (const admin::RoleGrant& grant : admin::grants_of(*snapshot, account->id)) out = out | grant.role;
  return out;
}

std::string sign_in_form(base::Lang lang, const std::string& token, std::string_view wrong) {
  std::vector<Field> fields(2);
  fields[0] = {.name = "account", .label = std::string(base::Text{"Hộp thư công vụ", "Official mailbox"}.in(lang)), .value = "", .type = "email", .required = true, .autocomplete = "username"};
  fields[1] = {.name = "password", .label = std::string(base::Text{"Mật khẩu", "Password"}.in(lang)), .value = "", .type = "password", .required = true, .autocomplete = "current-password"};
  return "<section>" + alert(wrong) + form("/sign-in", token, fields, kSignInTitle.in(lang)) +
         paragraph(base::Text{"Báo cáo, sổ văn bản và thư bị giữ dành cho người có vai trò; mỗi người xem được ai đã mở hộp thư của mình.",
                                "Reports, registers and the quarantine are for those who have a role; everybody sees who opened his mailbox."}.in(lang), "hint") + "</section>\n";
}

}  // namespace

Site::Site(Contexts contexts, const base::Clock& clock, Options options)
    : contexts_(std::move(contexts)), clock_(clock), options_(std::move(options)), sessions_(clock, options_.sessions) {}

std::string Site::cookie(std::string_view name, std::string_view value, bool gone) const {
  return cookie_name(name) + "=" + std::string(value) + "; Path=/; HttpOnly; SameSite=Strict" + (options_.secure ? "; Secure" : "") + (gone ? "; Max-Age=0" : "");
}

// Browsers name the origin of every POST; what names none is no browser that keeps cookies apart.
bool Site::same_origin(const Request& r) const {
  if (!r.fetch_site.empty() && r.fetch_site != "same-origin") return false;
  return r.origin == std::string(options_.secure ? "https://" : "http://") + r.host;
}

Answer Site::refused(const Request& r, int status, base::Text why) const {
  Frame f;
  f.lang = language_of(r);
  f.title = std::string(base::Text{"Không thực hiện được", "This cannot be done"}.in(f.lang));
  f.here = "/";
  Answer answer;
  answer.status = status;
  answer.body = page(f, alert(why.in(f.lang)) + "<p>" + anchor("/", base::Text{"Về trang đầu", "To the first page"}.in(f.lang)) + "</p>\n");
  return answer;
}

Answer Site::sign_in(const Request& r) {
  const base::Lang lang = language_of(r);
  Frame f;
  f.lang = lang;
  f.title = std::string(kSignInTitle.in(lang));
  f.here = "/sign-in";
  const auto expected = r.cookies.find(cookie_name("sign-in"));
  const bool begun = expected != r.cookies.end() && expected->second.size() == 64 && base::hex_decode(expected->second);
  const auto show = [&](int status, std::string_view wrong) {
    const std::string token = begun ? expected->second : base::hex_encode(base::random_bytes(32));  // a second tab does not spoil the first
    Answer answer;
    answer.status = status;
    answer.headers.emplace_back("Set-Cookie", cookie("sign-in", token, false));
    answer.body = page(f, sign_in_form(lang, token, wrong));
    return answer;
  };
  if (r.method != "POST") return show(200, {});
  if (!begun || !base::constant_time_equal(expected->second, r.field("csrf")))
    return show(403, base::Text{"Phiên đăng nhập đã cũ, xin thử lại.", "The form was too old; please try again."}.in(lang));
  const auto context = contexts_();
  admin::Request asked;
  asked.who = "web " + r.peer;
  asked.login = admin::Login{std::string(r.field("account")), std::string(r.field("password")), {}};
  const auto account = admin::sign_in(*context, asked);
  const std::string_view wrong = base::Text{"Hộp thư hoặc mật khẩu không đúng.", "The mailbox or the password is wrong."}.in(lang);
  if (!account) {
    if (account.error().code() == base::Errc::unavailable)
      return show(429, base::Text{"Sai quá nhiều lần; xin thử lại sau.", "Too many wrong passwords; try again later."}.in(lang));
    return show(403, wrong);
  }
  std::string credential;
  {
    const auto snapshot = context->store.snapshot();
    if (!snapshot) return show(503, snapshot.error().detail());
    credential = admin::credential_digest(*snapshot, account->id);
  }
  base::log_info("web_sign_in", {{"account", account->address}, {"peer", r.peer}});
  Answer answer = Visit::go_to("/");
  answer.headers.emplace_back("Set-Cookie", cookie("session", sessions_.begin(account->address, credential), false));
  answer.headers.emplace_back("Set-Cookie", cookie("sign-in", "", true));
  return answer;
}

Answer Site::handle(const Request& r) {
  const auto answer = [&]() -> Answer {
    if (std::find(options_.names.begin(), options_.names.end(), without_port(r.host)) == options_.names.end())
      return refused(r, 421, {"Máy chủ này không có tên đó.", "This server does not have that name."});
    if (r.method != "GET" && r.method != "HEAD" && r.method != "POST") return refused(r, 405, {"Chỉ nhận GET và POST.", "Only GET and POST."});
    if (r.method == "POST" && !same_origin(r)) return refused(r, 403, {"Yêu cầu đến từ một trang khác.", "The request came from another page."});
    const std::string name = r.path.empty() ? std::string() : r.path.front();
    if (name == "style.css" && r.path.size() == 1) return {200, "text/css; charset=utf-8", {}, style_sheet()};
    if (name == "icon.svg" && r.path.size() == 1) return {200, "image/svg+xml", {}, std::string(kIcon)};
    if (name == "language") {
      Answer to = Visit::go_to(inside(r.arg("back")));
      to.headers.emplace_back("Set-Cookie", std::string("lang=") + (r.arg("to") == "en" ? "en" : "vi") + "; Path=/; SameSite=Strict; Max-Age=31536000" + (options_.secure ? "; Secure" : ""));
      return to;
    }
    if (name == "sign-in") return sign_in(r);
    const auto found = std::find_if(std::begin(kPages), std::end(kPages), [&](const Page& p) { return p.room.id == name; });
    if (found == std::end(kPages) && name != "sign-out") return refused(r, 404, {"Không có trang này.", "There is no such page."});
    const auto token = r.cookies.find(cookie_name("session"));
    auto session = token == r.cookies.end() ? std::nullopt : sessions_.find(token->second);
    const auto context = contexts_();
    const auto roles = session ? roles_of(*context, *session) : std::nullopt;
    if (session && !roles) sessions_.end(token->second);
    if (!roles) return r.method == "POST" ? refused(r, 403, {"Phiên làm việc đã hết; xin đăng nhập lại.", "The session has ended; please sign in again."}) : Visit::go_to("/sign-in");
    if (r.method == "POST" && !base::constant_time_equal(session->csrf, r.field("csrf")))
      return refused(r, 403, {"Biểu mẫu không thuộc phiên này.", "The form is not of this session."});
    if (name == "sign-out") {
      if (r.method != "POST") return Visit::go_to("/");
      sessions_.end(token->second);
      Answer out = Visit::go_to("/sign-in");
      out.headers.emplace_back("Set-Cookie", cookie("session", "", true));
      return out;
    }
    const Visit visit{*this, r, context, *session, language_of(r), *roles};
    if (found->roles != 0 && !visit.may(found->roles))
      return visit.failed({}, {"Không có quyền", "Not allowed"}, visit.words({"Vai trò của bạn không có trang này.", "Your role does not have this page."}), 403);
    return found->show(visit);
  };
  Answer out = answer();
  guard(out, options_.secure);
  return out;
}

std::optional<Json> Visit::ask(std::string_view method, const std::string& target, std::string& error, const Json& body) const {
  const auto reply = ask_raw(method, target, error, body.is_null() ? std::string() : admin::dump(body));
  return reply ? std::optional(Json::parse(reply->body, nullptr, false)) : std::nullopt;
}

std::optional<admin::Reply> Visit::ask_raw(std::string_view method, const std::string& target, std::string& error, const std::string& body) const {
  auto asked = admin::make_request(std::string(method), target, body, "web " + request.peer);
  if (!asked) return error = asked.error().detail(), std::nullopt;
  asked->login = admin::Login{session.account, {}, session.credential};
  admin::Reply reply = admin::handle(*context, *asked);
  if (reply.status == 200) return reply;
  const Json json = Json::parse(reply.body, nullptr, false);
  const std::string why = json.is_object() && json.contains("error") ? word_of(json["error"], "text") : std::string();
  error = words({"Không thực hiện được: ", "This cannot be done: "}) + (why.empty() ? words({"máy chủ không trả lời được", "the server could not answer"}) : why);
  return std::nullopt;
}

Answer Visit::show(std::string_view active, base::Text title, const std::string& raw_body, int status) const {
  Frame f;
  f.lang = lang;
  f.title = words(title);
  f.account = session.account;
  f.csrf = session.csrf;
  f.here = request.method == "POST" ? "/" : request.target;
  f.active = active;
  for (const Page& p : kPages)
    if (p.roles == 0 || may(p.roles)) f.rooms.push_back(&p.room);
  Answer answer;
  answer.status = status;
  answer.body = page(f, raw_body);
  return answer;
}

Answer Visit::failed(std::string_view active, base::Text title, const std::string& error, int status) const { return show(active, title, alert(error), status); }

std::string Visit::done() const {
  return request.arg("done").empty() ? std::string() : "<p class=\"done\" role=\"status\">" + text(words({"Đã ghi.", "Done."})) + "</p>\n";
}

Answer download(std::string name, std::string content_type, std::string bytes) {
  for (char& c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_')) c = '-';
  Answer out;
  out.content_type = std::move(content_type);
  out.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + name + "\"");
  out.body = std::move(bytes);
  return out;
}

Answer Visit::go_to(const std::string& target) {
  Answer answer;
  answer.status = 303;
  answer.headers.emplace_back("Location", target);
  return answer;
}

}  // namespace web
