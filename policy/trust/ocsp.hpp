// OCSP answers as a source of revocation data (RFC 6960). Nothing is fetched here: an answer counts because of who signed it and when,
// not because of where it came from, so that one kept with a signature is worth as much as one just received. Private to the room.
#pragma once
#include <openssl/ocsp.h>

#include "policy/trust/revocation.hpp"

namespace policy::trust {

// A successful answer with its basic response, DER; an error says what it is instead.
[[nodiscard]] base::Result<Ocsp> read_ocsp(std::string_view der);
[[nodiscard]] base::Result<Ocsp> read_basic_ocsp(std::string_view der);  // without the wrapping

// One Status per certificate of `chain` (leaf first), the anchor's excepted. An answer about a certificate counts when its issuer
// signed it, or somebody to whom the issuer gave that right by a certificate of its own (RFC 6960 4.2.2.2).
// `at`: when the certificate had to be good. `now`: what was made after it is not believed. An answer speaks for `at` from its
// thisUpdate to its nextUpdate, and for all before: a certificate that was good later was not revoked earlier.
std::vector<Status> ocsp_status(const TrustStore::Impl& trust, const std::vector<Ocsp>& answers, STACK_OF(X509) * chain, base::Time at,
                                base::Time now);

// Does it say anything about a certificate of the chain?
bool answers_about(const Ocsp& answer, STACK_OF(X509) * chain);

// Moments at which what the answer says begins and ends to count.
std::vector<base::Time> moments(const Ocsp& answer);

}  // namespace policy::trust
