#include "policy/document/letters.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unordered_map>

namespace policy::document {
namespace {

// shape: 1 circumflex, 2 breve, 3 horn, 4 stroke; tone: 1 grave, 2 acute, 3 hook, 4 tilde, 5 dot below.
struct Letter {
  char32_t lower, upper, base;
  std::uint8_t shape, tone;
};
constexpr Letter kLetters[] = {
    {0x00E0, 0x00C0, U'a', 0, 1},     {0x00E1, 0x00C1, U'a', 0, 2},     {0x1EA3, 0x1EA2, U'a', 0, 3},     {0x00E3, 0x00C3, U'a', 0, 4},
    {0x1EA1, 0x1EA0, U'a', 0, 5},     {0x00E2, 0x00C2, U'a', 1, 0},     {0x1EA7, 0x1EA6, U'a', 1, 1},     {0x1EA5, 0x1EA4, U'a', 1, 2},
    {0x1EA9, 0x1EA8, U'a', 1, 3},     {0x1EAB, 0x1EAA, U'a', 1, 4},     {0x1EAD, 0x1EAC, U'a', 1, 5},     {0x0103, 0x0102, U'a', 2, 0},
    {0x1EB1, 0x1EB0, U'a', 2, 1},     {0x1EAF, 0x1EAE, U'a', 2, 2},     {0x1EB3, 0x1EB2, U'a', 2, 3},     {0x1EB5, 0x1EB4, U'a', 2, 4},
    {0x1EB7, 0x1EB6, U'a', 2, 5},     {0x00E8, 0x00C8, U'e', 0, 1},     {0x00E9, 0x00C9, U'e', 0, 2},     {0x1EBB, 0x1EBA, U'e', 0, 3},
    {0x1EBD, 0x1EBC, U'e', 0, 4},     {0x1EB9, 0x1EB8, U'e', 0, 5},     {0x00EA, 0x00CA, U'e', 1, 0},     {0x1EC1, 0x1EC0, U'e', 1, 1},
    {0x1EBF, 0x1EBE, U'e', 1, 2},     {0x1EC3, 0x1EC2, U'e', 1, 3},     {0x1EC5, 0x1EC4, U'e', 1, 4},     {0x1EC7, 0x1EC6, U'e', 1, 5},
    {0x00EC, 0x00CC, U'i', 0, 1},     {0x00ED, 0x00CD, U'i', 0, 2},     {0x1EC9, 0x1EC8, U'i', 0, 3},     {0x0129, 0x0128, U'i', 0, 4},
    {0x1ECB, 0x1ECA, U'i', 0, 5},     {0x00F2, 0x00D2, U'o', 0, 1},     {0x00F3, 0x00D3, U'o', 0, 2},     {0x1ECF, 0x1ECE, U'o', 0, 3},
    {0x00F5, 0x00D5, U'o', 0, 4},     {0x1ECD, 0x1ECC, U'o', 0, 5},     {0x00F4, 0x00D4, U'o', 1, 0},     {0x1ED3, 0x1ED2, U'o', 1, 1},
    {0x1ED1, 0x1ED0, U'o', 1, 2},     {0x1ED5, 0x1ED4, U'o', 1, 3},     {0x1ED7, 0x1ED6, U'o', 1, 4},     {0x1ED9, 0x1ED8, U'o', 1, 5},
    {0x01A1, 0x01A0, U'o', 3, 0},     {0x1EDD, 0x1EDC, U'o', 3, 1},     {0x1EDB, 0x1EDA, U'o', 3, 2},     {0x1EDF, 0x1EDE, U'o', 3, 3},
    {0x1EE1, 0x1EE0, U'o', 3, 4},     {0x1EE3, 0x1EE2, U'o', 3, 5},     {0x00F9, 0x00D9, U'u', 0, 1},     {0x00FA, 0x00DA, U'u', 0, 2},
    {0x1EE7, 0x1EE6, U'u', 0, 3},     {0x0169, 0x0168, U'u', 0, 4},     {0x1EE5, 0x1EE4, U'u', 0, 5},     {0x01B0, 0x01AF, U'u', 3, 0},
    {0x1EEB, 0x1EEA, U'u', 3, 1},     {0x1EE9, 0x1EE8, U'u', 3, 2},     {0x1EED, 0x1EEC, U'u', 3, 3},     {0x1EEF, 0x1EEE, U'u', 3, 4},
    {0x1EF1, 0x1EF0, U'u', 3, 5},     {0x1EF3, 0x1EF2, U'y', 0, 1},     {0x00FD, 0x00DD, U'y', 0, 2},     {0x1EF7, 0x1EF6, U'y', 0, 3},
    {0x1EF9, 0x1EF8, U'y', 0, 4},     {0x1EF5, 0x1EF4, U'y', 0, 5},     {0x0111, 0x0110, U'd', 4, 0}, };

struct Tables {
  std::unordered_map<char32_t, const Letter*> by_code;
  std::unordered_map<unsigned, const Letter*> by_parts;
  static unsigned parts(char32_t base, unsigned shape, unsigned tone) { return unsigned(base) << 8 | shape << 4 | tone; }
  Tables() {
    for (const Letter& l : kLetters) {
      by_code[l.lower] = by_code[l.upper] = &l;
      by_parts[parts(l.base, l.shape, l.tone)] = &l;
    }
  }
};
const Tables& tables() {
  static const Tables t;
  return t;
}
const Letter* find(char32_t c) {
  if (c < 0xC0) return nullptr;
  const auto it = tables().by_code.find(c);
  return it == tables().by_code.end() ? nullptr : it->second;
}

unsigned tone_of_mark(char32_t c) {
  switch (c) {
    case 0x300: case 0x340: return 1;
    case 0x301: case 0x341: return 2;
    case 0x309: return 3;
    case 0x303: return 4;
    case 0x323: return 5;
    default: return 0;
  }
}
unsigned shape_of_mark(char32_t c) { return c == 0x302 ? 1 : c == 0x306 ? 2 : c == 0x31B ? 3 : 0; }

// Puts a combining mark on the last letter when Vietnamese has the result; false leaves the mark alone.
bool combine(std::u32string& out, char32_t mark) {
  if (out.empty()) return false;
  const char32_t last = out.back();
  const Letter* l = find(last);
  const bool upper = l ? last == l->upper : last >= U'A' && last <= U'Z';
  const char32_t base = l ? l->base : upper ? last + 32 : last;
  unsigned shape = l ? l->shape : 0, tone = l ? l->tone : 0;
  if (const unsigned t = tone_of_mark(mark); t && !tone) tone = t;
  else if (const unsigned s = shape_of_mark(mark); s && !shape) shape = s;
  else return false;
  const auto it = tables().by_parts.find(Tables::parts(base, shape, tone));
  if (it == tables().by_parts.end()) return false;
  out.back() = upper ? it->second->upper : it->second->lower;
  return true;
}

// DOMAIN facts 2.5.1 and 2.5.4: what real files have in place of a letter, a slash or a hyphen.
char32_t look_alike(char32_t c) {
  static const std::unordered_map<char32_t, char32_t> map = {
      {0xD0, 0x110}, {0xF0, 0x111}, {0x189, 0x110}, {0x410, 'A'}, {0x412, 'B'}, {0x415, 'E'}, {0x41A, 'K'}, {0x41C, 'M'},
      {0x41D, 'H'}, {0x41E, 'O'}, {0x420, 'P'}, {0x421, 'C'}, {0x422, 'T'}, {0x425, 'X'}, {0x430, 'a'}, {0x435, 'e'},
      {0x43E, 'o'}, {0x440, 'p'}, {0x441, 'c'}, {0x443, 'y'}, {0x445, 'x'}, {0x391, 'A'}, {0x392, 'B'}, {0x395, 'E'},
      {0x397, 'H'}, {0x399, 'I'}, {0x39A, 'K'}, {0x39C, 'M'}, {0x39D, 'N'}, {0x39F, 'O'}, {0x3A1, 'P'}, {0x3A4, 'T'},
      {0x3A7, 'X'}, {0x2044, '/'}, {0x2215, '/'}, {0xFF0F, '/'}, {0xAD, '-'}, {0x2010, '-'}, {0x2011, '-'}, {0x2012, '-'},
      {0x2212, '-'}, {0xA0, ' '}, {0x202F, ' '}, {0x3000, ' '}, {0x0B, ' '}, {0xFF1A, ':'}};
  if (c < 0x80) return c == 0x0B ? U' ' : c;
  if (c >= 0x2000 && c <= 0x200A) return U' ';
  const auto it = map.find(c);
  return it == map.end() ? c : it->second;
}
bool is_dropped(char32_t c) { return (c >= 0x200B && c <= 0x200F) || c == 0xFEFF || c == 0x2060 || (c < 0x20 && c != '\t' && c != '\v'); }

char32_t next_code(std::string_view s, std::size_t& i) {
  const auto byte = [&](std::size_t k) { return std::uint8_t(s[k]); };
  const std::uint8_t lead = byte(i++);
  if (lead < 0x80) return lead;
  const unsigned more = lead >= 0xF0 && lead <= 0xF4 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : 0;
  if (!more || lead > 0xF4) return 0xFFFD;
  char32_t c = lead & (0x3F >> more);
  for (unsigned k = 0; k < more; ++k, ++i) {
    if (i >= s.size() || (byte(i) & 0xC0) != 0x80) return 0xFFFD;
    c = c << 6 | (byte(i) & 0x3F);
  }
  return c;
}

}  // namespace

std::u32string decode_utf8(std::string_view utf8) {
  std::u32string out;
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size();) out.push_back(next_code(utf8, i));
  return out;
}

