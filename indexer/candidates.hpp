// Which documents of one open database can hold a folded needle. Sets are bitmaps over docids. Internal to indexer's .cpp files.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/words.hpp"
#include "indexer/xapian_guard.hpp"

namespace indexer {

using DocSet = std::vector<bool>;  // index = docid

class Candidates {
 public:
  explicit Candidates(const Xapian::Database& db) : db_(db), size_(std::size_t(db.get_lastdocid()) + 1) {}
  // Every document whose field holds text with the needle; nullopt: its words match too much of the vocabulary.
  std::optional<DocSet> holding(char field, const NeedleWords& needle) const;
  DocSet with(const std::string& term) const;
  std::size_t size() const { return size_; }

 private:
  enum class Place { whole, head, tail, inside };  // of the needle's word in a word of the text
  bool add_word(DocSet& out, char field, std::string_view word, Place place) const;
  bool add_vocabulary(DocSet& out, char field, std::string_view word, Place place) const;
  void add_odd(DocSet& out, char field, std::string_view word) const;
  void add_postings(DocSet& out, const std::string& term) const;

  const Xapian::Database& db_;
  const std::size_t size_;
};

inline void unite(DocSet& a, const DocSet& b) { for (std::size_t i = 0; i < a.size(); ++i) if (b[i]) a[i] = true; }
inline void intersect(DocSet& a, const DocSet& b) { for (std::size_t i = 0; i < a.size(); ++i) if (!b[i]) a[i] = false; }

}  // namespace indexer
