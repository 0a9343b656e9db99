// A LIST pattern: "*" matches anything, "%" anything but the separator (RFC 9051 6.3.9). Compiled once, matched against many
// names. Never backtracks: a bit set of reached positions, so the time is names' bytes times a few words (ATTACKS I5).
#pragma once
#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace imap::proto {

class ListPattern {
 public:
  static constexpr std::size_t kMaxBytes = 256;  // after runs of wildcards are collapsed
  // reference + pattern, both UTF-8 in NFC as the parser gives them (RFC 9051 6.3.9: the reference is a prefix here).
  [[nodiscard]] static base::Result<ListPattern> make(std::string_view reference, std::string_view pattern);

  bool matches(std::string_view name) const;
  // Could a name that starts with prefix + separator match? For pruning a walk of the tree.
  bool may_match_under(std::string_view prefix) const;
  bool has_wildcard() const { return wild_.any(); }

 private:
  using Bits = std::bitset<kMaxBytes + 1>;
  Bits step(const Bits& at, char c, bool inbox) const;
  Bits run(std::string_view name) const;
  std::size_t size_ = 0;  // pattern positions; bit size_ means all is matched
  Bits wild_, star_;      // positions that hold % or *; those that hold *
  std::array<std::uint16_t, 256> row_{};  // of a byte in literal_; 0: occurs nowhere
  std::vector<Bits> literal_;             // positions where the byte stands
};

}  // namespace imap::proto
