// Rows of the directory: domains, agencies, accounts, addresses, and the opaque ones (credentials, roles, trust, policy data).
// Read through Snapshot, changed through the operations at the end. Repeating an identical add is fine and answers the same
// id; an add that differs is Errc::conflict (CONTRACT.md 1). Addresses are compared by canonical_address().
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/types.hpp"

namespace store {

class WriteContext;

struct Domain {
  DomainId id{};
  std::string name;  // canonical (base::canonical_domain)
  AgencyId agency{};
  friend bool operator==(const Domain&, const Domain&) = default;
};

struct Agency {
  AgencyId id{};
  std::string code;  // unique key chosen by the site, e.g. "snv"
  AgencyId parent{};
  std::string name;    // "Sở Ví dụ"
  std::string symbol;  // as in document numbers: "SVD"
  std::string valid_from, valid_until;  // ISO days, both included; empty = open (the district level ended on 2025-06-30)
  std::vector<std::string> aliases;     // other and former names, as certificates and documents write them
  friend bool operator==(const Agency&, const Agency&) = default;
};

struct Account {
  AccountId id{};
  std::string address;
  std::string name;
  AgencyId agency{};
  bool functional = false;  // an agency's mailbox, not a person's
  bool disabled = false;
  std::uint64_t quota = 0;  // bytes, 0 = none
  friend bool operator==(const Account&, const Account&) = default;
};

struct Address {
  std::string address;
  AccountId account{};               // of an account's own address
  std::vector<std::string> targets;  // of an alias: addresses, ours or not
  friend bool operator==(const Address&, const Address&) = default;
};

struct Resolved {
  std::vector<AccountId> accounts;    // without repetition
  std::vector<std::string> external;  // alias targets outside
};

// Folded local part, canonical domain expected; Errc::invalid without exactly one usable '@'.
[[nodiscard]] Result<std::string> canonical_address(std::string_view address);

// Opaque directory rows: the byte is the first of their key.
enum class Entry : char { credential = 'C', role = 'R', trust = 'T', policy = 'P' };
std::string account_entry_key(AccountId account, std::string_view name);  // for credential and role: account first

struct AddDomain {
  using Outcome = DomainId;
  Domain row;  // id ignored
  Result<Outcome> apply(WriteContext& w) const;
};
struct AddAgency {
  using Outcome = AgencyId;
  Agency row;  // id ignored
  bool replace = false;  // change the row of this code
  Result<Outcome> apply(WriteContext& w) const;
};
struct AddAccount {  // with INBOX, Drafts, Sent, Junk, Trash, Archive, all subscribed (RFC 6154 special uses)
  using Outcome = AccountId;
  Account row;  // id ignored
  std::vector<std::pair<std::string, std::string>> credentials;  // (mechanism, opaque secret), in the same commit
  Result<Outcome> apply(WriteContext& w) const;
};
struct UpdateAccount {  // everything but id and address
  using Outcome = bool;
  Account row;
  Result<Outcome> apply(WriteContext& w) const;
};
struct AddAlias {
  using Outcome = bool;  // false: was there, identical
  Address row;
  bool replace = false;
  Result<Outcome> apply(WriteContext& w) const;
};
struct RemoveDirectory {  // not_found, or conflict while something still needs the row
  enum class What : std::uint8_t { domain, agency, alias, account };
  using Outcome = bool;
  What what{};
  std::string name;  // domain name, agency code, address
  Result<Outcome> apply(WriteContext& w) const;
};
struct PutEntry {
  using Outcome = bool;  // false: was there, identical
  Entry kind{};
  std::string key;
  std::string value;  // empty removes (not_found when absent)
  bool replace = false;
  Result<Outcome> apply(WriteContext& w) const;
};

}  // namespace store
