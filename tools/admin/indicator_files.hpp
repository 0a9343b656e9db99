// etc/reports as they were at build time: (name, text).
#pragma once
#include <string_view>
#include <utility>
#include <vector>

namespace admin {

std::vector<std::pair<std::string_view, std::string_view>> builtin_indicator_files();

}  // namespace admin
