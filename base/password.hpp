// Password hashes for accounts: argon2id (RFC 9106) in the usual encoded string, which carries its own parameters.
// Both functions are heavy on purpose (19 MiB, tens of milliseconds): call them on a pool, never on a network thread.
#pragma once
#include <string>
#include <string_view>

namespace base {

struct PasswordCost {  // OWASP's argon2id minimum of 2023; tests use a cheaper one
  unsigned memory_kib = 19 * 1024;
  unsigned passes = 2;
  unsigned lanes = 1;
};

std::string hash_password(std::string_view password, const PasswordCost& cost = {});  // "$argon2id$v=19$m=19456,t=2,p=1$salt$hash"
// False also for an encoded string that is broken or asks for more than 1 GiB or 64 passes.
bool verify_password(std::string_view encoded, std::string_view password);

}  // namespace base
