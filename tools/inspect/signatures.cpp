#include "tools/inspect/signatures.hpp"

namespace tools::inspect {

const bool kSignatures = false;

Signatures load_signatures(const nlohmann::json& options, std::string_view trust_pem) { return {options, std::string(trust_pem)}; }

// Without a verifier nothing is claimed: not "unsigned", but not checked.
void add_signatures(const Signatures&, std::string_view format, std::string_view, nlohmann::json& response) {
  response["signatures"] = nlohmann::json::array();
  response["signatures_checked"] = false;
  response["verdict"] = "";
  if (format == "pdf") response["warnings"].push_back("signatures_not_checked");
}

}  // namespace tools::inspect
