// What bytes of the file a signature dictionary covers, judged over the raw bytes (ATTACKS P1-P3). Private to the room; pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "policy/core/reason.hpp"
#include "policy/pdf/object.hpp"

namespace policy::pdf {

struct Coverage {
  Reasons reasons;                          // invalid ones when ByteRange or Contents break a rule
  std::vector<std::string_view> segments;   // the signed bytes; empty when nothing can be verified
  std::string contents;                     // the CMS, with its padding
  std::size_t end = 0;                      // first byte behind the second segment
};

// `signature` holds offsets of `file`. ByteRange must be exactly [0 a b c], the gap exactly this dictionary's /Contents string.
Coverage read_coverage(std::string_view file, const Object& signature);

// Something but line ends and blanks follows the last signed byte.
bool has_tail(std::string_view file, std::size_t end);

// For a file that cannot be read: a raw "/ByteRange [0 a b c]" whose last byte lies before the end of the file (ATTACKS P3).
bool raw_tail_after_last_range(std::string_view file);

}  // namespace policy::pdf
