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
  Access access = {};  // who may, besides admins: roles.hpp; by default nobody
};

using enum Role;
constexpr Roles kAll = domain_admin | agency_admin | clerk | compliance | auditor;
constexpr Roles kAdmins = domain_admin | agency_admin;
constexpr Roles kReaders = compliance | auditor;
constexpr Access kOpen{kAll, About::open};
constexpr Access kPapers{clerk | compliance | auditor, About::rows}, kPaper{clerk | compliance | auditor, About::register_row};

constexpr Route kRoutes[] = {
    {"GET", "domains", list_domains, kOpen},
    {"POST", "domains", add_domain},
    {"GET", "domains/*", show_domain, kOpen},
    {"DELETE", "domains/*", remove_domain},
    {"GET", "agencies", list_agencies, kOpen},
    {"POST", "agencies", add_agency},
    {"GET", "agencies/*", show_agency, kOpen},
    {"DELETE", "agencies/*", remove_agency},
    {"GET", "accounts", list_accounts, {kAll, About::rows}},
    {"POST", "accounts", add_account, {kAdmins, About::new_account}},
    {"GET", "accounts/*", show_account, {kAll, About::account, true}},
    {"DELETE", "accounts/*", remove_account, {kAdmins, About::account}},
    {"POST", "accounts/*", change_account, {kAdmins, About::account}},
    {"POST", "accounts/*/send-as/*", grant_send_as, {kAdmins, About::accounts}},
    {"DELETE", "accounts/*/send-as/*", revoke_send_as, {kAdmins, About::accounts}},
    {"GET", "accounts/*/deleted", list_deleted, {kAdmins, About::account, true}},
    {"POST", "accounts/*/undelete", undelete, {kAdmins, About::account, true}},
    {"POST", "accounts/*/restore", restore_mailbox},
    {"POST", "accounts/*/imports", begin_import, {kAdmins, About::account}},
    {"POST", "accounts/*/imports/*/mailboxes", import_mailbox, {kAdmins, About::account}},
    {"POST", "accounts/*/imports/*/known", import_known, {kAdmins, About::account}},
    {"POST", "accounts/*/imports/*/messages", import_messages, {kAdmins, About::account}},
    {"POST", "accounts/*/imports/*/end", end_import, {kAdmins, About::account}},
    {"POST", "accounts/*/exports", begin_export, {Roles(compliance), About::account, true}},
    {"POST", "accounts/*/exports/*/end", end_export, {Roles(compliance), About::account, true}},
    {"GET", "accounts/*/accesses", list_accesses, {kReaders, About::account, true}},
    {"GET", "aliases", list_aliases, {domain_admin | auditor, About::rows}},
    {"POST", "aliases", add_alias, {Roles(domain_admin), About::new_address}},
    {"GET", "aliases/*", show_alias, {domain_admin | auditor, About::address}},
    {"DELETE", "aliases/*", remove_alias, {Roles(domain_admin), About::address}},
    {"GET", "roles", list_roles, {Roles(auditor), About::query_account, true}},
    {"POST", "roles", grant_role},
    {"DELETE", "roles", revoke_role},
    {"GET", "trust", list_trust, kOpen},
    {"POST", "trust", add_trust},
    {"DELETE", "trust/*", remove_trust},
    {"POST", "trust/bundle", import_trust_bundle},
    {"GET", "trust/pending", list_pending_trust, {kReaders, About::site}},
    {"POST", "trust/pending/*/approve", approve_trust},
    {"DELETE", "trust/pending/*", reject_trust},
    {"GET", "queue", list_queue, {Roles(auditor), About::site}},
    {"GET", "queue/*", show_queue, {Roles(auditor), About::site}},
    {"POST", "queue/*/*", change_queue},
    {"GET", "holds", list_holds, {kReaders, About::site}},
    {"POST", "holds", place_hold, {Roles(compliance), About::site}},
    {"GET", "holds/*", show_hold, {kReaders, About::site}},
    {"DELETE", "holds/*", lift_hold, {Roles(compliance), About::site}},
    {"GET", "retention", show_retention, {kReaders, About::site}},
    {"GET", "keys", list_keys, {Roles(auditor), About::site}},
    {"POST", "keys/rewrap", rewrap_keys},
    {"POST", "keys/*/enable", enable_key},
    {"POST", "keys/*/rotate", rotate_key},
    {"POST", "keys/*/stop", stop_key},
    {"GET", "search", search, {Roles(compliance), About::query_account, true}},
    {"GET", "store/stats", store_stats, {Roles(auditor), About::site}},
    {"POST", "store/check", store_check},
    {"POST", "store/backup", store_backup},
    {"GET", "store/backups", list_backups, {Roles(auditor), About::site}},
    {"GET", "config/check", config_check, {Roles(auditor), About::site}},
    {"POST", "policy/test", policy_test, kOpen},
    {"POST", "policy/simulate", policy_simulate, {Roles(compliance), About::site}},
    {"GET", "receipts", list_receipts, {kReaders, About::site}},
    {"GET", "receipts/*", show_receipt, {kReaders, About::site}},
    {"GET", "evidence/*", show_evidence, {kReaders, About::site}},
    {"POST", "signatures/recheck", recheck_signatures},
    {"GET", "registers", list_register, kPapers},
    {"POST", "registers/export", export_register, kPapers},
    {"GET", "registers/*", show_register, kPaper},
    {"GET", "registers/*/edxml", edxml_register, kPaper},
    {"POST", "registers/*/correct", correct_register, {Roles(clerk), About::register_row}},
    {"POST", "registers/*/assign", assign_register, {Roles(clerk), About::register_row}},
    {"POST", "registers/*/published", publish_register, {Roles(clerk), About::register_row}},
    {"POST", "registers/*/recall", recall_register, {Roles(clerk), About::register_row}},
    {"GET", "documents", find_documents, kPapers},
    {"POST", "documents/match", match_document, kPapers},
    {"GET", "reports/signatures", report_signatures, {kReaders, About::site}},
    {"GET", "reports/certificates", report_certificates, {kReaders, About::site}},
    {"GET", "reports/exchange", report_exchange, {kReaders, About::site}},
    {"GET", "reports/mailboxes", report_mailboxes, {kReaders, About::site}},
    {"GET", "reports/policy", report_policy, {kReaders, About::site}},
    {"GET", "reports/deadlines", report_deadlines, {kReaders, About::site}},
    {"GET", "reports/monthly", report_monthly, {kReaders, About::rows}},
    {"GET", "reports/provisioning", report_provisioning, {kReaders, About::site}},
    {"GET", "reports/kpi", report_kpi, {kReaders, About::rows}},
    {"GET", "reports", list_reports, kOpen},
    {"POST", "reports/publish", publish_report, {Roles(compliance), About::site}},
    {"GET", "reports/published", list_published, {kReaders, About::site}},
    {"GET", "reports/published/*", show_published, {kReaders, About::site}},
    {"GET", "reports/published/*/verify", verify_published, {kReaders, About::site}},
    {"GET", "reports/published/*/diff", compare_published, {kReaders, About::site}},
    {"GET", "reports/schedules", list_report_schedules, {kReaders, About::site}},
    {"POST", "reports/schedules/*/run", run_report_schedule, {Roles(compliance), About::site}},
    {"GET", "reports/inputs", list_inputs, {clerk | compliance | auditor, About::rows}},
    {"POST", "reports/inputs", import_inputs, {clerk | compliance, About::rows}},
    {"POST", "reports/inputs/confirm", confirm_inputs, {Roles(compliance), About::rows}},
    {"GET", "reports/inputs/template", inputs_template, {clerk | compliance, About::rows}},
    {"GET", "audit", audit_trail, {kReaders, About::site}},
    {"GET", "audit/rows", audit_rows, {kReaders, About::site}},
    {"POST", "audit/verify", audit_verify, {kReaders, About::site}},
    {"POST", "audit/head", audit_head, {kReaders, About::site}},
    {"POST", "audit/export", audit_export, {kReaders, About::site}},
    {"GET", "audit/*", audit_show, {kReaders, About::site}},
    {"GET", "quarantine", list_quarantine, {kAll, About::rows}},
    {"GET", "quarantine/*", show_quarantine, {kAll, About::rows}},
    {"POST", "quarantine/*/release", release_quarantine, {kAdmins | clerk | compliance, About::rows}},
    {"POST", "quarantine/*/refuse", refuse_quarantine, {kAdmins | clerk | compliance, About::rows}},
    {"GET", "policy/exceptions", list_exceptions, {compliance | auditor, About::site}},
    {"POST", "policy/exceptions", add_exception, {Roles(compliance), About::site}},
    {"DELETE", "policy/exceptions/*", remove_exception, {Roles(compliance), About::site}},
    {"GET", "secrecy", list_secrecy, {compliance | auditor, About::site}},
    {"GET", "secrecy/*", show_secrecy, {compliance | auditor, About::site}},
    {"POST", "secrecy/*/release", release_secrecy, {Roles(compliance), About::site}},
    {"POST", "secrecy/*/purge", purge_secrecy, {Roles(compliance), About::site}},
    {"GET", "health", health, kOpen},
};

