#include "tools/congthud/policy_state.hpp"

#include "policy/rules/rules.hpp"
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

}  // namespace

base::Result<LoadedPolicy> load_policy(const store::Snapshot& snapshot, const base::Config& config, const policy::Site& site) {
  const policy::trust::Material material = admin::trust_material(snapshot, config);
  auto trust = policy::trust::make_store(material);
  if (!trust) return trust.error();
  auto list = free_providers(config.policy);
  if (!list) return list.error();

  auto state = std::make_shared<PolicyState>();
  state->trust = *std::move(trust);
  state->free_providers = *std::move(list);
  state->revocation = material.revocation;
  auto rules = policy::rules::builtin_rules(state->free_providers, site);
  std::vector<policy::ModeEntry> entries;
  for (const auto& rule : rules) state->modes[std::string(rule->id())] = rule->default_mode();
  for (const auto& [name, mode] : config.policy.rules) {
    const auto known = state->modes.find(name);
    if (known == state->modes.end()) return base::fail(base::Errc::invalid, config.file.string() + ": policy.rules." + name + ": no such rule");
    known->second = mode_of(mode);
    policy::ModeEntry entry;
    entry.rule = name;
    entry.mode = known->second;
    entries.push_back(std::move(entry));
  }
  state->pipeline = std::make_unique<policy::Pipeline>(std::move(rules), policy::ModeTable(std::move(entries)), site);
  return LoadedPolicy{std::move(state), policy::trust::to_json(material)};
}

}  // namespace tools
