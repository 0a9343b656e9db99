#include "tools/inspect/ocr.hpp"

#ifdef CONGTHU_OCR
#include <leptonica/allheaders.h>
#include <poppler-document.h>
#include <poppler-page-renderer.h>
#include <poppler-page.h>
#include <tesseract/baseapi.h>
#include <tesseract/ocrclass.h>
#include <tesseract/resultiterator.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <vector>
#endif

namespace tools::inspect {

#ifndef CONGTHU_OCR
bool load_ocr() { return false; }
void unload_ocr() {}
void read_pictures(std::string_view, const OcrLimits&, Extracted& found) { found.reason = "ocr_unavailable"; }
#else
namespace {

constexpr double kDots = 200;                 // an inch: what offices scan with; more costs time and reads no better
constexpr double kMostPixels = 20e6;          // of one page: A3 at 250
constexpr float kLeastSure = 50;               // of a line, percent: below it are seals, scribbles and dirt
constexpr std::uint32_t kLeastPixels = 200'000;  // a picture below it is a logo or a seal

tesseract::TessBaseAPI* reader() {
  static tesseract::TessBaseAPI api;
  return &api;
}
bool ready = false;

bool starts_with(std::string_view s, std::string_view magic) { return s.substr(0, magic.size()) == magic; }

std::string picture_format(std::string_view bytes) {
  if (starts_with(bytes, "\xFF\xD8\xFF")) return "jpeg";
  if (starts_with(bytes, "\x89PNG\r\n\x1A\n")) return "png";
  if (starts_with(bytes, std::string_view("II*\0", 4)) || starts_with(bytes, std::string_view("MM\0*", 4))) return "tiff";
  return {};
}

struct PixDestroy {
  void operator()(PIX* p) const { pixDestroy(&p); }
};
using Pix = std::unique_ptr<PIX, PixDestroy>;

Pix grey(const poppler::image& image) {
  Pix out(pixCreate(image.width(), image.height(), 8));
  if (!out) return out;
  for (int y = 0; y < image.height(); ++y) {
    const auto* from = reinterpret_cast<const l_uint8*>(image.const_data()) + std::ptrdiff_t(y) * image.bytes_per_row();
    l_uint32* to = pixGetData(out.get()) + std::ptrdiff_t(y) * pixGetWpl(out.get());
    for (int x = 0; x < image.width(); ++x) SET_DATA_BYTE(to, x, from[x]);
  }
  return out;
}

struct Line {
  int left = 0, top = 0, right = 0, bottom = 0;
  std::string text;
};

// Words of one line as the reader sees it, cut where a gap is wider than the line is high: there another column begins.
std::vector<Line> found_lines() {
  std::vector<Line> out;
  const std::unique_ptr<tesseract::ResultIterator> at(reader()->GetIterator());
  if (!at) return out;
  bool fresh = true;
  do {
    if (at->IsAtBeginningOf(tesseract::RIL_TEXTLINE)) fresh = true;
    Line word;
    const std::unique_ptr<char[]> utf8(at->GetUTF8Text(tesseract::RIL_WORD));
    if (!utf8 || !at->BoundingBox(tesseract::RIL_WORD, &word.left, &word.top, &word.right, &word.bottom)) continue;
    if (at->Confidence(tesseract::RIL_TEXTLINE) < kLeastSure) continue;
    word.text = utf8.get();
    const int high = fresh ? 0 : std::max(out.back().bottom - out.back().top, word.bottom - word.top);  // a dash is no measure
    if (!fresh && word.left - out.back().right <= 3 * high / 2) {
      Line& line = out.back();
      line.text += " " + word.text;
      line.right = word.right;
      line.top = std::min(line.top, word.top);
      line.bottom = std::max(line.bottom, word.bottom);
    } else {
      out.push_back(std::move(word));
    }
    fresh = false;
  } while (at->Next(tesseract::RIL_WORD));
  return out;
}

// Lines beside each other stand in one, columns three spaces apart: as the text of a born-digital page comes.
std::string as_laid_out(std::vector<Line> lines) {
  const auto middle = [](const Line& l) { return (l.top + l.bottom) / 2; };
  std::sort(lines.begin(), lines.end(), [&](const Line& a, const Line& b) { return middle(a) < middle(b); });
  std::string out;
  for (std::size_t first = 0; first < lines.size();) {
    std::size_t end = first + 1;
    while (end < lines.size() && middle(lines[end]) < lines[first].bottom) ++end;
    std::sort(lines.begin() + std::ptrdiff_t(first), lines.begin() + std::ptrdiff_t(end), [](const Line& a, const Line& b) { return a.left < b.left; });
    for (std::size_t i = first; i < end; ++i) out += (i > first ? "   " : "") + lines[i].text;
    out += '\n';
    first = end;
  }
  return out;
}

class Reading {
 public:
  explicit Reading(std::uint32_t seconds) : end_(std::chrono::steady_clock::now() + std::chrono::seconds(seconds)) {}

