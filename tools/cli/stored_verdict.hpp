// The verdict of a mail in the store, repeated by the server from the data kept with it.
#pragma once
#include "tools/cli/program.hpp"

namespace cli {

int show_stored_verdict(Program& p, const std::string& id);  // the exit code; 1 when it is not valid

}  // namespace cli
