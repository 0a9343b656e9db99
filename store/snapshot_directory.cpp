#include <algorithm>

#include "store/directory_read.hpp"
#include "store/snapshot.hpp"

namespace store {
namespace {

constexpr int kMaxAliasDepth = 10;
constexpr std::size_t kMaxResolved = 5000;

template <class F>
void scan(const Txn& txn, std::string_view prefix, F f) {
  Cursor c = txn.cursor(Table::directory);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next())
    if (!f(c.key().substr(1), c.value())) return;
}

AccountId id64(std::string_view key) { return key_account(key); }

class Resolver {
 public:
  explicit Resolver(const Txn& txn) : txn_(txn) {}
  Result<void> add(const std::string& address, int depth) {
    if (depth > kMaxAliasDepth) return base::fail(base::Errc::limit, "aliases nested more than 10 deep");
    if (std::find(seen_.begin(), seen_.end(), address) != seen_.end()) return {};  // a loop, or named twice
    if (seen_.size() >= kMaxResolved) return base::fail(base::Errc::limit, "an alias of more than 5000 addresses");
    seen_.push_back(address);
    const auto row = find_address(txn_, address);
    if (!row) return outside(address, depth);
    if (row->account != AccountId{}) {
      const auto account = find_account(txn_, row->account);
      if (account && !account->disabled) out.accounts.push_back(row->account);
      return {};
    }
    for (const std::string& target : row->targets)
      if (auto added = add(target, depth + 1); !added) return added;
    return {};
  }
  Resolved out;

 private:
  Result<void> outside(const std::string& address, int depth) {
    const bool ours = find_domain(txn_, std::string_view(address).substr(address.rfind('@') + 1)).has_value();
    if (depth == 0) return base::fail(base::Errc::not_found, "no such address");
    if (!ours) out.external.push_back(address);  // a dangling target of ours delivers nowhere; the others still get it
    return {};
  }
  const Txn& txn_;
  std::vector<std::string> seen_;
};

}  // namespace

std::optional<Domain> Snapshot::domain(std::string_view name) const { return find_domain(txn_, name); }
std::optional<Agency> Snapshot::agency(AgencyId id) const { return find_agency(txn_, id); }
std::optional<Agency> Snapshot::agency(std::string_view code) const { return find_agency(txn_, code); }
std::optional<Account> Snapshot::account(AccountId id) const { return find_account(txn_, id); }

std::optional<Account> Snapshot::account(std::string_view given) const {
  const auto row = address(given);
  if (!row || row->account == AccountId{}) return std::nullopt;
  return find_account(txn_, row->account);
}

std::optional<Address> Snapshot::address(std::string_view given) const {
  const auto canonical = canonical_address(given);
  if (!canonical) return std::nullopt;
  return find_address(txn_, *canonical);
}

std::optional<std::string_view> Snapshot::entry(Entry kind, std::string_view key) const {
  return txn_.get(Table::directory, directory_name(char(kind), key));
}

Result<Resolved> Snapshot::resolve(std::string_view given) const {
  const auto canonical = canonical_address(given);
  if (!canonical) return canonical.error();
  Resolver resolver(txn_);
  if (auto done = resolver.add(*canonical, 0); !done) return done.error();
  return std::move(resolver.out);
}

void Snapshot::for_each_domain(FunctionRef<bool(const Domain&)> f) const {
  scan(txn_, {&kDomainRow, 1}, [&](auto key, auto value) { return f(decode_domain(key, value)); });
}
void Snapshot::for_each_agency(FunctionRef<bool(const Agency&)> f) const {
  scan(txn_, {&kAgencyRow, 1}, [&](auto key, auto value) { return f(decode_agency(AgencyId(load_be<std::uint32_t>(key.data())), value)); });
}
void Snapshot::for_each_account(FunctionRef<bool(const Account&)> f) const {
  scan(txn_, {&kAccountRow, 1}, [&](auto key, auto value) { return f(decode_account(id64(key), value)); });
}
void Snapshot::for_each_address(FunctionRef<bool(const Address&)> f) const {
  scan(txn_, {&kAddressRow, 1}, [&](auto key, auto value) { return f(decode_address(key, value)); });
}
void Snapshot::for_each_entry(Entry kind, std::string_view prefix, FunctionRef<bool(std::string_view, std::string_view)> f) const {
  scan(txn_, directory_name(char(kind), prefix), f);
}

bool quota_allows(const Snapshot& snapshot, AccountId account, std::uint64_t bytes) {
  const auto row = snapshot.account(account);
  if (!row || row->quota == 0) return row.has_value();
  const std::uint64_t used = snapshot.account_state(account).bytes;
  return used <= row->quota && bytes <= row->quota - used;
}

}  // namespace store
