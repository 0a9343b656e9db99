#include "mime/document_part.hpp"

#include "base/ascii.hpp"
#include "mime/decode.hpp"

namespace mime {

bool may_be_document(const Part& part, std::string_view content) {
  if (part.first_child != kNoPart) return false;
  constexpr std::size_t kEncoded = 64, kMagic = 12;
  const std::string head = decode(part.body.of(content).substr(0, kEncoded), encoding_of(part.encoding), kMagic);
  for (const std::string_view magic : {"%PDF-", "PK\x03\x04", "\xD0\xCF\x11\xE0", "{\\rtf", "<?xml", "\xEF\xBB\xBF<?xml"})
    if (head.starts_with(magic)) return true;
  for (const std::string_view subtype : {"pdf", "xml", "msword", "rtf", "vnd.oasis.opendocument.text"})
    if ((part.type == "application" || part.type == "text") && part.subtype == subtype) return true;
  if (part.type == "application" && part.subtype.ends_with("wordprocessingml.document")) return true;
  const std::string name = file_name(part);
  for (const std::string_view ending : {".pdf", ".docx", ".doc", ".odt", ".rtf", ".txt", ".xml", ".edxml"})
    if (base::iends_with(name, ending)) return true;
  return false;
}

}  // namespace mime
