// Durations and sizes as people write them in the configuration and on the command line.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

// duration = 1*DIGIT unit ; unit = "ms" / "s" / "m" / "h" / "d" / "w" ; "0" needs no unit. At most 100 years.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds d);  // with the largest unit that divides it: "90m", "2h", "5d"

// size = 1*DIGIT [unit] ; unit = "B" / "K" / "KB" / "KiB" / "M" ... / "TiB", any case; all units are powers of 1024.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);  // "50MiB"; "1025B" when no unit divides it

}  // namespace base
