// The commands below `congthu store`: each registers itself with the group that cmd_store.cpp makes.
#pragma once
#include "tools/cli/program.hpp"

namespace cli {

void add_store_check(Program& p, CLI::App& group);
void add_store_backup(Program& p, CLI::App& group);

}  // namespace cli
