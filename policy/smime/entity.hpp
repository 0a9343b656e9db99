// Which parts of a mail are S/MIME entities, and the signature of one of them: the bytes it covers and what CMS says. Private.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/structure.hpp"
#include "policy/smime/cms.hpp"

namespace policy::smime {

enum class EntityKind : unsigned char {
  none,
  multipart_signed,    // protocol pkcs7, or what pretends to be
  openpgp,             // multipart/signed of RFC 3156
  pkcs7,               // application/pkcs7-mime, or octet-stream with its file names (RFC 8551 3.9)
  lone_signature,      // application/pkcs7-signature
};
EntityKind kind_of(const mime::Structure& s, const mime::Part& part);

struct SignedEntity {
  Reasons reasons;              // why it could not be read as RFC 1847 or RFC 8551 say; then cms is empty
  CmsResult cms;
  bool opaque = false;
  std::uint32_t child = mime::kNoPart;  // detached: the signed part, in the same structure
};

// `part` is of kind multipart_signed or pkcs7.
SignedEntity read_signed(std::string_view content, const mime::Structure& s, const mime::Part& part, const trust::TrustStore& trust,
                         const CmsOptions& options);

std::vector<std::uint32_t> children(const mime::Structure& s, const mime::Part& p);
bool inside_message(const mime::Structure& s, const mime::Part& p);  // below a message/rfc822

// The decoded body; nothing when base64 holds anything foreign: a signature is judged only if every reader decodes the same.
std::optional<std::string> transfer_decoded(const mime::Part& p, std::string_view content);

}  // namespace policy::smime