  std::string page(Pix image, int dots) {
    if (!image) return {};
    Pix straight(pixDeskew(image.get(), 2));  // lines that climb would meet those of the column beside
    reader()->SetImage(straight ? straight.get() : image.get());
    reader()->SetSourceResolution(dots);
    tesseract::ETEXT_DESC monitor;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - std::chrono::steady_clock::now());
    if (left.count() <= 0) return late_ = true, std::string();
    monitor.set_deadline_msecs(std::int32_t(left.count()));
    const bool whole = reader()->Recognize(&monitor) == 0 && !monitor.deadline_exceeded();
    late_ = late_ || !whole;
    std::string text = whole ? as_laid_out(found_lines()) : std::string();
    reader()->Clear();
    return text;
  }
  bool late() const { return late_; }
  std::size_t pages = 0;  // that gave text

 private:
  std::chrono::steady_clock::time_point end_;
  bool late_ = false;
};

bool is_read(std::uint32_t page, std::uint32_t pages, std::uint32_t most) {
  const std::uint32_t first = (most + 1) / 2, last = most - first;
  return page < first || page + last >= pages;
}

void read_pdf(std::string_view bytes, const OcrLimits& limits, Reading& reading, Extracted& found) {
  const std::unique_ptr<poppler::document> doc(poppler::document::load_from_raw_data(bytes.data(), int(bytes.size())));
  if (!doc || doc->is_locked()) return;
  poppler::page_renderer renderer;
  renderer.set_image_format(poppler::image::format_gray8);
  const auto pages = std::uint32_t(doc->pages());
  found.text.pages.resize(std::min<std::size_t>(pages, 5000));  // what stood there as letters (a portal's stamp) stays where nothing is read
  for (std::uint32_t i = 0; i < found.text.pages.size(); ++i) {
    if (!is_read(i, pages, limits.pages)) continue;
    const std::unique_ptr<poppler::page> page(doc->create_page(int(i)));
    if (!page) continue;
    const poppler::rectf box = page->page_rect();
    const double area = box.width() * box.height() / (72.0 * 72.0);
    if (!(area > 0)) continue;
    const double dots = std::min(kDots, std::sqrt(kMostPixels / area));
    if (dots < 70) continue;  // a poster: nothing could be read
    const poppler::image image = renderer.render_page(page.get(), dots, dots);
    if (!image.is_valid()) continue;
    if (std::string text = reading.page(grey(image), int(dots)); !text.empty()) found.text.pages[i] = std::move(text), ++reading.pages;
  }
}

// Half dots and double dots an inch mislead the reader: a picture's own resolution counts where it can be one of a scan.
int dots_of(const PIX* image) {
  const int own = pixGetXRes(image);
  return own >= 100 && own <= 600 ? own : int(kDots);
}

void read_picture(std::string_view bytes, const OcrLimits& limits, Reading& reading, Extracted& found) {
  const auto* data = reinterpret_cast<const l_uint8*>(bytes.data());
  std::size_t offset = 0;  // of the next page of a TIFF file; nought behind the last
  const bool tiff = found.format == "tiff";
  for (std::uint32_t n = 0; n < limits.pages; ++n) {
    // The size stands in the header: nothing is unpacked before it is known to be bearable. Of a TIFF's later pages it is not known before.
    l_int32 format = 0, width = 0, height = 0;
    if (n == 0 && pixReadHeaderMem(data, bytes.size(), &format, &width, &height, nullptr, nullptr, nullptr) != 0) return;
    if (n == 0 && (width <= 0 || height <= 0 || double(width) * height > 3 * kMostPixels || double(width) * height < kLeastPixels)) return;
    const Pix coloured(tiff ? pixReadMemFromMultipageTiff(data, bytes.size(), &offset) : pixReadMem(data, bytes.size()));
    Pix image(coloured ? pixConvertTo8(coloured.get(), 0) : nullptr);
    if (!image) break;
    const int dots = dots_of(coloured.get());
    if (std::string text = reading.page(std::move(image), dots); !text.empty()) found.text.pages.push_back(std::move(text)), ++reading.pages;
    if (!tiff || offset == 0) {
      found.text.page_count = n + 1;  // all of them were seen
      break;
    }
  }
}

// Poppler's drawing opens what it needs at first use, too: fonts that are not in the file, tables of colours.
void draw_once() {
  const std::string_view pdf =
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
      "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 60 60]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
      "4 0 obj<</Length 63>>stream\nBT /F 12 Tf 20 20 Td (warm) Tj ET 0.5 g 5 5 20 9 re f 1 0 0 RG S \nendstream endobj\n"
      "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n";
  const std::unique_ptr<poppler::document> doc(poppler::document::load_from_raw_data(pdf.data(), int(pdf.size())));
  const std::unique_ptr<poppler::page> page(doc ? doc->create_page(0) : nullptr);
  poppler::page_renderer renderer;
  renderer.set_image_format(poppler::image::format_gray8);
  if (page) (void)renderer.render_page(page.get(), 72, 72);
}

}  // namespace

