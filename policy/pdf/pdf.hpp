// The verdicts on the signatures of a PDF (PAdES, ISO 32000-2 12.8), first strict level: exactly one signature that covers the
// whole file is judged; several signatures are checked each, but together are at best indeterminate. Runs in the sandboxed
// inspection worker and in `congthu verify`. Pure but for OpenSSL; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "policy/core/signature_report.hpp"
#include "policy/trust/trust_store.hpp"

namespace policy::pdf {

struct Options {
  base::Time at{};
  trust::Revocation revocation = trust::Revocation::prefer;
  std::vector<std::string> site_domains;   // canonical; public anchors may not vouch for these
  std::vector<std::string> site_agencies;  // names of the site's agencies, for the same rule
  std::optional<base::Time> known{};       // revocation data counts up to here; absent = at
};

// One report per signature, in the order of their revisions; empty = unsigned. A file whose signatures cannot be looked for
// gives one report without signer, so it is never taken for unsigned.
std::vector<SignatureReport> verify_pdf(std::string_view bytes, const trust::TrustStore& trust, const Options& options);

// The same as a report for people and pipes: overall verdict, reasons of all, not_signed when there is none.
VerifyReport verify_document(std::string_view bytes, const trust::TrustStore& trust, const Options& options);

}  // namespace policy::pdf
