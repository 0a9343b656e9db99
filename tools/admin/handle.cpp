#include "tools/admin/handle.hpp"

#include <array>

#include "base/log.hpp"
#include "tools/admin/handlers.hpp"
#include "tools/admin/holds.hpp"

namespace admin {
namespace {

struct Route {
  std::string_view method;
  std::string_view pattern;  // "*" = any one segment
  Result<Json> (*handler)(const Call&);
};

constexpr Route kRoutes[] = {
    {"GET", "domains", list_domains},     {"POST", "domains", add_domain},
    {"GET", "domains/*", show_domain},    {"DELETE", "domains/*", remove_domain},
    {"GET", "agencies", list_agencies},   {"POST", "agencies", add_agency},
    {"GET", "agencies/*", show_agency},   {"DELETE", "agencies/*", remove_agency},
    {"GET", "accounts", list_accounts},   {"POST", "accounts", add_account},
    {"GET", "accounts/*", show_account},  {"DELETE", "accounts/*", remove_account},
    {"POST", "accounts/*", change_account},
    {"POST", "accounts/*/send-as/*", grant_send_as},
    {"DELETE", "accounts/*/send-as/*", revoke_send_as},
    {"GET", "accounts/*/deleted", list_deleted}, {"POST", "accounts/*/undelete", undelete},
    {"POST", "accounts/*/restore", restore_mailbox},
    {"POST", "accounts/*/imports", begin_import},
    {"POST", "accounts/*/imports/*/mailboxes", import_mailbox},
    {"POST", "accounts/*/imports/*/known", import_known},
    {"POST", "accounts/*/imports/*/messages", import_messages},
    {"POST", "accounts/*/imports/*/end", end_import},
    {"POST", "accounts/*/exports", begin_export},
    {"POST", "accounts/*/exports/*/end", end_export},
    {"GET", "aliases", list_aliases},     {"POST", "aliases", add_alias},
    {"GET", "aliases/*", show_alias},     {"DELETE", "aliases/*", remove_alias},
    {"GET", "trust", list_trust},         {"POST", "trust", add_trust},
    {"DELETE", "trust/*", remove_trust},  {"POST", "trust/bundle", import_trust_bundle},
    {"GET", "trust/pending", list_pending_trust}, {"POST", "trust/pending/*/approve", approve_trust},
    {"DELETE", "trust/pending/*", reject_trust},
    {"GET", "queue", list_queue},         {"GET", "queue/*", show_queue},
    {"POST", "queue/*/*", change_queue},
    {"GET", "holds", list_holds},         {"POST", "holds", place_hold},
    {"GET", "holds/*", show_hold},        {"DELETE", "holds/*", lift_hold},
    {"GET", "retention", show_retention},
    {"GET", "keys", list_keys},           {"POST", "keys/rewrap", rewrap_keys},
    {"POST", "keys/*/enable", enable_key}, {"POST", "keys/*/rotate", rotate_key},
    {"POST", "keys/*/stop", stop_key},
    {"GET", "search", search},
    {"GET", "store/stats", store_stats},  {"POST", "store/check", store_check},
    {"POST", "store/backup", store_backup}, {"GET", "store/backups", list_backups},
    {"GET", "config/check", config_check},
    {"POST", "policy/test", policy_test},
    {"GET", "evidence/*", show_evidence}, {"POST", "signatures/recheck", recheck_signatures},
    {"GET", "registers", list_register},  {"POST", "registers/export", export_register},
    {"GET", "registers/*", show_register}, {"GET", "registers/*/edxml", edxml_register},
    {"POST", "registers/*/correct", correct_register}, {"POST", "registers/*/assign", assign_register},
    {"GET", "documents", find_documents}, {"POST", "documents/match", match_document},
    {"GET", "reports/signatures", report_signatures},
    {"GET", "reports/certificates", report_certificates},
    {"GET", "reports/exchange", report_exchange},
    {"GET", "reports/mailboxes", report_mailboxes},
    {"GET", "reports/policy", report_policy},
    {"GET", "audit", audit_trail},
    {"GET", "health", health},
};

bool fits(std::string_view pattern, const std::vector<std::string>& path) {
  std::size_t n = 0;
  for (;; ++n) {
    const std::size_t slash = pattern.find('/');
    const std::string_view want = pattern.substr(0, slash);
    if (n >= path.size() || (want == "*" ? path[n].empty() : path[n] != want)) return false;
    if (slash == std::string_view::npos) break;
    pattern.remove_prefix(slash + 1);
  }
  return n + 1 == path.size();
}

Reply json_reply(int status, const Json& json) {
  Reply reply;
  reply.status = status;
  reply.body = dump(json) + "\n";
  return reply;
}

Reply error_reply(const base::Error& error) { return json_reply(http_status(error.code()), error_json(error)); }

Reply dispatch(const Context& context, const Request& request, const Progress& progress) {
  if (request.method == "GET" && request.path.size() == 1 && request.path[0] == "metrics")
    return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(context)};
  const Call call{context, request, progress};
  if (request.method == "GET" && fits("accounts/*/exports/*/messages", request.path)) {  // the only one that answers no JSON
    auto reply = export_messages(call);
    return reply ? *std::move(reply) : error_reply(reply.error());
  }
  bool known = false;
  for (const Route& route : kRoutes) {
    if (!fits(route.pattern, request.path)) continue;
    known = true;
    if (route.method != request.method) continue;
    const auto result = route.handler(call);
    return result ? json_reply(200, *result) : error_reply(result.error());
  }
  Reply reply = error_reply(fail(Errc::not_found, known ? "no such method here" : "no such endpoint"));
  if (known) reply.status = 405;
  return reply;
}

std::optional<std::string> decode(std::string_view text, bool plus) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus) out.push_back(' ');
    else if (text[i] != '%') out.push_back(text[i]);
    else {
      if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) return std::nullopt;
      out.push_back(char(digit(text[i + 1]) * 16 + digit(text[i + 2])));
      i += 2;
    }
    if (out.back() == '\0') return std::nullopt;
  }
  return out;
}

}  // namespace

