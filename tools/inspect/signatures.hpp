// Document signatures, judged in the same sandboxed process that opened the file (ATTACKS P7: one place reads the bytes).
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "policy/document/document.hpp"
#include "policy/pdf/pdf.hpp"
#include "policy/smime/signature_file.hpp"
#include "policy/trust/material.hpp"
#include "tools/inspect/xml_signatures.hpp"

namespace tools::inspect {

class SignatureJudge {
 public:
  // `material`: policy::trust::to_json(Material). Makes OpenSSL load what it needs, so call it before the sandbox closes.
  [[nodiscard]] static base::Result<SignatureJudge> make(std::string_view material);
  // Adds "signatures" (congthu.verify/1), "verdict" and "signatures_checked" to a response. Only PDF can be judged; of other
  // formats nothing is claimed. `documents`: what the file says of itself, for the legal form of its signatures.
  // `request`: may say for which time ("at", "known"; see policy/inspect/frame.hpp).
  void add(std::string_view format, std::string_view bytes, const std::vector<policy::document::Document>& documents, const nlohmann::json& request, nlohmann::json& response) const;

  // The same for the file of a signature. Gives what an opaque one holds.
  std::optional<std::string> add_file(std::string_view signature, const std::optional<std::string_view>& beside, bool must_be_cms,
                                      const nlohmann::json& request, nlohmann::json& response) const;

  // The same for packages (OOXML, ODF) and XML files; other files stay as they are.
  void add_xml(std::string_view bytes, bool xml, const ExtractLimits& limits, const nlohmann::json& request, nlohmann::json& response) const;

 private:
  policy::smime::Options options(const nlohmann::json& request) const;
  SignatureJudge(policy::trust::TrustStore trust, policy::trust::Material material)
      : trust_(std::move(trust)), material_(std::move(material)) {}
  policy::trust::TrustStore trust_;
  policy::trust::Material material_;
};

}  // namespace tools::inspect
