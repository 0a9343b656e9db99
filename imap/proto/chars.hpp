// Character classes of RFC 9051 9, one table look-up each. Internal to the grammar and the renderer.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace imap::proto {

namespace detail {
inline constexpr std::uint8_t kAtom = 1, kTag = 2, kAstring = 4, kListChar = 8, kPlain = 16;
constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> t{};
  for (int c = 1; c < 127; ++c) {
    const auto in = [c](std::string_view set) { return set.find(char(c)) != std::string_view::npos; };
    std::uint8_t bits = 0;
    if (c > 32 && !in("(){%*\"\\]")) bits |= kAtom | kAstring | kListChar | kTag;
    if (c == ']') bits |= kAstring | kListChar | kTag;  // resp-specials
    if (in("%*")) bits |= kListChar;                    // list-wildcards
    if (c == '+') bits &= std::uint8_t(~kTag);
    if (c >= 32 && !in("\"\\")) bits |= kPlain;  // may stand in a quoted string as it is
    t[std::size_t(c)] = bits;
  }
  return t;
}
inline constexpr auto kClasses = make_classes();
constexpr bool is(char c, std::uint8_t bits) { return (kClasses[static_cast<unsigned char>(c)] & bits) != 0; }
}  // namespace detail

constexpr bool is_atom_char(char c) { return detail::is(c, detail::kAtom); }
constexpr bool is_astring_char(char c) { return detail::is(c, detail::kAstring); }
constexpr bool is_tag_char(char c) { return detail::is(c, detail::kTag); }
constexpr bool is_list_char(char c) { return detail::is(c, detail::kListChar); }
constexpr bool is_quotable(char c) { return detail::is(c, detail::kPlain); }  // 7-bit, no CTL, no '"' or '\'
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; }

constexpr bool same_word(std::string_view a, std::string_view b) {  // ASCII, case-insensitive
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (to_upper(a[i]) != to_upper(b[i])) return false;
  return true;
}

}  // namespace imap::proto
