// ODF 1.3 part 2, 3.5 and 5: a document signature is valid only if it has a reference to every file of the package but the signature
// files themselves. manifest.xml says how each file is read, so it counts as well.
#include "base/unicode.hpp"
#include "policy/xmlsig/office.hpp"

namespace policy::xmlsig {

void judge_odf_coverage(Package& package, const Covered& covered, Reasons& reasons) {
  std::size_t told = 0;
  for (const auto& [name, index] : package.names()) {
    const std::string folded = base::fold_case(name);
    const bool signatures = folded.starts_with("meta-inf/") && folded.find("signatures") != std::string::npos;
    if (signatures) continue;
    const auto found = covered.parts.find(name);
    if (found != covered.parts.end() && found->second.whole) continue;
    add(reasons, Code::package_partly_signed, name);
    if (++told > 3) break;
  }
  const std::string* manifest = package.read(package.spelled("META-INF/manifest.xml"));
  const Document doc = manifest ? parse_xml(*manifest) : Document();
  if (!doc) return add(reasons, Code::unparsable_container, "META-INF/manifest.xml");
  if (!all(xmlDocGetRootElement(doc.get()), "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0", "encryption-data").empty())
    add(reasons, Code::encrypted_document);
}

}  // namespace policy::xmlsig
