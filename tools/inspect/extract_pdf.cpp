#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <chrono>
#include <memory>

#include "tools/inspect/extract.hpp"

namespace tools::inspect {
namespace {
std::string to_text(const poppler::ustring& s) { return utf16_to_utf8(std::u16string_view(reinterpret_cast<const char16_t*>(s.data()), s.size())); }
void silent(const std::string&, void*) {}
static_assert(sizeof(poppler::ustring::value_type) == sizeof(char16_t));

// The dictionaries of pictures stand open in the file: "/Subtype /Image" with "/Width" and "/Height" around it.
std::uint64_t value_after(std::string_view dictionary, std::string_view name) {
  const auto at = dictionary.find(name);
  if (at == dictionary.npos) return 0;
  std::size_t i = at + name.size();
  while (i < dictionary.size() && dictionary[i] == ' ') ++i;
  std::uint64_t v = 0;
  for (std::size_t digits = 0; i < dictionary.size() && dictionary[i] >= '0' && dictionary[i] <= '9' && digits < 6; ++i, ++digits) v = v * 10 + std::uint64_t(dictionary[i] - '0');
  return v;
}
struct Pictures {
  std::uint64_t count = 0, pixels = 0;
};
Pictures pictures_of(std::string_view bytes) {
  Pictures p;
  for (std::size_t at = bytes.find("/Image"); at != bytes.npos; at = bytes.find("/Image", at + 6)) {
    const char next = at + 6 < bytes.size() ? bytes[at + 6] : ' ';
    const std::string_view before = bytes.substr(at - std::min<std::size_t>(at, 10), std::min<std::size_t>(at, 10));
    if (before.find("/Subtype") == before.npos || (next >= 'A' && next <= 'z')) continue;  // /ImageB, /ImageMask
    const std::size_t begin = std::min(at, bytes.rfind("<<", at)), end = std::min(bytes.find("stream", at), at + 600);
    const std::string_view dictionary = bytes.substr(at - begin > 600 ? at - 600 : begin, std::min(end, bytes.size()) - (at - begin > 600 ? at - 600 : begin));
    p.pixels += value_after(dictionary, "/Width") * value_after(dictionary, "/Height");
    if (++p.count > 20000) break;
  }
  return p;
}

// Fonts of text that lies invisibly below the picture of a page. Looked for in the bytes: to list the fonts poppler would ask the
// system for theirs, which nobody may do in here. Names inside object streams stay unseen, and the case open.
bool has_ocr_font(std::string_view bytes) {
  for (const std::string_view known : {"GlyphLessFont", "HiddenHorzOCR", "HiddenVertOCR"})
    if (bytes.find(known) != bytes.npos) return true;
  return false;
}

// Certain cases only: no letters but pictures (or an invisible layer's font) is a scan; letters without pictures that could fill the
// pages is born digital. Letters over large pictures may be either: unknown.
void tell_scanned(std::string_view bytes, std::size_t letters, Extracted& out) {
  constexpr std::uint64_t kPageOfPixels = 500000;  // A4 at 75 dots per inch; seals and logos are smaller
  const std::uint64_t pages = std::max<std::uint64_t>(out.text.page_count, 1);
  const Pictures p = pictures_of(bytes);
  const bool covered = p.pixels >= kPageOfPixels * pages, hidden = out.has_text_layer && covered && has_ocr_font(bytes);
  if (hidden || (!out.has_text_layer && covered)) out.text.scanned = true;
  else if (out.has_text_layer && p.pixels < kPageOfPixels) out.text.scanned = false;
  out.text.scanned_why = "pages " + std::to_string(pages) + ", letters " + std::to_string(letters) + ", pictures " + std::to_string(p.count) + ", pixels " + std::to_string(p.pixels) +
                         (hidden ? ", OCR layer" : "");
}
}  // namespace

// Poppler reads the text only: no rendering, no scripts, no links, no embedded files.
Extracted extract_pdf(std::string_view bytes, const ExtractLimits& limits) {
  Extracted out;
  out.format = "pdf";
  poppler::set_debug_error_function(silent, nullptr);
  const std::unique_ptr<poppler::document> doc(poppler::document::load_from_raw_data(bytes.data(), int(bytes.size())));
  if (!doc) { out.reason = "damaged"; return out; }
  if (doc->is_locked()) { out.reason = "encrypted"; return out; }
  const int pages = doc->pages();
  if (pages <= 0) { out.reason = "damaged"; return out; }
  out.text.page_count = std::uint32_t(pages);
  const auto stop = std::chrono::steady_clock::now() + std::chrono::seconds(limits.seconds);
  std::size_t total = 0, letters = 0;
  for (int i = 0; i < pages; ++i) {
    if (std::uint32_t(i) >= limits.pages) { out.reason = "too_many_pages"; break; }
    if (std::chrono::steady_clock::now() > stop) { out.reason = "time_limit"; break; }
    const std::unique_ptr<poppler::page> page(doc->create_page(i));
    if (!page) { out.reason = "damaged"; out.text.pages.emplace_back(); continue; }
    std::string text = to_text(page->text(poppler::rectf(), poppler::page::physical_layout));
    for (const char c : text) letters += c != ' ' && c != '\n' && c != '\f';
    total += text.size();
    if (total > limits.text_bytes) { out.reason = "text_limit"; break; }
    out.text.pages.push_back(std::move(text));
  }
  // A scan may carry a page number or a portal's stamp as text: fewer than 40 letters a page are no text layer.
  out.has_text_layer = letters >= 40 * out.text.pages.size() && letters > 0;
  tell_scanned(bytes, letters, out);
  if (letters == 0 && out.reason.empty()) out.reason = "image_only";
  return out;
}

}  // namespace tools::inspect
