// WordprocessingML by a streaming reader: paragraphs, table rows with their columns side by side, headers and footers.
#include <libxml/xmlreader.h>

#include <algorithm>
#include <cstring>

#include "base/handle.hpp"
#include "base/unicode.hpp"
#include "tools/inspect/archive.hpp"
#include "tools/inspect/sheet.hpp"

namespace tools::inspect {
namespace {

using Reader = base::Handle<xmlTextReader, xmlFreeTextReader>;

class Words {
 public:
  explicit Words(std::uint32_t limit) : sheet_(limit) {}

  std::string take() { return sheet_.take(); }
  bool full() const { return sheet_.full(); }

  void element(std::string_view name, bool empty, bool caps_on) {
    if (name == "p") { if (empty) sheet_.end_line(); }
    else if (name == "tr" && !empty) sheet_.begin_row();
    else if (name == "tc") sheet_.begin_cell();
    else if (name == "tab" && in_run_) sheet_.line() += '\t';
    else if ((name == "br" || name == "cr") && in_run_) sheet_.end_line();
    else if (name == "noBreakHyphen") sheet_.line() += '-';
    else if (name == "r" && !empty) { in_run_ = true; caps_ = false; }
    else if (name == "caps" && in_run_) caps_ = caps_on;
    else if (name == "t" && !empty) in_text_ = true;
  }
  void end(std::string_view name) {
    if (name == "p") sheet_.end_line();
    else if (name == "t") in_text_ = false;
    else if (name == "r") in_run_ = false;
    else if (name == "tr") sheet_.end_row();
  }
  void text(std::string_view s) { if (in_text_) sheet_.line() += caps_ ? base::upper(s) : std::string(s); }

 private:
  Sheet sheet_;
  bool in_run_ = false, in_text_ = false, caps_ = false;
};

// Every node once; a DOCTYPE has no place in OOXML and is refused before any entity could be declared.
std::string read_words(std::string_view xml, std::uint32_t limit, std::string& reason) {
  const Reader reader(xmlReaderForMemory(xml.data(), int(xml.size()), nullptr, nullptr, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT));
  Words words(limit);
  if (!reader) { reason = "damaged"; return {}; }
  int fallback = 0, state = 0;
  while ((state = xmlTextReaderRead(reader.get())) == 1) {
    const int type = xmlTextReaderNodeType(reader.get());
    if (type == XML_READER_TYPE_DOCUMENT_TYPE || type == XML_READER_TYPE_ENTITY_REFERENCE) { reason = "xml_doctype"; return {}; }
    if (xmlTextReaderDepth(reader.get()) > 200) { reason = "damaged"; break; }
    const auto* raw = reinterpret_cast<const char*>(xmlTextReaderConstLocalName(reader.get()));
    const std::string_view name = raw ? raw : "";
    if (type == XML_READER_TYPE_ELEMENT) {
      const bool empty = xmlTextReaderIsEmptyElement(reader.get()) == 1;
      if (name == "Fallback" && !empty) ++fallback;
      bool on = true;
      if (name == "caps") {
        const base::Handle<xmlChar, [](xmlChar* p) { xmlFree(p); }> v(xmlTextReaderGetAttributeNs(reader.get(), BAD_CAST "val", BAD_CAST "http://schemas.openxmlformats.org/wordprocessingml/2006/main"));
        on = !v || (std::strcmp(reinterpret_cast<char*>(v.get()), "0") != 0 && std::strcmp(reinterpret_cast<char*>(v.get()), "false") != 0);
      }
      if (!fallback) words.element(name, empty, on);
    } else if (type == XML_READER_TYPE_END_ELEMENT) {
      if (name == "Fallback") --fallback;
      else if (!fallback) words.end(name);
    } else if ((type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE || type == XML_READER_TYPE_WHITESPACE) && !fallback) {
      if (const xmlChar* v = xmlTextReaderConstValue(reader.get())) words.text(reinterpret_cast<const char*>(v));
    }
    if (words.full()) { reason = "text_limit"; break; }
  }
  if (state < 0 && reason.empty()) reason = "damaged";
  return words.take();
}

}  // namespace

Extracted extract_docx(Archive& archive, const ExtractLimits& limits) {
  Extracted out;
  out.format = "docx";
  std::string page;
  const auto part = [&](const std::string& name) {
    if (!out.reason.empty()) return;
    const std::string xml = archive.read(name.c_str());
    out.reason = archive.reason();
    if (out.reason.empty()) page += read_words(xml, limits.text_bytes, out.reason) + '\n';
  };
  constexpr std::size_t kMost = 20;
  for (const std::string& name : archive.names("word/header", ".xml", kMost)) part(name);
  part("word/document.xml");
  for (const std::string& name : archive.names("word/footer", ".xml", kMost)) part(name);
  finish_one_page(std::move(page), out);
  return out;
}

}  // namespace tools::inspect
