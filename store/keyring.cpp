#include "store/keyring.hpp"

#include <mutex>

#include "base/codec.hpp"
#include "store/directory_read.hpp"

namespace store {
namespace {

constexpr std::uint8_t kKeyRowVersion = 1;

std::string prefix(char kind) { return std::string(1, kind); }

template <class F>
void for_each_key(const Txn& txn, F f) {
  Cursor c = txn.cursor(Table::directory);
  const std::string from = prefix(kKeyRow);
  for (bool more = c.seek(from); more && c.key().starts_with(from); more = c.next()) {
    if (c.key().size() != 5) throw Failure(base::fail(base::Errc::corrupt, "stored row of a data key"));
    f(KeyId(load_be<std::uint32_t>(c.key().data() + 1)), decode_key(c.value()));
  }
}

KeyId current_id(const Txn& txn, std::string_view domain) {
  const auto row = txn.get(Table::directory, directory_name(kCurrentKey, domain));
  return row && row->size() == 4 ? KeyId(load_be<std::uint32_t>(row->data())) : KeyId{};
}

std::string keys_named(const std::map<std::string, std::string>& locked) {
  std::string out;
  for (const auto& [domain, why] : locked) out += (out.empty() ? "" : "; ") + domain + " (" + why + ")";
  return out;
}

}  // namespace

std::string encode_key(const KeyRow& row) {
  base::Writer w;
  w.fixed(kKeyRowVersion).bytes(row.domain).fixed(std::uint64_t(row.created.time_since_epoch().count())).bytes(row.master).raw(row.wrapped);
  return w.take();
}

KeyRow decode_key(std::string_view bytes) {
  base::Reader r(bytes);
  KeyRow row;
  const auto version = r.fixed<std::uint8_t>();
  row.domain = r.bytes();
  row.created = Time(std::chrono::milliseconds(std::int64_t(r.fixed<std::uint64_t>())));
  row.master = r.bytes();
  row.wrapped = r.rest();
  if (!r.ok() || version != kKeyRowVersion || row.wrapped.empty()) throw Failure(base::fail(base::Errc::corrupt, "stored row of a data key"));
  return row;
}

base::Result<void> Keyring::load(const Txn& txn, const MasterKey* master, const MasterKey* previous, bool lenient) {
  std::map<std::string, std::string> locked;  // domain -> why
  for_each_key(txn, [&](KeyId id, const KeyRow& row) {
    active_.store(true, std::memory_order_release);
    const MasterKey* by = master != nullptr && master->id() == row.master ? master : previous != nullptr && previous->id() == row.master ? previous : nullptr;
    if (by == nullptr) {
      locked.emplace(row.domain, "needs the master key " + row.master + (master != nullptr ? ", the configured one is " + master->id() : ""));
      return;
    }
    auto secret = by->unwrap(row.wrapped, row.domain);
    if (!secret || secret->size() != kSecretSize) {
      locked.emplace(row.domain, secret ? "the key has a wrong size" : secret.error().detail());
      return;
    }
    add(std::make_shared<DataKey>(id, *std::move(secret)));
  });
  if (locked.empty() || lenient) return {};
  return base::fail(base::Errc::denied, "the store holds encrypted mail and its keys cannot be opened: " + keys_named(locked) +
                                            "; set encryption.master_key to the key that wrapped them (nothing was changed)");
}

void Keyring::add(DataKeyPtr key) {
  const std::unique_lock lock(mutex_);
  keys_[key->id()] = std::move(key);
  active_.store(true, std::memory_order_release);
}

bool Keyring::loaded(KeyId id) const {
  const std::shared_lock lock(mutex_);
  return keys_.contains(id);
}

DataKeyPtr Keyring::get(KeyId id) const {
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = keys_.find(id); found != keys_.end()) return found->second;
  }
  throw Failure(base::fail(base::Errc::unavailable, "the data key " + std::to_string(std::uint32_t(id)) +
                                                        " is not loaded: its master key is missing or another one (see congthu key status)"));
}

DataKeyPtr current_key(const Txn& txn, std::string_view domain) {
  const Keyring& keys = txn.keyring();
  if (!keys.active() || domain.empty()) return nullptr;
  const KeyId id = current_id(txn, domain);
  return id == KeyId{} ? nullptr : keys.get(id);
}

DataKeyPtr current_key(const Txn& txn, AccountId account) {
  if (!txn.keyring().active()) return nullptr;
  const auto row = find_account(txn, account);
  return row ? current_key(txn, std::string_view(row->address).substr(row->address.rfind('@') + 1)) : nullptr;
}

bool has_keys(const Txn& txn, AccountId account) {
  if (!txn.keyring().active()) return false;
  const auto row = find_account(txn, account);
  if (!row) return false;
  const std::string_view domain = std::string_view(row->address).substr(row->address.rfind('@') + 1);
  bool found = false;
  for_each_key(txn, [&](KeyId, const KeyRow& key) { found = found || key.domain == domain; });
  return found;
}

std::vector<KeyInfo> list_keys(const Txn& txn) {
  std::vector<KeyInfo> out;
  for_each_key(txn, [&](KeyId id, const KeyRow& row) {
    out.push_back({id, row.domain, row.created, row.master, current_id(txn, row.domain) == id, txn.keyring().loaded(id)});
  });
  return out;
}

}  // namespace store
