// How text becomes terms. A word is a maximal run of letters and digits of *folded* text (base::fold_search), so a folded needle
// that occurs in folded text splits into words that stand to the text's words as the query side assumes (text_index.cpp):
// inner words whole, the first one a tail, the last one a head, a lone one anywhere inside.
// Words that would swell the vocabulary (identifiers, Base64, very long ones) are kept as trigrams. Thread rule: pure.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace indexer {

// Bytes of the character at `at` when it belongs to a word, or 0. Of what is not ASCII only the general punctuation that mail
// is full of separates (U+0080..00BF, U+2000..207F, U+3000..303F); the rest counts as letters, alike in needle and text.
inline std::size_t word_char(std::string_view s, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
  const unsigned c = byte(at);
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? 1 : 0;
  if (c == 0xc2 || (c == 0xe2 && byte(at + 1) <= 0x81) || (c == 0xe3 && byte(at + 1) == 0x80)) return 0;
  std::size_t n = 1;
  while ((byte(at + n) & 0xc0) == 0x80) ++n;
  return n;
}

template <class F>
void for_each_word(std::string_view folded, F f) {
  for (std::size_t at = 0; at < folded.size();) {
    std::size_t end = at;
    while (const std::size_t n = word_char(folded, end)) end += n;
    if (end > at) f(folded.substr(at, end - at));
    // Past the separator, its continuation bytes too.
    for (at = end + 1; at < folded.size() && (static_cast<unsigned char>(folded[at]) & 0xc0) == 0x80;) ++at;
  }
}

inline constexpr std::size_t kMaxWord = 32;  // bytes; longer words are odd

// A word nobody types: kept as trigrams. Numbers up to 9 digits and ordinary words are not odd.
inline bool is_odd(std::string_view word) {
  if (word.size() > kMaxWord) return true;
  if (word.size() < 10) return false;
  return std::count_if(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; }) >= 2;
}

// Document numbers of folded text: "204/kh-ubnd", "18-nq/tu", "12/2024/nd-cp".
std::vector<std::string_view> document_numbers(std::string_view folded);

// The needle's words and where they stand: text that holds the needle has all `inner` as whole words.
struct NeedleWords {
  std::vector<std::string_view> words;
  bool open_head = false;  // the first word may be the tail of a longer one
  bool open_tail = false;  // the last word may be the head of a longer one
};
NeedleWords needle_words(std::string_view folded);

// Does the text hold the needle, as IMAP SEARCH compares here: without case; without diacritics unless the needle has some.
bool holds(std::string_view text, std::string_view needle);

}  // namespace indexer
