#include "tools/congthud/use_recorder.hpp"

#include <mutex>
#include <unordered_set>

#include "base/log.hpp"
#include "tools/admin/use.hpp"

namespace tools {

struct UseRecorder::State {
  store::Store& store;
  const base::Clock& clock;
  std::mutex mutex;
  std::string day;
  std::unordered_set<std::uint64_t> noted;  // accounts, of that day

  bool first_today(store::AccountId account, base::Time now) {
    const std::lock_guard lock(mutex);
    if (std::string today = base::vietnam_date(now); today != day) {
      day = std::move(today);
      noted.clear();
    }
    return noted.insert(store::raw(account)).second;
  }
  void forget(store::AccountId account, const base::Error& error) {
    base::log_warn("use_not_noted", {{"account", store::raw(account)}, {"error", error}});
    const std::lock_guard lock(mutex);
    noted.erase(store::raw(account));
  }
};

UseRecorder::UseRecorder(store::Store& store, const base::Clock& clock) : state_(std::make_shared<State>(store, clock)) {}

void UseRecorder::read(store::AccountId account) {
  const base::Time now = state_->clock.now();
  if (!state_->first_today(account, now)) return;
  store::ApplyRules op{{admin::note_use(account, admin::Use::read, now)}};
  const auto queued = state_->store.commits().submit(std::move(op), [state = state_, account](const base::Result<bool>& done) {
    if (!done) state->forget(account, done.error());
  });
  if (!queued) state_->forget(account, queued.error());
}

}  // namespace tools
