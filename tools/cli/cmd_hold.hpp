// congthu hold place|lift|list|show.
#pragma once
#include "tools/cli/program.hpp"

namespace cli {

void add_hold(Program& p);

}  // namespace cli
