// The algorithm floor: what a signature or certificate must use to be more than `weak`, by judging time. Value types, any thread.
// SHA-1 and MD5 are weak at any time and no row can change that (CONTRACT part 2); a row can only ask for more.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace policy::trust {

struct AlgorithmFloor {
  base::Time from{};                 // counts for judging times from here on, until a later row begins
  int rsa_bits = 2048;               // at least; more than 8192 is never judged (ATTACKS S18)
  int ec_bits = 256;                 // P-256, P-384, P-521; Ed25519 counts as 256
  std::vector<std::string> digests;  // of strong_digests(); empty = every one of them
  friend bool operator==(const AlgorithmFloor&, const AlgorithmFloor&) = default;
};

const std::vector<std::string_view>& strong_digests();  // "sha256" ... "sha3-512"

// The row that counts at `at`: the latest that began; the built-in one where none did.
const AlgorithmFloor& floor_at(const std::vector<AlgorithmFloor>& rows, base::Time at);

bool allows_digest(const AlgorithmFloor& floor, int nid);  // an OpenSSL digest NID

}  // namespace policy::trust
