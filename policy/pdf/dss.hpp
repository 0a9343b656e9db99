// The document security store of a PDF (ISO 32000-2 12.8.4.3): certificates, CRLs and OCSP answers beside the signatures. Private to
// the room.
#pragma once
#include "policy/pdf/file.hpp"
#include "policy/trust/evidence.hpp"

namespace policy::pdf {

// Adds what the newest revision holds; true when there is a DSS with revocation data. Each piece counts by its own signature only, so
// what cannot be read is left out.
bool read_dss(File& file, trust::Evidence& out);

}  // namespace policy::pdf
