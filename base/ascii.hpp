// ASCII-only text helpers for protocol words: case-insensitive by RFC 5234 2.3, never locale-dependent, bytes >= 0x80 untouched.
// All take views and allocate only where the return type says so.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace base {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_alpha(char c) { return is_upper(c) || is_lower(c); }
constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
constexpr char lower(char c) { return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c; }
constexpr char upper_ascii(char c) { return is_lower(c) ? static_cast<char>(c - ('a' - 'A')) : c; }

bool is_ascii(std::string_view s);
bool iequals(std::string_view a, std::string_view b);
bool istarts_with(std::string_view s, std::string_view prefix);
bool iends_with(std::string_view s, std::string_view suffix);
std::string lower_ascii(std::string_view s);
std::string_view trim(std::string_view s);  // of SP, HT, CR, LF, at both ends
std::vector<std::string_view> split(std::string_view s, char separator);  // keeps empty pieces; "" gives one empty piece

// For unordered containers keyed by protocol words.
struct IHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const;
};
struct IEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return iequals(a, b); }
};

}  // namespace base
