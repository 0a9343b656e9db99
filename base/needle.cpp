#include "base/needle.hpp"

#include "base/unicode.hpp"

namespace base {

Needle::Needle(std::string_view utf8) : text_(utf8), loose_(fold_search(utf8)) {
  std::string exact = fold_case(utf8);
  // Ligatures and full-width letters fold too, but are no diacritics: only what loses a mark must be met exactly.
  if (exact == loose_) return;
  if (strip_diacritics(exact) == exact) return;
  exact_ = std::move(exact);
  tone_ = fold_tone(utf8);
}

bool Needle::in(Haystack& h) const {
  if (!h.has_loose_) {
    h.loose_ = fold_search(h.text_);
    h.has_loose_ = true;
  }
  // The loose form is the coarser one: without it there is no exact match either, and most text ends here.
  if (h.loose_.find(loose_) == std::string::npos) return false;
  if (exact_.empty()) return true;
  if (!h.has_exact_) {
    h.exact_ = fold_case(h.text_);
    h.tone_ = fold_tone(h.text_);
    h.has_exact_ = true;
  }
  return h.exact_.find(exact_) != std::string::npos || h.tone_.find(tone_) != std::string::npos;
}

}  // namespace base
