// The site's configuration as commands find it.
#pragma once
#include <string>

#include "base/config.hpp"
#include "tools/cli/console.hpp"

namespace cli {

// -c, else CONGTHU_CONFIG, else ./congthu.toml when it is there, else /etc/congthu/congthu.toml.
std::string config_path(const std::string& given);
// Loads it, or reports what is wrong and gives the exit code through `code`.
[[nodiscard]] base::Result<base::Config> load_site(Console& con, const std::string& given, int& code);

}  // namespace cli
