// Changes of the data keys. Used by Store::enable_encryption and its sisters, which make and wrap the key first.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "store/keyring.hpp"
#include "store/types.hpp"

namespace store {

class WriteContext;

struct NextKeyId {
  using Outcome = KeyId;
  Result<Outcome> apply(WriteContext& w) const;
};
struct PutKey {  // becomes the domain's key for new mail; conflict unless `replaces` is the one that is current now
  using Outcome = bool;
  KeyId id{}, replaces{};
  KeyRow row;
  Result<Outcome> apply(WriteContext& w) const;
};
struct StopEncryption {  // new mail of the domain is stored plain again; its keys stay, to read what they sealed
  using Outcome = bool;
  std::string domain;
  Result<Outcome> apply(WriteContext& w) const;
};
struct RewrapKeys {  // all in one commit: the keys under another master; conflict when a row changed meanwhile
  using Outcome = std::uint64_t;
  struct One {
    KeyId id{};
    std::string was;  // the master that wrapped it until now
    KeyRow row;
  };
  std::vector<One> keys;
  Result<Outcome> apply(WriteContext& w) const;
};

}  // namespace store
