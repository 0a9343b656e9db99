// A report as the command's format asks for it, on the terminal or in --output FILE.
#pragma once
#include "tools/cli/program.hpp"
#include "tools/cli/table.hpp"

namespace cli {

// False, and the reason was told: a file that is no text would go to the terminal. Asked before the work.
bool can_show_report(Program& p);
// `reply`: congthu.report.NAME/1. Returns the exit code.
int show_report(Program& p, const Json& reply);

// What the command has put out goes to --output FILE, where one is given. Returns the exit code.
int write_shown(Program& p);

// --from with --to, or --period; take_period() leaves both days set, or reports what is wrong and gives the exit code.
void period_options(Program& p, CLI::App* command, std::string& period, std::string& from, std::string& to);
int take_period(Program& p, const std::string& period, std::string& from, std::string& to);

}  // namespace cli
