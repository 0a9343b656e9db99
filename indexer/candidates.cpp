#include "indexer/candidates.hpp"

namespace indexer {
namespace {

constexpr std::size_t kMaxVocabulary = 2'000'000;  // terms looked at for one word: about a second
constexpr std::size_t kMaxExpansion = 20'000;      // terms that one word may match

}  // namespace

void Candidates::add_postings(DocSet& out, const std::string& t) const {
  for (auto it = db_.postlist_begin(t), end = db_.postlist_end(t); it != end; ++it)
    if (*it < out.size()) out[*it] = true;
}

DocSet Candidates::with(const std::string& t) const {
  DocSet out(size_);
  add_postings(out, t);
  return out;
}

// The message's odd words are known by their trigrams: one that holds the needle's word has all of its trigrams.
void Candidates::add_odd(DocSet& out, char field, std::string_view word) const {
  const char small = trigram_prefix(field);
  if (word.size() < 3) return add_postings(out, std::string(1, small));
  std::optional<DocSet> all;
  for (std::size_t i = 0; i + 3 <= word.size(); ++i) {
    const DocSet one = with(term(small, word.substr(i, 3)));
    if (all) intersect(*all, one);
    else all = one;
  }
  unite(out, *all);
}

bool Candidates::add_vocabulary(DocSet& out, char field, std::string_view word, Place place) const {
  const bool head = place == Place::head;
  const std::string prefix = head ? term(field, word) : std::string(1, field);
  std::size_t seen = 0, matched = 0;
  for (auto it = db_.allterms_begin(prefix), end = db_.allterms_end(prefix); it != end; ++it) {
    if (++seen > kMaxVocabulary) return false;
    const std::string t = *it;
    const std::string_view w = std::string_view(t).substr(1);
    const bool fits = head || (place == Place::tail ? w.ends_with(word) : w.find(word) != std::string_view::npos);
    // "XPART" and its like stand under no field's letter, so nothing else can match here.
    if (!fits) continue;
    if (++matched > kMaxExpansion) return false;
    add_postings(out, t);
  }
  return true;
}

bool Candidates::add_word(DocSet& out, char field, std::string_view word, Place place) const {
  // A word that holds an odd word is odd itself, so then the vocabulary has nothing.
  if (is_odd(word)) return add_odd(out, field, word), true;
  if (place == Place::whole) return add_postings(out, term(field, word)), true;
  if (!add_vocabulary(out, field, word, place)) return false;
  add_odd(out, field, word);
  return true;
}

std::optional<DocSet> Candidates::holding(char field, const NeedleWords& needle) const {
  std::optional<DocSet> out;
  for (std::size_t i = 0; i < needle.words.size(); ++i) {
    const bool first = i == 0 && needle.open_head, last = i + 1 == needle.words.size() && needle.open_tail;
    const Place place = first && last ? Place::inside : first ? Place::tail : last ? Place::head : Place::whole;
    DocSet one(size_);
    if (!add_word(one, field, needle.words[i], place)) return std::nullopt;
    if (out) intersect(*out, one);
    else out = std::move(one);
  }
  return out;
}

}  // namespace indexer
