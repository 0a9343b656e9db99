// Where mail for an address goes: accounts here, addresses elsewhere, or nowhere. Aliases (also nested), functional mailboxes,
// postmaster@ and abuse@, which every domain has to take (RFC 5321 4.5.1, RFC 2142): their own row if there is one, else
// admin@ of the domain, else the accounts with the role "admin", else the domain's oldest account.
// One look-up in the caller's snapshot; no policy here.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"

namespace tools {

inline constexpr std::string_view kAdminRole = "role:admin:site";  // role row: account_entry_key(account, kAdminRole); admin/roles.hpp

struct Route {
  enum class Kind : unsigned char { local, remote, unknown, disabled };  // local: the address is ours, wherever it leads
  Kind kind = Kind::unknown;
  std::vector<store::AccountId> accounts;
  std::vector<std::string> external;  // of an alias; of a remote address: itself
};

// `hostname`: of this server; postmaster@hostname is the first domain's.
Route route(const store::Snapshot& snapshot, std::string_view address, std::string_view hostname);

}  // namespace tools
