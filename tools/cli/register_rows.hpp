// Rows of the document registers for people, spreadsheets and programs.
#pragma once
#include "tools/cli/program.hpp"
#include "tools/cli/table.hpp"

namespace cli {

void show_register_rows(Console& con, const Json& reply);  // congthu.register/1
void show_register_row(Console& con, const Json& row);     // congthu.document/1
// The book of one direction, as --format says; both directions are rows of the register. The exit code.
int write_book(Program& p, const std::string& direction, const std::string& agency, const std::string& from, const std::string& to, Json rows);

}  // namespace cli
