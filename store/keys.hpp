// Keys: big-endian tuples, so that LMDB's byte order is the order of the numbers; at most 511 bytes, built on the stack.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "store/types.hpp"

namespace store {

inline constexpr std::size_t kMaxKey = 511;

template <class T>
  requires std::is_unsigned_v<T>
T big_endian(T v) {
  if constexpr (sizeof(T) == 1) return v;
  else if constexpr (sizeof(T) == 2) return __builtin_bswap16(v);
  else if constexpr (sizeof(T) == 4) return __builtin_bswap32(v);
  else return __builtin_bswap64(v);
}
template <class T>
void store_be(char* at, T v) { v = big_endian(v); std::memcpy(at, &v, sizeof v); }
template <class T>
T load_be(const char* at) { T v; std::memcpy(&v, at, sizeof v); return big_endian(v); }

class Key {
 public:
  template <class T>
    requires std::is_unsigned_v<T>
  Key& num(T v) { store_be(bytes_.data() + grow(sizeof v), v); return *this; }
  template <class Id>
    requires std::is_enum_v<Id>
  Key& num(Id id) { return num(std::underlying_type_t<Id>(id)); }
  Key& time(Time t) { return num(std::uint64_t(t.time_since_epoch().count())); }
  // REQUIRES: fits; callers check lengths that come from outside.
  Key& bytes(std::string_view s) { s.copy(bytes_.data() + grow(s.size()), s.size()); return *this; }
  Key& blob(const BlobId& id) { return bytes(base::view(id)); }
  operator std::string_view() const { return {bytes_.data(), size_}; }
  std::string_view view() const { return *this; }

 private:
  std::size_t grow(std::size_t n) {
    const std::size_t at = size_;
    if (at + n > kMaxKey) throw std::length_error("store key too long");
    size_ += n;
    return at;
  }
  std::array<char, kMaxKey> bytes_;
  std::size_t size_ = 0;
};

inline Key account_key(AccountId a) { Key k; k.num(a); return k; }
inline Key mailbox_key(AccountId a, MailboxId m) { Key k; k.num(a).num(m); return k; }
inline Key message_key(AccountId a, MailboxId m, Uid u) { Key k; k.num(a).num(m).num(u); return k; }
inline Key modseq_key(AccountId a, MailboxId m, ModSeq s, Uid u) { Key k; k.num(a).num(m).num(s).num(u); return k; }
inline Key queue_key(QueueId id) { Key k; k.num(std::uint64_t(0)).num(id); return k; }  // shaped as a message's: account 0

// (account, mailbox, uid) of a message key, or of any key that ends with one.
struct MessageRef {
  AccountId account{};
  MailboxId mailbox{};
  Uid uid{};
  Key key() const { return message_key(account, mailbox, uid); }
  friend auto operator<=>(const MessageRef&, const MessageRef&) = default;
};
inline AccountId key_account(std::string_view key) { return AccountId(load_be<std::uint64_t>(key.data())); }  // of a key that begins so
inline MailboxId key_mailbox(std::string_view key) { return MailboxId(load_be<std::uint32_t>(key.data() + 8)); }
inline MessageRef tail_ref(std::string_view key) {  // REQUIRES key.size() >= 16
  const char* p = key.data() + key.size() - 16;
  return {AccountId(load_be<std::uint64_t>(p)), MailboxId(load_be<std::uint32_t>(p + 8)), Uid(load_be<std::uint32_t>(p + 12))};
}
inline Uid tail_uid(std::string_view key) { return Uid(load_be<std::uint32_t>(key.data() + key.size() - 4)); }
inline MessageRef middle_ref(std::string_view key) { return {key_account(key), key_mailbox(key), tail_uid(key)}; }  // of A M Q U

}  // namespace store
