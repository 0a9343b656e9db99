// Signatures of mail and documents. A document's are judged in the same sandboxed process that opened the file (ATTACKS P7: one place reads the bytes).
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "policy/document/document.hpp"
#include "policy/pdf/pdf.hpp"
#include "policy/smime/signature_file.hpp"
#include "policy/smime/smime.hpp"
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
  // "until": when that may change by itself.
  void add(std::string_view format, std::string_view bytes, const std::vector<policy::document::Document>& documents, const nlohmann::json& request, nlohmann::json& response) const;
  // The same for the file of a signature, with the file beside it. Gives what an opaque one holds.
  std::optional<std::string> add_file(std::string_view blob, const nlohmann::json& request, nlohmann::json& response) const;
  // The whole "report" of the file of a signature.
  void verify_cms(const nlohmann::json& request, std::string_view blob, nlohmann::json& response) const;
  // Mails: "reports" and "opaque" in `response`; the result is the blob. See frame.hpp.
  std::string verify_mails(const nlohmann::json& request, std::string_view blob, nlohmann::json& response) const;

  // The same for packages (OOXML, ODF) and XML files; other files stay as they are.
  void add_xml(std::string_view bytes, bool xml, const ExtractLimits& limits, const nlohmann::json& request, nlohmann::json& response) const;

 private:
  policy::smime::Options options(const nlohmann::json& request) const;
  policy::smime::SignatureFile file_result(std::string_view blob, const nlohmann::json& request) const;
  void put(const policy::VerifyReport& report, base::Time at, nlohmann::json& response) const;
  SignatureJudge(policy::trust::TrustStore trust, policy::trust::Material material)
      : trust_(std::move(trust)), material_(std::move(material)) {}
  policy::trust::TrustStore trust_;
  policy::trust::Material material_;
};

}  // namespace tools::inspect
