// Keys and look-ups of the directory table, shared by Snapshot and the operations. Internal to the store.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "store/directory.hpp"
#include "store/keys.hpp"
#include "store/rows.hpp"

namespace store {

// Kinds of rows: the first byte of their keys. Opaque rows use the letters of Entry.
inline constexpr char kDomainRow = 'D', kAgencyRow = 'G', kAgencyCode = 'g', kAccountRow = 'A', kAddressRow = 'a', kKeyRow = 'K', kCurrentKey = 'k';
inline constexpr std::size_t kMaxDirectoryName = 400;  // bytes of an address, domain, code or opaque key

template <class T>
Key directory_key(char kind, T number) { Key k; k.bytes({&kind, 1}).num(number); return k; }
inline Key directory_name(char kind, std::string_view name) {
  Key k;
  k.bytes({&kind, 1}).bytes(name.substr(0, kMaxDirectoryName));
  return k;
}

std::optional<Domain> find_domain(const Txn& txn, std::string_view name);
std::optional<Agency> find_agency(const Txn& txn, AgencyId id);
std::optional<Agency> find_agency(const Txn& txn, std::string_view code);
std::optional<Account> find_account(const Txn& txn, AccountId id);
std::optional<Address> find_address(const Txn& txn, std::string_view canonical);

}  // namespace store
