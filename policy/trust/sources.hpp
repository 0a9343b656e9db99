// What a verdict hangs on beside the signature itself: where missing revocation data may be had, and which data was used. Private to
// the room.
#pragma once
#include "policy/trust/evidence.hpp"
#include "policy/trust/store_impl.hpp"

namespace policy::trust {

// The addresses that `cert` names for OCSP (with the request to send, RFC 6960 4.1) and for CRLs, delta ones too, http only.
// REQUIRES: issuer's key signed cert, and the path ends in an anchor: nobody else may make the server call anywhere.
void add_sources(X509* cert, X509* issuer, std::vector<RevocationSource>& out);

// SHA-256 (lower-case hex) of each certificate of the chain and of what the store knows about their revocation.
std::vector<std::string> used_data(const TrustStore::Impl& trust, STACK_OF(X509) * chain);

}  // namespace policy::trust
