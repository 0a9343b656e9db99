// The S/MIME verdict of a mail (RFC 8551, RFC 8550, CONTRACT part 2): over the bytes as received, the root entity only.
// Called in the inspection worker, where CMS from outside is read. Pure but for OpenSSL; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/structure.hpp"
#include "policy/core/signature_report.hpp"
#include "policy/trust/trust_store.hpp"

namespace policy::smime {

struct Options {
  base::Time at{};                         // judging time: reception, or --at
  trust::Revocation revocation = trust::Revocation::prefer;
  std::vector<std::string> site_domains;   // canonical; the names that public anchors may not vouch for
  std::optional<base::Time> known{};       // revocation data counts up to here; absent = at
  std::vector<std::string> site_agencies{};  // of documents only: the names that public anchors may not vouch for
};

struct SmimeResult {
  VerifyReport report;                     // one SignatureReport per signer
  std::optional<std::string> opaque;       // the signed MIME entity inside an opaque signature, for further inspection
};

// The report of a mail in which nothing can be CMS; nothing when something may be, which is then read in the worker only.
std::optional<VerifyReport> report_without_cms(const mime::Structure& structure);

// `structure` is mime::scan(content).
SmimeResult verify_message(std::string_view content, const mime::Structure& structure, const trust::TrustStore& trust,
                           const Options& options);

}  // namespace policy::smime
