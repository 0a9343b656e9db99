#include "policy/xmlsig/dom.hpp"

#include <libxml/c14n.h>
#include <libxml/parser.h>

#include <algorithm>

namespace policy::xmlsig {
namespace {

std::string_view view(const xmlChar* s) { return s ? std::string_view(reinterpret_cast<const char*>(s)) : std::string_view{}; }

template <class F>
bool walk(const xmlNode* root, const F& visit) {  // false from visit ends it
  for (const xmlNode* n = root; n;) {
    if (n->type == XML_ELEMENT_NODE && !visit(n)) return false;
    if (n->type == XML_ELEMENT_NODE && n->children) {
      n = n->children;
      continue;
    }
    while (n != root && !n->next) n = n->parent;
    if (n == root) break;
    n = n->next;
  }
  return true;
}

struct Visible {
  const xmlNode* apex;
  const std::vector<const xmlNode*>& except;
  bool drop_comments;
};

// An attribute or a namespace is seen with its element.
int is_visible(void* data, xmlNode* node, xmlNode* parent) {
  const auto& v = *static_cast<const Visible*>(data);
  if (v.drop_comments && node->type == XML_COMMENT_NODE) return 0;
  const bool of_element = node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE;
  const xmlNode* at = of_element ? parent : node;
  bool inside = v.apex == nullptr;
  for (; at; at = at->parent) {
    if (std::find(v.except.begin(), v.except.end(), at) != v.except.end()) return 0;
    inside = inside || at == v.apex;
  }
  return inside;
}

}  // namespace

Document parse_xml(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > kMaxXml) return Document();
  Document doc(xmlReadMemory(bytes.data(), int(bytes.size()), nullptr, nullptr, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
  if (!doc || doc->intSubset || doc->extSubset || !xmlDocGetRootElement(doc.get())) return Document();
  return doc;
}

std::string_view local_name(const xmlNode* n) { return n && n->type == XML_ELEMENT_NODE ? view(n->name) : std::string_view{}; }
std::string_view namespace_of(const xmlNode* n) { return n && n->type == XML_ELEMENT_NODE && n->ns ? view(n->ns->href) : std::string_view{}; }
bool is(const xmlNode* n, std::string_view space, std::string_view name) { return local_name(n) == name && namespace_of(n) == space; }

const xmlNode* child(const xmlNode* n, std::string_view space, std::string_view name) {
  for (const xmlNode* c = n ? n->children : nullptr; c; c = c->next)
    if (is(c, space, name)) return c;
  return nullptr;
}

std::vector<const xmlNode*> elements(const xmlNode* n) {
  std::vector<const xmlNode*> out;
  for (const xmlNode* c = n ? n->children : nullptr; c; c = c->next)
    if (c->type == XML_ELEMENT_NODE) out.push_back(c);
  return out;
}

std::vector<const xmlNode*> all(const xmlNode* root, std::string_view space, std::string_view name) {
  std::vector<const xmlNode*> out;
  walk(root, [&](const xmlNode* n) {
    if (is(n, space, name)) out.push_back(n);
    return true;
  });
  return out;
}

std::optional<std::string> attribute(const xmlNode* n, const char* name) {
  const base::Handle<xmlChar, [](xmlChar* p) { xmlFree(p); }> value(xmlGetNoNsProp(const_cast<xmlNode*>(n), reinterpret_cast<const xmlChar*>(name)));
  return value ? std::optional(std::string(view(value.get()))) : std::nullopt;
}

std::string text(const xmlNode* n) {
  const base::Handle<xmlChar, [](xmlChar* p) { xmlFree(p); }> value(xmlNodeGetContent(const_cast<xmlNode*>(n)));
  return std::string(view(value.get()));
}

bool within(const xmlNode* n, const xmlNode* ancestor) {
  for (; n; n = n->parent)
    if (n == ancestor) return true;
  return false;
}

// Which attribute is an ID depends on the format; one that another reader could take for it makes the name ambiguous.
const xmlNode* by_id(const xmlNode* root, std::string_view id) {
  const xmlNode* found = nullptr;
  const bool once = !id.empty() && walk(root, [&](const xmlNode* n) {
    for (const xmlAttr* a = n->properties; a; a = a->next) {
      std::string name(view(a->name));
      std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
      if (name != "id" || text(reinterpret_cast<const xmlNode*>(a)) != id) continue;
      if (found && found != n) return false;
      found = n;
    }
    return true;
  });
  return once ? found : nullptr;
}

std::optional<Canonical> canonical_form(const xmlNode* method) {
  const std::string name = attribute(method, "Algorithm").value_or("");
  Canonical out;
  std::string_view base = name;
  if (base.ends_with("#WithComments")) {
    out.comments = true;
    base.remove_suffix(std::string_view("#WithComments").size());
  } else if (base.ends_with("WithComments")) {  // "http://www.w3.org/2001/10/xml-exc-c14n#WithComments" keeps its '#'
    out.comments = true;
    base.remove_suffix(std::string_view("WithComments").size());
  }
  if (base.ends_with('#')) base.remove_suffix(1);
  if (base == "http://www.w3.org/TR/2001/REC-xml-c14n-20010315") out.mode = XML_C14N_1_0;
  else if (base == "http://www.w3.org/2006/12/xml-c14n11") out.mode = XML_C14N_1_1;
  else if (base == "http://www.w3.org/2001/10/xml-exc-c14n") out.mode = XML_C14N_EXCLUSIVE_1_0;
  else return std::nullopt;
  const auto parameters = elements(method);
  if (parameters.empty()) return out;
  const auto list = attribute(parameters.front(), "PrefixList");
  if (out.mode != XML_C14N_EXCLUSIVE_1_0 || parameters.size() > 1 || local_name(parameters.front()) != "InclusiveNamespaces" || !list) return std::nullopt;
  for (std::size_t at = 0; at < list->size();) {
    const std::size_t end = std::min(list->find_first_of(" \t\r\n", at), list->size());
    if (end > at) out.prefixes.push_back(list->substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::optional<std::string> canonical(xmlDoc* doc, const xmlNode* apex, const std::vector<const xmlNode*>& except, bool drop_comments,
                                     const Canonical& form) {
  const base::Handle<xmlOutputBuffer, [](xmlOutputBuffer* b) { xmlOutputBufferClose(b); }> out(xmlAllocOutputBuffer(nullptr));
  if (!out) return std::nullopt;
  std::vector<xmlChar*> prefixes;
  for (const std::string& p : form.prefixes) prefixes.push_back(const_cast<xmlChar*>(reinterpret_cast<const xmlChar*>(p.c_str())));
  prefixes.push_back(nullptr);
  Visible visible{apex, except, drop_comments};
  const bool everything = !apex && except.empty() && !drop_comments;
  const int n = xmlC14NExecute(doc, everything ? nullptr : is_visible, &visible, form.mode,
                               form.mode == XML_C14N_EXCLUSIVE_1_0 ? prefixes.data() : nullptr, form.comments, out.get());
  if (n < 0) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(xmlOutputBufferGetContent(out.get())), xmlOutputBufferGetSize(out.get()));
}

}  // namespace policy::xmlsig
