// The two languages that texts for people exist in. Code, comments and logs are English only.
#pragma once
#include <string_view>

namespace base {

enum class Lang : unsigned char { vi, en };

struct Text {  // one text in both languages; views of string literals
  std::string_view vi;
  std::string_view en;
  constexpr std::string_view in(Lang lang) const { return lang == Lang::vi ? vi : en; }
};

}  // namespace base
