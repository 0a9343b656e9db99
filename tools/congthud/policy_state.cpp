#include "tools/congthud/policy_state.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "policy/rules/rules.hpp"
#include "tools/admin/policy_exceptions.hpp"
#include "tools/admin/trust_rows.hpp"

namespace tools {
namespace {

policy::Mode mode_of(base::RuleMode mode) {
  if (mode == base::RuleMode::off) return policy::Mode::off;
  return mode == base::RuleMode::enforce ? policy::Mode::enforce : policy::Mode::observe;
}

base::Result<policy::rules::FreeProviders> free_providers(const base::PolicyConfig& config) {
  using policy::rules::FreeProviders;
  auto list = config.free_providers_file.empty() ? base::Result<FreeProviders>(FreeProviders::builtin())
                                                 : FreeProviders::load(config.free_providers_file.string());
  if (!list) return list.error();
  for (const std::string& domain : config.extra_free_providers)
    if (const auto added = list->add(domain); !added) return added.error();
  for (const std::string& domain : config.sector_domains)
    if (const auto exempt = list->exempt(domain); !exempt) return exempt.error();
  return list;
}

// The site's modes first: what is said later and closer beats them.
base::Result<std::vector<policy::ModeEntry>> mode_entries(const base::Config& config, const std::vector<std::unique_ptr<policy::Rule>>& rules) {
  std::vector<policy::ModeEntry> entries;
  for (const auto& [name, mode] : config.policy.rules) entries.push_back({name, mode_of(mode), {}, {}, {}, {}, {}, {}});
  for (const base::RuleModeEntry& e : config.policy.modes) entries.push_back({e.rule, mode_of(e.mode), e.domain, e.agency, e.from, e.until, {}, {}});
  for (const policy::ModeEntry& e : entries)
    if (std::none_of(rules.begin(), rules.end(), [&](const auto& rule) { return rule->id() == e.rule; }))
      return base::fail(base::Errc::invalid, config.file.string() + ": policy: " + e.rule + ": no such rule");
  return entries;
}

base::Result<policy::rules::ExchangePolicies> exchange_policies(const base::PolicyConfig& config) {
  policy::rules::ExchangePolicies out;
  for (const auto& file : config.files) {
    auto one = base::load_exchange_policy(file);
    if (!one) return one.error();
    out.push_back(*std::move(one));
  }
  return out;
}

// Those that an officer gave; a damaged row spares nobody.
void add_directory_exceptions(const store::Snapshot& snapshot, std::vector<policy::ExceptionEntry>& out) {
  admin::for_each_exception(snapshot, [&](const admin::Json& row) {
    const auto text = [&](const char* name) { return row.contains(name) && row[name].is_string() ? row[name].get<std::string>() : std::string(); };
    const auto from = base::parse_rfc3339(text("from")), until = base::parse_rfc3339(text("until"));
    if (from && until) out.push_back({text("rule"), text("agency"), text("address"), *from, *until, "", text("approver"), text("reason")});
  });
}

// The files' words come first: what the configuration says as closely beats them.
base::Result<policy::ModeTable> mode_table(const base::Config& config, const policy::rules::ExchangePolicies& exchange,
                                           const std::vector<std::unique_ptr<policy::Rule>>& rules, const store::Snapshot& snapshot) {
  std::vector<policy::ModeEntry> entries;
  std::vector<policy::ExceptionEntry> exceptions;
  if (const auto added = policy::rules::add_entries(exchange, rules, entries, exceptions); !added) return added.error();
  add_directory_exceptions(snapshot, exceptions);
  auto own = mode_entries(config, rules);
  if (!own) return own.error();
  entries.insert(entries.end(), own->begin(), own->end());
  for (const policy::ModeEntry& e : entries)  // not an error: an agency that ends must not keep the server from starting
    if (!e.agency.empty() && !snapshot.agency(e.agency)) base::log_warn("policy_mode_without_agency", {{"rule", e.rule}, {"agency", e.agency}});
  return policy::ModeTable(std::move(entries), std::move(exceptions));
}

void keep_objects(const policy::trust::Material& material, PolicyState& state) {
  for (const auto* list : {&material.intermediates, &material.crls, &material.ocsp})
    for (const std::string& der : *list) state.objects.emplace(base::sha256_hex(der), der);
  for (const policy::trust::Material::Anchor& a : material.anchors) {
    const std::string digest = base::sha256_hex(a.bytes);
    state.objects.emplace(digest, a.bytes);
    state.anchors.emplace(digest, PolicyState::Anchor{a.anchor_class, a.rule});
  }
}

}  // namespace

base::Result<LoadedPolicy> load_policy(const store::Snapshot& snapshot, const base::Config& config, const policy::Site& site,
                                       const policy::rules::ExchangePolicies* given) {
  const policy::trust::Material material = admin::trust_material(snapshot, config);
  if (const auto usable = policy::trust::make_store(material); !usable) return usable.error();  // the workers make theirs of the same
  auto list = free_providers(config.policy);
  if (!list) return list.error();

  auto state = std::make_shared<PolicyState>();
  state->free_providers = *std::move(list);
  state->revocation = material.revocation;
  state->algorithms = material.algorithms;
  state->site_agencies = material.site_agencies;
  state->agency_names = material.agency_names;
  state->receipt_notices = config.registers.receipt_notices;
  state->fetch = config.signature.fetch && material.revocation != policy::trust::Revocation::off;
  keep_objects(material, *state);
  auto exchange = given != nullptr ? base::Result<policy::rules::ExchangePolicies>(*given) : exchange_policies(config.policy);
  if (!exchange) return exchange.error();
  state->exchange = *std::move(exchange);
  auto rules = policy::rules::builtin_rules(state->free_providers, site);
  policy::rules::add_exchange_rules(site, state->exchange, rules);
  auto modes = mode_table(config, state->exchange, rules, snapshot);
  if (!modes) return modes.error();
  state->pipeline = std::make_unique<policy::Pipeline>(std::move(rules), *std::move(modes), site);
  return LoadedPolicy{std::move(state), policy::trust::to_json(material)};
}

}  // namespace tools
