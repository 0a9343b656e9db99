// Character classes of RFC 5321/5322/6531 and a strict UTF-8 step; private to smtp/proto.
#pragma once
#include <cstddef>
#include <string_view>

namespace smtp::proto {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_alnum(char c) { return is_digit(c) || is_alpha(c); }
constexpr bool is_printable(char c) { return c >= 0x20 && c < 0x7f; }
constexpr bool is_atext(char c) { return is_alnum(c) || (c != 0 && std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos); }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

// Bytes of the well-formed UTF-8 character at the front (RFC 3629: no overlong form, no surrogate), 0 when there is none.
constexpr std::size_t utf8_length(std::string_view s) {
  if (s.empty()) return 0;
  const auto at = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return (at(i) & 0xc0u) == 0x80u; };
  const unsigned a = at(0);
  if (a < 0x80) return 1;
  if (a >= 0xc2 && a <= 0xdf) return tail(1) ? 2 : 0;
  if (a >= 0xe0 && a <= 0xef) {
    const bool range = (a != 0xe0 || at(1) >= 0xa0) && (a != 0xed || at(1) <= 0x9f);
    return range && tail(1) && tail(2) ? 3 : 0;
  }
  if (a >= 0xf0 && a <= 0xf4) {
    const bool range = (a != 0xf0 || at(1) >= 0x90) && (a != 0xf4 || at(1) <= 0x8f);
    return range && tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// One multi-byte character that must not reach a terminal or an address: C1 controls, line separators, bidi controls.
constexpr bool is_unsafe_utf8(std::string_view c) {
  const auto u = [&](std::size_t i) { return static_cast<unsigned char>(c[i]); };
  if (c.size() == 2) return u(0) == 0xc2 && u(1) < 0xa0;                                  // U+0080..9F
  if (c.size() != 3 || u(0) != 0xe2) return c.size() == 3 && u(0) == 0xef && u(1) == 0xbb && u(2) == 0xbf;  // U+FEFF
  if (u(1) == 0x80) return (u(2) >= 0x8b && u(2) <= 0x8f) || (u(2) >= 0xa8 && u(2) <= 0xae);                // U+200B-F, 2028-E
  return u(1) == 0x81 && u(2) >= 0xa0 && u(2) <= 0xaf;                                                       // U+2060-6F
}

}  // namespace smtp::proto
