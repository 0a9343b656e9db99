#include "policy/document/legacy.hpp"

#include <algorithm>
#include <array>

#include "policy/document/letters.hpp"

namespace policy::document {
namespace {
// TCVN 5712:1993, bytes 0x80..0xFF.
constexpr char32_t kTcvn[128] = {
0x00C0, 0x1EA2, 0x00C3, 0x00C1, 0x1EA0, 0x1EB6, 0x1EAC, 0x00C8, 0x1EBA, 0x1EBC, 0x00C9, 0x1EB8, 
    0x1EC6, 0x00CC, 0x1EC8, 0x0128, 0x00CD, 0x1ECA, 0x00D2, 0x1ECE, 0x00D5, 0x00D3, 0x1ECC, 0x1ED8, 
    0x1EDC, 0x1EDE, 0x1EE0, 0x1EDA, 0x1EE2, 0x00D9, 0x1EE6, 0x0168, 0x00A0, 0x0102, 0x00C2, 0x00CA, 
    0x00D4, 0x01A0, 0x01AF, 0x0110, 0x0103, 0x00E2, 0x00EA, 0x00F4, 0x01A1, 0x01B0, 0x0111, 0x1EB0, 
    0x0300, 0x0309, 0x0303, 0x0301, 0x0323, 0x00E0, 0x1EA3, 0x00E3, 0x00E1, 0x1EA1, 0x1EB2, 0x1EB1, 
    0x1EB3, 0x1EB5, 0x1EAF, 0x1EB4, 0x1EAE, 0x1EA6, 0x1EA8, 0x1EAA, 0x1EA4, 0x1EC0, 0x1EB7, 0x1EA7, 
    0x1EA9, 0x1EAB, 0x1EA5, 0x1EAD, 0x00E8, 0x1EC2, 0x1EBB, 0x1EBD, 0x00E9, 0x1EB9, 0x1EC1, 0x1EC3, 
    0x1EC5, 0x1EBF, 0x1EC7, 0x00EC, 0x1EC9, 0x1EC4, 0x1EBE, 0x1ED2, 0x0129, 0x00ED, 0x1ECB, 0x00F2, 
    0x1ED4, 0x1ECF, 0x00F5, 0x00F3, 0x1ECD, 0x1ED3, 0x1ED5, 0x1ED7, 0x1ED1, 0x1ED9, 0x1EDD, 0x1EDF, 
    0x1EE1, 0x1EDB, 0x1EE3, 0x00F9, 0x1ED6, 0x1EE7, 0x0169, 0x00FA, 0x1EE5, 0x1EEB, 0x1EED, 0x1EEF, 
    0x1EE9, 0x1EF1, 0x1EF3, 0x1EF7, 0x1EF9, 0x00FD, 0x1EF5, 0x1ED0, };
// Bytes that are signs in Latin-1 but letters in TCVN3: inside a word they give the encoding away.
bool is_tell_tale(char32_t c) { return (c >= 0xA1 && c <= 0xBF && c != 0xAB && c != 0xBB) || c == 0xD7 || c == 0xF7; }
bool ascii_letter(char32_t c) { return (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z'); }

// At least three high characters, 70 % of them in the map, none of the letters only Unicode text has, two tell-tales.
bool looks_tcvn3(std::u32string_view s) {
  std::size_t high = 0, mapped = 0, tell = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const char32_t c = s[i];
    if (c < 0x80) continue;
    if ((c >= 0x1EA0 && c <= 0x1EF9) || c == 0x110 || c == 0x111 || c == 0x1A1 || c == 0x1B0) return false;
    if (c > 0xFF) continue;
    ++high;
    mapped += c >= 0xA1 && kTcvn[c - 0x80] != 0;
    const bool beside = (i > 0 && ascii_letter(s[i - 1])) || (i + 1 < s.size() && ascii_letter(s[i + 1]));
    tell += beside && is_tell_tale(c);
  }
  return high >= 3 && mapped * 10 >= high * 7 && tell >= 2 && tell * 10 >= high;
}

std::u32string decode_tcvn3(std::u32string_view s) {
  std::u32string out;
  std::size_t upper = 0, lower = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const char32_t c = s[i];
    const bool in_word = i > 0 && i + 1 < s.size() && (ascii_letter(s[i - 1]) || s[i - 1] >= 0xA1) && (ascii_letter(s[i + 1]) || s[i + 1] >= 0xA1);
    upper += c >= U'A' && c <= U'Z';
    lower += c >= U'a' && c <= U'z';
    if (c == 0x2212 && in_word) { out.push_back(0x1B0); continue; }  // byte 0xAD after a detour
    if (c >= 0xA1 && c <= 0xFF && kTcvn[c - 0x80]) { out.push_back(kTcvn[c - 0x80]); continue; }
    out.push_back(c);
  }
  // The upper-case fonts (.VnTimeH) use the same bytes: a line typed in capitals has lower-case codes for its accents.
  if (upper > 2 && upper * 10 >= (upper + lower) * 7)
    for (char32_t& c : out) c = to_upper(c);
  return out;
}

// VNI for Windows: what stands behind which letter. Rows: the mark's byte in lower case, the letters it goes with, what they become.
struct VniMark {
  char32_t mark;
  std::u32string_view letters, composed;
};
constexpr std::array<VniMark, 17> kVniMarks{{
    {0xF9, U"aeouy\u00F4\u00F6", U"áéóúýớứ"}, {0xF8, U"aeouy\u00F4\u00F6", U"àèòùỳờừ"}, {0xFB, U"aeouy\u00F4\u00F6", U"ảẻỏủỷởử"},
    {0xF5, U"aeouy\u00F4\u00F6", U"ãẽõũỹỡữ"}, {0xEF, U"aeou\u00F4\u00F6", U"ạẹọụợự"}, {0xE2, U"aeo", U"âêô"}, {0xE1, U"aeo", U"ấếố"},
    {0xE0, U"aeo", U"ầềồ"}, {0xE5, U"aeo", U"ẩểổ"}, {0xE3, U"aeo", U"ẫễỗ"}, {0xE4, U"aeo", U"ậệộ"}, {0xEA, U"a", U"ă"}, {0xE9, U"a", U"ắ"},
    {0xE8, U"a", U"ằ"}, {0xFA, U"a", U"ẳ"}, {0xFC, U"a", U"ẵ"}, {0xEB, U"a", U"ặ"}}};
struct VniLetter {
  char32_t byte, letter;
};
// These stand alone; U+00F4 and U+00F6 take a mark, too.
constexpr std::array<VniLetter, 9> kVniLetters{{{0xED, U'í'}, {0xEC, U'ì'}, {0xE6, U'ỉ'}, {0xF3, U'ĩ'}, {0xF2, U'ị'}, {0xF4, U'ơ'}, {0xF6, U'ư'}, {0xEE, U'ỵ'}, {0xF1, U'đ'}}};

// Latin-1 capitals stand 32 below their small letters; U+00D7 is no letter.
char32_t latin1_small(char32_t c) { return (c >= U'A' && c <= U'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ? c + 32 : c; }

char32_t vni_composed(char32_t letter, char32_t mark) {
  const char32_t small = latin1_small(letter), low = latin1_small(mark);
  for (const VniMark& m : kVniMarks) {
    if (m.mark != low) continue;
    const std::size_t at = m.letters.find(small);
    if (at != std::u32string_view::npos) return letter == small ? m.composed[at] : to_upper(m.composed[at]);
  }
  return 0;
}

std::u32string decode_vni(std::u32string_view s) {
  std::u32string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (const char32_t both = i + 1 < s.size() ? vni_composed(s[i], s[i + 1]) : 0) {
      out.push_back(both);
      ++i;
      continue;
    }
    const auto alone = std::find_if(kVniLetters.begin(), kVniLetters.end(), [&](const VniLetter& l) { return l.byte == latin1_small(s[i]); });
    if (alone == kVniLetters.end()) out.push_back(s[i]);
    else out.push_back(alone->byte == s[i] ? alone->letter : to_upper(alone->letter));
  }
  return out;
}

// Windows-1258 where it differs from Latin-1.
char32_t of_1258(char32_t c) {
  switch (c) {
    case 0xC3: return 0x102;
    case 0xE3: return 0x103;
    case 0xCC: return 0x300;
    case 0xD0: return 0x110;
    case 0xF0: return 0x111;
    case 0xD2: return 0x309;
    case 0xD5: return 0x1A0;
    case 0xF5: return 0x1A1;
    case 0xDD: return 0x1AF;
    case 0xFD: return 0x1B0;
    case 0xDE: return 0x303;
    case 0xEC: return 0x301;
    case 0xF2: return 0x323;
    case 0xFE: return 0x20AB;
    default: return c;
  }
}

bool vowel_1258(char32_t c) {
  const char32_t small = latin1_small(c);
  return std::u32string_view(U"aeiouy\u00E2\u00EA\u00F4\u00E3\u00F5\u00FD").find(small) != std::u32string_view::npos;
}

struct LegacyCount {
  std::size_t high = 0, vni = 0, cp1258 = 0;
  bool unicode = false;
};

LegacyCount count_legacy(std::u32string_view s) {
  LegacyCount n;
  for (std::size_t i = 0; i < s.size() && !n.unicode; ++i) {
    const char32_t c = s[i];
    n.unicode = (c >= 0x1EA0 && c <= 0x1EF9) || c == 0x110 || c == 0x111 || c == 0x1A1 || c == 0x1B0 || (c >= 0x300 && c <= 0x323);
    if (c < 0xC0 || c > 0xFF) continue;
    ++n.high;
    if (i == 0) continue;
    n.vni += vni_composed(s[i - 1], c) != 0;
    n.cp1258 += vowel_1258(s[i - 1]) && of_1258(c) >= 0x300 && of_1258(c) <= 0x323;
  }
  return n;
}

}  // namespace

Legacy legacy_encoding(std::u32string_view s) {
  const LegacyCount n = count_legacy(s);
  if (n.unicode) return looks_tcvn3(s) ? Legacy::tcvn3 : Legacy::none;
  // A mark behind a vowel, again and again: no other writing does that. Half of the high bytes of such text are marks.
  constexpr std::size_t kPairs = 8;
  if (n.vni >= kPairs && n.vni > 2 * n.cp1258 && n.vni * 2 >= n.high) return Legacy::vni;
  if (n.cp1258 >= kPairs && n.cp1258 > 2 * n.vni && n.cp1258 * 4 >= n.high) return Legacy::cp1258;
  return looks_tcvn3(s) ? Legacy::tcvn3 : Legacy::none;
}

std::u32string decode_legacy(std::u32string_view s, Legacy encoding) {
  switch (encoding) {
    case Legacy::tcvn3: return decode_tcvn3(s);
    case Legacy::vni: return decode_vni(s);
    case Legacy::cp1258: break;
    case Legacy::none: return std::u32string(s);
  }
  std::u32string out(s);
  std::transform(out.begin(), out.end(), out.begin(), of_1258);
  return out;
}

}  // namespace policy::document
