// What a site trusts and how it judges, as plain values: read from the directory or the command line, sent to the inspection
// workers as JSON, and made into a TrustStore on each side. Value type.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "policy/core/agency_names.hpp"
#include "policy/trust/trust_store.hpp"

namespace policy::trust {

struct Material {
  struct Anchor {
    std::string bytes;  // PEM or DER
    AnchorClass anchor_class = AnchorClass::site;
    AnchorRule rule;
  };
  std::vector<Anchor> anchors;
  std::vector<std::string> intermediates, crls;  // PEM or DER
  std::vector<std::string> ocsp;                 // answers, DER
  Revocation revocation = Revocation::prefer;
  std::vector<AlgorithmFloor> algorithms;
  std::vector<std::string> site_domains, site_agencies;
  std::vector<AgencyNames> agency_names;  // for the legal form of documents
  std::optional<base::Time> at;  // judging time; absent = the moment of each judgement
};

std::string to_json(const Material& material);
[[nodiscard]] base::Result<Material> parse_material(std::string_view json);  // "{}" = nothing is trusted
[[nodiscard]] base::Result<TrustStore> make_store(const Material& material);

}  // namespace policy::trust
