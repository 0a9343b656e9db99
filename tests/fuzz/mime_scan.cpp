// Scan, summary and the view over its bytes; text extraction of every part. Shape violations trap.
#include <cstdint>

#include "mime/search_text.hpp"
#include "mime/summary.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view mail(reinterpret_cast<const char*>(data), size);
  const mime::Structure s = mime::scan(mail);
  for (const mime::Part& p : s.parts) {
    if (p.body.end() > size || p.header.end() != p.body.offset) __builtin_trap();
    if (p.parent != mime::kNoPart && p.body.end() > s.parts[p.parent].body.end()) __builtin_trap();
    if (p.parent != mime::kNoPart && p.header.offset < s.parts[p.parent].body.offset) __builtin_trap();
    if (mime::file_name(p).find('/') != std::string::npos) __builtin_trap();
  }
  const std::string bytes = mime::encode(mime::make_summary(mail, s));
  const auto view = mime::SummaryView::open(bytes);
  if (!view || view->part_count() != s.parts.size()) __builtin_trap();
  const std::uint32_t path[] = {1, 1};
  for (std::size_t n = 0; n <= 2; ++n) {
    const auto part = view->section(std::span(path, n));
    if (part && part->whole.end() > size) __builtin_trap();
  }
  (void)mime::search_text(mail, s, 10000);
  const auto damaged = mime::SummaryView::open(mail);  // the same bytes as a stored row
  if (damaged) { (void)damaged->body(); (void)damaged->section(path); (void)damaged->references(); }
  return 0;
}
