#include "indexer/words.hpp"

#include "base/unicode.hpp"

namespace indexer {
namespace {

constexpr std::size_t kMaxNumber = 40;  // bytes of a document number

std::size_t number_char(std::string_view s, std::size_t at) {
  const bool joint = at < s.size() && (s[at] == '/' || s[at] == '-' || s[at] == '.' || s[at] == '&');
  return joint ? 1 : word_char(s, at);
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// digits, then '/' or '-', and a letter somewhere behind.
bool is_document_number(std::string_view run) {
  std::size_t digits = 0;
  while (digits < run.size() && is_digit(run[digits])) ++digits;
  if (digits == 0 || digits > 6 || digits + 1 >= run.size() || run.size() > kMaxNumber) return false;
  if (run[digits] != '/' && run[digits] != '-') return false;
  return std::any_of(run.begin() + std::ptrdiff_t(digits), run.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c & 0x80) != 0; });
}

}  // namespace

std::vector<std::string_view> document_numbers(std::string_view folded) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < folded.size();) {
    std::size_t end = at;
    if (is_digit(folded[at]))
      while (const std::size_t n = number_char(folded, end)) end += n;
    else
      while (const std::size_t n = word_char(folded, end)) end += n;
    if (end == at) { ++at; continue; }
    std::string_view run = folded.substr(at, end - at);
    while (run.back() == '/' || run.back() == '-' || run.back() == '.' || run.back() == '&') run.remove_suffix(1);
    if (is_digit(run.front()) && is_document_number(run)) out.push_back(run);
    at = end;
  }
  return out;
}

NeedleWords needle_words(std::string_view folded) {
  NeedleWords out;
  for_each_word(folded, [&](std::string_view w) { out.words.push_back(w); });
  if (out.words.empty()) return out;
  out.open_head = out.words.front().data() == folded.data();
  out.open_tail = out.words.back().data() + out.words.back().size() == folded.data() + folded.size();
  return out;
}

bool holds(std::string_view text, std::string_view needle) {
  const std::string loose = base::fold_search(needle);
  if (base::fold_search(text).find(loose) == std::string::npos) return false;
  const std::string exact = base::fold_case(needle);
  if (exact == loose || base::strip_diacritics(exact) == exact) return true;
  return base::fold_case(text).find(exact) != std::string::npos || base::fold_tone(text).find(base::fold_tone(needle)) != std::string::npos;
}

}  // namespace indexer
