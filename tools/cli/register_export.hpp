// Registers as files: page by page, so that a year of a province needs no more memory than a day of a commune.
#pragma once
#include "tools/cli/program.hpp"

namespace cli {

struct RegisterExport {
  std::string query;  // "?agency=svd&..." of the filters, without direction and order
  std::string agency, direction, from, to;
};
// As --format and --output say. The exit code.
int export_register(Program& p, const RegisterExport& what);
// The edXML headers of outgoing documents, a file each in `folder`; those that are there already stay. The exit code.
int export_edxml(Program& p, const RegisterExport& what, const std::string& folder);

}  // namespace cli
