// Private to the room: the checks of one SignerInfo that need no certificate path.
#pragma once
#include <openssl/cms.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "policy/core/reason.hpp"
#include "policy/smime/cms_shape.hpp"
#include "policy/trust/algorithms.hpp"
#include "policy/trust/openssl.hpp"

namespace policy::smime {

// The digests of one content, each made once however many signers ask for it.
class ContentDigests {
 public:
  explicit ContentDigests(const std::vector<std::string_view>& segments) : segments_(segments) {}
  const std::string& of(const EVP_MD* md);  // empty when the algorithm cannot be had

 private:
  const std::vector<std::string_view>& segments_;
  std::vector<std::pair<int, std::string>> made_;
};

void check_digest_strength(const EVP_MD* md, const trust::AlgorithmFloor& floor, Reasons& reasons);  // else weak_digest
const RawAttribute* attribute(const RawSigner& signer, std::string_view oid);

// RFC 5652 5.3, 11.1, 11.2: signed attributes are required, with exactly one content-type and one message-digest of one value.
// False when nothing more can be concluded from this signer.
bool check_attributes(const RawSigner& raw, std::string_view content_type, Reasons& reasons);
void check_digest(const RawSigner& raw, const EVP_MD* md, ContentDigests& digests, Reasons& reasons);
void check_value(CMS_SignerInfo* si, const RawSigner& raw, X509* cert, const EVP_MD* md, const trust::AlgorithmFloor& floor, Reasons& reasons);
// RFC 5035 3, 4 (ESS signing certificate) and RFC 6211 (algorithm protection): optional, but must match when there.
void check_protections(const RawSigner& raw, const X509* cert, Reasons& reasons);
std::optional<base::Time> signing_time(const RawSigner& raw);

}  // namespace policy::smime
