#include "tools/congthud/site.hpp"

#include "base/domain_name.hpp"
#include "tools/admin/accounts.hpp"

namespace tools {

bool StoreSite::is_local_domain(std::string_view domain) const {
  const auto name = base::canonical_domain(domain);
  const auto snapshot = store_.snapshot();
  return name && snapshot && snapshot->domain(*name).has_value();
}

bool StoreSite::may_send_as(std::string_view login, std::string_view address) const {
  const auto who = store::canonical_address(login);
  const auto as = store::canonical_address(address);
  const auto snapshot = store_.snapshot();
  if (!who || !as || !snapshot) return false;
  const auto account = snapshot->account(*who);
  if (!account) return false;
  // An alias counts when it leads to this account alone: a list that only includes it speaks for others too.
  const auto resolved = snapshot->resolve(*as);
  if (!resolved || resolved->accounts.size() != 1 || !resolved->external.empty()) return false;
  const store::AccountId target = resolved->accounts.front();
  if (target == account->id) return true;
  return snapshot->entry(store::Entry::role, store::account_entry_key(target, admin::send_as_role(*who))).has_value();
}

std::string StoreSite::agency_of(std::string_view address) const {
  const auto name = store::canonical_address(address);
  const auto snapshot = store_.snapshot();
  if (!name || !snapshot) return {};
  const auto resolved = snapshot->resolve(*name);
  if (!resolved || resolved->accounts.empty()) return {};
  const auto account = snapshot->account(resolved->accounts.front());
  if (!account) return {};
  const auto agency = snapshot->agency(account->agency);
  return agency ? agency->code : std::string{};
}

std::string StoreSite::agency_above(std::string_view code) const {
  const auto snapshot = store_.snapshot();
  if (!snapshot) return {};
  const auto agency = snapshot->agency(code);
  const auto above = agency ? snapshot->agency(agency->parent) : std::nullopt;
  return above ? above->code : std::string{};
}

std::vector<std::string> StoreSite::agency_names(std::string_view code) const {
  const auto snapshot = store_.snapshot();
  const auto agency = snapshot ? snapshot->agency(code) : std::nullopt;
  if (!agency) return {};
  std::vector<std::string> names{agency->name};
  names.insert(names.end(), agency->aliases.begin(), agency->aliases.end());
  return names;
}

std::optional<bool> StoreSite::is_agency_mailbox(std::string_view address) const {
  const auto name = store::canonical_address(address);
  const auto snapshot = store_.snapshot();
  if (!name || !snapshot) return std::nullopt;
  const auto resolved = snapshot->resolve(*name);
  if (!resolved || resolved->accounts.size() != 1) return std::nullopt;  // a list is neither
  const auto account = snapshot->account(resolved->accounts.front());
  return account ? std::optional<bool>(account->functional) : std::nullopt;
}

std::vector<std::string> StoreSite::domains() const {
  std::vector<std::string> names;
  if (const auto snapshot = store_.snapshot()) snapshot->for_each_domain([&](const store::Domain& d) {
    names.push_back(d.name);
    return true;
  });
  return names;
}

}  // namespace tools
