// The commands below `congthu mailbox`: each registers itself with the group that cmd_mailbox.cpp makes.
#pragma once
#include "tools/cli/program.hpp"

namespace cli {

void add_mailbox_undelete(Program& p, CLI::App& group);
void add_mailbox_restore(Program& p, CLI::App& group);
void add_mailbox_import(Program& p, CLI::App& group);
void add_mailbox_import_imap(Program& p, CLI::App& group);  // below the group "import"
void add_mailbox_export(Program& p, CLI::App& group);

}  // namespace cli
