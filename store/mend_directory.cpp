#include "store/mend.hpp"

namespace store {

bool Mender::sequence() {
  Key k, v;
  k.bytes("seq.").bytes(f_.detail);
  const auto row = w_.txn.get(Table::meta, k);
  const std::uint64_t given = row && row->size() == 8 ? load_be<std::uint64_t>(row->data()) : 0, used = last_number(w_.txn, f_.detail);
  if (row && row->size() == 8 && given >= used) return false;
  v.num(std::max(given, used));
  w_.txn.put(Table::meta, k, v);
  return true;
}

bool Mender::account_address() {
  const AccountId a = AccountId(load_be<std::uint64_t>(key_.data() + 1));
  const auto row = find_account(w_.txn, a);
  if (!row || find_address(w_.txn, row->address)) return false;  // somebody else's: an admin has to decide
  w_.txn.put(Table::directory, directory_name(kAddressRow, row->address), encode_address({row->address, a, {}}));
  return true;
}

bool Mender::account_state() {
  const AccountId a = f_.table == Table::directory ? AccountId(load_be<std::uint64_t>(key_.data() + 1)) : key_account(key_);
  if (!is_known(w_, a) || readable_state(w_, a)) return false;
  rebuild_state(w_, a);
  return true;
}

bool Mender::account_inbox() {
  const AccountId a = AccountId(load_be<std::uint64_t>(key_.data() + 1));
  return has_account(a) && !readable_mailbox(w_, a, kInbox) && rebuild_mailbox(w_, a, kInbox);
}

// The address still names the account: name, agency and quota are lost, its mail is not.
bool Mender::address_account() {
  const auto row = find_address(w_.txn, key_.substr(1));
  if (!row || row->account == AccountId{} || has_account(row->account)) return false;
  const Key below = account_key(row->account);
  Cursor c = w_.txn.cursor(Table::mailboxes);
  const bool owns = c.seek(below) && c.key().starts_with(below) && !w_.txn.has(Table::graveyard, mailbox_key(row->account, {}));
  if (!owns) return erase();
  w_.txn.put(Table::directory, directory_key(kAccountRow, row->account), encode_account({row->account, row->address, row->address, {}, false, false, 0}));
  return true;
}

bool Mender::address_domain() {
  const std::string name(key_.substr(key_.rfind('@') + 1));
  if (find_domain(w_.txn, name)) return false;
  const Domain added{DomainId(std::uint32_t(w_.next_sequence("domain"))), name, {}};
  w_.txn.put(Table::directory, directory_name(kDomainRow, name), encode_domain(added));
  return true;
}

bool Mender::agency_code() {
  const AgencyId id = AgencyId(load_be<std::uint32_t>(key_.data() + 1));
  const auto row = find_agency(w_.txn, id);
  if (!row || find_agency(w_.txn, row->code)) return false;
  Key v;
  v.num(id);
  w_.txn.put(Table::directory, directory_name(kAgencyCode, row->code), v);
  return true;
}

bool Mender::code_agency() {
  const auto agency = find_agency(w_.txn, key_.substr(1));
  return !(agency && agency->code == key_.substr(1)) && erase();
}

}  // namespace store
