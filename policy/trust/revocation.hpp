// What revocation data says about one certificate of a path (RFC 5280 6.3, RFC 6960), and how findings of several sources
// combine. path.cpp asks for the whole chain; every source answers with one Status per certificate. Private to the room.
#pragma once
#include <string>
#include <vector>

#include "policy/trust/openssl.hpp"
#include "policy/trust/store_impl.hpp"

namespace policy::trust {

// In rising order of what it decides: a revocation beats any other word, a good answer beats stale or missing ones.
enum class Known : unsigned char { nothing, stale, good, revoked };

struct Status {
  Known known = Known::nothing;
  std::string detail;                // why it is stale
  std::optional<base::Time> since;   // revoked: the revocation date, or the earlier invalidity date; absent = unreadable
  std::optional<int> reason;         // revoked: the CRLReason, absent when none is given
};

Status stronger(Status a, Status b);

// One Status per certificate of `chain` (leaf first), the anchor's excepted, from the CRLs of the store as they stood at `time`:
// complete, delta and indirect ones, their signer authorised by the chain. `chain` must end in an anchor.
// `hints` (may be null) came with the signature: issuers of indirect CRLs are looked for among them.
// `extra` (may be null) are CRLs that came with it; they are asked beside those of the store, never instead of them.
std::vector<Status> crl_status(const TrustStore::Impl& trust, STACK_OF(X509) * chain, STACK_OF(X509) * hints, STACK_OF(X509_CRL) * extra,
                               base::Time time);

bool is_indirect(const X509_CRL* crl);  // RFC 5280 5.2.5
bool names_revocation_source(const X509* cert);  // CDP, freshest CRL or OCSP

}  // namespace policy::trust
