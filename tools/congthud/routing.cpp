#include "tools/congthud/routing.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/domain_name.hpp"

namespace tools {
namespace {

bool must_be_taken(std::string_view local) { return base::iequals(local, "postmaster") || base::iequals(local, "abuse"); }

std::string first_domain(const store::Snapshot& snapshot) {
  std::string name;
  snapshot.for_each_domain([&](const store::Domain& d) {
    name = d.name;
    return false;
  });
  return name;
}

std::vector<store::AccountId> administrators(const store::Snapshot& snapshot, const std::string& domain) {
  std::vector<store::AccountId> admins, all;
  snapshot.for_each_account([&](const store::Account& a) {
    if (a.disabled) return true;
    if (a.address.ends_with("@" + domain)) all.push_back(a.id);
    if (snapshot.entry(store::Entry::role, store::account_entry_key(a.id, kAdminRole))) admins.push_back(a.id);
    return true;
  });
  if (!admins.empty() || all.empty()) return admins;
  return {*std::min_element(all.begin(), all.end())};
}

// resolve() leaves disabled accounts out: an address that is there and leads to nobody is one of theirs.
Route from(store::Resolved resolved) {
  Route r;
  r.accounts = std::move(resolved.accounts);
  r.external = std::move(resolved.external);
  r.kind = r.accounts.empty() && r.external.empty() ? Route::Kind::disabled : Route::Kind::local;
  return r;
}

}  // namespace

Route route(const store::Snapshot& snapshot, std::string_view address, std::string_view hostname) {
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos) return {};
  const std::string_view local = address.substr(0, at);
  auto domain = base::canonical_domain(address.substr(at + 1));
  if (domain && !snapshot.domain(*domain) && must_be_taken(local) && base::iequals(*domain, hostname)) *domain = first_domain(snapshot);
  if (!domain || !snapshot.domain(*domain)) {
    Route remote;
    remote.kind = Route::Kind::remote;
    remote.external.emplace_back(address);
    return remote;
  }
  const auto resolve = [&](const std::string& name) { return snapshot.resolve(name); };
  const auto canonical = store::canonical_address(std::string(local) + "@" + *domain);
  if (canonical)
    if (auto found = resolve(*canonical)) {
      Route r = from(*std::move(found));
      if (r.kind == Route::Kind::local || !must_be_taken(local)) return r;
    }
  if (!must_be_taken(local)) return {};
  if (auto admin = resolve("admin@" + *domain)) {
    Route r = from(*std::move(admin));
    if (r.kind == Route::Kind::local) return r;
  }
  Route r;
  r.accounts = administrators(snapshot, *domain);
  if (!r.accounts.empty()) r.kind = Route::Kind::local;
  return r;
}

}  // namespace tools
