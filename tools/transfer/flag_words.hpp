// System flags as IMAP writes them, for manifests and requests. Pure.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "store/types.hpp"

namespace transfer {

inline constexpr std::pair<store::SystemFlags, std::string_view> kFlagWords[] = {
    {store::kAnswered, "\\Answered"}, {store::kFlagged, "\\Flagged"}, {store::kDeleted, "\\Deleted"}, {store::kSeen, "\\Seen"}, {store::kDraft, "\\Draft"}};

inline std::vector<std::string_view> flag_words(store::SystemFlags flags) {
  std::vector<std::string_view> out;
  for (const auto& [flag, word] : kFlagWords)
    if ((flags & flag) != 0) out.push_back(word);
  return out;
}

store::SystemFlags flag_of(std::string_view word);  // 0: none of them

}  // namespace transfer
