#include "imap/flag_names.hpp"

#include <bit>

#include "base/ascii.hpp"

namespace imap {
namespace {

struct SystemName {
  store::SystemFlags bit;
  std::string_view name;
};
constexpr SystemName kSystem[] = {{store::kAnswered, "\\Answered"}, {store::kFlagged, "\\Flagged"}, {store::kDeleted, "\\Deleted"},
                                  {store::kSeen, "\\Seen"}, {store::kDraft, "\\Draft"}};

}  // namespace

FlagNames::FlagNames(const std::vector<store::Keyword>& keywords) {
  for (const store::Keyword& k : keywords) {
    if (k.bit >= store::kMaxKeywords) continue;
    keywords_[k.bit] = k.name;
    known_ |= std::uint64_t(1) << k.bit;
  }
}

std::span<const std::string_view> FlagNames::names(store::SystemFlags flags, std::uint64_t keywords, store::DerivedBits derived,
                                                   Buffer& buffer) const {
  std::size_t n = 0;
  for (const SystemName& s : kSystem)
    if (flags & s.bit) buffer[n++] = s.name;
  for (std::uint64_t left = keywords & known_; left != 0; left &= left - 1) buffer[n++] = keywords_[std::size_t(std::countr_zero(left))];
  for (const store::DerivedName& d : store::kDerivedNames)
    if (derived & d.bit) buffer[n++] = d.name;
  return {buffer.data(), n};
}

FlagNames::Bits FlagNames::find(std::string_view name) const {
  Bits bits;
  for (const store::DerivedName& d : store::kDerivedNames)
    if (base::iequals(d.name, name)) bits.derived = d.bit;
  if (bits.derived != 0) return bits;
  for (std::uint64_t left = known_; left != 0; left &= left - 1) {
    const int bit = std::countr_zero(left);
    if (base::iequals(keywords_[std::size_t(bit)], name)) bits.keyword |= std::uint64_t(1) << bit;
  }
  return bits;
}

}  // namespace imap
