// The names of a message's flags for FETCH and STORE answers: system flags, the mailbox's user keywords and the derived keywords
// (CONTRACT.md 2), which clients see as keywords and can neither set nor clear. Made once a command; names() allocates nothing.
#pragma once
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/snapshot.hpp"

namespace imap {

class FlagNames {
 public:
  static constexpr std::size_t kMost = 5 + store::kMaxKeywords + store::kDerivedNames.size();
  using Buffer = std::array<std::string_view, kMost>;

  FlagNames() = default;
  explicit FlagNames(const std::vector<store::Keyword>& keywords);

  // Views into this object and into `buffer`.
  std::span<const std::string_view> names(store::SystemFlags flags, std::uint64_t keywords, store::DerivedBits derived, Buffer& buffer) const;
  std::span<const std::string_view> names(const store::HotRow& row, Buffer& buffer) const {
    return names(row.flags, row.keywords, row.derived, buffer);
  }
  bool knows(std::uint64_t keywords) const { return (keywords & ~known_) == 0; }  // false: read the names again
  // What a keyword means in this mailbox, ignoring case (RFC 5788 2): bits of one of both, or none.
  struct Bits {
    std::uint64_t keyword = 0;
    store::DerivedBits derived = 0;
  };
  Bits find(std::string_view name) const;

 private:
  std::array<std::string, store::kMaxKeywords> keywords_;
  std::uint64_t known_ = 0;
};

}  // namespace imap