bool load_ocr() {
  setMsgSeverity(L_SEVERITY_NONE);  // leptonica would write to the socket's place otherwise
  reader()->SetVariable("debug_file", "/dev/null");
  ready = reader()->Init(nullptr, "vie", tesseract::OEM_LSTM_ONLY) == 0;
  if (!ready) return false;
  reader()->SetPageSegMode(tesseract::PSM_AUTO);
  std::vector<unsigned char> white(200 * 80, 255);  // what is opened at first use is opened now
  reader()->SetImage(white.data(), 200, 80, 1, 200);
  reader()->SetSourceResolution(200);
  (void)reader()->Recognize(nullptr);
  reader()->Clear();
  draw_once();
  return true;
}

void unload_ocr() {
  if (ready) reader()->End();
  tesseract::TessBaseAPI::ClearPersistentCache();
  ready = false;
}

void read_pictures(std::string_view bytes, const OcrLimits& limits, Extracted& found) {
  const std::string picture = picture_format(bytes);
  if (found.format != "pdf" && picture.empty()) return;
  if (!ready) {
    found.reason = "ocr_unavailable";
    return;
  }
  Reading reading(limits.seconds);
  if (picture.empty()) {
    read_pdf(bytes, limits, reading, found);
  } else {
    found.format = picture;
    found.text.pages.clear();
    read_picture(bytes, limits, reading, found);
  }
  found.text.ocr = reading.pages > 0;
  if (reading.pages > 0) found.text.scanned = true;
  found.reason = reading.late() ? "ocr_time_limit" : reading.pages > 0 ? "" : picture.empty() ? found.reason : "image_only";
}
#endif

}  // namespace tools::inspect