std::u32string clean(std::u32string_view codes) {
  std::u32string out;
  out.reserve(codes.size());
  for (const char32_t c : codes) {
    if (is_dropped(c)) continue;
    if (c >= 0x300 && c <= 0x341 && combine(out, c)) continue;
    out.push_back(look_alike(c));
  }
  return out;
}

std::string to_utf8(std::u32string_view s) {
  std::string out;
  out.reserve(s.size() * 2);
  for (const char32_t c : s) {
    if (c < 0x80) out.push_back(char(c));
    else if (c < 0x800) { out.push_back(char(0xC0 | c >> 6)); out.push_back(char(0x80 | (c & 0x3F))); }
    else if (c < 0x10000) { out.push_back(char(0xE0 | c >> 12)); out.push_back(char(0x80 | (c >> 6 & 0x3F))); out.push_back(char(0x80 | (c & 0x3F))); }
    else { out.push_back(char(0xF0 | c >> 18)); out.push_back(char(0x80 | (c >> 12 & 0x3F))); out.push_back(char(0x80 | (c >> 6 & 0x3F))); out.push_back(char(0x80 | (c & 0x3F))); }
  }
  return out;
}

char32_t skeleton(char32_t c) {
  if (c >= U'A' && c <= U'Z') return c + 32;
  const Letter* l = find(c);
  return l ? l->base : c;
}
bool is_upper(char32_t c) {
  if (c < 0x80) return c >= U'A' && c <= U'Z';
  const Letter* l = find(c);
  return l && c == l->upper;
}
bool is_lower(char32_t c) {
  if (c < 0x80) return c >= U'a' && c <= U'z';
  const Letter* l = find(c);
  return l && c == l->lower;
}
char32_t to_upper(char32_t c) {
  if (c < 0x80) return c >= U'a' && c <= U'z' ? c - 32 : c;
  const Letter* l = find(c);
  return l ? l->upper : c;
}
char32_t to_lower(char32_t c) {
  if (c < 0x80) return c >= U'A' && c <= U'Z' ? c + 32 : c;
  const Letter* l = find(c);
  return l ? l->lower : c;
}

