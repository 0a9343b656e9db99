#include "policy/trust/material.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/encoding.hpp"

namespace policy::trust {
namespace {

using Json = nlohmann::json;
constexpr std::string_view kRevocations[] = {"prefer", "require", "off"};

Json encoded(const std::vector<std::string>& list) {
  Json out = Json::array();
  for (const std::string& bytes : list) out.push_back(base::base64_encode(bytes));
  return out;
}

base::Result<std::string> decoded_text(const Json& j) { return base::base64_decode(j.get_ref<const std::string&>()); }

base::Result<std::vector<std::string>> decoded(const Json& list) {
  std::vector<std::string> out;
  for (const Json& j : list) {
    auto bytes = decoded_text(j);
    if (!bytes) return bytes.error();
    out.push_back(std::move(*bytes));
  }
  return out;
}

base::Result<Material::Anchor> anchor_of(const Json& j) {
  Material::Anchor a;
  auto bytes = decoded_text(j.at("bytes"));
  const auto anchor_class = parse_anchor_class(j.at("class").get<std::string>());
  if (!bytes || !anchor_class) return base::fail(base::Errc::invalid, "trust anchor");
  a.bytes = std::move(*bytes);
  a.anchor_class = *anchor_class;
  a.rule = {j.value("any_name", false), j.value("domains", std::vector<std::string>{}), j.value("agencies", std::vector<std::string>{})};
  return a;
}

base::Result<AlgorithmFloor> floor_of(const Json& j) {
  auto from = base::parse_rfc3339(j.at("from").get_ref<const std::string&>());
  if (!from) return from.error();
  return AlgorithmFloor{*from, j.at("rsa_bits").get<int>(), j.at("ec_bits").get<int>(), j.value("digests", std::vector<std::string>{})};
}

base::Result<void> fill(const Json& j, Material& m) {
  for (const Json& one : j.value("anchors", Json::array())) {
    auto anchor = anchor_of(one);
    if (!anchor) return anchor.error();
    m.anchors.push_back(std::move(*anchor));
  }
  for (const auto& [name, list] : {std::pair{"intermediates", &m.intermediates}, std::pair{"crls", &m.crls}, std::pair{"ocsp", &m.ocsp}}) {
    auto bytes = decoded(j.value(name, Json::array()));
    if (!bytes) return bytes.error();
    *list = std::move(*bytes);
  }
  for (const Json& one : j.value("algorithms", Json::array())) {
    auto floor = floor_of(one);
    if (!floor) return floor.error();
    m.algorithms.push_back(std::move(*floor));
  }
  const std::string revocation = j.value("revocation", "prefer");
  const auto known = std::find(std::begin(kRevocations), std::end(kRevocations), revocation);
  if (known == std::end(kRevocations)) return base::fail(base::Errc::invalid, "revocation: " + revocation);
  m.revocation = Revocation(known - std::begin(kRevocations));
  m.site_domains = j.value("site_domains", std::vector<std::string>{});
  m.site_agencies = j.value("site_agencies", std::vector<std::string>{});
  for (const Json& a : j.value("agency_names", Json::array()))
    m.agency_names.push_back({a.value("names", std::vector<std::string>{}), a.value("from", ""), a.value("until", "")});
  if (!j.contains("at")) return {};
  auto at = base::parse_rfc3339(j.at("at").get<std::string>());
  if (!at) return at.error();
  m.at = *at;
  return {};
}

}  // namespace

std::string to_json(const Material& m) {
  Json anchors = Json::array();
  for (const Material::Anchor& a : m.anchors)
    anchors.push_back({{"bytes", base::base64_encode(a.bytes)}, {"class", to_string(a.anchor_class)}, {"any_name", a.rule.any_name},
                       {"domains", a.rule.domains}, {"agencies", a.rule.agencies}});
  Json out = {{"anchors", std::move(anchors)}, {"intermediates", encoded(m.intermediates)}, {"crls", encoded(m.crls)}, {"ocsp", encoded(m.ocsp)},
              {"revocation", kRevocations[std::size_t(m.revocation)]}, {"site_domains", m.site_domains}, {"site_agencies", m.site_agencies}};
  for (const AlgorithmFloor& f : m.algorithms)
    out["algorithms"].push_back({{"from", base::rfc3339(f.from)}, {"rsa_bits", f.rsa_bits}, {"ec_bits", f.ec_bits}, {"digests", f.digests}});
  for (const AgencyNames& a : m.agency_names) out["agency_names"].push_back({{"names", a.names}, {"from", a.from}, {"until", a.until}});
  if (m.at) out["at"] = base::rfc3339(*m.at);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

base::Result<Material> parse_material(std::string_view json) try {
  const Json j = Json::parse(json);
  Material m;
  if (auto filled = fill(j, m); !filled) return filled.error();
  return m;
} catch (const Json::exception& e) {
  return base::fail(base::Errc::invalid, std::string("trust material: ") + e.what());
}

base::Result<TrustStore> make_store(const Material& m) {
  TrustStore store;
  for (const Material::Anchor& a : m.anchors)
    if (auto added = store.add_anchors(a.bytes, a.anchor_class, a.rule); !added) return added.error();
  for (const std::string& bytes : m.intermediates)
    if (auto added = store.add_intermediates(bytes); !added) return added.error();
  for (const std::string& bytes : m.crls)
    if (auto added = store.add_crls(bytes); !added) return added.error();
  for (const std::string& bytes : m.ocsp)
    if (auto added = store.add_ocsp(bytes); !added) return added.error();
  store.set_algorithms(m.algorithms);
  store.protect_names(m.site_agencies);
  return store;
}

}  // namespace policy::trust
