#include "policy/pipeline/pipeline.hpp"

#include <algorithm>

namespace policy {
namespace {

std::string_view domain_of(std::string_view address) {
  const auto at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view{} : address.substr(at + 1);
}

// How closely an entry fits; 0: not at all.
std::size_t fit(const ModeEntry& e, std::string_view rule, std::string_view domain, const std::vector<std::string>& agencies, base::Time at) {
  if (e.rule != rule || (!e.domain.empty() && e.domain != domain) || at < e.from || (e.until && at >= *e.until)) return 0;
  const std::size_t own = e.domain.empty() ? 1 : 2;
  if (e.agency.empty()) return own;
  const auto found = std::find(agencies.begin(), agencies.end(), e.agency);
  return found == agencies.end() ? 0 : own + 2 * std::size_t(agencies.end() - found);
}

}  // namespace

Mode ModeTable::mode(const Rule& rule, std::string_view domain, const std::vector<std::string>& agencies, base::Time at) const {
  std::size_t best = 0;
  Mode mode = rule.default_mode();
  for (const ModeEntry& e : entries_) {
    const std::size_t fits = fit(e, rule.id(), domain, agencies, at);
    if (fits == 0 || fits < best) continue;
    best = fits;
    mode = e.mode;
  }
  return mode;
}

bool ModeTable::names_agencies() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const ModeEntry& e) { return !e.agency.empty(); });
}

Pipeline::Pipeline(std::vector<std::unique_ptr<Rule>> rules, ModeTable modes, const Site& site)
    : rules_(std::move(rules)), modes_(std::move(modes)), site_(site) {}

Mode Pipeline::mode(std::string_view id, std::string_view who, base::Time at) const {
  const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const auto& r) { return r->id() == id; });
  return mode(**rule, who, at);
}

Mode Pipeline::mode(const Rule& rule, std::string_view who, base::Time at) const {
  constexpr std::size_t kMaxDepth = 16;  // of the agency tree: a circle ends here
  std::vector<std::string> agencies;
  if (modes_.names_agencies() && !who.empty())
    for (std::string next = site_.agency_of(who); !next.empty() && agencies.size() < kMaxDepth; next = site_.agency_above(agencies.back()))
      agencies.push_back(std::move(next));
  return modes_.mode(rule, domain_of(who), agencies, at);
}

Decision Pipeline::run(Stage stage, const Context& context) const {
  // The mode that binds is the one of the official who acts; for mail from outside, of the first recipient.
  std::string_view who = context.login;
  if (who.empty() && !context.recipients.empty()) who = context.recipients.front();
  Decision decision;
  for (const auto& rule : rules_) {
    std::vector<Finding> found;
    rule->judge(stage, context, found);
    if (found.empty()) continue;
    const Mode binding = mode(*rule, who, context.now);
    if (binding == Mode::off) continue;
    for (Finding& f : found) {
      f.rule = rule->id();
      f.mode = binding;
    }
    decision.add(std::move(found));
  }
  return decision;
}

}  // namespace policy
