// How strong keys and certificate signatures must be (ATTACKS S14, S18). Private to the rooms trust, smime and pdf.
#pragma once
#include "policy/core/reason.hpp"
#include "policy/trust/algorithms.hpp"
#include "policy/trust/openssl.hpp"

namespace policy::trust {

inline constexpr int kMaxRsaBits = 8192;

// RSA, P-256/384/521, Ed25519 of the floor's sizes. Adds weak_key, unsupported_algorithm or limit_exceeded.
void check_key(const X509* cert, Reasons& reasons, const AlgorithmFloor& floor = {});

// The signatures of all certificates below the anchor and the keys of all above the leaf: OpenSSL's security level knows no
// dates, the floor does. Adds weak_chain.
void check_chain_strength(STACK_OF(X509) * chain, const AlgorithmFloor& floor, Reasons& reasons);

}  // namespace policy::trust
