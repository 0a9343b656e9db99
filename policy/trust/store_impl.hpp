// Private to the room trust: what a TrustStore holds.
#pragma once
#include "policy/trust/openssl.hpp"
#include "policy/trust/path_memory.hpp"
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
  std::vector<AlgorithmFloor> floors;
  std::vector<std::string> agencies;             // as fold_case() gives them, sorted
  std::vector<std::string> look_alikes;          // their look_alike_key(), sorted
  std::vector<Crl> indirect;                     // CRLs that speak for other CAs too; OpenSSL looks only under the CA's own name
  struct KeptCrl {
    Crl crl;
    std::string digest;  // SHA-256 of the DER, lower-case hex
  };
  std::vector<KeptCrl> crls;                     // those in `store`
  std::vector<Ocsp> ocsp;                        // answers, whoever fetched them
  std::vector<std::string> ocsp_digests;         // of the DER as it came, in the same order
  mutable PathMemory memory;                     // locks itself
  Store store = new_store();                     // anchors and CRLs; OpenSSL locks it
};

}  // namespace policy::trust
