// WordprocessingML by a streaming reader: paragraphs, table rows with their columns side by side, headers and footers.
#include <libxml/xmlreader.h>
#include <zip.h>

#include <algorithm>
#include <cstring>

#include "base/handle.hpp"
#include "base/unicode.hpp"
#include "tools/inspect/extract.hpp"

namespace tools::inspect {
namespace {

using Archive = base::Handle<zip_t, zip_discard>;
using Entry = base::Handle<zip_file_t, zip_fclose>;
using Reader = base::Handle<xmlTextReader, xmlFreeTextReader>;

struct Budget {
  std::uint64_t left, packed;
  std::uint32_t ratio;
  std::uint64_t used = 0;
};

enum class Read { ok, absent, bomb, damaged, encrypted };

// The declared size proves nothing: the bytes are counted while they inflate.
Read read_entry(zip_t* zip, const char* name, Budget& budget, std::string& out) {
  zip_stat_t st;
  if (zip_stat(zip, name, 0, &st) != 0) return Read::absent;
  if ((st.valid & ZIP_STAT_ENCRYPTION_METHOD) && st.encryption_method != ZIP_EM_NONE) return Read::encrypted;
  const Entry file(zip_fopen(zip, name, 0));
  if (!file) return Read::damaged;
  char chunk[65536];
  for (;;) {
    const zip_int64_t n = zip_fread(file.get(), chunk, sizeof chunk);
    if (n < 0) return Read::damaged;
    if (n == 0) return Read::ok;
    budget.used += std::uint64_t(n);
    if (budget.used > budget.left || (budget.used > (1u << 20) && budget.used / budget.ratio > budget.packed)) return Read::bomb;
    out.append(chunk, std::size_t(n));
  }
}

class Words {
 public:
  explicit Words(std::uint32_t limit) : limit_(limit) {}

  std::string take() { return std::move(out_); }
  bool full() const { return out_.size() > limit_; }

  void element(std::string_view name, bool empty, bool caps_on) {
    if (name == "p") { if (empty) end_paragraph(); }
    else if (name == "tc" && depth_ == 1) row_.emplace_back();
    else if (name == "tbl") ++depth_;
    else if (name == "tr" && depth_ == 1) row_.clear();
    else if (name == "tab" && in_run_) line_ += '\t';
    else if ((name == "br" || name == "cr") && in_run_) end_paragraph();
    else if (name == "noBreakHyphen") line_ += '-';
    else if (name == "r" && !empty) { in_run_ = true; caps_ = false; }
    else if (name == "caps" && in_run_) caps_ = caps_on;
    else if (name == "t" && !empty) in_text_ = true;
  }
  void end(std::string_view name) {
    if (name == "p") end_paragraph();
    else if (name == "t") in_text_ = false;
    else if (name == "r") in_run_ = false;
    else if (name == "tr" && depth_ == 1) end_row();
    else if (name == "tbl" && depth_ > 0) --depth_;
  }
  void text(std::string_view s) { if (in_text_) line_ += caps_ ? base::upper(s) : std::string(s); }

 private:
  void end_paragraph() {
    if (depth_ > 0 && !row_.empty()) row_.back().push_back(std::move(line_));
    else { out_ += line_; out_ += '\n'; }
    line_.clear();
  }
  // Cells side by side line by line, as the reader of the page sees them.
  void end_row() {
    std::size_t lines = 0;
    for (const auto& cell : row_) lines = std::max(lines, cell.size());
    for (std::size_t i = 0; i < lines; ++i) {
      for (std::size_t k = 0; k < row_.size(); ++k) {
        if (k) out_ += '\t';
        if (i < row_[k].size()) out_ += row_[k][i];
      }
      out_ += '\n';
    }
    row_.clear();
  }

  std::string out_, line_;
  std::vector<std::vector<std::string>> row_;
  std::size_t limit_;
  int depth_ = 0;
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

std::string reason_of(Read r) {
  switch (r) {
    case Read::bomb: return "bomb";
    case Read::encrypted: return "encrypted";
    default: return "damaged";
  }
}

}  // namespace

Extracted extract_docx(std::string_view bytes, const ExtractLimits& limits) {
  Extracted out;
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  Archive zip(source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr);
  if (!zip) {
    if (source) zip_source_free(source);
    zip_error_fini(&error);
    out.reason = "damaged";
    return out;
  }
  zip_error_fini(&error);
  const zip_int64_t entries = zip_get_num_entries(zip.get(), 0);
  if (entries > zip_int64_t(limits.entries)) { out.reason = "too_many_entries"; return out; }
  if (zip_name_locate(zip.get(), "word/document.xml", 0) < 0) { out.reason = "unsupported_zip"; return out; }
  out.format = "docx";
  Budget budget{limits.total_bytes, bytes.size(), limits.ratio};
  std::string page;
  const auto part = [&](const char* name) {
    std::string xml;
    const Read r = read_entry(zip.get(), name, budget, xml);
    if (r != Read::ok) { out.reason = reason_of(r); return; }
    page += read_words(xml, limits.text_bytes, out.reason);
    page += '\n';
  };
  std::vector<std::string> headers, footers;
  for (zip_int64_t i = 0; i < entries; ++i) {
    const char* name = zip_get_name(zip.get(), zip_uint64_t(i), 0);
    if (!name) continue;
    const std::string_view n = name;
    if (n.starts_with("word/header") && n.ends_with(".xml") && headers.size() < 20) headers.emplace_back(n);
    if (n.starts_with("word/footer") && n.ends_with(".xml") && footers.size() < 20) footers.emplace_back(n);
  }
  for (const auto& h : headers) if (out.reason.empty()) part(h.c_str());
  if (out.reason.empty()) part("word/document.xml");
  for (const auto& f : footers) if (out.reason.empty()) part(f.c_str());
  if (out.reason == "bomb" || out.reason == "xml_doctype") page.clear();
  out.has_text_layer = page.find_first_not_of(" \t\n") != std::string::npos;
  if (!out.has_text_layer && out.reason.empty()) out.reason = "image_only";
  out.text.pages.push_back(std::move(page));
  return out;
}

}  // namespace tools::inspect
