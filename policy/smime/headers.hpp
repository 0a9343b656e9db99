// Which header fields of a mail its signature covers: RFC 9788 (hp= on the signed entity), its forerunner protected-headers=v1,
// and the message/rfc822 wrapping of RFC 8551 3.1. Everything else is named as unprotected (ATTACKS S8). Private.
#pragma once
#include <string_view>

#include "mime/structure.hpp"
#include "policy/smime/cms.hpp"

namespace policy::smime {

// `entity`, a part of `s`, is what is signed; `outer` the header block of the message. A protected From must be the signer's, like
// the outer one.
void judge_headers(std::string_view content, const mime::Structure& s, const mime::Part& entity, std::string_view outer,
                   const std::vector<CmsSigner>& signers, Reasons& reasons);

}  // namespace policy::smime