std::u32string skeleton(std::u32string_view s) {
  std::u32string out(s);
  for (char32_t& c : out) c = skeleton(c);
  return out;
}

std::string squeezed(std::u32string_view s) {
  std::string out;
  for (const char32_t c : s) {
    const char32_t k = skeleton(c);
    if ((k >= U'a' && k <= U'z') || is_digit(k)) out.push_back(char(k));
  }
  return out;
}

std::u32string tone_key(std::u32string_view s) {
  std::u32string letters, tones;
  for (const char32_t c : s) {
    if (!is_letter(c) && !is_digit(c)) continue;
    const Letter* l = find(c);
    if (!l) { letters.push_back(to_lower(c)); continue; }
    letters.push_back(l->base);
    if (l->shape) letters.push_back(char32_t(l->shape));
    if (l->tone) tones.push_back(char32_t(U'0' + l->tone));
  }
  return letters + U'|' + tones;
}

std::u32string_view trim(std::u32string_view s) {
  while (!s.empty() && (s.front() == U' ' || s.front() == U'\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == U' ' || s.back() == U'\t')) s.remove_suffix(1);
  return s;
}

bool mostly_upper(std::u32string_view s) {
  std::size_t upper = 0, run = 0;
  for (const char32_t c : s) {
    if (is_upper(c)) ++upper;
    run = is_lower(c) ? run + 1 : 0;
    if (run >= 2) return false;
  }
  return upper > 0;
}

}  // namespace policy::document
