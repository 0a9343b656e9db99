#include "store/directory_read.hpp"

#include "base/domain_name.hpp"
#include "base/unicode.hpp"
#include "store/env.hpp"

namespace store {

// RFC 5321 2.4 lets the owner of a domain decide; ours ignores case. The domain is the part behind the last '@'.
Result<std::string> canonical_address(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == address.size()) return base::fail(base::Errc::invalid, "an address needs local@domain");
  const std::string_view local = address.substr(0, at);
  if (!base::valid_utf8(local)) return base::fail(base::Errc::invalid, "the address is not UTF-8");
  for (const char c : local)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return base::fail(base::Errc::invalid, "control character or space in the address");
  auto domain = base::canonical_domain(address.substr(at + 1));
  if (!domain) return domain.error();
  std::string out = base::fold_case(local) + "@" + *domain;
  if (out.size() > kMaxDirectoryName) return base::fail(base::Errc::invalid, "address longer than 400 bytes");
  return out;
}

std::string account_entry_key(AccountId account, std::string_view name) {
  Key k;
  k.num(account).bytes(name.substr(0, kMaxDirectoryName));
  return std::string(k.view());
}

std::optional<Domain> find_domain(const Txn& txn, std::string_view name) {
  const auto row = txn.get(Table::directory, directory_name(kDomainRow, name));
  if (!row) return std::nullopt;
  return decode_domain(name, *row);
}

std::optional<Agency> find_agency(const Txn& txn, AgencyId id) {
  const auto row = txn.get(Table::directory, directory_key(kAgencyRow, id));
  if (!row) return std::nullopt;
  return decode_agency(id, *row);
}

std::optional<Agency> find_agency(const Txn& txn, std::string_view code) {
  const auto row = txn.get(Table::directory, directory_name(kAgencyCode, code));
  if (!row || row->size() != 4) return std::nullopt;
  return find_agency(txn, AgencyId(load_be<std::uint32_t>(row->data())));
}

std::optional<Account> find_account(const Txn& txn, AccountId id) {
  const auto row = txn.get(Table::directory, directory_key(kAccountRow, id));
  if (!row) return std::nullopt;
  return decode_account(id, *row);
}

std::optional<Address> find_address(const Txn& txn, std::string_view canonical) {
  const auto row = txn.get(Table::directory, directory_name(kAddressRow, canonical));
  if (!row) return std::nullopt;
  return decode_address(canonical, *row);
}

}  // namespace store
