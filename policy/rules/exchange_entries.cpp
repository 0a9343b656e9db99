// Policy files -> what the ModeTable knows.
#include <algorithm>

#include "policy/rules/exchange.hpp"

namespace policy::rules {
namespace {

Mode duty_mode(base::RuleMode mode) {
  if (mode == base::RuleMode::off) return Mode::off;
  return mode == base::RuleMode::enforce ? Mode::enforce : Mode::observe;
}

const Rule* rule_named(const std::vector<std::unique_ptr<Rule>>& rules, std::string_view id) {
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const auto& r) { return r->id() == id; });
  return found == rules.end() ? nullptr : found->get();
}

base::Error wrong(const base::ExchangePolicy& policy, const std::string& rule, std::string_view why) {
  return base::fail(base::Errc::invalid, "policy " + policy.id + ": rule " + rule + ": " + std::string(why));
}

}  // namespace

base::Result<void> add_entries(const ExchangePolicies& policies, const std::vector<std::unique_ptr<Rule>>& rules,
                               std::vector<ModeEntry>& entries, std::vector<ExceptionEntry>& exceptions) {
  for (auto p = policies.begin(); p != policies.end(); ++p) {
    const auto twice = std::find_if(policies.begin(), p, [&](const auto& other) { return other.id == p->id; });
    if (twice != p) return base::fail(base::Errc::invalid, "policy " + p->id + ": two files have this id; give each its own");
    for (const base::ExchangeDuty& d : p->duties) {
      if (rule_named(rules, d.rule) == nullptr) return wrong(*p, d.rule, "no such rule; policy/README.md lists them");
      entries.push_back({d.rule, duty_mode(d.mode), d.domain, d.agency, d.from, d.until, p->id, d.source});
    }
    for (const base::ExchangeException& e : p->exceptions) {
      const Rule* rule = rule_named(rules, e.rule);
      if (rule == nullptr) return wrong(*p, e.rule, "no such rule; policy/README.md lists them");
      if (!rule->may_be_excepted()) return wrong(*p, e.rule, "nobody can be excepted from it; remove the exception");
      exceptions.push_back({e.rule, e.agency, e.address, e.from, e.until, p->id, e.approver, e.reason});
    }
  }
  return {};
}

}  // namespace policy::rules
