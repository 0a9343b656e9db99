#include "base/unicode.hpp"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <stdexcept>

#include "base/ascii.hpp"

namespace base {
namespace {

using icu::Normalizer2;
using icu::UnicodeString;

const Normalizer2& normalizer(const Normalizer2* (*instance)(UErrorCode&)) {
  UErrorCode status = U_ZERO_ERROR;
  const Normalizer2* n = instance(status);
  if (U_FAILURE(status)) throw std::runtime_error(std::string("icu: ") + u_errorName(status));
  return *n;
}
const Normalizer2& nfc_form() { static const Normalizer2& n = normalizer(&Normalizer2::getNFCInstance); return n; }
const Normalizer2& nfd_form() { static const Normalizer2& n = normalizer(&Normalizer2::getNFDInstance); return n; }
const Normalizer2& nfkd_form() { static const Normalizer2& n = normalizer(&Normalizer2::getNFKDInstance); return n; }

UnicodeString from(std::string_view s) {
  if (s.size() > 1U << 30) throw std::length_error("text longer than 1 GiB");
  return UnicodeString::fromUTF8(icu::StringPiece(s.data(), static_cast<std::int32_t>(s.size())));
}

std::string to(const UnicodeString& s) {
  std::string out;
  s.toUTF8String(out);
  return out;
}

UnicodeString normalized(const Normalizer2& form, const UnicodeString& s) {
  UErrorCode status = U_ZERO_ERROR;
  UnicodeString out = form.normalize(s, status);
  if (U_FAILURE(status)) throw std::runtime_error(std::string("icu: ") + u_errorName(status));
  return out;
}

std::string upper_of_ascii(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = upper_ascii(c);
  return out;
}

// U+00D0 (Icelandic Eth) and U+0189 (African D) look like Đ and stand for it in official numbers ("NÐ-CP").
constexpr bool is_d_stroke(UChar32 c) {
  return c == 0x110 || c == 0x111 || c == 0xD0 || c == 0xF0 || c == 0x189 || c == 0x256;
}

bool is_mark(UChar32 c) { return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0; }

// The five tone marks: grave, acute, tilde, hook above, dot below (huyền, sắc, ngã, hỏi, nặng).
constexpr bool is_tone(UChar32 c) { return c == 0x300 || c == 0x301 || c == 0x303 || c == 0x309 || c == 0x323; }

}  // namespace

bool valid_utf8(std::string_view s) {
  if (is_ascii(s)) return true;
  const auto* p = reinterpret_cast<const std::uint8_t*>(s.data());
  for (std::size_t i = 0; i < s.size();) {
    UChar32 c = 0;
    U8_NEXT(p, i, s.size(), c);
    if (c < 0) return false;
  }
  return true;
}

std::uint32_t take_utf8(std::string_view s, std::size_t& i) {
  const auto at = [&](std::size_t k) { return k < s.size() ? std::uint32_t(static_cast<unsigned char>(s[k])) : 0; };
  const std::uint32_t b = at(i++);
  const int more = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : b >= 0xc0 ? 1 : 0;
  std::uint32_t c = more == 3 ? b & 0x07 : more == 2 ? b & 0x0f : more == 1 ? b & 0x1f : b;
  for (int k = 0; k < more; ++k) c = (c << 6) | (at(i++) & 0x3f);
  return c;
}

std::string nfc(std::string_view s) {
  if (is_ascii(s)) return std::string(s);
  const UnicodeString text = from(s);
  UErrorCode status = U_ZERO_ERROR;
  if (nfc_form().isNormalized(text, status) && U_SUCCESS(status)) return to(text);
  return to(normalized(nfc_form(), text));
}

std::string fold_case(std::string_view s) {
  if (is_ascii(s)) return lower_ascii(s);
  // Normalised after folding too: folding may leave a sequence that composes (Unicode 3.13, D145).
  return to(normalized(nfc_form(), normalized(nfc_form(), from(s)).foldCase()));
}

std::string fold_search(std::string_view s) {
  if (is_ascii(s)) return lower_ascii(s);
  const UnicodeString text = normalized(nfkd_form(), normalized(nfkd_form(), from(s)).foldCase());
  UnicodeString out;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (is_d_stroke(c)) {
      out.append(static_cast<char16_t>('d'));
    } else if (!is_mark(c)) {
      out.append(c);
    }
  }
  return to(normalized(nfc_form(), out));
}

std::string strip_diacritics(std::string_view s) {
  if (is_ascii(s)) return std::string(s);
  const UnicodeString text = normalized(nfkd_form(), from(s));
  UnicodeString out;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (c == 0x110 || c == 0xd0 || c == 0x189) {
      out.append(static_cast<char16_t>('D'));
    } else if (is_d_stroke(c)) {
      out.append(static_cast<char16_t>('d'));
    } else if (!is_mark(c)) {
      out.append(c);
    }
  }
  return to(normalized(nfc_form(), out));
}

std::string upper(std::string_view s) {
  if (is_ascii(s)) return upper_of_ascii(s);
  return to(normalized(nfc_form(), normalized(nfc_form(), from(s)).toUpper(icu::Locale::getRoot())));
}

std::string lower_text(std::string_view s) {
  if (is_ascii(s)) return lower_ascii(s);
  return to(normalized(nfc_form(), normalized(nfc_form(), from(s)).toLower(icu::Locale::getRoot())));
}

// The tone of a syllable is taken off its vowel and put behind the last letter of the vowel group, wherever it stood: the old
// and the new style (hoà/hòa, thuỷ/thủy, uỷ/ủy) then read alike. Marks that make letters (circumflex, breve, horn) stay.
std::string fold_tone(std::string_view s) {
  if (is_ascii(s)) return lower_ascii(s);
  const UnicodeString text = normalized(nfd_form(), normalized(nfd_form(), from(s)).toLower(icu::Locale::getRoot()));
  UnicodeString out;
  UChar32 tone = 0;
  bool in_vowels = false;
  const auto place_tone = [&] {
    if (tone != 0) out.append(tone);
    tone = 0;
  };
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    UChar32 c = text.char32At(i);
    if (is_d_stroke(c)) c = 0x111;
    if (is_tone(c) && in_vowels && tone == 0) {
      tone = c;
      continue;
    }
    if (!is_mark(c)) {
      const bool vowel = c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
      if (!vowel || !in_vowels) place_tone();
      in_vowels = vowel;
    }
    out.append(c);
  }
  place_tone();
  return to(normalized(nfc_form(), out));
}

std::size_t display_width(std::string_view s) {
  std::size_t columns = 0;
  const auto* p = reinterpret_cast<const std::uint8_t*>(s.data());
  for (std::size_t i = 0; i < s.size();) {
    UChar32 c = 0;
    U8_NEXT(p, i, s.size(), c);
    if (c < 0) c = 0xFFFD;
    if (is_mark(c) || (U_GET_GC_MASK(c) & (U_GC_CC_MASK | U_GC_CF_MASK)) != 0) continue;
    const int wide = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
    columns += wide == U_EA_WIDE || wide == U_EA_FULLWIDTH ? 2 : 1;
  }
  return columns;
}

}  // namespace base
