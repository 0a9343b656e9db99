#include "policy/trust/path_memory.hpp"

#include <algorithm>

namespace policy::trust {

std::optional<GoodPath> PathMemory::find(const std::string& key, base::Time at) const {
  const std::lock_guard lock(mutex_);
  const auto it = known_.find(key);
  if (it == known_.end() || at <= it->second.after || at >= it->second.before) return std::nullopt;
  return it->second;
}

void PathMemory::keep(std::string key, GoodPath path) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMost) known_.clear();  // rare; what is needed comes back with the next mail
  known_.insert_or_assign(std::move(key), std::move(path));
}

void PathMemory::forget() {
  const std::lock_guard lock(mutex_);
  known_.clear();
}

void PathMemory::add_moment(std::optional<base::Time> t) {
  if (t) moments_.insert(std::upper_bound(moments_.begin(), moments_.end(), *t), *t);
}

std::optional<base::Time> PathMemory::next_moment(base::Time after) const {
  const auto next = std::upper_bound(moments_.begin(), moments_.end(), after);
  return next == moments_.end() ? std::nullopt : std::optional(*next);
}

bool PathMemory::narrow(GoodPath& path, base::Time at) const {
  const auto next = std::lower_bound(moments_.begin(), moments_.end(), at);
  if (next != moments_.begin()) path.after = std::max(path.after, *std::prev(next));
  if (next != moments_.end()) path.before = std::min(path.before, *next);
  return path.after < at && at < path.before;
}

}  // namespace policy::trust
