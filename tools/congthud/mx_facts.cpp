#include "tools/congthud/mx_facts.hpp"

#include "base/ascii.hpp"
#include "base/domain_name.hpp"
#include "policy/rules/free_providers.hpp"

namespace tools {

std::optional<MxFact> MxFacts::look(std::string_view given) {
  const auto domain = base::canonical_domain(given);
  if (!domain) return std::nullopt;
  const base::Time now = clock_.now();
  std::unique_lock lock(state_->mutex);
  const auto found = state_->known.find(*domain);
  if (found != state_->known.end() && !found->second.pending && now < found->second.until) return found->second.fact;
  const bool pending = found != state_->known.end() && found->second.pending;
  if (!pending) {
    if (state_->asked >= limits_.asked) return std::nullopt;
    if (state_->known.size() >= limits_.kept) std::erase_if(state_->known, [](const auto& k) { return !k.second.pending; });
    state_->known[*domain].pending = true;
    ++state_->asked;
    lock.unlock();
    ask_(*domain, [state = state_, name = *domain, clock = &clock_, limits = limits_](base::Result<std::vector<std::string>> hosts) { take(*state, name, clock->now(), limits, hosts); });
    lock.lock();
  }
  const auto is_known = [&] {
    const auto at = state_->known.find(*domain);
    return at != state_->known.end() && !at->second.pending;
  };
  if (state_->asked > limits_.waiting) return is_known() ? state_->known.find(*domain)->second.fact : std::nullopt;
  if (!state_->answered.wait_for(lock, limits_.wait, is_known)) return std::nullopt;
  return state_->known.find(*domain)->second.fact;
}

void MxFacts::take(State& state, const std::string& domain, base::Time now, const Limits& limits, const base::Result<std::vector<std::string>>& hosts) {
  Known known;
  known.until = now + limits.unknown;
  if (hosts) {
    known.until = now + limits.fresh;
    known.fact = MxFact{hosts->empty() ? std::string() : hosts->front(), {}};
    for (const std::string& host : *hosts)
      if (const std::string_view provider = policy::rules::free_mx_provider(host); !provider.empty()) {
        known.fact = MxFact{host, std::string(provider)};
        break;
      }
  }
  {
    const std::lock_guard lock(state.mutex);
    state.known[domain] = std::move(known);
    --state.asked;
  }
  state.answered.notify_all();
}

}  // namespace tools
