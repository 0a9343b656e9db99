// Which parts of a message are worth opening as documents (PDF, Office, XML with signatures). A document is known by its first bytes; type and name
// only say where looking is worth the decoding. Policy inspects these parts, the indexer reads their text. Thread rule: pure.
#pragma once
#include <string_view>

#include "mime/structure.hpp"

namespace mime {

// `content` is the message that `part` was scanned from.
bool may_be_document(const Part& part, std::string_view content);

}  // namespace mime
