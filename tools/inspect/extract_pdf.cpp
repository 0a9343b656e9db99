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
  if (letters == 0 && out.reason.empty()) out.reason = "image_only";
  return out;
}

}  // namespace tools::inspect
