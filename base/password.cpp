#include "base/password.hpp"

#include <argon2.h>

#include <charconv>
#include <new>
#include <stdexcept>

#include "base/crypto.hpp"

namespace base {
namespace {

constexpr std::size_t kSalt = 16;
constexpr std::size_t kHash = 32;
constexpr unsigned kMostMemoryKib = 1024 * 1024;
constexpr unsigned kMostPasses = 64;
constexpr unsigned kMostLanes = 64;

// Reads "m=19456,t=2,p=1": argon2_verify would take any cost that the string asks for, and a stored string may be damaged.
bool cost_is_sane(std::string_view encoded) {
  constexpr std::string_view kPrefix = "$argon2id$v=19$m=";
  if (!encoded.starts_with(kPrefix)) return false;
  const char* p = encoded.data() + kPrefix.size();
  const char* const end = encoded.data() + encoded.size();
  const auto number = [&](unsigned& value, std::string_view after) {
    const auto [stop, error] = std::from_chars(p, end, value);
    if (error != std::errc() || !std::string_view(stop, static_cast<std::size_t>(end - stop)).starts_with(after)) return false;
    p = stop + after.size();
    return true;
  };
  unsigned memory = 0, passes = 0, lanes = 0;
  return number(memory, ",t=") && number(passes, ",p=") && number(lanes, "$") && memory <= kMostMemoryKib &&
         passes <= kMostPasses && lanes <= kMostLanes;
}

}  // namespace

std::string hash_password(std::string_view password, const PasswordCost& cost) {
  const std::string salt = random_bytes(kSalt);
  std::string out(argon2_encodedlen(cost.passes, cost.memory_kib, cost.lanes, kSalt, kHash, Argon2_id), '\0');
  const int rc = argon2id_hash_encoded(cost.passes, cost.memory_kib, cost.lanes, password.data(), password.size(), salt.data(),
                                       salt.size(), kHash, out.data(), out.size());
  if (rc == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  if (rc != ARGON2_OK) throw std::runtime_error(std::string("argon2: ") + argon2_error_message(rc));
  out.resize(out.find('\0'));
  return out;
}

bool verify_password(std::string_view encoded, std::string_view password) {
  if (encoded.find('\0') != std::string_view::npos || !cost_is_sane(encoded)) return false;
  const int rc = argon2id_verify(std::string(encoded).c_str(), password.data(), password.size());
  if (rc == ARGON2_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();  // "try again later", not "wrong password"
  return rc == ARGON2_OK;
}

}  // namespace base
