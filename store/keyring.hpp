// The data keys of encrypted domains, unwrapped once when the store is opened. Rows in `directory` hold them wrapped by the
// master key: 'K' id -> domain, wrapped key; 'k' domain -> the key for new mail. Old keys stay, to read what they sealed.
// Thread rule: everything from any thread. Internal to the store, but for KeyInfo and MasterKey.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "store/master_key.hpp"
#include "store/seal.hpp"

namespace store {

struct KeyInfo {
  KeyId id{};
  std::string domain;
  Time created{};
  std::string master;    // MasterKey::id() of what wraps it
  bool current = false;  // seals new mail
  bool loaded = false;   // unwrapped: its mail can be read
};

struct KeyRow {  // 'K'
  std::string domain;
  Time created{};
  std::string master, wrapped;
};
std::string encode_key(const KeyRow& row);
KeyRow decode_key(std::string_view bytes);

class Keyring {
 public:
  // Unwraps every key of the store. Errc::denied: there are keys, and neither master opens one of them; `lenient` then leaves
  // those locked (status, statistics). Nothing is written.
  base::Result<void> load(const Txn& txn, const MasterKey* master, const MasterKey* previous, bool lenient);

  bool active() const { return active_.load(std::memory_order_acquire); }  // false: no domain ever had a key
  // Throws Failure(unavailable) when the key is not loaded.
  DataKeyPtr get(KeyId id) const;
  void add(DataKeyPtr key);  // before the operation that names it is submitted
  bool loaded(KeyId id) const;

 private:
  std::atomic<bool> active_{false};
  mutable std::shared_mutex mutex_;
  std::map<KeyId, DataKeyPtr> keys_;
};

// The key for new mail of a domain or an account; null where there is none. Throws Failure(unavailable) when it is not loaded.
DataKeyPtr current_key(const Txn& txn, std::string_view domain);
DataKeyPtr current_key(const Txn& txn, AccountId account);
std::vector<KeyInfo> list_keys(const Txn& txn);
bool has_keys(const Txn& txn, AccountId account);  // of its domain, also such as are no longer used for new mail

}  // namespace store
