#include "policy/xmlsig/xmlsig.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/unicode.hpp"
#include "policy/xmlsig/office.hpp"

namespace policy::xmlsig {
namespace {

constexpr std::size_t kMaxXmlSignatures = 16;  // of one file that are verified; more are told
constexpr std::string_view kOdfSignatures = "urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0";

SignatureReport told(std::string part, Code code, std::string detail) {
  SignatureReport r;
  r.layer = Layer::xml;
  r.part = std::move(part);
  add(r.reasons, code, std::move(detail));
  conclude(r);
  return r;
}

using JudgeCoverage = void (*)(Package&, const Covered&, Reasons&);

// One file of a package that holds signatures. `root`: what its root element must be.
void judge_file(Package& package, const std::string& name, JudgeCoverage coverage, bool ooxml, const trust::TrustStore& trust, const smime::Options& options,
                std::vector<SignatureReport>& out) {
  const std::string* bytes = package.read(name);
  const Document doc = bytes ? parse_xml(*bytes) : Document();
  const xmlNode* root = doc ? xmlDocGetRootElement(doc.get()) : nullptr;
  if (!root) return out.push_back(told(name, Code::xml_signature_not_verified, "unreadable"));
  std::vector<const xmlNode*> found;
  if (ooxml && is(root, kDsig, "Signature")) found.push_back(root);
  if (!ooxml && is(root, kOdfSignatures, "document-signatures")) found = elements(root);
  const bool proper = std::all_of(found.begin(), found.end(), [](const xmlNode* n) { return is(n, kDsig, "Signature"); });
  if (found.empty() && !ooxml && all(root, kDsig, "Signature").empty()) return;  // a list of none
  if (found.empty() || !proper) return out.push_back(told(name, Code::malformed_xml_signature, "root element"));
  const Resolve resolve = [&](const std::string& path) -> std::optional<std::string> {
    const std::string spelled = ooxml ? package.spelled(path) : path;
    const std::string* part = package.read(spelled);
    return part ? std::optional(*part) : std::nullopt;
  };
  for (const xmlNode* signature : found) {
    if (out.size() >= kMaxXmlSignatures) return out.push_back(told(name, Code::limit_exceeded, "signatures"));
    Judged j = judge_signature(doc.get(), signature, resolve, trust, options);
    j.report.part = name;
    coverage(package, j.covered, j.report.reasons);
    if (package.exceeded()) add(j.report.reasons, Code::limit_exceeded, "package");
    conclude(j.report);
    out.push_back(std::move(j.report));
  }
}

}  // namespace

Signatures verify_package(std::string_view bytes, const trust::TrustStore& trust, const smime::Options& options, const PackageLimits& limits) {
  Signatures out;
  const auto package = Package::open(bytes, limits);
  if (!package) return out;
  const bool ooxml = !package->spelled("[Content_Types].xml").empty(), odf = !ooxml && !package->spelled("META-INF/manifest.xml").empty();
  out.looked = ooxml || odf || !package->spelled("mimetype").empty();
  for (const auto& [name, index] : package->names()) {
    const std::string folded = base::fold_case(name);
    if (folded.starts_with("meta-inf/") && folded.find("signatures") != std::string::npos) {
      // Macro and package signatures cover something else than the document.
      if (odf && name == "META-INF/documentsignatures.xml") judge_file(*package, name, judge_odf_coverage, false, trust, options, out.found);
      else out.found.push_back(told(name, Code::xml_signature_not_verified, "not the signature of the document"));
    }
    const bool part = folded.starts_with("_xmlsignatures/") && !folded.ends_with(".rels") && !folded.ends_with("origin.sigs");
    if (!part) continue;
    if (ooxml) judge_file(*package, name, judge_ooxml_coverage, true, trust, options, out.found);
    else out.found.push_back(told(name, Code::xml_signature_not_verified, "no package"));
  }
  // Signature parts may be kept elsewhere; then nobody here knows what they are.
  const std::string* types = ooxml ? package->read(package->spelled("[Content_Types].xml")) : nullptr;
  if (out.found.empty() && ooxml && (!types || types->find("digital-signature-xmlsignature") != std::string::npos))
    out.found.push_back(told("[Content_Types].xml", Code::xml_signature_not_verified, "signature part elsewhere"));
  out.looked = out.looked || !out.found.empty();
  return out;
}

Signatures verify_xml(std::string_view bytes, const trust::TrustStore& trust, const smime::Options& options) {
  Signatures out;
  const Document doc = parse_xml(bytes);
  if (!doc) {
    out.looked = bytes.find(kDsig) != std::string_view::npos;  // it may hold one
    if (out.looked) out.found.push_back(told("Signature", Code::xml_signature_not_verified, "unreadable"));
    return out;
  }
  out.looked = true;
  const xmlNode* root = xmlDocGetRootElement(doc.get());
  const auto found = all(root, kDsig, "Signature");
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string name = "Signature " + std::to_string(i + 1);
    if (i >= kMaxXmlSignatures) return out.found.push_back(told(name, Code::limit_exceeded, "signatures")), out;
    Judged j = judge_signature(doc.get(), found[i], {}, trust, options);
    j.report.part = name;
    const auto& parts = j.covered.elements;
    const bool whole = j.covered.document || std::find(parts.begin(), parts.end(), root) != parts.end();
    if (!whole && verdict_of(j.report.reasons) == Verdict::valid) {
      std::string ids;
      for (const xmlNode* e : parts) ids += (ids.empty() ? "" : ", ") + std::string(local_name(e));
      add(j.report.reasons, Code::xml_signature_not_verified, "covers only " + ids.substr(0, 200));
    }
    conclude(j.report);
    out.found.push_back(std::move(j.report));
  }
  return out;
}

}  // namespace policy::xmlsig
