#include "tools/inspect/xml_signatures.hpp"

#include <libxml/xmlreader.h>
#include <zip.h>

#include "base/ascii.hpp"
#include "base/handle.hpp"

namespace tools::inspect {
namespace {

using SignedZip = base::Handle<zip_t, zip_discard>;
using SignedEntry = base::Handle<zip_file_t, zip_fclose>;
using SignatureReader = base::Handle<xmlTextReader, xmlFreeTextReader>;

constexpr std::string_view kNamespace = "http://www.w3.org/2000/09/xmldsig#";
constexpr std::size_t kMaxSignatures = 32;      // reports of one file
constexpr std::size_t kMaxPackagePart = 4u << 20;  // inflated, of a part that names or holds signatures

policy::SignatureReport not_verified(std::string part, std::string detail) {
  policy::SignatureReport r;
  r.layer = policy::Layer::xml;
  r.part = std::move(part);
  policy::add(r.reasons, policy::Code::xml_signature_not_verified, std::move(detail));
  r.verdict = policy::verdict_of(r.reasons);
  return r;
}

struct Counted {
  std::size_t signatures = 0;
  bool whole = true;  // read to its end
};

// Signature elements wherever they stand; entities are never loaded, and a DOCTYPE ends the look.
Counted count_signatures(std::string_view xml) {
  Counted out;
  const SignatureReader reader(xmlReaderForMemory(xml.data(), int(xml.size()), nullptr, nullptr,
                                                  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT));
  int state = reader ? 0 : -1;
  while (reader && (state = xmlTextReaderRead(reader.get())) == 1) {
    const int type = xmlTextReaderNodeType(reader.get());
    if (type == XML_READER_TYPE_DOCUMENT_TYPE || xmlTextReaderDepth(reader.get()) > 200) return {out.signatures, false};
    if (type != XML_READER_TYPE_ELEMENT) continue;
    const auto* name = reinterpret_cast<const char*>(xmlTextReaderConstLocalName(reader.get()));
    const auto* space = reinterpret_cast<const char*>(xmlTextReaderConstNamespaceUri(reader.get()));
    if (name && space && std::string_view(name) == "Signature" && kNamespace == space) ++out.signatures;
  }
  out.whole = state == 0;
  return out;
}

// Nothing when it is not there, too large or damaged.
std::optional<std::string> small_entry(zip_t* zip, zip_uint64_t index) {
  const SignedEntry file(zip_fopen_index(zip, index, 0));
  std::string out;
  char chunk[16384];
  for (zip_int64_t n = 0; file;) {
    if ((n = zip_fread(file.get(), chunk, sizeof chunk)) <= 0) return n == 0 ? std::optional(std::move(out)) : std::nullopt;
    if (out.size() + std::size_t(n) > kMaxPackagePart) return std::nullopt;
    out.append(chunk, std::size_t(n));
  }
  return std::nullopt;
}

// ODF 1.3 part 2, 3.5: META-INF/documentsignatures.xml, macrosignatures.xml and others whose names hold "signatures".
void add_odf(zip_t* zip, zip_uint64_t index, const std::string& name, XmlSignatures& out) {
  const auto xml = small_entry(zip, index);
  const Counted n = xml ? count_signatures(*xml) : Counted{0, false};
  for (std::size_t i = 0; i < n.signatures && out.found.size() < kMaxSignatures; ++i) out.found.push_back(not_verified(name, "odf"));
  if (!n.whole && n.signatures == 0) out.found.push_back(not_verified(name, "odf, unreadable"));
}

// ECMA-376 part 2, 10: parts of the type digital-signature-xmlsignature; producers keep them in _xmlsignatures.
void find_in_package(std::string_view bytes, const ExtractLimits& limits, XmlSignatures& out) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  const SignedZip zip(source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr);
  zip_error_fini(&error);
  if (!zip) {
    if (source) zip_source_free(source);
    return;
  }
  const zip_int64_t entries = zip_get_num_entries(zip.get(), 0);
  if (entries > zip_int64_t(limits.entries)) return;
  bool typed = false;
  std::size_t ooxml = 0;
  for (zip_int64_t i = 0; i < entries && out.found.size() < kMaxSignatures; ++i) {
    const char* raw = zip_get_name(zip.get(), zip_uint64_t(i), 0);
    if (!raw) continue;
    const std::string name = base::lower_ascii(raw);
    if (name == "[content_types].xml") {
      const auto types = small_entry(zip.get(), zip_uint64_t(i));
      typed = !types || types->find("digital-signature-xmlsignature") != std::string::npos;
    }
    out.looked = out.looked || name == "[content_types].xml" || name == "mimetype" || name == "meta-inf/manifest.xml";
    if (name.starts_with("meta-inf/") && name.find("signatures") != std::string::npos) add_odf(zip.get(), zip_uint64_t(i), raw, out);
    const bool part = name.starts_with("_xmlsignatures/") && !name.ends_with(".rels") && !name.ends_with('/') && !name.ends_with("origin.sigs");
    if (!part) continue;
    ++ooxml;
    out.found.push_back(not_verified(raw, "ooxml"));
  }
  if (typed && ooxml == 0) out.found.push_back(not_verified("[Content_Types].xml", "ooxml"));
  out.looked = out.looked || !out.found.empty();
}

void find_in_xml(std::string_view bytes, XmlSignatures& out) {
  const Counted n = count_signatures(bytes);
  for (std::size_t i = 0; i < n.signatures && i < kMaxSignatures; ++i) out.found.push_back(not_verified("Signature " + std::to_string(i + 1), "xmldsig"));
  // What cannot be read to its end may hold one further on.
  if (!n.whole && n.signatures == 0 && bytes.find(kNamespace) != std::string_view::npos) out.found.push_back(not_verified("Signature", "xmldsig, unreadable"));
  out.looked = n.whole || !out.found.empty();
}

}  // namespace

bool is_xml(std::string_view bytes, std::string_view content_type, std::string_view name) {
  std::string_view text = bytes;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text = base::trim(text.substr(0, 64));
  const bool wide = bytes.starts_with(std::string_view("\xFF\xFE<\0", 4)) || bytes.starts_with(std::string_view("\xFE\xFF\0<", 4));
  if (!wide && !text.starts_with('<')) return false;  // another kind of file under this name
  if (text.starts_with("<?xml")) return true;
  const std::string type = base::lower_ascii(content_type);
  return type.ends_with("/xml") || type.ends_with("+xml") || base::iends_with(name, ".xml") || base::iends_with(name, ".edxml");
}

XmlSignatures find_xml_signatures(std::string_view bytes, bool xml, const ExtractLimits& limits) {
  XmlSignatures out;
  if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) find_in_package(bytes, limits, out);
  else if (xml) find_in_xml(bytes, out);
  return out;
}

}  // namespace tools::inspect
