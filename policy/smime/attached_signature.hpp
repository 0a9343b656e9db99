// Which attachments of a mail are signatures of other attachments, and of which: cong-van.pdf.p7s signs cong-van.pdf. Only names
// bind them (MIME knows nothing better), so a name that two different files bear binds nothing. Pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/structure.hpp"
#include "policy/smime/signature_file.hpp"

namespace policy::smime {

struct AttachedSignature {
  std::uint32_t part = 0;               // index into Structure::parts
  SignatureForm form = SignatureForm::cms;
  std::uint32_t signs = mime::kNoPart;  // the file that it names
  bool ambiguous = false;               // several different files bear that name; then `signs` is kNoPart
};

// .p7s, .p7m and .sig files; not the signatures of the mail itself or of its entities (smime.p7s, smime.p7m, second parts of
// multipart/signed). In the order of the parts.
std::vector<AttachedSignature> attached_signatures(std::string_view content, const mime::Structure& s);

// The bytes of an attachment for a signature; nothing when two readers would decode them differently.
std::optional<std::string> attached_bytes(const mime::Part& part, std::string_view content);

}  // namespace policy::smime
