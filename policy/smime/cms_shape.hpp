// The raw shape of a CMS ContentInfo (RFC 5652 3, 5), read without OpenSSL: what it is, how many certificates and signers it
// has, and each signer's signed attributes as they stand in the bytes. Views into the input.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/smime/ber.hpp"

namespace policy::smime {

enum class CmsKind : unsigned char { signed_data, encrypted, other, malformed, too_large };

struct RawAttribute {
  std::string_view oid;      // content bytes of the OBJECT IDENTIFIER
  std::size_t values = 0;
  std::string_view value;    // the first one, whole
  std::string_view all;      // every value, one behind the other
};

struct RawSigner {
  std::string_view digest_algorithm;     // content of the AlgorithmIdentifier
  std::string_view signature_algorithm;
  std::string_view signature;
  std::string_view signed_attributes;    // whole, with its [0] tag; empty when absent
  std::vector<RawAttribute> attributes;  // the signed ones
  std::vector<RawAttribute> unsigned_attributes;
};

struct CmsShape {
  CmsKind kind = CmsKind::malformed;
  std::size_t used = 0;              // length of the ContentInfo
  std::string_view content_type;     // eContentType, content bytes of the OID
  std::optional<Tlv> content;        // eContent, the OCTET STRING
  std::size_t certificates = 0;
  std::string_view revocation;       // RevocationInfoChoices, without their tag
  std::vector<RawSigner> signers;
};

CmsShape read_shape(std::string_view cms);

// OIDs as content bytes.
std::string_view oid_data();                   // 1.2.840.113549.1.7.1
std::string_view oid_content_type();           // 1.2.840.113549.1.9.3
std::string_view oid_message_digest();         // 1.2.840.113549.1.9.4
std::string_view oid_signing_time();           // 1.2.840.113549.1.9.5
std::string_view oid_signing_certificate();    // 1.2.840.113549.1.9.16.2.12
std::string_view oid_signing_certificate_v2(); // 1.2.840.113549.1.9.16.2.47
std::string_view oid_algorithm_protection();   // 1.2.840.113549.1.9.52
std::string_view oid_timestamp_token();        // 1.2.840.113549.1.9.16.2.14
std::string_view oid_timestamp_info();         // 1.2.840.113549.1.9.16.1.4, id-ct-TSTInfo

}  // namespace policy::smime
