// What commands that judge signatures without a server are told to trust: --trust, --crl, --ocsp, --revocation, --at.
#pragma once
#include <string>
#include <vector>

#include "policy/trust/material.hpp"
#include "tools/cli/program.hpp"

namespace cli {

struct TrustArguments {
  std::vector<std::string> trust, crl, ocsp;
  std::string revocation = "prefer", at;
};

void add_trust_options(Program& p, CLI::App& c, TrustArguments& a);
// kDone, or the exit code of what is reported.
int read_material(Console& con, const TrustArguments& a, policy::trust::Material& material);

}  // namespace cli
