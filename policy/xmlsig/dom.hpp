// XML as signatures need it: parsed strictly, canonical forms of a document or of one element. Private to the room. One thread.
#pragma once
#include <libxml/tree.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.hpp"

namespace policy::xmlsig {

using Document = base::Handle<xmlDoc, xmlFreeDoc>;

inline constexpr std::string_view kDsig = "http://www.w3.org/2000/09/xmldsig#";
inline constexpr std::size_t kMaxXml = 16u << 20;  // bytes of one document

// Null: damaged, too large, with a DOCTYPE or an entity of its own.
Document parse_xml(std::string_view bytes);

std::string_view local_name(const xmlNode* n);  // empty for what is no element
std::string_view namespace_of(const xmlNode* n);
bool is(const xmlNode* n, std::string_view space, std::string_view name);
const xmlNode* child(const xmlNode* n, std::string_view space, std::string_view name);  // the first, or null
std::vector<const xmlNode*> elements(const xmlNode* n);                                   // its child elements
std::vector<const xmlNode*> all(const xmlNode* root, std::string_view space, std::string_view name);  // below and at root, in document order
std::optional<std::string> attribute(const xmlNode* n, const char* name);  // without a namespace
std::string text(const xmlNode* n);                                         // all the text below
bool within(const xmlNode* n, const xmlNode* ancestor);                     // or the same

// The element whose Id, ID, id or xml:id this is; null when none or several are.
const xmlNode* by_id(const xmlNode* root, std::string_view id);

struct Canonical {
  int mode = 0;  // xmlC14NMode
  bool comments = false;
  std::vector<std::string> prefixes;  // InclusiveNamespaces of the exclusive form
};
// By its algorithm's name; nothing when it is no canonical form known here.
std::optional<Canonical> canonical_form(const xmlNode* method);

// `apex`: the subtree, or null for the whole document; what lies within one of `except` is left out. Nothing when libxml2 cannot.
std::optional<std::string> canonical(xmlDoc* doc, const xmlNode* apex, const std::vector<const xmlNode*>& except, bool drop_comments,
                                     const Canonical& form);

}  // namespace policy::xmlsig
