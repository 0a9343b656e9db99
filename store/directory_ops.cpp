#include "base/domain_name.hpp"
#include "store/directory_read.hpp"
#include "store/hold.hpp"
#include "store/retention.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

using base::Errc;
using base::fail;

base::Error conflict(const char* what) { return fail(Errc::conflict, std::string(what) + " is there and differs"); }

bool iso_day_or_empty(std::string_view s) { return s.empty() || base::vietnam_day(s).has_value(); }

Result<void> check_agency(const Txn& txn, AgencyId id) {
  if (id == AgencyId{} || find_agency(txn, id)) return {};
  return fail(Errc::not_found, "no such agency");
}

// The parents of `id`, so that the tree stays a tree.
bool is_below(const Txn& txn, AgencyId id, AgencyId above) {
  for (int depth = 0; depth < 64 && id != AgencyId{}; ++depth) {
    if (id == above) return true;
    const auto row = find_agency(txn, id);
    if (!row) return false;
    id = row->parent;
  }
  return id != AgencyId{};
}

template <class F>
bool any_row(const Txn& txn, char kind, F matches) {
  Cursor c = txn.cursor(Table::directory);
  const std::string_view prefix(&kind, 1);
  for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next())
    if (matches(c.key().substr(1), c.value())) return true;
  return false;
}

}  // namespace

Result<DomainId> AddDomain::apply(WriteContext& w) const {
  auto name = base::canonical_domain(row.name);
  if (!name) return name.error();
  if (auto agency = check_agency(w.txn, row.agency); !agency) return agency.error();
  if (const auto old = find_domain(w.txn, *name)) {
    if (old->agency == row.agency) return old->id;
    return conflict("the domain");
  }
  Domain added{DomainId(std::uint32_t(w.next_sequence("domain"))), *name, row.agency};
  w.txn.put(Table::directory, directory_name(kDomainRow, *name), encode_domain(added));
  return added.id;
}

Result<AgencyId> AddAgency::apply(WriteContext& w) const {
  if (row.code.empty() || row.code.size() > kMaxDirectoryName) return fail(Errc::invalid, "agency code");
  if (!iso_day_or_empty(row.valid_from) || !iso_day_or_empty(row.valid_until)) return fail(Errc::invalid, "agency dates");
  if (auto parent = check_agency(w.txn, row.parent); !parent) return parent.error();
  Agency added = row;
  if (const auto old = find_agency(w.txn, row.code)) {
    added.id = old->id;
    if (added == *old) return old->id;
    if (!replace) return conflict("the agency");
    if (is_below(w.txn, row.parent, old->id)) return fail(Errc::invalid, "an agency cannot be below itself");
  } else {
    added.id = AgencyId(std::uint32_t(w.next_sequence("agency")));
    Key id;
    id.num(added.id);
    w.txn.put(Table::directory, directory_name(kAgencyCode, row.code), id);
  }
  w.txn.put(Table::directory, directory_key(kAgencyRow, added.id), encode_agency(added));
  return added.id;
}

Result<AccountId> AddAccount::apply(WriteContext& w) const {
  auto address = canonical_address(row.address);
  if (!address) return address.error();
  const std::string_view domain = std::string_view(*address).substr(address->rfind('@') + 1);
  if (!find_domain(w.txn, domain)) return fail(Errc::not_found, "no such domain: " + std::string(domain));
  if (auto agency = check_agency(w.txn, row.agency); !agency) return agency.error();
  Account added = row;
  added.address = *address;
  if (const auto old = find_address(w.txn, *address)) {
    const auto account = find_account(w.txn, old->account);
    if (!account) return conflict("the address");
    added.id = account->id;
    if (added == *account) return account->id;
    return conflict("the account");
  }
  if (auto refused = w.refuse_growth(16384)) return *refused;
  added.id = AccountId(w.next_sequence("account"));
  w.txn.put(Table::directory, directory_key(kAccountRow, added.id), encode_account(added));
  w.txn.put(Table::directory, directory_name(kAddressRow, *address), encode_address({*address, added.id, {}}));
  for (const auto& [mechanism, secret] : credentials)
    w.txn.put(Table::directory, directory_name(char(Entry::credential), account_entry_key(added.id, mechanism)), secret);
  w.save_state(added.id, {});
  constexpr std::pair<const char*, SpecialUse> kStandard[] = {
      {"INBOX", SpecialUse::inbox}, {"Drafts", SpecialUse::drafts}, {"Sent", SpecialUse::sent},
      {"Junk", SpecialUse::junk},   {"Trash", SpecialUse::trash},   {"Archive", SpecialUse::archive}};
  for (const auto& [name, special] : kStandard)
    if (auto made = make_mailbox(w, added.id, name, special, true); !made) return made.error();
  w.journal({ChangeKind::account_created, added.id, {}, {}, {}, {}, *address});
  return added.id;
}

Result<bool> UpdateAccount::apply(WriteContext& w) const {
  const auto old = find_account(w.txn, row.id);
  if (!old) return fail(Errc::not_found, "no such account");
  if (auto agency = check_agency(w.txn, row.agency); !agency) return agency.error();
  Account changed = row;
  changed.address = old->address;
  if (changed == *old) return false;
  keep_agency_holds(w, row.id, old->agency, changed.agency);
  w.txn.put(Table::directory, directory_key(kAccountRow, row.id), encode_account(changed));
  return true;
}

