#pragma once
#include <string>
#include <vector>

namespace policy {

// One agency under all its names, and when it bore them: mergers and renamings. Days as YYYY-MM-DD, both included; empty = open.
struct AgencyNames {
  std::vector<std::string> names;
  std::string from, until;
};

}  // namespace policy
