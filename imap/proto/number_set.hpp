// A set of 32-bit numbers (UIDs or sequence numbers) as sorted, disjoint, non-touching ranges. Pure value.
// What resolve() gives, what COPYUID, VANISHED, ESEARCH ALL and `$` hold.
#pragma once
#include <cstdint>
#include <vector>

namespace imap::proto {

struct Range {  // both ends included, first <= last
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint64_t count() const { return std::uint64_t(last) - first + 1; }
  friend bool operator==(const Range&, const Range&) = default;
};

class NumberSet {
 public:
  NumberSet() = default;
  static NumberSet of(std::vector<Range> any_order);  // sorts and merges

  void append(Range r);  // REQUIRES: r.first > every number in the set. O(1)
  void append(std::uint32_t n) { append(Range{n, n}); }
  void insert(Range r);  // anywhere; O(log n) to find, O(n) to make room
  void insert(std::uint32_t n) { insert(Range{n, n}); }
  bool contains(std::uint32_t n) const;
  bool empty() const { return ranges_.empty(); }
  std::uint64_t count() const;
  std::uint32_t min() const { return ranges_.empty() ? 0 : ranges_.front().first; }
  std::uint32_t max() const { return ranges_.empty() ? 0 : ranges_.back().last; }
  const std::vector<Range>& ranges() const { return ranges_; }
  void clear() { ranges_.clear(); }

  NumberSet intersect(const NumberSet& other) const;
  NumberSet minus(const NumberSet& other) const;
  template <class F>
  void each(F&& f) const {
    for (const Range& r : ranges_)
      for (std::uint64_t n = r.first; n <= r.last; ++n) f(std::uint32_t(n));
  }
  friend bool operator==(const NumberSet&, const NumberSet&) = default;

 private:
  std::vector<Range> ranges_;
};

}  // namespace imap::proto