Result<bool> AddAlias::apply(WriteContext& w) const {
  constexpr std::size_t kMaxTargets = 1000;
  auto address = canonical_address(row.address);
  if (!address) return address.error();
  const std::string_view domain = std::string_view(*address).substr(address->rfind('@') + 1);
  if (!find_domain(w.txn, domain)) return fail(Errc::not_found, "no such domain: " + std::string(domain));
  if (row.targets.empty() || row.targets.size() > kMaxTargets) return fail(Errc::invalid, "an alias needs 1 to 1000 targets");
  Address added{*address, {}, {}};
  for (const std::string& target : row.targets) {
    auto canonical = canonical_address(target);
    if (!canonical) return canonical.error();
    if (*canonical == *address) return fail(Errc::invalid, "an alias cannot name itself");
    added.targets.push_back(*std::move(canonical));
  }
  if (const auto old = find_address(w.txn, *address)) {
    if (*old == added) return false;
    if (!replace || old->account != AccountId{}) return conflict("the address");
  }
  w.txn.put(Table::directory, directory_name(kAddressRow, *address), encode_address(added));
  return true;
}

namespace {

Result<bool> remove_domain(WriteContext& w, const std::string& given) {
  auto name = base::canonical_domain(given);
  if (!name) return name.error();
  const std::string suffix = "@" + *name;
  if (any_row(w.txn, kAddressRow, [&](std::string_view address, std::string_view) { return address.ends_with(suffix); }))
    return fail(Errc::conflict, "the domain still has addresses");
  if (!w.txn.erase(Table::directory, directory_name(kDomainRow, *name))) return fail(Errc::not_found, "no such domain");
  return true;
}

Result<bool> remove_agency(WriteContext& w, const std::string& code) {
  const auto old = find_agency(w.txn, code);
  if (!old) return fail(Errc::not_found, "no such agency");
  const bool needed =
      any_row(w.txn, kAgencyRow, [&](auto, auto v) { return decode_agency({}, v).parent == old->id; }) ||
      any_row(w.txn, kAccountRow, [&](auto, auto v) { return decode_account({}, v).agency == old->id; }) ||
      any_row(w.txn, kDomainRow, [&](auto, auto v) { return decode_domain({}, v).agency == old->id; });
  if (is_agency_held(w.txn, old->id)) return fail(Errc::denied, "a legal hold protects this agency");
  if (needed) return fail(Errc::conflict, "the agency still has agencies, accounts or domains");
  w.txn.erase(Table::directory, directory_name(kAgencyCode, code));
  w.txn.erase(Table::directory, directory_key(kAgencyRow, old->id));
  return true;
}

// The account's mailboxes are deleted as DeleteMailbox does; the collector removes what is left when their mail is gone.
Result<bool> remove_account(WriteContext& w, const Address& address) {
  const AccountId a = address.account;
  if (is_held(w.txn, a)) return fail(Errc::denied, "a legal hold protects this account");
  if (holds_messages_of(w.txn, a)) return fail(Errc::denied, "a legal hold protects messages of this account");
  if (const auto kept = longest_kept(w.txn, a, w.now))
    return fail(Errc::denied, "retention class " + kept->label + " keeps messages of this account until " + base::vietnam_date(kept->until) + ": disable it instead");
  std::vector<std::string> keys;
  std::vector<Mailbox> boxes;
  {
    const Key prefix = account_key(a);
    Cursor c = w.txn.cursor(Table::names);
    for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) {
      keys.emplace_back(c.key());
      if (const auto m = w.live_mailbox(a, decode_name(c.value()).mailbox)) boxes.push_back(*m);
    }
  }
  for (const std::string& key : keys) w.txn.erase(Table::names, key);
  for (Mailbox& m : boxes) {
    m.deleted_at = w.now;
    w.save_mailbox(a, m);
    w.txn.put(Table::graveyard, mailbox_key(a, m.id), {});
    w.hints.push_back({a, m.id, m.highest_modseq});
  }
  w.txn.put(Table::graveyard, mailbox_key(a, MailboxId{}), {});
  auto state = w.find_state(a);
  if (state) {
    state->bytes = state->messages = 0;
    w.save_state(a, *state);
  }
  for (const char kind : {char(Entry::credential), char(Entry::role)}) {
    std::vector<std::string> rows;
    const Key prefix = directory_key(kind, a);
    {
      Cursor c = w.txn.cursor(Table::directory);
      for (bool more = c.seek(prefix); more && c.key().starts_with(prefix); more = c.next()) rows.emplace_back(c.key());
    }
    for (const std::string& key : rows) w.txn.erase(Table::directory, key);
  }
  w.txn.erase(Table::directory, directory_name(kAddressRow, address.address));
  w.txn.erase(Table::directory, directory_key(kAccountRow, a));
  w.journal({ChangeKind::account_removed, a, {}, {}, {}, {}, address.address});
  return true;
}

}  // namespace

Result<bool> RemoveDirectory::apply(WriteContext& w) const {
  if (what == What::domain) return remove_domain(w, name);
  if (what == What::agency) return remove_agency(w, name);
  auto canonical = canonical_address(name);
  if (!canonical) return canonical.error();
  const auto old = find_address(w.txn, *canonical);
  if (!old || (old->account == AccountId{}) != (what == What::alias)) return fail(Errc::not_found, "no such address");
  if (what == What::account) return remove_account(w, *old);
  return w.txn.erase(Table::directory, directory_name(kAddressRow, *canonical));
}

Result<bool> PutEntry::apply(WriteContext& w) const {
  if (key.empty() || key.size() > kMaxDirectoryName) return fail(Errc::invalid, "directory key of 0 or more than 400 bytes");
  const Key at = directory_name(char(kind), key);
  const auto old = w.txn.get(Table::directory, at);
  if (value.empty()) {
    if (!old) return fail(Errc::not_found, "no such entry");
    return w.txn.erase(Table::directory, at);
  }
  if (old && *old == value) return false;
  if (old && !replace) return conflict("the entry");
  w.txn.put(Table::directory, at, value);
  return true;
}

}  // namespace store
