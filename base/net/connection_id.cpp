#include "base/net/connection_id.hpp"

#include <atomic>
#include <cstdint>
#include <random>

namespace net {
namespace {
constexpr std::uint64_t kIds = 1ULL << 40;  // eight characters of five bits

std::uint64_t first_id() {
  std::random_device device;
  return (std::uint64_t(device()) << 32 | device()) % kIds;
}
}  // namespace

std::string next_connection_id() {
  static constexpr char kAlphabet[] = "abcdefghjkmnpqrstuvwxyz023456789";  // nothing to confuse when read aloud
  static std::atomic<std::uint64_t> next{first_id()};
  std::uint64_t n = next.fetch_add(1, std::memory_order_relaxed) % kIds;
  std::string id(8, 'a');
  for (std::size_t i = id.size(); i > 0; n >>= 5) id[--i] = kAlphabet[n & 31];
  return id;
}

}  // namespace net
