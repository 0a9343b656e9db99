// Results by digest, least recently used out first, bounded by entries and bytes. Not thread-safe: the pool locks. Internal.
#pragma once
#include <algorithm>
#include <chrono>
#include <list>
#include <string>
#include <unordered_map>

#include "policy/inspect/pool.hpp"

namespace policy::inspect {

class FactsCache {
 public:
  FactsCache(std::size_t entries, std::size_t bytes) : max_entries_(entries), max_bytes_(bytes) {}
  const Facts* find(const std::string& key, base::Time now) {
    const auto it = index_.find(key);
    if (it == index_.end()) return nullptr;
    if (now >= it->second->until) return drop(it->second), nullptr;
    order_.splice(order_.begin(), order_, it->second);
    return &it->second->facts;
  }
  // Kept until the verdict may change by itself: a list or certificate that it hangs on ends, or one begins. What came with the
  // signature may end earlier than what the worker knows of, so never for long.
  void put(const std::string& key, const Facts& facts, base::Time now) {
    const std::size_t size = facts.text.size() + facts.signatures.size() + 2048 * (1 + facts.documents.size());
    if (size > max_bytes_ || index_.contains(key)) return;
    order_.push_front({key, facts, size, facts.until ? std::min(*facts.until, now + kLongest) : now + kLongest});
    index_[key] = order_.begin();
    bytes_ += size;
    while (order_.size() > max_entries_ || bytes_ > max_bytes_) drop(std::prev(order_.end()));
  }

 private:
  struct Entry {
    std::string key;
    Facts facts;
    std::size_t size;
    base::Time until;
  };
  static constexpr std::chrono::hours kLongest{1};

  void drop(std::list<Entry>::iterator it) {
    bytes_ -= it->size;
    index_.erase(it->key);
    order_.erase(it);
  }

  std::size_t max_entries_, max_bytes_, bytes_ = 0;
  std::list<Entry> order_;
  std::unordered_map<std::string, std::list<Entry>::iterator> index_;
};

}  // namespace policy::inspect
