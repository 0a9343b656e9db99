// One account's Xapian database, written. A document per EmailId (its docid), so a message in several mailboxes is indexed once.
// Metadata: "format", "store" (incarnation), "state" (building, ready), "done" (journal sequence), all committed together with
// the documents. Terms: README.md. Thread rule: one writer at a time per database; the Indexer's lock sees to it.
// Errors: throws store::Failure. corrupt: build it anew; unavailable: another process writes it; conflict: reread; io: the disk.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "indexer/message_text.hpp"

namespace indexer {

std::string database_path(const std::string& directory, store::AccountId account);

class Database {
 public:
  // The existing one. Errc::corrupt also when it is missing, of another store or not finished.
  static Database open(const std::string& path, const std::string& incarnation);
  static Database create(const std::string& path, const std::string& incarnation);  // empty, building; what was there goes
  Database(Database&&) noexcept;
  ~Database();  // writes what is pending when it can, without a checkpoint: harmless, since it is done again

  store::JournalSeq done() const;
  bool has(store::EmailId email) const;
  void add(store::EmailId email, const MessageText& text);
  void erase(store::EmailId email);
  void for_each(const std::function<void(store::EmailId)>& f) const;
  void flush();                                   // documents so far; the checkpoint stays
  void commit(store::JournalSeq done);            // documents, checkpoint, ready

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct DatabaseState {
  bool ready = false;
  store::JournalSeq done{};
  std::uint64_t documents = 0;
};
DatabaseState database_state(const std::string& path, const std::string& incarnation);  // never throws Failure
// Reader's side of for_each(). Throws Failure as above.
void for_each_document(const std::string& path, const std::function<void(store::EmailId)>& f);

}  // namespace indexer
