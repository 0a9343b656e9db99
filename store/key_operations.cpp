#include "store/key_operations.hpp"

#include "store/directory_read.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

KeyId current_of(const Txn& txn, std::string_view domain) {
  const auto row = txn.get(Table::directory, directory_name(kCurrentKey, domain));
  return row && row->size() == 4 ? KeyId(load_be<std::uint32_t>(row->data())) : KeyId{};
}

}  // namespace

Result<KeyId> NextKeyId::apply(WriteContext& w) const { return KeyId(std::uint32_t(w.next_sequence("key"))); }

Result<bool> PutKey::apply(WriteContext& w) const {
  if (!find_domain(w.txn, row.domain)) return base::fail(base::Errc::not_found, "no such domain: " + row.domain);
  if (current_of(w.txn, row.domain) != replaces) return base::fail(base::Errc::conflict, "the domain's key was changed meanwhile");
  Key value;
  value.num(id);
  w.txn.put(Table::directory, directory_key(kKeyRow, id), encode_key(row));
  w.txn.put(Table::directory, directory_name(kCurrentKey, row.domain), value);
  Change change;  // for who keeps copies of mail, as the index does
  change.kind = ChangeKind::encrypted;
  change.name = row.domain;
  w.journal(std::move(change));
  return true;
}

Result<bool> StopEncryption::apply(WriteContext& w) const {
  if (!w.txn.erase(Table::directory, directory_name(kCurrentKey, domain)))
    return base::fail(base::Errc::not_found, "the domain is not encrypted: " + domain);
  return true;
}

Result<std::uint64_t> RewrapKeys::apply(WriteContext& w) const {
  for (const One& one : keys) {
    const Key key = directory_key(kKeyRow, one.id);
    const auto row = w.txn.get(Table::directory, key);
    if (!row || decode_key(*row).master != one.was) return base::fail(base::Errc::conflict, "the keys were changed meanwhile: do it again");
    w.txn.put(Table::directory, key, encode_key(one.row));
  }
  return std::uint64_t(keys.size());
}

}  // namespace store
