#include "tools/inspect/signatures.hpp"

#include "policy/trust/warm_up.hpp"

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

void SignatureJudge::add(std::string_view format, std::string_view bytes, const nlohmann::json& request, nlohmann::json& response) const {
  const bool pdf = format == "pdf";
  response["signatures"] = nlohmann::json::array();
  response["signatures_checked"] = pdf;
  response["verdict"] = "";
  if (!pdf) return;
  policy::pdf::Options options;
  options.at = time_in(request, "at").value_or(material_.at.value_or(base::system_clock().now()));
  options.known = time_in(request, "known");
  options.revocation = material_.revocation;
  options.site_domains = material_.site_domains;
  options.site_agencies = material_.site_agencies;
  const policy::VerifyReport report = policy::pdf::verify_document(bytes, trust_, options);
  const auto json = nlohmann::json::parse(policy::to_json(report, base::Lang::en));
  response["signatures"] = json.at("signatures");
  response["verdict"] = json.at("verdict");
}

}  // namespace tools::inspect
