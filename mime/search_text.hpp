// What a full-text index wants from a message, as UTF-8. Attachments' own text (PDF, Office) comes from elsewhere.
// Thread rule: pure. The cap bounds memory and time for hostile or huge mail.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "mime/structure.hpp"

namespace mime {

struct SearchText {
  std::string subject;
  std::string from, to, cc, bcc;  // display names and addresses, blank-separated
  std::string body;               // of all text/* parts, embedded messages too (with their subjects); HTML as text
  std::string file_names;         // one a line
  bool cut = false;               // the cap was reached
};

SearchText search_text(std::string_view content, const Structure& structure, std::size_t max_body_bytes = std::size_t(1) << 20);

}  // namespace mime
