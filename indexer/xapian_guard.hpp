// The one place where Xapian's exceptions become ours. Included by the .cpp files that use Xapian only.
#pragma once
#include <xapian.h>

#include <string>
#include <utility>

#include "store/env.hpp"
#include "store/types.hpp"

namespace indexer {

inline base::Error to_error(const Xapian::Error& e) {
  using base::Errc;
  const std::string type = e.get_type();
  const char* system = e.get_error_string();
  std::string detail = "index: " + e.get_description();
  if (type == "DatabaseLockError") return {Errc::unavailable, std::move(detail)};
  if (type == "DatabaseModifiedError") return {Errc::conflict, std::move(detail)};
  if (type == "DatabaseOpeningError" || type == "DatabaseNotFoundError" || type == "DatabaseCorruptError" || type == "DatabaseVersionError")
    return {Errc::corrupt, std::move(detail)};
  if (system != nullptr && *system != '\0') return {Errc::io, std::move(detail)};  // e.g. the disk is full
  return {Errc::corrupt, std::move(detail)};
}

template <class F>
auto guarded(F f) {
  try {
    return f();
  } catch (const Xapian::Error& e) {
    throw store::Failure(to_error(e));
  }
}

// Terms are a prefix letter and a folded word; README.md lists them. A field's trigrams have its letter in lower case.
inline constexpr char kSubject = 'S', kBody = 'B', kAttachment = 'A', kHeader = 'H', kFrom = 'F', kTo = 'O', kExact = 'T', kNumber = 'N';
inline constexpr const char* kPartial = "XPART";
inline constexpr const char* kHasAttachment = "XATT";
inline constexpr const char* kFormatNumber = "1";
inline char trigram_prefix(char field) { return char(field - 'A' + 'a'); }

inline std::string term(char prefix, std::string_view word) {
  std::string t(1, prefix);
  t.append(word);
  return t;
}

inline bool is_ready(const Xapian::Database& db, const std::string& incarnation) {
  return db.get_metadata("format") == kFormatNumber && db.get_metadata("store") == incarnation && db.get_metadata("state") == "ready";
}
inline store::JournalSeq checkpoint_of(const Xapian::Database& db) {
  const std::string done = db.get_metadata("done");
  return store::JournalSeq(done.empty() ? 0 : std::stoull(done));
}

}  // namespace indexer
