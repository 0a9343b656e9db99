#include "policy/trust/algorithms.hpp"

#include <openssl/obj_mac.h>

#include <algorithm>
#include <array>

namespace policy::trust {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 7> kStrong{{{NID_sha256, "sha256"},
                                                                   {NID_sha384, "sha384"},
                                                                   {NID_sha512, "sha512"},
                                                                   {NID_sha512_256, "sha512-256"},
                                                                   {NID_sha3_256, "sha3-256"},
                                                                   {NID_sha3_384, "sha3-384"},
                                                                   {NID_sha3_512, "sha3-512"}}};

}  // namespace

const std::vector<std::string_view>& strong_digests() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> out;
    for (const auto& [nid, name] : kStrong) out.push_back(name);
    return out;
  }();
  return names;
}

const AlgorithmFloor& floor_at(const std::vector<AlgorithmFloor>& rows, base::Time at) {
  static const AlgorithmFloor kBuiltIn;
  const AlgorithmFloor* best = &kBuiltIn;
  for (const AlgorithmFloor& row : rows)
    if (row.from <= at && (best == &kBuiltIn || row.from >= best->from)) best = &row;
  return *best;
}

bool allows_digest(const AlgorithmFloor& floor, int nid) {
  const auto it = std::find_if(kStrong.begin(), kStrong.end(), [nid](const auto& k) { return k.first == nid; });
  if (it == kStrong.end()) return false;
  return floor.digests.empty() || std::find(floor.digests.begin(), floor.digests.end(), it->second) != floor.digests.end();
}

}  // namespace policy::trust
