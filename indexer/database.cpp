#include "indexer/database.hpp"

#include <filesystem>
#include <unordered_map>

#include "base/unicode.hpp"
#include "indexer/words.hpp"
#include "indexer/xapian_guard.hpp"

namespace indexer {
namespace {

constexpr std::size_t kMaxExact = 64;    // bytes of a word with diacritics
constexpr std::size_t kMaxTerms = 200'000;  // of one message; beyond, it is always a candidate

// Gathers the terms of one message: Document::add_term is a tree look-up each, so words are counted in a hash table first.
class Terms {
 public:
  bool full() const { return counts_.size() > kMaxTerms; }

  void field(char prefix, std::string_view text, std::string_view folded) {
    for_each_word(folded, [&](std::string_view w) { word(prefix, w); });
    exact(text, folded);
  }
  void word(char prefix, std::string_view w) {
    if (full()) return;
    if (!is_odd(w)) {
      ++counts_[term(prefix, w)];
      return;
    }
    const char small = trigram_prefix(prefix);
    ++counts_[std::string(1, small)];  // marks a message with odd words: needles too short for a trigram
    for (std::size_t i = 0; i + 3 <= w.size() && !full(); ++i) ++counts_[term(small, w.substr(i, 3))];
  }
  void numbers(std::string_view folded) {
    for (const std::string_view n : document_numbers(folded)) ++counts_[term(kNumber, n)];
  }
  void flag(const char* name) { counts_[name] = 0; }

  void add_to(Xapian::Document& doc) const {
    for (const auto& [t, count] : counts_) {
      if (count == 0) doc.add_boolean_term(t);
      else doc.add_term(t, count);
    }
  }

 private:
  // Words that carry diacritics, for searches that ask for them.
  void exact(std::string_view text, std::string_view folded) {
    if (text.size() == folded.size() && std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; })) return;
    for_each_word(base::fold_tone(text), [&](std::string_view w) {
      const bool plain = std::none_of(w.begin(), w.end(), [](char c) { return (c & 0x80) != 0; });
      if (!plain && w.size() <= kMaxExact && !full()) ++counts_[term(kExact, w)];
    });
  }
  std::unordered_map<std::string, Xapian::termcount> counts_;
};

Xapian::Document make_document(const MessageText& text) {
  Terms terms;
  const auto add = [&](char prefix, const std::string& s) {
    const std::string folded = base::fold_search(s);
    terms.field(prefix, s, folded);
    if (prefix != kFrom && prefix != kTo) terms.numbers(folded);
  };
  add(kSubject, text.subject);
  add(kFrom, text.from);
  add(kTo, text.to);
  add(kBody, text.body);
  for (const std::string& a : text.attachments) add(kAttachment, a);
  for_each_word(base::fold_search(text.header), [&](std::string_view w) { terms.word(kHeader, w); });
  if (text.cut || terms.full()) terms.flag(kPartial);
  if (text.has_attachment) terms.flag(kHasAttachment);
  Xapian::Document doc;
  terms.add_to(doc);
  return doc;
}

Xapian::docid docid(store::EmailId email) {
  if (raw(email) == 0 || raw(email) >= 0xffffffffu) throw store::Failure(base::fail(base::Errc::limit, "email id beyond the index's range"));
  return Xapian::docid(raw(email));
}

}  // namespace

std::string database_path(const std::string& directory, store::AccountId account) { return directory + "/" + std::to_string(raw(account)); }

struct Database::Impl {
  Xapian::WritableDatabase db;
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::Database(Database&&) noexcept = default;

Database::~Database() = default;

Database Database::open(const std::string& path, const std::string& incarnation) {
  return guarded([&] {
    auto impl = std::make_unique<Impl>(Impl{Xapian::WritableDatabase(path, Xapian::DB_OPEN)});
    if (!is_ready(impl->db, incarnation)) throw store::Failure(base::fail(base::Errc::corrupt, "index: unfinished or of another store: " + path));
    return Database(std::move(impl));
  });
}

Database Database::create(const std::string& path, const std::string& incarnation) {
  // Damaged files may not even be opened for overwriting, so they are removed; readers meanwhile see no index and scan.
  std::error_code ec;
  try {
    const Xapian::WritableDatabase probe(path, Xapian::DB_OPEN);  // refused while another process writes
  } catch (const Xapian::DatabaseLockError& e) {
    throw store::Failure(to_error(e));
  } catch (const Xapian::Error&) {  // missing or damaged: it goes
  }
  std::filesystem::remove_all(path, ec);
  if (ec) throw store::Failure(base::fail(base::Errc::io, "cannot remove " + path + ": " + ec.message()));
  return guarded([&] {
    auto impl = std::make_unique<Impl>(Impl{Xapian::WritableDatabase(path, Xapian::DB_CREATE)});
    impl->db.set_metadata("format", kFormatNumber);
    impl->db.set_metadata("store", incarnation);
    impl->db.set_metadata("state", "building");
    impl->db.commit();
    return Database(std::move(impl));
  });
}

store::JournalSeq Database::done() const {
  return guarded([&] { return checkpoint_of(impl_->db); });
}

bool Database::has(store::EmailId email) const {
  return guarded([&] {
    try {
      impl_->db.get_doclength(docid(email));
      return true;
    } catch (const Xapian::DocNotFoundError&) {
      return false;
    }
  });
}

void Database::add(store::EmailId email, const MessageText& text) {
  guarded([&] { impl_->db.replace_document(docid(email), make_document(text)); });
}

void Database::erase(store::EmailId email) {
  guarded([&] {
    try {
      impl_->db.delete_document(docid(email));
    } catch (const Xapian::DocNotFoundError&) {
    }
  });
}

namespace {
void walk(const Xapian::Database& db, const std::function<void(store::EmailId)>& f) {
  for (auto it = db.postlist_begin(""); it != db.postlist_end(""); ++it) f(store::EmailId(*it));
}
}  // namespace

void Database::for_each(const std::function<void(store::EmailId)>& f) const {
  guarded([&] { walk(impl_->db, f); });
}

void Database::flush() {
  guarded([&] { impl_->db.commit(); });
}

void Database::commit(store::JournalSeq done) {
  guarded([&] {
    impl_->db.set_metadata("done", std::to_string(raw(done)));
    impl_->db.set_metadata("state", "ready");
    impl_->db.commit();
  });
}

DatabaseState database_state(const std::string& path, const std::string& incarnation) {
  try {
    const Xapian::Database db(path);
    return {is_ready(db, incarnation), checkpoint_of(db), db.get_doccount()};
  } catch (const Xapian::Error&) {
    return {};
  }
}

void for_each_document(const std::string& path, const std::function<void(store::EmailId)>& f) {
  guarded([&] { walk(Xapian::Database(path), f); });
}

}  // namespace indexer
