// Private to the room trust: what a TrustStore holds.
#pragma once
#include "policy/trust/openssl.hpp"
#include "policy/trust/trust_store.hpp"

namespace policy::trust {

Store new_store();  // revocation.cpp: one that tells which CRLs spoke

struct Anchor {
  Cert cert;
  AnchorInfo info;
};

struct TrustStore::Impl {
  std::vector<std::unique_ptr<Anchor>> anchors;  // pointers stay good while anchors are added
  std::vector<Cert> intermediates;
  Store store = new_store();                     // anchors and CRLs; OpenSSL locks it
};

}  // namespace policy::trust
