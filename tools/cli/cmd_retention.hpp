// congthu retention show.
#pragma once
#include "tools/cli/program.hpp"

namespace cli {

void add_retention(Program& p);

}  // namespace cli
