#include "tools/admin/roles.hpp"

#include <charconv>

#include "base/auth_guard.hpp"
#include "base/crypto.hpp"
#include "base/domain_name.hpp"
#include "base/log.hpp"
#include "tools/admin/accounts.hpp"
#include "tools/admin/audit_head.hpp"
#include "tools/admin/directory.hpp"
#include "tools/registers/keys.hpp"

namespace admin {
namespace {

constexpr std::pair<Role, std::string_view> kRoleNames[] = {{Role::admin, "admin"}, {Role::domain_admin, "domain-admin"}, {Role::agency_admin, "agency-admin"},
                                                            {Role::clerk, "clerk"}, {Role::compliance, "compliance"}, {Role::auditor, "auditor"}};
constexpr std::string_view kRolePrefix = "role:";
constexpr int kDeepest = 64;

std::string_view domain_part(std::string_view address) { return address.substr(address.rfind('@') + 1); }

bool is_within(const store::Snapshot& snapshot, store::AgencyId id, const std::set<store::AgencyId>& some) {
  for (int depth = 0; id != store::AgencyId{} && depth < kDeepest; ++depth) {
    if (some.count(id) != 0) return true;
    const auto row = snapshot.agency(id);
    if (!row) return false;
    id = row->parent;
  }
  return false;
}

std::string text_in(const Json& body, const char* name) { return body.is_object() && body.contains(name) && body[name].is_string() ? body[name].get<std::string>() : std::string(); }

std::optional<store::Account> account_at(const store::Snapshot& snapshot, std::string_view given) {
  const auto address = store::canonical_address(given);
  return address ? snapshot.account(std::string_view(*address)) : std::nullopt;
}

std::string names_of(Roles roles) {
  std::string out;
  for (const auto& [role, name] : kRoleNames)
    if ((roles & Roles(role)) != 0) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

// A new account, or one that changes its agency, must stay below the hand that makes it.
bool covers_new(const store::Snapshot& snapshot, const Scope& scope, const Json& body, std::string_view domain) {
  if (scope.site || scope.covers_domain(snapshot, domain)) return true;
  const auto agency = snapshot.agency(std::string_view(text_in(body, "agency")));
  if (!agency || !is_within(snapshot, agency->id, scope.agencies)) return false;
  const auto row = snapshot.domain(domain);  // a domain of another branch of the tree is not the agency's to give addresses in
  return row && (row->agency == store::AgencyId{} || is_within(snapshot, row->agency, scope.agencies) || is_within(snapshot, agency->id, {row->agency}));
}

struct Asked {
  const store::Snapshot& snapshot;
  const Request& request;
  const Scope& scope;
  std::string_view segment(std::size_t n) const { return n < request.path.size() ? std::string_view(request.path[n]) : std::string_view{}; }

  bool covers(std::string_view address, bool changes) const {
    const auto account = account_at(snapshot, address);
    if (!account) return scope.covers_domain(snapshot, domain_part(address));  // the handler says that there is none
    if (!scope.covers(snapshot, *account)) return false;
    // Whoever sets the password of an account has its roles: those of an account with roles are admins' to change.
    return !changes || scope.site || grants_of(snapshot, account->id).empty();
  }

  bool allowed(About about) const {
    if (scope.site) return true;
    const Json body = about == About::new_account || about == About::new_address || about == About::account ? Json::parse(request.body, nullptr, false) : Json();
    const bool changes = request.method != "GET";
    switch (about) {
      case About::site: return false;
      case About::open: return scope.any();
      case About::rows: return scope.any();
      case About::register_row: {
        const auto place = registers::parse_place(segment(1));
        return place && scope.covers_agency(snapshot, place->agency);
      }
      case About::account: {
        if (!covers(segment(1), changes)) return false;
        if (!changes || !body.is_object() || !body.contains("agency")) return true;
        return covers_new(snapshot, scope, body, domain_part(segment(1)));
      }
      case About::accounts: return covers(segment(1), changes) && covers(segment(3), changes);
      case About::query_account: return covers(request.arg("account"), false);
      case About::new_account: return covers_new(snapshot, scope, body, domain_part(text_in(body, "address")));
      case About::domain: return scope.covers_domain(snapshot, segment(1));
      case About::address: return scope.covers_domain(snapshot, domain_part(segment(1)));
      case About::new_address: return scope.covers_domain(snapshot, domain_part(text_in(body, "address")));
    }
    return false;
  }
};

Result<void> audit_refusal(const Context& context, const Request& request, const std::string& who, std::string_view needs) {
  std::string target = request.method + " ";
  for (const std::string& segment : request.path) target += "/" + segment;
  base::log_warn("admin_denied", {{"who", who}, {"what", target}});
  const auto written = context.store.run(store::AppendAudit{audit_payload(context, who, "denied", target, {{"needs", needs}})});
  if (!written) return written.error();
  return {};
}

}  // namespace

std::string_view name_of(Role role) {
  for (const auto& [value, name] : kRoleNames)
    if (value == role) return name;
  return {};
}

std::optional<Role> role_of(std::string_view name) {
  for (const auto& [value, known] : kRoleNames)
    if (known == name) return value;
  return std::nullopt;
}

std::string grant_key(const RoleGrant& g) {
  std::string name = std::string(kRolePrefix) + std::string(name_of(g.role)) + ":";
  if (g.domain != store::DomainId{}) name += "domain:" + std::to_string(store::raw(g.domain));
  else if (g.agency != store::AgencyId{}) name += "agency:" + std::to_string(store::raw(g.agency));
  else name += "site";
  return store::account_entry_key(g.account, name);
}

// The account's id stands before the name, in as many bytes as in a key without one.
std::optional<RoleGrant> parse_grant(std::string_view key) {
  const std::size_t head = store::account_entry_key({}, "").size();
  if (key.size() < head) return std::nullopt;
  RoleGrant g;
  std::uint64_t account = 0;
  for (const char c : key.substr(head - sizeof account, sizeof account)) account = account << 8 | static_cast<unsigned char>(c);
  g.account = store::AccountId(account);
  std::string_view name = key.substr(head);
  if (!name.starts_with(kRolePrefix)) return std::nullopt;
  name.remove_prefix(kRolePrefix.size());
  const std::size_t colon = name.find(':');
  const auto role = role_of(name.substr(0, colon));
  if (!role || colon == std::string_view::npos) return std::nullopt;
  g.role = *role;
  name.remove_prefix(colon + 1);
  if (name == "site") return g;
  const bool domain = name.starts_with("domain:");
  if (!domain && !name.starts_with("agency:")) return std::nullopt;
  name.remove_prefix(7);
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (error != std::errc{} || end != name.data() + name.size() || id == 0) return std::nullopt;  // 0 would mean the whole site
  if (domain) g.domain = store::DomainId(id);
  else g.agency = store::AgencyId(id);
  return g;
}

std::vector<RoleGrant> grants_of(const store::Snapshot& snapshot, store::AccountId account) {
  std::vector<RoleGrant> out;
  snapshot.for_each_entry(store::Entry::role, store::account_entry_key(account, kRolePrefix), [&](std::string_view key, std::string_view) {
    if (const auto g = parse_grant(key)) out.push_back(*g);
    return true;
  });
  return out;
}

bool Scope::covers_domain(const store::Snapshot& snapshot, std::string_view domain) const {
  if (site) return true;
  const auto name = base::canonical_domain(domain);
  const auto row = name ? snapshot.domain(*name) : std::nullopt;
  return row && domains.count(row->id) != 0;
}

bool Scope::covers_agency(const store::Snapshot& snapshot, std::string_view code) const {
  if (site) return true;
  const auto agency = snapshot.agency(code);
  if (!agency) return false;
  std::set<store::AgencyId> reached = agencies;
  if (!domains.empty()) snapshot.for_each_domain([&](const store::Domain& d) {
    if (d.agency != store::AgencyId{} && domains.count(d.id) != 0) reached.insert(d.agency);
    return true;
  });
  return is_within(snapshot, agency->id, reached);
}

bool Scope::covers(const store::Snapshot& snapshot, const store::Account& account) const {
  return site || is_within(snapshot, account.agency, agencies) || covers_domain(snapshot, domain_part(account.address));
}

Scope scope_of(const store::Snapshot& snapshot, store::AccountId account, Roles roles) {
  Scope out;
  for (const RoleGrant& g : grants_of(snapshot, account)) {
    if (((roles | Role::admin) & Roles(g.role)) == 0) continue;
    if (g.domain != store::DomainId{}) out.domains.insert(g.domain);
    else if (g.agency != store::AgencyId{}) out.agencies.insert(g.agency);
    else out.site = true;
  }
  return out;
}

std::string signed_in_as(const store::Account& account, const Request& request) { return account.address + " (" + request.who + ")"; }

Result<store::Account> sign_in(const Context& context, const Request& request) {
  const Login& login = *request.login;
  const auto refused = [&]() -> Result<store::Account> {
    base::log_warn("admin_sign_in_failed", {{"who", request.who}, {"account", login.account}});
    return fail(Errc::denied, "the account or the password is wrong");
  };
  base::AuthGuard* const guard = context.services.guard;
  if (login.credential.empty() && guard != nullptr && !guard->allowed(request.who, login.account)) return fail(Errc::unavailable, "too many wrong passwords; try again later");
  std::optional<store::Account> account;
  std::optional<sasl::Credential> known;
  {
    const auto snapshot = context.store.snapshot();
    if (!snapshot) return snapshot.error();
    account = account_at(*snapshot, login.account);
    if (account && !account->disabled) known = credential(*snapshot, account->id);
  }
  if (!login.credential.empty()) {  // a session: it ends when the password is another one, or the account is gone or disabled
    const bool same = known && base::constant_time_equal(login.credential, base::sha256_hex(sasl::encode(*known)));
    return same ? base::Result<store::Account>(*std::move(account)) : refused();
  }
  const auto prepared = sasl::prepare_password(login.password);
  bool right = false;
  if (known && prepared) right = base::verify_password(known->argon2, *prepared);
  else (void)sasl::make_credential("as much work as for one that is there", context.services.password_cost);
  if (!right) {
    if (guard != nullptr) (void)guard->failed(request.who, login.account);  // a pool thread does not sleep: the count is the limit
    return refused();
  }
  if (guard != nullptr) guard->succeeded(request.who, login.account);
  return *std::move(account);
}

std::string credential_digest(const store::Snapshot& snapshot, store::AccountId account) {
  const auto known = credential(snapshot, account);
  return known ? base::sha256_hex(sasl::encode(*known)) : std::string();
}

Result<Actor> authorise(const Context& context, const Request& request, const Access& access) {
  Actor actor;
  if (!request.login) return actor;
  auto account = sign_in(context, request);
  if (!account) return account.error();
  actor.account = *std::move(account);
  bool allowed = false;
  {
    const auto snapshot = context.store.snapshot();
    if (!snapshot) return snapshot.error();
    actor.scope = scope_of(*snapshot, actor.account->id, access.roles);
    const Asked asked{*snapshot, request, actor.scope};
    allowed = asked.allowed(access.about);
    if (!allowed && access.own) {
      const auto about = account_at(*snapshot, access.about == About::query_account ? request.arg("account") : asked.segment(1));
      allowed = actor.own = about && about->id == actor.account->id;
    }
  }
  if (allowed) return actor;
  const std::string needs = names_of(access.roles | Role::admin);
  if (auto audited = audit_refusal(context, request, signed_in_as(*actor.account, request), needs); !audited) return audited.error();
  return fail(Errc::denied, actor.account->address + " needs one of these roles for it: " + needs);
}

}  // namespace admin
