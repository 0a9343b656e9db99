// Results by digest, least recently used out first, bounded by entries and bytes. Not thread-safe: the pool locks. Internal.
#pragma once
#include <list>
#include <string>
#include <unordered_map>

#include "policy/inspect/pool.hpp"

namespace policy::inspect {

class FactsCache {
 public:
  FactsCache(std::size_t entries, std::size_t bytes) : max_entries_(entries), max_bytes_(bytes) {}
  const Facts* find(const std::string& key) {
    const auto it = index_.find(key);
    if (it == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, it->second);
    return &it->second->facts;
  }
  void put(const std::string& key, const Facts& facts) {
    const std::size_t size = facts.text.size() + facts.signatures.size() + 2048 * (1 + facts.documents.size());
    if (size > max_bytes_ || index_.contains(key)) return;
    order_.push_front({key, facts, size});
    index_[key] = order_.begin();
    bytes_ += size;
    while (order_.size() > max_entries_ || bytes_ > max_bytes_) {
      bytes_ -= order_.back().size;
      index_.erase(order_.back().key);
      order_.pop_back();
    }
  }

 private:
  struct Entry {
    std::string key;
    Facts facts;
    std::size_t size;
  };
  std::size_t max_entries_, max_bytes_, bytes_ = 0;
  std::list<Entry> order_;
  std::unordered_map<std::string, std::list<Entry>::iterator> index_;
};

}  // namespace policy::inspect
