#include "policy/pipeline/pipeline.hpp"

#include <algorithm>

#include "base/ascii.hpp"

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

const ModeEntry* closest(const std::vector<ModeEntry>& entries, std::string_view rule, std::string_view domain,
                         const std::vector<std::string>& agencies, base::Time at, bool of_policies) {
  std::size_t best = 0;
  const ModeEntry* found = nullptr;
  for (const ModeEntry& e : entries) {
    const std::size_t fits = of_policies && e.policy.empty() ? 0 : fit(e, rule, domain, agencies, at);
    if (fits == 0 || fits < best) continue;
    best = fits;
    found = &e;
  }
  return found;
}

void explain(const Pipeline::Basis& basis, Finding& f) {
  f.mode = basis.mode;
  if (basis.duty != nullptr) {
    f.evidence.push_back({"policy", basis.duty->policy});
    f.evidence.push_back({"source", basis.duty->source});
  }
  if (basis.exception == nullptr || f.action == Action::accept) return;
  if (f.action > Action::annotate) f.enhanced = "";
  f.action = Action::annotate;
  f.evidence.push_back({"exception", basis.exception->approver + ", " + base::rfc3339(basis.exception->until) + ": " + basis.exception->reason});
}

}  // namespace

Mode ModeTable::mode(const Rule& rule, std::string_view domain, const std::vector<std::string>& agencies, base::Time at) const {
  const ModeEntry* best = closest(entries_, rule.id(), domain, agencies, at, false);
  return best == nullptr ? rule.default_mode() : best->mode;
}

const ModeEntry* ModeTable::duty(const Rule& rule, std::string_view domain, const std::vector<std::string>& agencies, base::Time at) const {
  return closest(entries_, rule.id(), domain, agencies, at, true);
}

const ExceptionEntry* ModeTable::exception(const Rule& rule, std::string_view address, const std::vector<std::string>& agencies, base::Time at) const {
  if (!rule.may_be_excepted()) return nullptr;
  for (const ExceptionEntry& e : exceptions_) {
    if (e.rule != rule.id() || at < e.from || at >= e.until) continue;
    if (!e.address.empty() ? base::iequals(e.address, address) : std::find(agencies.begin(), agencies.end(), e.agency) != agencies.end()) return &e;
  }
  return nullptr;
}

bool ModeTable::names_agencies() const {
  const auto named = [](const auto& e) { return !e.agency.empty(); };
  return std::any_of(entries_.begin(), entries_.end(), named) || std::any_of(exceptions_.begin(), exceptions_.end(), named);
}

Pipeline::Pipeline(std::vector<std::unique_ptr<Rule>> rules, ModeTable modes, const Site& site)
    : rules_(std::move(rules)), modes_(std::move(modes)), site_(site) {}

Mode Pipeline::mode(std::string_view id, std::string_view who, base::Time at) const {
  const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const auto& r) { return r->id() == id; });
  const Basis why = basis(**rule, who, at);
  return why.exception != nullptr && why.mode == Mode::enforce ? Mode::observe : why.mode;
}

Mode Pipeline::mode(const Rule& rule, std::string_view who, base::Time at) const { return basis(rule, who, at).mode; }

Pipeline::Basis Pipeline::basis(const Rule& rule, std::string_view who, base::Time at) const {
  constexpr std::size_t kMaxDepth = 16;  // of the agency tree: a circle ends here
  std::vector<std::string> agencies;
  if (modes_.names_agencies() && !who.empty())
    for (std::string next = site_.agency_of(who); !next.empty() && agencies.size() < kMaxDepth; next = site_.agency_above(agencies.back()))
      agencies.push_back(std::move(next));
  const std::string_view domain = domain_of(who);
  return {modes_.mode(rule, domain, agencies, at), modes_.duty(rule, domain, agencies, at), modes_.exception(rule, who, agencies, at)};
}

bool Pipeline::give_mode(Finding& finding, std::string_view who, base::Time at) const {
  const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const auto& r) { return r->id() == finding.rule; });
  const Basis why = basis(**rule, who, at);
  if (why.mode == Mode::off || ((*rule)->is_duty() && why.duty == nullptr)) return false;
  explain(why, finding);
  if (why.exception != nullptr) finding.mode = Mode::observe;  // it is told, and nothing follows
  return true;
}

Decision Pipeline::run(Stage stage, const Context& context) const {
  // The mode that binds is the one of the official who acts; for mail from outside, of the first recipient.
  std::string_view who = context.login;
  if (who.empty() && !context.recipients.empty()) who = context.recipients.front();
  Decision decision;
  for (const auto& rule : rules_) {
    std::vector<Finding> found;
    if (rule->is_duty()) {
      const Basis why = basis(*rule, who, context.now);
      if (why.duty == nullptr || why.mode == Mode::off) continue;
      Context asked = context;
      asked.policy = why.duty->policy;
      rule->judge(stage, asked, found);
    } else {
      rule->judge(stage, context, found);
    }
    if (found.empty()) continue;
    const Basis why = basis(*rule, who, context.now);
    if (why.mode == Mode::off) continue;
    for (Finding& f : found) {
      f.rule = rule->id();
      explain(why, f);
    }
    decision.add(std::move(found));
  }
  return decision;
}

}  // namespace policy
