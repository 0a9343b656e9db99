// What is indexed of one stored message, as UTF-8. The header and body texts are the very ones that IMAP SEARCH reads, so that
// their words are a superset of what it can find. Reads the whole message: the indexer's thread only.
#pragma once
#include <string>
#include <vector>

#include "store/snapshot.hpp"

namespace indexer {

inline constexpr std::size_t kMaxBody = std::size_t(8) << 20;         // decoded text of one message, as much as SEARCH reads
inline constexpr std::size_t kMaxAttachments = std::size_t(4) << 20;  // of its attachments' texts

struct MessageText {
  std::string header;   // every root field, "Name: decoded value\n", trace fields too
  std::string subject;  // every Subject field
  std::string from, to;  // to: To, Cc and Bcc
  std::string body;     // text parts and file names
  std::vector<std::string> attachments;
  bool has_attachment = false;
  bool cut = false;     // something was left out: the message is always a candidate
};

// A message whose bytes cannot be read comes back empty and cut, so that it stays a candidate and its reader reports the damage.
MessageText read_text(const store::Snapshot& snapshot, store::AccountId account, const store::MessageView& message);

}  // namespace indexer
