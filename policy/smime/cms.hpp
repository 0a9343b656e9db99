// Verifies a CMS SignedData (RFC 5652) signer by signer: value, digest, signed attributes, algorithms, certificate path.
// The caller (mail, PDF, bare file) adds identity and coverage. Limits are checked before OpenSSL sees a byte. Any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/core/signature_report.hpp"
#include "policy/smime/cms_shape.hpp"
#include "policy/trust/trust_store.hpp"

namespace policy::trust {
class Evidence;
}

namespace policy::smime {

struct CmsOptions {
  base::Time at{};                     // the judging time: reception, or --at
  std::optional<base::Time> known;     // revocation data counts up to here; absent = at
  std::optional<base::Time> proven;    // the value is known to have existed then (a document time-stamp over it); may be earlier
  std::optional<base::Time> stamped;   // set by timestamp.cpp: this is a time-stamp token of that time
  trust::Revocation revocation = trust::Revocation::prefer;
  const trust::Evidence* evidence = nullptr;  // revocation data from around the signature (DSS, kept with a message)
  bool document = false;               // PDF: other extended key usages are allowed, zero padding may follow the value
  std::size_t max_bytes = 1u << 20;    // without an opaque content
  std::size_t max_certificates = 32;
  std::size_t max_signers = 8;
};

struct CmsSigner {
  Reasons reasons;
  std::optional<SignerInfo> signer;
  std::optional<trust::AnchorInfo> anchor;
  bool names_unusable = false;
  std::optional<base::Time> signing_time;  // claimed
  std::vector<RevocationSource> wanted;    // as in SignatureReport; those of its time-stamps too
  std::vector<std::string> used;
  std::optional<base::Time> proven;        // by a time-stamp of this signature that holds; the judging time unless `at` is earlier
};

struct CmsResult {
  CmsKind kind = CmsKind::malformed;
  Reasons reasons;                 // about the whole; the caller adds them to its verdict
  std::vector<CmsSigner> signers;
  std::optional<std::string> content;  // of an opaque signature, when it was asked for
};

// Detached: `segments` are the signed bytes in order, and a content inside the CMS is refused (ATTACKS S1).
CmsResult verify_detached(std::string_view cms, const std::vector<std::string_view>& segments, const trust::TrustStore& trust,
                          const CmsOptions& options);
// Opaque: the content is inside and comes back; a CMS without content gives content_in_detached's opposite, malformed_cms.
CmsResult verify_opaque(std::string_view cms, const trust::TrustStore& trust, const CmsOptions& options);

}  // namespace policy::smime
