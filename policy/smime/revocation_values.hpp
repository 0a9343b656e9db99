// The revocation data that a CMS carries, as evidence for its own verdict: it counts by who signed it, never because it is there.
#pragma once
#include "policy/smime/cms_shape.hpp"
#include "policy/trust/evidence.hpp"

namespace policy::smime {

// CRLs and OCSP answers of the SignedData (RFC 5652 10.2.1, RFC 5940), and of one signer's revocation-values (ETSI EN 319 122-1
// A.1.4.2) or adbe-revocationInfoArchival (ISO 32000-2 12.8.3.3.2). What cannot be read is left out.
void collect_revocation(const CmsShape& shape, trust::Evidence& out);
void collect_revocation(const RawSigner& signer, trust::Evidence& out);

}  // namespace policy::smime
