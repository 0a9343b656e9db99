// Text out of untrusted files; runs only inside the sandbox. The kind of file is told by its content, never by its name.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/document/document.hpp"

namespace tools::inspect {

struct ExtractLimits {
  std::uint32_t pages = 300;
  std::uint64_t total_bytes = 64u << 20;  // inflated, of one file
  std::uint32_t ratio = 200;              // inflated to packed, above 1 MiB
  std::uint32_t entries = 2000;           // of a zip directory
  std::uint32_t text_bytes = 8u << 20;    // of extracted text
  std::uint32_t seconds = 15;
};

struct Extracted {
  std::string format;  // pdf | docx | odt | doc | rtf | txt | "" (unsupported)
  policy::document::Text text;
  bool has_text_layer = false;
  std::string reason;  // empty: all read. encrypted | damaged | image_only | too_many_pages | bomb | xml_doctype | unsupported_...
  std::vector<std::string> warnings;
};

Extracted extract(std::string_view bytes, const ExtractLimits& limits);

Extracted extract_pdf(std::string_view bytes, const ExtractLimits& limits);
class Archive;
Extracted extract_docx(Archive& archive, const ExtractLimits& limits);
Extracted extract_odt(Archive& archive, const ExtractLimits& limits);
Extracted extract_rtf(std::string_view bytes, const ExtractLimits& limits);
Extracted extract_doc(std::string_view bytes, const ExtractLimits& limits);
Extracted extract_plain(std::string_view bytes, const ExtractLimits& limits);
// Of formats that know no pages: the text of the whole file is one.
void finish_one_page(std::string page, Extracted& out);
void append_utf8(std::string& out, char32_t c);
std::string utf16_to_utf8(std::u16string_view s);

}  // namespace tools::inspect
