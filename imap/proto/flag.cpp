#include "imap/proto/flag.hpp"

#include <algorithm>

#include "imap/proto/chars.hpp"

namespace imap::proto {
namespace {
constexpr std::string_view kFlagNames[] = {"", "\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"};
}

std::string_view to_wire(SystemFlag flag) { return kFlagNames[std::size_t(flag)]; }

// flag = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword / flag-extension
base::Result<Flag> Flag::make(std::string_view text) {
  for (std::size_t i = 1; i < std::size(kFlagNames); ++i)
    if (same_word(text, kFlagNames[i])) return of(SystemFlag(i));
  if (text.empty() || text.size() > kMaxBytes || !std::all_of(text.begin(), text.end(), is_atom_char))
    return base::fail(base::Errc::invalid, "not a flag that can be set");
  return Flag(SystemFlag::none, std::string(text));
}

bool operator==(const Flag& a, const Flag& b) { return a.system_ == b.system_ && same_word(a.text_, b.text_); }

}  // namespace imap::proto
