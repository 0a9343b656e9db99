// The XML signatures of a file and the verdict of each, coverage included. Runs in congthu-inspect only. Pure but for OpenSSL; the
// libraries must be warm before the sandbox closes (xmlInitParser). One thread at a time for one call.
#pragma once
#include <string_view>
#include <vector>

#include "policy/core/signature_report.hpp"
#include "policy/smime/smime.hpp"
#include "policy/trust/trust_store.hpp"
#include "policy/xmlsig/package.hpp"

namespace policy::xmlsig {

struct Signatures {
  bool looked = false;  // a package or XML; else nothing is claimed
  std::vector<SignatureReport> found;
};

// OOXML (ECMA-376 part 2, ISO/IEC 29500-2) and ODF (1.2 and 1.3, part 2) packages.
Signatures verify_package(std::string_view bytes, const trust::TrustStore& trust, const smime::Options& options, const PackageLimits& limits);
Signatures verify_xml(std::string_view bytes, const trust::TrustStore& trust, const smime::Options& options);

}  // namespace policy::xmlsig
