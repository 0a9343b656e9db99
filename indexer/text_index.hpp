// The questions to the index. IMAP SEARCH: propose() gives a set that holds every hit, the caller verifies; `congthu search`:
// search() ranks. Where messages are (mailbox, uid) is always asked of the store, so a move or an expunge needs no index change.
// Thread rule: const calls from any thread; each opens its own reader and blocks on disk: a pool thread.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.hpp"

namespace indexer {

enum class Field : unsigned char { subject, body, text };  // text: header and body

struct Proposal {
  std::vector<store::Uid> candidates;  // ascending: every indexed message of the mailbox that can match
  std::vector<store::Uid> certain;     // of those: the needle stands in an attachment's own text (verified)
  store::Uid indexed_up_to{};          // messages above are not indexed yet: scan them
};

struct Hit {
  store::MailboxId mailbox{};
  store::Uid uid{};
  store::EmailId email{};
  double score = 0;  // BM25, only to compare hits of one search
  store::Time internal_date{};
};

class TextIndex {
 public:
  // `directory` holds one database per account. `broken` is told an account whose database is missing, foreign or damaged.
  TextIndex(const store::Store& store, std::string directory, std::function<void(store::AccountId)> broken = {})
      : store_(store), directory_(std::move(directory)), broken_(std::move(broken)) {}

  // Nothing: the index cannot say (no index, too short or too common a needle, far behind): scan all. `needle` is UTF-8, not
  // folded. Throws store::Failure on a damaged store only.
  std::optional<Proposal> propose(store::AccountId account, store::MailboxId mailbox, Field field, std::string_view needle) const;

  // Words and "phrases of words" (all must occur), from:, to:, subject:, so: (document number; `so:204` finds 204/KH-UBND),
  // has:attachment, has:signature, has:document; a word with diacritics asks for them. Best first; a message in two mailboxes is
  // one hit. Errc::invalid: an unknown field or nothing asked; Errc::unavailable: no index now.
  [[nodiscard]] base::Result<std::vector<Hit>> search(store::AccountId account, std::string_view query, std::size_t at_most = 50) const;

 private:
  void report(store::AccountId account) const { if (broken_) broken_(account); }
  const store::Store& store_;
  std::string directory_;
  std::function<void(store::AccountId)> broken_;
};

}  // namespace indexer
