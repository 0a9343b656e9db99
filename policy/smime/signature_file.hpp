// The signature of a document in a file of its own: detached (cong-van.pdf.p7s beside cong-van.pdf) or with the document inside
// (.p7m). Called by the inspection worker for attachments and by `congthu verify` for files. Pure but for OpenSSL; any thread.
//
// Its verdict covers exactly the bytes that are signed and names nothing else: identity is the certificate's, asked only whether its
// anchor may vouch for it (CONTRACT part 2). A detached signature without the file that it signs is never better than indeterminate.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/smime/smime.hpp"

namespace policy::smime {

enum class SignatureForm : unsigned char {
  cms,   // .p7s, .p7m: what is no CMS is a broken signature
  any,   // .sig: others than CMS exist, they are told and not judged
};

struct SignatureFile {
  VerifyReport report;                 // one SignatureReport per signer; always one where the verdict is not `unsigned`
  std::optional<std::string> content;  // the document inside, for further inspection
};

// `bytes`: DER, PEM or bare base64. `beside`: the file that a detached signature signs, absent when there is none. Where the signature
// holds its content, a file beside it must be that very content.
SignatureFile verify_signature_file(std::string_view bytes, const std::optional<std::string_view>& beside, SignatureForm form,
                                    const trust::TrustStore& trust, const Options& options);

}  // namespace policy::smime
