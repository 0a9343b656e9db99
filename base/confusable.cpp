#include "base/confusable.hpp"

#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uspoof.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/handle.hpp"
#include "base/unicode.hpp"

namespace base {
namespace {

using Checker = Handle<USpoofChecker, uspoof_close>;

// Made once, then const: ICU lets any number of threads ask a checker that nobody changes.
const USpoofChecker* checker() {
  static const Checker kChecker = [] {
    UErrorCode status = U_ZERO_ERROR;
    Checker c(uspoof_open(&status));
    uspoof_setRestrictionLevel(c.get(), USPOOF_HIGHLY_RESTRICTIVE);
    uspoof_setChecks(c.get(), USPOOF_RESTRICTION_LEVEL | USPOOF_INVISIBLE, &status);
    return U_SUCCESS(status) ? std::move(c) : Checker();
  }();
  return kChecker.get();
}

// Format characters (zero-width, bidirectional controls, tags) do not show and change what is read.
bool has_format_character(const icu::UnicodeString& s) {
  for (int32_t i = 0; i < s.length(); i = s.moveIndex32(i, 1))
    if (u_charType(s.char32At(i)) == U_FORMAT_CHAR) return true;
  return false;
}

}  // namespace

bool deceptive(std::string_view utf8) {
  if (is_ascii(utf8)) return false;
  if (!valid_utf8(utf8)) return true;
  if (has_format_character(icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), int32_t(utf8.size()))))) return true;
  UErrorCode status = U_ZERO_ERROR;
  const std::string composed = nfc(utf8);
  const int32_t found = uspoof_check2UTF8(checker(), composed.data(), int32_t(composed.size()), nullptr, &status);
  return U_FAILURE(status) || found != 0;
}

std::string look_alike_key(std::string_view utf8) {
  const std::string shown = nfc(utf8);
  UErrorCode status = U_ZERO_ERROR;
  std::string out(shown.size() * 4 + 64, '\0');
  const int32_t n = uspoof_getSkeletonUTF8(checker(), 0, shown.data(), int32_t(shown.size()), out.data(), int32_t(out.size()), &status);
  if (U_FAILURE(status)) return fold_case(shown);
  out.resize(std::size_t(n));
  std::replace(out.begin(), out.end(), 'i', 'l');  // the skeleton of I is l, that of i is not: a name and its capitals must stay one
  return fold_case(out);  // last: a capital may look like another script's where the small letters differ
}

}  // namespace base