struct RawRoute {  // that answers no JSON
  std::string_view pattern;
  Result<Reply> (*handler)(const Call&);
  Access access;
};
constexpr RawRoute kRawRoutes[] = {{"accounts/*/exports/*/messages", export_messages, {Roles(compliance), About::account, true}},
                                   {"quarantine/*/content", read_quarantine, {clerk | compliance, About::rows}}};

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

// Signs in who wants to, asks the table, and runs the handler in that one's name.
template <class Run>
Reply allowed(const Context& context, const Request& request, const Access& access, const Progress& progress, const Run& run) {
  const auto actor = authorise(context, request, access);
  if (!actor) return error_reply(actor.error());
  if (!actor->account) return run(Call{context, request, progress, *actor});
  Request named = request;
  named.who = signed_in_as(*actor->account, request);
  return run(Call{context, named, progress, *actor});
}

Reply dispatch(const Context& context, const Request& request, const Progress& progress) {
  if (request.method == "GET" && request.path.size() == 1 && request.path[0] == "metrics")
    return allowed(context, request, kOpen, progress, [](const Call& call) -> Reply { return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(call.context)}; });
  for (const RawRoute& route : kRawRoutes)
    if (request.method == "GET" && fits(route.pattern, request.path))
      return allowed(context, request, route.access, progress, [&](const Call& call) -> Reply {
        auto reply = route.handler(call);
        return reply ? *std::move(reply) : error_reply(reply.error());
      });
  bool known = false;
  for (const Route& route : kRoutes) {
    if (!fits(route.pattern, request.path)) continue;
    known = true;
    if (route.method != request.method) continue;
    return allowed(context, request, route.access, progress, [&](const Call& call) -> Reply {
      const auto result = route.handler(call);
      return result ? json_reply(200, *result) : error_reply(result.error());
    });
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
  if (request.path[0] == "audit") return request.path[1] == "verify";
  if (request.path[0] == "policy") return request.path[1] == "simulate";
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
