// Who may do what. A role is granted to an account for the whole site, a domain, or an agency with all below it; a row of the
// directory each (README.md). Root and the server's own user need none. The table of what each request asks for is in handle.cpp;
// the command line and the page go through the same handlers. Thread rule: values.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"
#include "tools/admin/context.hpp"

namespace admin {

enum class Role : unsigned char { admin = 1, domain_admin = 2, agency_admin = 4, clerk = 8, compliance = 16, auditor = 32 };
using Roles = unsigned char;  // bits of Role
constexpr Roles operator|(Role a, Role b) { return Roles(Roles(a) | Roles(b)); }
constexpr Roles operator|(Roles a, Role b) { return Roles(a | Roles(b)); }

std::string_view name_of(Role role);  // "domain-admin"
std::optional<Role> role_of(std::string_view name);

struct RoleGrant {
  store::AccountId account{};
  Role role{};
  store::DomainId domain{};  // neither of both: the whole site
  store::AgencyId agency{};
};
std::string grant_key(const RoleGrant& grant);  // of the row, Entry::role
std::optional<RoleGrant> parse_grant(std::string_view key);
std::vector<RoleGrant> grants_of(const store::Snapshot& snapshot, store::AccountId account);

// Where somebody's roles reach.
struct Scope {
  bool site = false;
  std::set<store::DomainId> domains;
  std::set<store::AgencyId> agencies;  // with all below
  bool any() const { return site || !domains.empty() || !agencies.empty(); }
  bool covers(const store::Snapshot& snapshot, const store::Account& account) const;
  bool covers_domain(const store::Snapshot& snapshot, std::string_view domain) const;
  bool covers_agency(const store::Snapshot& snapshot, std::string_view code) const;  // a domain reaches its own agency and all below
};
Scope scope_of(const store::Snapshot& snapshot, store::AccountId account, Roles roles);

// What a request is about: what the scope of the asker's role has to cover.
enum class About : unsigned char {
  site,           // everything: the role must be granted for the whole site
  open,           // nothing that anybody with a role may not see
  account,        // path[1]
  accounts,       // path[1] and path[3]
  query_account,  // ?account=
  new_account,    // body: address and agency
  domain,         // path[1]
  address,        // path[1], an alias
  new_address,    // body: address
  register_row,   // path[1], AGENCY/in|out/YEAR/NUMBER
  rows,           // the handler lists or touches only what Actor::scope covers
};

struct Access {
  Roles roles = 0;  // besides Role::admin, which may do everything
  About about = About::site;
  bool own = false;  // everybody may do it to the own mailbox
};

// Who asks. Without an account: root or the server's user, who may do everything.
struct Actor {
  std::optional<store::Account> account;
  Scope scope;           // of the roles that allow this request
  bool own = false;      // he may because it is his own mailbox
  bool all() const { return !account || scope.site; }
  bool covers(const store::Snapshot& snapshot, const store::Account& a) const { return !account || scope.covers(snapshot, a); }
  bool covers_agency(const store::Snapshot& snapshot, std::string_view code) const { return !account || scope.covers_agency(snapshot, code); }
};

// denied (already audited), with a text that says which role is missing.
[[nodiscard]] Result<Actor> authorise(const Context& context, const Request& request, const Access& access);
std::string signed_in_as(const store::Account& account, const Request& request);  // for the audit: "an@songla.gov.vn (uid 1000 (an))"
std::string credential_digest(const store::Snapshot& snapshot, store::AccountId account);  // for Login::credential; empty: no password
// The account that request.login names, when the password is right and somebody may sign in so.
[[nodiscard]] Result<store::Account> sign_in(const Context& context, const Request& request);

}  // namespace admin
