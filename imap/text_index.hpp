// What SEARCH wants from a full-text index. The index proposes, SEARCH verifies by reading, so an index may be behind or may
// not know: it never makes a hit disappear. Implemented over `indexer` by the composition root; without one, all is scanned.
#pragma once
#include <optional>
#include <string_view>

#include "base/ids.hpp"
#include "imap/proto/number_set.hpp"

namespace imap {

class TextIndex {
 public:
  enum class Field : unsigned char { subject, body, text };  // text: header and body
  struct Proposal {
    // A superset of the indexed messages of this mailbox in which the field holds `needle` as a folded substring.
    proto::NumberSet candidates;
    // Of those, the ones where it was found in an attachment's own text (PDF, Office), which SEARCH cannot read: hits as they are.
    proto::NumberSet certain;
    base::Uid indexed_up_to{};  // messages above are not indexed yet: scanned
  };
  virtual ~TextIndex() = default;
  // Nothing: the index cannot say (too short a needle, damaged, being rebuilt): scan all. Blocks; any pool thread. `needle` is
  // UTF-8 as the client wrote it, not folded.
  virtual std::optional<Proposal> propose(base::AccountId account, base::MailboxId mailbox, Field field, std::string_view needle) = 0;
};

}  // namespace imap
