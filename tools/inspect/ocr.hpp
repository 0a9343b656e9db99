// Pictures of paper to text, by tesseract with its Vietnamese model; runs inside the sandbox, its model is loaded before that closes.
// Costs seconds of CPU a page: only where somebody asked for it.
#pragma once
#include <string_view>

#include "tools/inspect/extract.hpp"

namespace tools::inspect {

struct OcrLimits {
  std::uint32_t pages = 0;    // of a file: half of them its first ones (the head), half its last (the signature); 0 = off
  std::uint32_t seconds = 60;  // of all pages together
};

// Loads the model; false: not built in, or the model is not installed.
bool load_ocr();
void unload_ocr();

// Where extract() found no text layer: reads a PDF's pages, or a JPEG, PNG or TIFF file. Sets text, `ocr`, and what reason is left:
// none, ocr_unavailable, ocr_time_limit (some pages), or what stood there before.
void read_pictures(std::string_view bytes, const OcrLimits& limits, Extracted& found);

}  // namespace tools::inspect
