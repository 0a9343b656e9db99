#include "tools/inspect/extract.hpp"

#include <algorithm>
#include <optional>

#include "base/unicode.hpp"
#include "tools/inspect/archive.hpp"

namespace tools::inspect {
namespace {
bool starts(std::string_view s, std::string_view magic) { return s.substr(0, magic.size()) == magic; }
}  // namespace

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) out.push_back(char(c));
  else if (c < 0x800) { out.push_back(char(0xC0 | c >> 6)); out.push_back(char(0x80 | (c & 0x3F))); }
  else if (c < 0x10000) { out.push_back(char(0xE0 | c >> 12)); out.push_back(char(0x80 | (c >> 6 & 0x3F))); out.push_back(char(0x80 | (c & 0x3F))); }
  else { out.push_back(char(0xF0 | c >> 18)); out.push_back(char(0x80 | (c >> 12 & 0x3F))); out.push_back(char(0x80 | (c >> 6 & 0x3F))); out.push_back(char(0x80 | (c & 0x3F))); }
}

std::string utf16_to_utf8(std::u16string_view s) {
  std::string out;
  out.reserve(s.size() * 2);
  for (std::size_t i = 0; i < s.size(); ++i) {
    char32_t c = s[i];
    if (c >= 0xD800 && c < 0xDC00 && i + 1 < s.size() && s[i + 1] >= 0xDC00 && s[i + 1] < 0xE000) c = 0x10000 + ((c - 0xD800) << 10) + (s[++i] - 0xDC00u);
    else if (c >= 0xD800 && c < 0xE000) c = 0xFFFD;
    append_utf8(out, c);
  }
  return out;
}

namespace {

std::string from_utf16(std::string_view bytes, bool big) {
  std::u16string wide;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto a = std::uint8_t(bytes[i]), b = std::uint8_t(bytes[i + 1]);
    wide.push_back(char16_t(big ? a << 8 | b : b << 8 | a));
  }
  return utf16_to_utf8(wide);
}

// Spaces and line ends betray UTF-16 without a mark: their high bytes are zero on one side only. True: big-endian.
std::optional<bool> unmarked_utf16(std::string_view bytes) {
  constexpr std::size_t kLook = 4096;
  std::size_t zero[2] = {0, 0};
  const std::string_view head = bytes.substr(0, kLook);
  for (std::size_t i = 0; i < head.size(); ++i) zero[i & 1] += head[i] == '\0';
  if (head.size() < 16 || zero[0] + zero[1] < head.size() / 8) return std::nullopt;
  if (zero[0] == 0) return false;
  return zero[1] == 0 ? std::optional(true) : std::nullopt;
}

}  // namespace

// UTF-8, UTF-16, else one byte per letter: the classifier recognises TCVN3 in such text.
Extracted extract_plain(std::string_view bytes, const ExtractLimits& limits) {
  Extracted out;
  bytes = bytes.substr(0, limits.text_bytes);
  std::string utf8;
  if (starts(bytes, "\xFF\xFE") || starts(bytes, "\xFE\xFF")) {
    utf8 = from_utf16(bytes.substr(2), bytes[0] == '\xFE');
  } else if (const auto order = unmarked_utf16(bytes)) {
    utf8 = from_utf16(bytes, *order);
  } else {
    if (starts(bytes, "\xEF\xBB\xBF")) bytes.remove_prefix(3);
    if (std::count(bytes.begin(), bytes.end(), '\0') > 0) { out.reason = "unsupported_binary"; return out; }
    // a multi-byte character cut by the size limit is no sign of another encoding
    std::string_view whole = bytes;
    for (int cut = 0; cut < 3 && !whole.empty() && !base::valid_utf8(whole) && bytes.size() == limits.text_bytes; ++cut) whole.remove_suffix(1);
    if (base::valid_utf8(whole)) utf8 = whole;
    else {
      for (const char c : bytes) append_utf8(utf8, std::uint8_t(c));
      out.warnings.push_back("legacy_encoding");
    }
  }
  out.format = "txt";
  out.has_text_layer = true;
  utf8.erase(std::remove(utf8.begin(), utf8.end(), '\r'), utf8.end());
  for (std::size_t at = 0; at <= utf8.size();) {  // form feeds separate pages, as pdftotext writes them
    const std::size_t stop = std::min(utf8.find('\f', at), utf8.size());
    if (stop > at || out.text.pages.empty()) out.text.pages.push_back(utf8.substr(at, stop - at));
    at = stop + 1;
    if (out.text.pages.size() > 5000) break;
  }
  out.text.page_count = 0;
  return out;
}

void finish_one_page(std::string page, Extracted& out) {
  if (out.reason == "bomb" || out.reason == "xml_doctype") page.clear();
  out.has_text_layer = page.find_first_not_of(" \t\n") != std::string::npos;
  if (!out.has_text_layer && out.reason.empty()) out.reason = "image_only";
  out.text.pages.push_back(std::move(page));
}

namespace {

Extracted extract_zip(std::string_view bytes, const ExtractLimits& limits) {
  Archive archive(bytes, limits);
  Extracted out;
  out.reason = archive.reason();
  if (!out.reason.empty()) return out;
  if (archive.has("word/document.xml")) return extract_docx(archive, limits);
  if (archive.has("content.xml")) return extract_odt(archive, limits);
  out.reason = "unsupported_zip";
  return out;
}

}  // namespace

Extracted extract(std::string_view bytes, const ExtractLimits& limits) {
  Extracted out;
  if (bytes.empty()) { out.reason = "empty"; return out; }
  const auto pdf = bytes.substr(0, 1024).find("%PDF-");
  if (pdf == 0) return extract_pdf(bytes, limits);
  if (starts(bytes, "PK\x03\x04") || starts(bytes, "PK\x05\x06")) return extract_zip(bytes, limits);
  if (starts(bytes, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) return extract_doc(bytes, limits);
  if (starts(bytes, "{\\rtf")) return extract_rtf(bytes, limits);
  if (pdf != std::string_view::npos) {  // ATTACKS P12: something else may open these bytes as another format
    out = extract_pdf(bytes, limits);
    out.warnings.push_back("pdf_not_at_start");
    return out;
  }
  return extract_plain(bytes, limits);
}

}  // namespace tools::inspect
