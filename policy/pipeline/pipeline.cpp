#include "policy/pipeline/pipeline.hpp"

namespace policy {
namespace {

std::string_view domain_of(std::string_view address) {
  const auto at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

int rank(const ModeEntry& e) { return (e.agency.empty() ? 0 : 2) + (e.domain.empty() ? 0 : 1); }

bool applies(const ModeEntry& e, std::string_view rule, std::string_view domain, std::string_view agency, base::Time at) {
  return e.rule == rule && (e.domain.empty() || e.domain == domain) && (e.agency.empty() || e.agency == agency) &&
         e.from <= at && (!e.until || at < *e.until);
}

}  // namespace

Mode ModeTable::mode(const Rule& rule, std::string_view domain, std::string_view agency, base::Time at) const {
  const ModeEntry* best = nullptr;
  for (const ModeEntry& e : entries_)
    if (applies(e, rule.id(), domain, agency, at) && (best == nullptr || rank(e) >= rank(*best))) best = &e;
  return best == nullptr ? rule.default_mode() : best->mode;
}

Pipeline::Pipeline(std::vector<std::unique_ptr<Rule>> rules, ModeTable modes, const Site& site)
    : rules_(std::move(rules)), modes_(std::move(modes)), site_(site) {}

// The mode that binds is the one of the official who acts; for mail from outside, of the first recipient.
Mode Pipeline::mode_for(const Rule& rule, const Context& context) const {
  std::string_view who = context.login;
  if (who.empty() && !context.recipients.empty()) who = context.recipients.front();
  return modes_.mode(rule, domain_of(who), who.empty() ? std::string{} : site_.agency_of(who), context.now);
}

Decision Pipeline::run(Stage stage, const Context& context) const {
  Decision decision;
  for (const auto& rule : rules_) {
    std::vector<Finding> found;
    rule->judge(stage, context, found);
    if (found.empty()) continue;
    const Mode mode = mode_for(*rule, context);
    if (mode == Mode::off) continue;
    for (Finding& f : found) {
      f.rule = rule->id();
      f.mode = mode;
    }
    decision.add(std::move(found));
  }
  return decision;
}

}  // namespace policy