std::string_view Request::arg(std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string_view{} : std::string_view(found->second);
}

Result<Request> make_request(std::string method, std::string_view target, std::string body, std::string who) {
  const auto bad = [] { return fail(Errc::invalid, "the request target is malformed"); };
  Request out;
  out.method = std::move(method);
  out.body = std::move(body);
  out.who = std::move(who);
  if (target.empty() || target.front() != '/') return bad();
  const std::size_t mark = target.find('?');
  std::string_view path = target.substr(1, mark == std::string_view::npos ? mark : mark - 1);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    auto segment = decode(path.substr(0, slash), false);
    if (!segment) return bad();
    out.path.push_back(*std::move(segment));
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  }
  std::string_view query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    auto key = decode(pair.substr(0, equals), true);
    auto value = decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true);
    if (!key || !value) return bad();
    if (!key->empty()) out.query[*std::move(key)] = *std::move(value);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
  }
  return out;
}

int http_status(Errc code) {
  switch (code) {
    case Errc::invalid: return 400;
    case Errc::denied: return 403;
    case Errc::not_found: return 404;
    case Errc::exists:
    case Errc::conflict: return 409;
    case Errc::over_quota:
    case Errc::limit: return 413;
    case Errc::unsupported: return 501;
    case Errc::unavailable:
    case Errc::timed_out: return 503;
    case Errc::internal:
    case Errc::io:
    case Errc::corrupt: break;
  }
  return 500;
}

Json error_json(const base::Error& error) {
  return {{"error", {{"code", base::to_string(error.code())}, {"text", error.detail()}}}};
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

bool streams(const Request& request) {
  if (request.method == "POST" && request.path.size() == 3 && request.path[0] == "accounts" && request.path[2] == "restore") return true;
  if (request.method != "POST" || request.path.size() != 2) return false;
  if (request.path[0] == "signatures") return request.path[1] == "recheck";
  return request.path[0] == "store" && (request.path[1] == "check" || request.path[1] == "backup");
}

Reply handle(const Context& context, const Request& request, const Progress& progress) {
  try {
    return dispatch(context, request, progress);
  } catch (const store::Failure& failure) {  // damaged rows, a lost disk
    base::log_error("admin_failed", {{"path", request.path.empty() ? "" : request.path.front()}, {"error", failure.error()}});
    return error_reply(failure.error());
  } catch (const std::exception& e) {
    base::log_error("admin_failed", {{"path", request.path.empty() ? "" : request.path.front()}, {"detail", e.what()}});
    return error_reply(fail(Errc::internal, "the handler failed; the server's log says more"));
  }
}

}  // namespace admin
