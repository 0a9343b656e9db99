#include "imap/proto/sequence_set.hpp"

#include <algorithm>
#include <charconv>

namespace imap::proto {
namespace {

constexpr std::uint32_t kStar = 0;

// seq-number = nz-number / "*"; no leading zero (nz-number = digit-nz *DIGIT).
bool take_number(std::string_view& s, std::uint32_t& n) {
  if (s.empty()) return false;
  if (s[0] == '*') {
    s.remove_prefix(1);
    n = kStar;
    return true;
  }
  if (s[0] < '1' || s[0] > '9') return false;
  const auto r = std::from_chars(s.data(), s.data() + s.size(), n);
  if (r.ec != std::errc()) return false;
  s.remove_prefix(std::size_t(r.ptr - s.data()));
  return true;
}

void put_number(std::uint32_t n, std::string& out) {
  char buf[10];
  out.append(buf, std::to_chars(buf, buf + sizeof buf, n).ptr);
}

}  // namespace

void append_number_set(const NumberSet& set, std::string& out) {
  bool first = true;
  for (const Range& r : set.ranges()) {
    if (!first) out += ',';
    first = false;
    put_number(r.first, out);
    if (r.last == r.first) continue;
    out += ':';
    put_number(r.last, out);
  }
}

// sequence-set = (seq-number / seq-range) ["," sequence-set] / "$"
base::Result<SequenceSet> SequenceSet::make(std::string_view text) {
  if (text == "$") return saved();
  const auto bad = [](const char* why) { return base::fail(base::Errc::invalid, why); };
  SequenceSet set;
  std::vector<Range> ranges;
  for (std::size_t written = 0;; ++written) {
    if (written == kMaxRanges) return base::fail(base::Errc::limit, "too many ranges in a message set");
    std::uint32_t a = 0, b = 0;
    if (!take_number(text, a)) return bad("bad message set");
    b = a;
    if (!text.empty() && text[0] == ':') {
      text.remove_prefix(1);
      if (!take_number(text, b)) return bad("bad message set");
    }
    if (a == kStar || b == kStar) {
      const std::uint32_t from = std::max(a, b) == kStar ? UINT32_MAX : std::max(a, b);
      set.star_from_ = set.star_from_ == 0 ? from : std::min(set.star_from_, from);
    } else {
      ranges.push_back(Range{std::min(a, b), std::max(a, b)});
      set.highest_ = std::max({set.highest_, a, b});
    }
    if (text.empty()) break;
    if (text[0] != ',') return bad("bad message set");
    text.remove_prefix(1);
  }
  set.numbers_ = NumberSet::of(std::move(ranges));
  // What n:* covers anyway need not be listed. ("*" alone covers only the last message, so it absorbs nothing.)
  if (set.star_from_ != 0 && set.star_from_ != UINT32_MAX) {
    const NumberSet keep = set.numbers_.minus(NumberSet::of({Range{set.star_from_, UINT32_MAX}}));
    if (!keep.empty() && std::uint64_t(keep.max()) + 1 == set.star_from_) {
      set.star_from_ = keep.ranges().back().first;
      set.numbers_ = keep.minus(NumberSet::of({Range{set.star_from_, UINT32_MAX}}));
    } else {
      set.numbers_ = keep;
    }
  }
  return set;
}

SequenceSet SequenceSet::saved() {
  SequenceSet set;
  set.saved_ = true;
  return set;
}

SequenceSet SequenceSet::all() {
  SequenceSet set;
  set.star_from_ = 1;
  return set;
}

SequenceSet SequenceSet::of(const NumberSet& numbers) {
  SequenceSet set;
  set.numbers_ = numbers;
  set.highest_ = numbers.max();
  return set;
}

NumberSet SequenceSet::resolve(std::uint32_t last) const {
  if (last == 0) return {};
  NumberSet out = numbers_.intersect(NumberSet::of({Range{1, last}}));
  // RFC 9051 9: "*" is the largest number in use, and 3:* includes it even when it is below 3.
  if (star_from_ != 0) out.insert(Range{std::min(star_from_, last), last});
  return out;
}

std::string SequenceSet::str() const {
  if (saved_) return "$";
  std::string out;
  append_number_set(numbers_, out);
  if (star_from_ == 0) return out;
  if (!out.empty()) out += ',';
  if (star_from_ != UINT32_MAX) {
    put_number(star_from_, out);
    out += ':';
  }
  return out += '*';
}

}  // namespace imap::proto
