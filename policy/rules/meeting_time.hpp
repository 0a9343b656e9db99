// When a meeting is, read from the text of an invitation. Private to this room.
#pragma once
#include <optional>
#include <string_view>

#include "base/clock.hpp"

namespace policy::rules {

// The one time behind "Thời gian:" or "vào lúc/hồi". None when there is none, more than one, or an hour that could be of two halves
// of the day: an unreadable time is unknown, never a violation (CONTRACT 3). Time zone of Viet Nam.
std::optional<base::Time> meeting_time(std::string_view text);

}  // namespace policy::rules
