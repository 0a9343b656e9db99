#include "tools/inspect/signatures.hpp"

#include "policy/document/legal_form.hpp"
#include "policy/trust/warm_up.hpp"
#include "policy/xmlsig/xmlsig.hpp"

namespace tools::inspect {

namespace {

std::optional<base::Time> time_in(const nlohmann::json& request, const char* key) {
  if (!request.is_object() || !request.contains(key) || !request[key].is_string()) return std::nullopt;
  const auto time = base::parse_rfc3339(request[key].get<std::string>());
  return time ? std::optional(*time) : std::nullopt;
}

void put(const policy::VerifyReport& report, nlohmann::json& response) {
  const auto json = nlohmann::json::parse(policy::to_json(report, base::Lang::en));
  response["signatures"] = json.at("signatures");
  response["verdict"] = json.at("verdict");
}

}  // namespace

base::Result<SignatureJudge> SignatureJudge::make(std::string_view json) {
  policy::trust::warm_up();
  auto material = policy::trust::parse_material(json.empty() ? "{}" : json);
  if (!material) return material.error();
  auto trust = policy::trust::make_store(*material);
  if (!trust) return trust.error();
  return SignatureJudge(std::move(*trust), std::move(*material));
}

void SignatureJudge::add(std::string_view format, std::string_view bytes, const std::vector<policy::document::Document>& documents,
                         const nlohmann::json& request, nlohmann::json& response) const {
  const bool pdf = format == "pdf";
  response["signatures"] = nlohmann::json::array();
  response["signatures_checked"] = pdf;
  response["verdict"] = "";
  if (!pdf) return;
  const policy::smime::Options o = options(request);
  policy::VerifyReport report = policy::pdf::verify_document(bytes, trust_, {o.at, o.revocation, o.site_domains, o.site_agencies, o.known});
  if (!documents.empty()) policy::document::judge_legal_form(report.signatures, documents.front(), material_.agency_names);
  put(report, response);
}

policy::smime::Options SignatureJudge::options(const nlohmann::json& request) const {
  policy::smime::Options o;
  o.at = time_in(request, "at").value_or(material_.at.value_or(base::system_clock().now()));
  o.known = time_in(request, "known");
  o.revocation = material_.revocation;
  o.site_domains = material_.site_domains;
  o.site_agencies = material_.site_agencies;
  return o;
}

std::optional<std::string> SignatureJudge::add_file(std::string_view signature, const std::optional<std::string_view>& beside, bool must_be_cms,
                                                    const nlohmann::json& request, nlohmann::json& response) const {
  const auto form = must_be_cms ? policy::smime::SignatureForm::cms : policy::smime::SignatureForm::any;
  auto judged = policy::smime::verify_signature_file(signature, beside, form, trust_, options(request));
  response["signatures_checked"] = true;
  put(judged.report, response);
  return std::move(judged.content);
}

// What cannot be verified is still told (xml_signatures.hpp): a file that carries a signature is never taken for unsigned.
void SignatureJudge::add_xml(std::string_view bytes, bool xml, const ExtractLimits& limits, const nlohmann::json& request, nlohmann::json& response) const {
  policy::xmlsig::PackageLimits package;
  package.total_bytes = limits.total_bytes;
  package.ratio = limits.ratio;
  package.entries = limits.entries;
  policy::xmlsig::Signatures judged = xml ? policy::xmlsig::verify_xml(bytes, trust_, options(request))
                                          : policy::xmlsig::verify_package(bytes, trust_, options(request), package);
  if (judged.found.empty()) {
    XmlSignatures found = find_xml_signatures(bytes, xml, limits);
    judged.looked = judged.looked || found.looked;
    judged.found = std::move(found.found);
  }
  if (!judged.looked) return;
  policy::VerifyReport report;
  report.signatures = std::move(judged.found);
  report.verdict = policy::overall(report.signatures);
  response["signatures_checked"] = true;
  put(report, response);
}

}  // namespace tools::inspect
