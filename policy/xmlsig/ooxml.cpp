// ECMA-376 part 2, clauses 8 to 10: parts are named without case, [Content_Types].xml says what each is, .rels files what it uses. A
// signature that leaves one part or one relationship open lets text be added or replaced (the known attacks on signed OOXML).
#include <algorithm>

#include "base/ascii.hpp"
#include "base/unicode.hpp"
#include "policy/xmlsig/office.hpp"

namespace policy::xmlsig {
namespace {

constexpr std::string_view kTypesSpace = "http://schemas.openxmlformats.org/package/2006/content-types";
constexpr std::string_view kRelsSpace = "http://schemas.openxmlformats.org/package/2006/relationships";

void uncovered(Reasons& reasons, std::string what) { add(reasons, Code::package_partly_signed, std::move(what)); }

// What no producer signs: the signatures themselves and the properties, none of which is part of the text.
bool left_out(const std::string& folded) {
  return folded == "[content_types].xml" || folded.starts_with("_xmlsignatures/") || folded == "docprops/app.xml" || folded == "docprops/core.xml" ||
         folded == "docprops/custom.xml" || folded.starts_with("docprops/thumbnail.");
}

bool left_out_relation(std::string_view type) {
  for (const std::string_view end : {"/metadata/core-properties", "/extended-properties", "/extendedProperties", "/custom-properties", "/customProperties",
                                     "/metadata/thumbnail", "/digital-signature/origin"})
    if (type.ends_with(end)) return true;
  return false;
}

// Extension or name -> content type. Nothing: damaged, or two answers for one part.
class ContentTypes {
 public:
  static std::optional<ContentTypes> read(Package& package) {
    const std::string* bytes = package.read(package.spelled("[Content_Types].xml"));
    const Document doc = bytes ? parse_xml(*bytes) : Document();
    const xmlNode* root = doc ? xmlDocGetRootElement(doc.get()) : nullptr;
    if (!is(root, kTypesSpace, "Types")) return std::nullopt;
    ContentTypes out;
    for (const xmlNode* n : elements(root)) {
      const bool one = is(n, kTypesSpace, "Override");
      const auto key = attribute(n, one ? "PartName" : "Extension"), type = attribute(n, "ContentType");
      if ((!one && !is(n, kTypesSpace, "Default")) || !key || !type) return std::nullopt;
      auto& table = one ? out.overrides_ : out.defaults_;
      if (!table.emplace(base::fold_case(one ? path_of(*key) : *key), base::lower_ascii(*type)).second) return std::nullopt;
    }
    return out;
  }
  std::string of(const std::string& part) const {
    const std::string folded = base::fold_case(part);
    if (const auto own = overrides_.find(folded); own != overrides_.end()) return own->second;
    const std::size_t dot = folded.rfind('.');
    const auto by_ending = dot == std::string::npos ? defaults_.end() : defaults_.find(folded.substr(dot + 1));
    return by_ending == defaults_.end() ? std::string() : by_ending->second;
  }

 private:
  std::map<std::string, std::string> overrides_, defaults_;
};

// Every relationship of a .rels file counts, and one that leads outside shows what nobody signed.
void judge_relations(Package& package, const std::string& name, const Covered::Part* covered, Reasons& reasons) {
  const std::string* bytes = package.read(name);
  const Document doc = bytes ? parse_xml(*bytes) : Document();
  const xmlNode* root = doc ? xmlDocGetRootElement(doc.get()) : nullptr;
  if (!is(root, kRelsSpace, "Relationships")) return add(reasons, Code::unparsable_container, name);
  const bool top = base::fold_case(name) == "_rels/.rels";
  for (const xmlNode* n : elements(root)) {
    const std::string id = attribute(n, "Id").value_or(""), type = attribute(n, "Type").value_or("");
    const bool outside = base::iequals(attribute(n, "TargetMode").value_or(""), "External");
    const bool harmless = type.ends_with("/hyperlink") || type.ends_with("/attachedTemplate");
    if (outside && !harmless) uncovered(reasons, name + ": " + id + " leads outside");
    const bool in = covered && (covered->whole || covered->relations.contains(id) || covered->relation_types.contains(type));
    if (!in && !(top && left_out_relation(type))) uncovered(reasons, name + ": " + id);
  }
}

}  // namespace

void judge_ooxml_coverage(Package& package, const Covered& covered, Reasons& reasons) {
  const auto types = ContentTypes::read(package);
  if (!types) return add(reasons, Code::unparsable_container, "[Content_Types].xml");
  std::map<std::string, const Covered::Part*> parts;
  for (const auto& [path, part] : covered.parts) {
    const std::string name = package.spelled(path);
    if (!parts.emplace(name, &part).second) add(reasons, Code::malformed_xml_signature, path);
    // ECMA-376 part 2, 13.2.4.9: the reference says the content type; another one in the package makes it another part.
    if (part.content_type.empty() || types->of(name) != part.content_type) uncovered(reasons, name + ": content type");
  }
  std::size_t told = 0;
  for (const auto& [name, index] : package.names()) {
    const std::string folded = base::fold_case(name);
    if (left_out(folded)) continue;
    const auto found = parts.find(name);
    const Covered::Part* part = found == parts.end() ? nullptr : found->second;
    const bool relations = folded.ends_with(".rels");
    if (relations) judge_relations(package, name, part, reasons);
    else if (!part || !part->whole) uncovered(reasons, name);
    if (has(reasons, Code::package_partly_signed) && ++told > 3) return;  // enough to be found by
  }
}

}  // namespace policy::xmlsig
