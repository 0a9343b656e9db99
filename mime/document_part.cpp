#include "mime/document_part.hpp"

#include "base/ascii.hpp"
#include "mime/decode.hpp"

namespace mime {

bool may_be_document(const Part& part, std::string_view content) {
  if (part.first_child != kNoPart) return false;
  constexpr std::size_t kEncoded = 64, kMagic = 12;
  const std::string head = decode(part.body.of(content).substr(0, kEncoded), encoding_of(part.encoding), kMagic);
  if (head.starts_with("%PDF-") || head.starts_with("PK\x03\x04")) return true;
  if (part.type == "application" && (part.subtype == "pdf" || part.subtype.ends_with("wordprocessingml.document"))) return true;
  if ((part.type == "text" || part.type == "application") && part.subtype == "xml") return true;
  if (head.starts_with("<?xml") || head.starts_with("\xEF\xBB\xBF<?xml")) return true;
  const std::string name = file_name(part);
  for (const std::string_view ending : {".pdf", ".docx", ".xml", ".edxml"})
    if (base::iends_with(name, ending)) return true;
  return false;
}

}  // namespace mime
