// Vietnamese letters: composing (NFD in, NFC out), look-alikes, and the two foldings the matchers compare with.
// One code point in, at most one out, so that an index into the folded line is an index into the shown line.
#pragma once
#include <string>
#include <string_view>

namespace policy::document {

std::u32string decode_utf8(std::string_view utf8);  // invalid bytes become U+FFFD
// NFC of Vietnamese letters, look-alikes (Cyrillic, U+00D0, U+2044, U+00AD ...) replaced, zero-width
// characters dropped, every kind of space one ' ' (a tab stays: it separates columns). 
std::u32string clean(std::u32string_view codes);
inline std::u32string clean(std::string_view utf8) { return clean(decode_utf8(utf8)); }
std::string to_utf8(std::u32string_view s);

char32_t skeleton(char32_t c);   // lower case without any diacritic: Ộ -> o, Đ -> d; other characters lower-cased if ASCII
bool is_upper(char32_t c);
bool is_lower(char32_t c);
inline bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
inline bool is_letter(char32_t c) { return is_upper(c) || is_lower(c); }
char32_t to_upper(char32_t c);
char32_t to_lower(char32_t c);

std::u32string skeleton(std::u32string_view s);             // same length as s
std::string squeezed(std::u32string_view s);                // skeleton, letters and digits only: "conghoaxahoi"
// Letters with their shape but without tone, no spaces, then the tones in order: equal for hoà and hòa, for
// "NGHỊQUYẾT" and "Nghị quyết"; different for CHÌ THỊ and CHỈ THỊ.
std::u32string tone_key(std::u32string_view s);
std::u32string_view trim(std::u32string_view s);
bool mostly_upper(std::u32string_view s);                   // at least one letter and no lower-case run of two

}  // namespace policy::document
