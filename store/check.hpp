// store check: every invariant of store/README.md, over one snapshot, online. It never changes anything.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "store/env.hpp"

namespace store {

struct Finding {
  std::string code;  // stable: "counter", "missing_blob", ...
  std::string detail;
};
struct CheckReport {
  std::vector<Finding> findings;  // at most 1,000; `suppressed` counts the rest
  std::uint64_t suppressed = 0;
  std::uint64_t rows = 0;
  bool ok() const { return findings.empty(); }
};
struct CheckOptions {
  bool digests = true;  // read and hash every blob
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};
[[nodiscard]] base::Result<CheckReport> check(const Env& env, const CheckOptions& options = {});

}  // namespace store
