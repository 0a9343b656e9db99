// The few cryptographic primitives that several folders need, over OpenSSL (whose types stay in the .cpp).
// Thread rule: free functions may be called from any thread; a Sha256 belongs to one. A failing OpenSSL (out of memory) throws.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace base {

using Digest = std::array<unsigned char, 32>;

inline std::string_view view(const Digest& d) { return {reinterpret_cast<const char*>(d.data()), d.size()}; }

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  Digest finish();  // the object starts over empty

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

Digest sha256(std::string_view data);
std::string sha256_hex(std::string_view data);  // lower case
Digest hmac_sha256(std::string_view key, std::string_view data);
// RFC 8018 5.2 with HMAC-SHA-256, one block. REQUIRES iterations >= 1. Heavy (about 1 us an iteration): call it on a pool.
Digest pbkdf2_sha256(std::string_view password, std::string_view salt, unsigned iterations);

std::string random_bytes(std::size_t count);          // from the operating system's generator
bool constant_time_equal(std::string_view a, std::string_view b);  // time depends on the lengths only
void wipe(std::string& secret);                       // overwrites, then clears; not optimised away

}  // namespace base
