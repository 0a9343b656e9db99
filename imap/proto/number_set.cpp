#include "imap/proto/number_set.hpp"

#include <algorithm>

namespace imap::proto {

NumberSet NumberSet::of(std::vector<Range> any_order) {
  const auto less = [](const Range& a, const Range& b) { return a.first < b.first; };
  if (!std::is_sorted(any_order.begin(), any_order.end(), less)) std::sort(any_order.begin(), any_order.end(), less);
  NumberSet set;
  std::size_t kept = 0;
  for (const Range r : any_order) {
    if (kept > 0 && r.first <= std::uint64_t(any_order[kept - 1].last) + 1)
      any_order[kept - 1].last = std::max(any_order[kept - 1].last, r.last);
    else
      any_order[kept++] = r;
  }
  any_order.resize(kept);
  set.ranges_ = std::move(any_order);
  return set;
}

void NumberSet::append(Range r) {
  if (!ranges_.empty() && std::uint64_t(ranges_.back().last) + 1 == r.first)
    ranges_.back().last = r.last;
  else
    ranges_.push_back(r);
}

void NumberSet::insert(Range r) {
  // [from, to): the ranges that r overlaps or touches; they become one.
  const auto from = std::lower_bound(ranges_.begin(), ranges_.end(), r.first,
                                     [](const Range& a, std::uint32_t n) { return std::uint64_t(a.last) + 1 < n; });
  auto to = from;
  while (to != ranges_.end() && to->first <= std::uint64_t(r.last) + 1) {
    r.first = std::min(r.first, to->first);
    r.last = std::max(r.last, to->last);
    ++to;
  }
  if (from == to) {
    ranges_.insert(from, r);
  } else {
    *from = r;
    ranges_.erase(from + 1, to);
  }
}

bool NumberSet::contains(std::uint32_t n) const {
  const auto it = std::lower_bound(ranges_.begin(), ranges_.end(), n, [](const Range& a, std::uint32_t v) { return a.last < v; });
  return it != ranges_.end() && it->first <= n;
}

std::uint64_t NumberSet::count() const {
  std::uint64_t n = 0;
  for (const Range& r : ranges_) n += r.count();
  return n;
}

NumberSet NumberSet::intersect(const NumberSet& other) const {
  NumberSet out;
  auto a = ranges_.begin();
  auto b = other.ranges_.begin();
  while (a != ranges_.end() && b != other.ranges_.end()) {
    const Range both{std::max(a->first, b->first), std::min(a->last, b->last)};
    if (both.first <= both.last) out.append(both);
    if (a->last < b->last) ++a; else ++b;
  }
  return out;
}

NumberSet NumberSet::minus(const NumberSet& other) const {
  NumberSet out;
  auto b = other.ranges_.begin();
  for (Range a : ranges_) {
    while (b != other.ranges_.end() && b->last < a.first) ++b;
    bool left = true;
    for (auto cut = b; left && cut != other.ranges_.end() && cut->first <= a.last; ++cut) {
      if (cut->first > a.first) out.append(Range{a.first, cut->first - 1});
      left = cut->last < a.last;
      if (left) a.first = cut->last + 1;
    }
    if (left) out.append(a);
  }
  return out;
}

}  // namespace imap::proto
