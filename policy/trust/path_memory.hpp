// Paths that were found good, so that the next mail of the same official costs no second walk over certificates and CRLs (a
// national CRL has megabytes, and its signature is checked on each walk). Belongs to one TrustStore and dies with it: changed
// trust is a new store. Only good results are kept, each for the time in which no certificate of the path, no CRL and no row of
// the algorithm floor begins or ends. Any thread.
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "policy/core/reason.hpp"

namespace policy::trust {

struct Anchor;

struct GoodPath {
  Reasons reasons;  // informational ones
  std::vector<std::string> used;
  const Anchor* anchor = nullptr;
  base::Time after{}, before{};  // good strictly between these
};

class PathMemory {
 public:
  static constexpr std::size_t kMost = 4096;

  std::optional<GoodPath> find(const std::string& key, base::Time at) const;
  void keep(std::string key, GoodPath path);
  void forget();

  // Every moment at which something of the store begins or ends to count. Whoever adds evidence to a store adds its moments.
  void add_moment(std::optional<base::Time> t);
  std::optional<base::Time> next_moment(base::Time after) const;
  // Narrows `path` to the moments around `at`; false when `at` is one of them.
  bool narrow(GoodPath& path, base::Time at) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, GoodPath> known_;
  std::vector<base::Time> moments_;  // written only while the store is filled
};

}  // namespace policy::trust
