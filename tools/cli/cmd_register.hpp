// congthu register list|show|correct|assign|export; congthu document find|match.
#pragma once
#include "tools/cli/program.hpp"

namespace cli {

void add_register(Program& p);
void add_document(Program& p);

}  // namespace cli
