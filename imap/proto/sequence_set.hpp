// sequence-set of RFC 9051 9: numbers, ranges, `*`, or `$` for the saved search result (RFC 9051 6.4.4.1). Normalised when made:
// sorted, merged, and everything open-ended folded into one "from n up to the last message" (`n:*`; `*` alone is n = 2^32-1).
// What the numbers mean (sequence numbers or UIDs) the command says; MailboxView::resolve() turns it into UIDs.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "imap/proto/number_set.hpp"

namespace imap::proto {

class SequenceSet {
 public:
  static constexpr std::size_t kMaxRanges = 32768;  // as written, before merging

  [[nodiscard]] static base::Result<SequenceSet> make(std::string_view text);
  static SequenceSet saved();                         // `$`
  static SequenceSet all();                           // 1:*
  static SequenceSet of(const NumberSet& numbers);    // REQUIRES: not empty

  bool is_saved() const { return saved_; }
  bool has_star() const { return star_from_ != 0; }
  std::uint32_t highest_number() const { return highest_; }  // the largest number outside of ranges with *; 0 when there is none
  // The numbers meant when the last message has number `last`; nothing when last is 0. Numbers past `last` drop out.
  NumberSet resolve(std::uint32_t last) const;
  std::string str() const;  // make(str()) gives an equal set
  friend bool operator==(const SequenceSet& a, const SequenceSet& b) {
    return a.saved_ == b.saved_ && a.star_from_ == b.star_from_ && a.numbers_ == b.numbers_;
  }

 private:
  SequenceSet() = default;
  NumberSet numbers_;             // below star_from_
  std::uint32_t star_from_ = 0;   // 0: no `*`
  std::uint32_t highest_ = 0;
  bool saved_ = false;
};

void append_number_set(const NumberSet& set, std::string& out);  // "1:3,7"

}  // namespace imap::proto
