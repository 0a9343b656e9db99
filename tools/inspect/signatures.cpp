#include "tools/inspect/signatures.hpp"

#include <algorithm>

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
  put(report, o.at, response);
}

// Verdicts hold until the next moment at which a list, a certificate or a rule of the site, or the signer's own certificate, begins or ends.
void SignatureJudge::put(const policy::VerifyReport& report, base::Time at, nlohmann::json& response) const {
  const auto json = nlohmann::json::parse(policy::to_json(report, base::Lang::en));
  response["signatures"] = json.at("signatures");
  response["verdict"] = json.at("verdict");
  base::Time until = trust_.next_moment(at).value_or(base::Time::max());
  for (const policy::SignatureReport& s : report.signatures)
    for (const auto& moment : {s.signer ? s.signer->not_before : std::nullopt, s.signer ? s.signer->not_after : std::nullopt})
      if (moment && *moment > at) until = std::min(until, *moment);
  if (until != base::Time::max()) response["until"] = base::rfc3339(until);
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

policy::smime::SignatureFile SignatureJudge::file_result(std::string_view blob, const nlohmann::json& request) const {
  const nlohmann::json& asked = request.at("signature");
  const std::size_t size = std::min(asked.value("size", blob.size()), blob.size());
  std::optional<std::string_view> beside;
  if (asked.value("beside", false)) beside = blob.substr(size);
  const auto form = asked.value("cms", true) ? policy::smime::SignatureForm::cms : policy::smime::SignatureForm::any;
  return policy::smime::verify_signature_file(blob.substr(0, size), beside, form, trust_, options(request));
}

std::optional<std::string> SignatureJudge::add_file(std::string_view blob, const nlohmann::json& request, nlohmann::json& response) const {
  auto judged = file_result(blob, request);
  response["signatures_checked"] = true;
  put(judged.report, options(request).at, response);
  return std::move(judged.content);
}

void SignatureJudge::verify_cms(const nlohmann::json& request, std::string_view blob, nlohmann::json& response) const {
  response["report"] = policy::to_json(file_result(blob, request).report, base::Lang::en);
}

std::string SignatureJudge::verify_mails(const nlohmann::json& request, std::string_view blob, nlohmann::json& response) const {
  const policy::smime::Options o = options(request);
  std::string opaque;
  response["reports"] = response["opaque"] = nlohmann::json::array();
  for (const nlohmann::json& size : request.value("sizes", nlohmann::json::array())) {
    const std::string_view bytes = blob.substr(0, size.get<std::size_t>());
    blob.remove_prefix(bytes.size());
    const policy::smime::SmimeResult result = policy::smime::verify_message(bytes, mime::scan(bytes), trust_, o);
    response["reports"].push_back(policy::to_json(result.report, base::Lang::en));
    response["opaque"].push_back(result.opaque ? nlohmann::json(result.opaque->size()) : nlohmann::json());
    if (result.opaque) opaque += *result.opaque;
  }
  return opaque;
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
  put(report, options(request).at, response);
}

}  // namespace tools::inspect
