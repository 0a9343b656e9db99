// OpenDocument text (ISO/IEC 26300): paragraphs, headings, table rows with their columns side by side, headers and footers.
#include <libxml/xmlreader.h>

#include <algorithm>
#include <cstdlib>

#include "base/handle.hpp"
#include "tools/inspect/archive.hpp"
#include "tools/inspect/sheet.hpp"

namespace tools::inspect {
namespace {

using OdtReader = base::Handle<xmlTextReader, xmlFreeTextReader>;

class OdtWords {
 public:
  explicit OdtWords(std::uint32_t limit) : sheet_(limit) {}
  std::string take() { return sheet_.take(); }
  bool full() const { return sheet_.full(); }

  void element(std::string_view name, bool empty, unsigned spaces) {
    if (hides(name)) hidden_ += !empty;
    if (hidden_ > 0) return;
    if (name == "p" || name == "h") empty ? sheet_.end_line() : void(++paragraphs_);
    else if (name == "table-row" && !empty) sheet_.begin_row();
    else if (name == "table-cell") sheet_.begin_cell();
    else if (name == "tab") sheet_.line() += '\t';
    else if (name == "line-break") sheet_.end_line();
    else if (name == "s") sheet_.line().append(spaces, ' ');
  }
  void end(std::string_view name) {
    if (hides(name)) return void(hidden_ -= hidden_ > 0);
    if (hidden_ > 0) return;
    if (name == "p" || name == "h") sheet_.end_line(), paragraphs_ -= paragraphs_ > 0;
    else if (name == "table-row") sheet_.end_row();
  }
  void text(std::string_view s) {
    if (hidden_ > 0 || paragraphs_ == 0) return;
    std::string& line = sheet_.line();
    for (const char c : s) {  // white space is one space (5.1.1); what is meant as more has elements of its own
      const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
      if (!space) line += c;
      else if (!line.empty() && line.back() != ' ' && line.back() != '\t') line += ' ';
    }
  }

 private:
  // What was deleted with changes tracked, and what readers wrote beside, is not the document's text.
  static bool hides(std::string_view name) { return name == "tracked-changes" || name == "annotation" || name == "forms" || name == "note-citation"; }

  Sheet sheet_;
  int paragraphs_ = 0, hidden_ = 0;
};

unsigned count_of(xmlTextReader* reader) {
  constexpr unsigned kMostSpaces = 200;
  const base::Handle<xmlChar, [](xmlChar* p) { xmlFree(p); }> v(
      xmlTextReaderGetAttributeNs(reader, BAD_CAST "c", BAD_CAST "urn:oasis:names:tc:opendocument:xmlns:text:1.0"));
  return v ? std::clamp<unsigned>(unsigned(std::strtoul(reinterpret_cast<char*>(v.get()), nullptr, 10)), 1u, kMostSpaces) : 1u;
}

// `inside`: only what stands below elements of that name counts; empty = everything.
std::string read_odt(std::string_view xml, std::string_view inside, std::uint32_t limit, std::string& reason) {
  const OdtReader reader(xmlReaderForMemory(xml.data(), int(xml.size()), nullptr, nullptr, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT));
  OdtWords words(limit);
  if (!reader) return reason = "damaged", std::string();
  int state = 0, within = 0;
  while ((state = xmlTextReaderRead(reader.get())) == 1) {
    const int type = xmlTextReaderNodeType(reader.get());
    if (type == XML_READER_TYPE_DOCUMENT_TYPE || type == XML_READER_TYPE_ENTITY_REFERENCE) return reason = "xml_doctype", std::string();
    if (xmlTextReaderDepth(reader.get()) > 200) { reason = "damaged"; break; }
    const auto* raw = reinterpret_cast<const char*>(xmlTextReaderConstLocalName(reader.get()));
    const std::string_view name = raw ? raw : "";
    const bool empty = type == XML_READER_TYPE_ELEMENT && xmlTextReaderIsEmptyElement(reader.get()) == 1;
    if (type == XML_READER_TYPE_END_ELEMENT && name == inside) --within;
    const bool counts = inside.empty() || within > 0;
    if (type == XML_READER_TYPE_ELEMENT) {
      if (counts) words.element(name, empty, name == "s" ? count_of(reader.get()) : 1);
      if (name == inside && !empty) ++within;
    } else if (!counts) {
      continue;
    } else if (type == XML_READER_TYPE_END_ELEMENT) {
      words.end(name);
    } else if (type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE || type == XML_READER_TYPE_WHITESPACE) {
      if (const xmlChar* v = xmlTextReaderConstValue(reader.get())) words.text(reinterpret_cast<const char*>(v));
    }
    if (words.full()) { reason = "text_limit"; break; }
  }
  if (state < 0 && reason.empty()) reason = "damaged";
  return words.take();
}

}  // namespace

Extracted extract_odt(Archive& archive, const ExtractLimits& limits) {
  Extracted out;
  out.format = "odt";
  // An encrypted package keeps its names and puts noise into the entries; the manifest says so (ISO/IEC 26300-3 4.4).
  if (archive.has("META-INF/manifest.xml") && archive.read("META-INF/manifest.xml").find("encryption-data") != std::string::npos) return out.reason = "encrypted", out;
  std::string page;
  const auto part = [&](const char* name, std::string_view inside) {
    if (!out.reason.empty() || !archive.has(name)) return;
    const std::string xml = archive.read(name);
    out.reason = archive.reason();
    if (out.reason.empty()) page += read_odt(xml, inside, limits.text_bytes, out.reason) + '\n';
  };
  part("styles.xml", "header");
  part("content.xml", "");
  part("styles.xml", "footer");
  finish_one_page(std::move(page), out);
  return out;
}

}  // namespace tools::inspect
