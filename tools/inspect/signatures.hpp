// The seam to policy::pdf: document signatures are judged in the same sandboxed process that opened the file.
#pragma once
#include <nlohmann/json.hpp>
#include <string_view>

namespace tools::inspect {

struct Signatures {
  nlohmann::json options;
  std::string trust_pem;
};

extern const bool kSignatures;  // this build can verify

Signatures load_signatures(const nlohmann::json& options, std::string_view trust_pem);
// Adds "signatures" (congthu.verify/1), "verdict" and "signatures_checked" to a response.
void add_signatures(const Signatures& trust, std::string_view format, std::string_view bytes, nlohmann::json& response);

}  // namespace tools::inspect
