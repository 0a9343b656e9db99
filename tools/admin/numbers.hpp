// A query argument that is a number.
#pragma once
#include <charconv>

#include "tools/admin/handlers.hpp"

namespace admin {

inline Result<std::uint64_t> number_arg(const Call& call, std::string_view name, std::uint64_t otherwise, std::uint64_t most) {
  const std::string_view text = call.request.arg(name);
  if (text.empty()) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most)
    return fail(Errc::invalid, std::string(name) + ": must be a number up to " + std::to_string(most));
  return value;
}

}  // namespace admin
