#include "tools/report/pdf.hpp"

#define POINTERHOLDER_TRANSITION 4  // qpdf gives standard pointers
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFWriter.hh>

#include <algorithm>
#include <cmath>
#include <memory>

#include "tools/report/chart.hpp"

#ifdef __SANITIZE_ADDRESS__
// fontconfig loses 288 bytes when it reads its configuration, once in a process; our own documents leave nothing behind.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig.so\n"; }
#endif

namespace report {
namespace {

// Points. A4 on its side where a table is wide.
constexpr double kShort = 595.28, kLong = 841.89, kPageMargin = 42, kFooter = 26;
constexpr std::size_t kPortraitColumns = 5, kMeasured = 200;  // rows whose cells decide how wide columns are
constexpr double kPadX = 4, kPadY = 2.5, kWidestCell = 220, kLeastCell = 110;
constexpr int kMostLines = 40;  // of a cell; more is cut with "..."
constexpr const char* kFont = "DejaVu Sans";

struct Ink {
  double r, g, b;
};
constexpr Ink kInkText{0.10, 0.13, 0.16}, kInkSoft{0.29, 0.34, 0.39}, kInkLine{0.80, 0.84, 0.87}, kInkHead{0.93, 0.95, 0.96}, kInkAccent{0.56, 0.11, 0.11}, kInkPaper{1, 1, 1};

template <class T, void (*End)(T*)>
struct Ended {
  void operator()(T* p) const { End(p); }
};
template <class T>
struct Unreffed {
  void operator()(T* p) const { g_object_unref(p); }
};
template <class T>
using Unref = std::unique_ptr<T, Unreffed<T>>;
using Surface = std::unique_ptr<cairo_surface_t, Ended<cairo_surface_t, cairo_surface_destroy>>;
using Canvas = std::unique_ptr<cairo_t, Ended<cairo_t, cairo_destroy>>;
using Font = std::unique_ptr<PangoFontDescription, Ended<PangoFontDescription, pango_font_description_free>>;

Ink ink_of(const std::string& hex) {  // "#8f1d1d"
  const auto part = [&](std::size_t at) { return std::stoi(hex.substr(at, 2), nullptr, 16) / 255.0; };
  return hex.size() == 7 ? Ink{part(1), part(3), part(5)} : kInkSoft;
}

std::string on_paper(const std::string& text) {
  std::unique_ptr<char, Ended<void, g_free>> good(g_utf8_make_valid(text.data(), gssize(text.size())));
  return good.get();
}

class Tag {  // of the document's structure, for those who hear it
 public:
  Tag(cairo_t* canvas, const char* name) : canvas_(canvas), name_(name) { cairo_tag_begin(canvas_, name_, nullptr); }
  ~Tag() { cairo_tag_end(canvas_, name_); }
  Tag(const Tag&) = delete;
  Tag& operator=(const Tag&) = delete;

 private:
  cairo_t* canvas_;
  const char* name_;
};

class Paper {
 public:
  Paper(const Report& r, int pages) : r_(r), pages_(pages), width_(r.shown.size() > kPortraitColumns ? kLong : kShort), height_(width_ == kLong ? kShort : kLong) {
    surface_.reset(cairo_pdf_surface_create_for_stream(take, this, width_, height_));
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_TITLE, on_paper(r.title).c_str());
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATOR, "Công Thư");
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATE_DATE, r.as_of.c_str());  // not the clock's: the same report, the same bytes
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_MOD_DATE, r.as_of.c_str());
    canvas_.reset(cairo_create(surface_.get()));
    fonts_.reset(pango_cairo_font_map_new());  // of its own: what it loads goes with the document
    const Unref<PangoContext> context(pango_font_map_create_context(fonts_.get()));
    pango_cairo_update_context(canvas_.get(), context.get());
    layout_.reset(pango_layout_new(context.get()));
    pango_layout_set_wrap(layout_.get(), PANGO_WRAP_WORD_CHAR);
  }

  base::Result<std::string> draw() {
    head();
    totals();
    charts();
    data();
    formulas();
    end_page();
    canvas_.reset();
    cairo_surface_finish(surface_.get());
    if (page_ > kMostPages) return base::fail(base::Errc::limit, "more than " + std::to_string(kMostPages) + " pages; choose a shorter period, or xlsx or csv");
    if (cairo_surface_status(surface_.get()) != CAIRO_STATUS_SUCCESS) return base::fail(base::Errc::internal, cairo_status_to_string(cairo_surface_status(surface_.get())));
    return std::move(bytes_);
  }
  int pages() const { return page_; }

 private:
  static cairo_status_t take(void* self, const unsigned char* data, unsigned length) {
    static_cast<Paper*>(self)->bytes_.append(reinterpret_cast<const char*>(data), length);
    return CAIRO_STATUS_SUCCESS;
  }
  std::string words(base::Text t) const { return std::string(t.in(r_.lang)); }
  cairo_t* cr() const { return canvas_.get(); }
  double bottom() const { return height_ - kPageMargin - kFooter; }
  double room() const { return width_ - 2 * kPageMargin; }
  void ink(const Ink& i) { cairo_set_source_rgb(cr(), i.r, i.g, i.b); }
  void box(double x, double y, double w, double h, const Ink& i) {
    ink(i);
    cairo_rectangle(cr(), x, y, w, h);
    cairo_fill(cr());
  }
  void rule(double x1, double y1, double x2, double y2, const Ink& i, double thick = 0.6) {
    ink(i);
    cairo_set_line_width(cr(), thick);
    cairo_move_to(cr(), x1, y1);
    cairo_line_to(cr(), x2, y2);
    cairo_stroke(cr());
  }

  // Lays the text out; size in points, width < 0: one line.
  void set(const std::string& text, double size, bool bold = false, double width = -1, PangoAlignment align = PANGO_ALIGN_LEFT) {
    const Font font(pango_font_description_new());
    pango_font_description_set_family(font.get(), kFont);
    pango_font_description_set_weight(font.get(), bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(font.get(), size * PANGO_SCALE);
    pango_layout_set_font_description(layout_.get(), font.get());
    pango_layout_set_width(layout_.get(), width < 0 ? -1 : int(width * PANGO_SCALE));
    pango_layout_set_alignment(layout_.get(), align);
    pango_layout_set_ellipsize(layout_.get(), width < 0 ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_END);
    pango_layout_set_height(layout_.get(), -kMostLines);
    pango_layout_set_text(layout_.get(), on_paper(text).c_str(), -1);
  }
  std::pair<double, double> size() const {
    int w = 0, h = 0;
    pango_layout_get_size(layout_.get(), &w, &h);
    return {double(w) / PANGO_SCALE, double(h) / PANGO_SCALE};
  }
  void put(double x, double y, const Ink& i) {
    ink(i);
    cairo_move_to(cr(), x, y);
    pango_cairo_show_layout(cr(), layout_.get());
  }

  void end_page() {
    set(r_.title, 7.5, false, room() * 0.75);
    pango_layout_set_height(layout_.get(), -1);
    put(kPageMargin, height_ - kPageMargin - 8, kInkSoft);
    const std::string number = words({"Trang ", "Page "}) + std::to_string(page_) + (pages_ > 0 ? "/" + std::to_string(pages_) : "");
    set(number, 7.5, false, room(), PANGO_ALIGN_RIGHT);
    put(kPageMargin, height_ - kPageMargin - 8, kInkSoft);
    cairo_show_page(cr());
  }
  void next_page() {
    end_page();
    ++page_;
    y_ = kPageMargin;
  }
  void need(double height) {
    if (y_ + height > bottom() && y_ > kPageMargin) next_page();
  }

  void paragraph(const char* tag, const std::string& text, double size_pt, bool bold, const Ink& i, double before, double after, double keep = 0) {
    set(text, size_pt, bold, room());
    const double height = size().second;
    need(before + height + keep);
    y_ += before;
    set(text, size_pt, bold, room());
    const Tag mark(cr(), tag);
    put(kPageMargin, y_, i);
    y_ += height + after;
  }

  void head() {
    paragraph("H1", r_.title, 16, true, kInkText, 0, 4);
    const auto day = [](const std::string& iso) { return iso.size() < 10 ? iso : iso.substr(8, 2) + "/" + iso.substr(5, 2) + "/" + iso.substr(0, 4) + (iso.size() > 15 ? " " + iso.substr(11, 5) : ""); };
    paragraph("P", words({"Kỳ báo cáo: từ ", "Period: "}) + day(r_.from) + words({" đến ", " to "}) + day(r_.to) +
                       words({" (giờ Việt Nam, tính cả hai ngày). Số liệu lúc ", " (Vietnam time, both days included). As of "}) + day(r_.as_of) + ".", 8.5, false, kInkSoft, 0, 6);
    rule(kPageMargin, y_, width_ - kPageMargin, y_, kInkAccent, 1.8);
    y_ += 10;
  }

  void totals() {
    std::string line;
    for (const auto& [title, value] : r_.totals) line += (line.empty() ? "" : "   ·   ") + title + ": " + value;
    if (!line.empty()) paragraph("P", line, 9, false, kInkText, 0, 6);
  }

  void charts() {
    for (const Chart& chart : r_.charts) {
      const Pivot p = make_pivot(r_, chart);
      if (p.categories.empty() || p.largest <= 0) continue;
      paragraph("H2", p.title, 11, true, kInkText, 6, 5, 60);
      if (p.series.size() > 1) legend(p);
      for (std::size_t c = 0; c < p.categories.size(); ++c) bar(p, c);
      y_ += 6;
    }
  }

  void legend(const Pivot& p) {
    double x = kPageMargin;
    for (std::size_t s = 0; s < p.series.size(); ++s) {
      set(p.series[s], 8);
      const double w = size().first;
      if (x + w + 24 > width_ - kPageMargin) x = kPageMargin, y_ += 13;
      box(x, y_ + 1.5, 8, 8, ink_of(colour(p, s)));
      put(x + 12, y_, kInkText);
      x += w + 26;
    }
    y_ += 17;
  }

  // The figures stand in the bar's line as words, so that a chart says what a table of it would.
  void bar(const Pivot& p, std::size_t c) {
    const double labels = room() * 0.34, most = room() * 0.42;
    set(p.categories[c], 8, false, labels - 8, PANGO_ALIGN_RIGHT);
    pango_layout_set_height(layout_.get(), -2);
    const double height = std::max(size().second, 12.0) + 4;
    need(height);
    const Tag mark(cr(), "P");
    put(kPageMargin, y_ + (height - size().second) / 2, kInkText);
    double x = kPageMargin + labels, total = 0;
    std::string said;
    for (std::size_t s = 0; s < p.series.size(); ++s) {
      const double value = p.values[c][s];
      if (value <= 0) continue;
      const double w = std::max(value / p.largest * most, 0.8);
      box(x, y_ + 2, w, height - 4, ink_of(colour(p, s)));
      rule(x + w, y_ + 2, x + w, y_ + height - 2, kInkPaper, 0.6);
      x += w;
      total += value;
      if (p.series.size() > 1) said += (said.empty() ? " (" : ", ") + p.series[s] + " " + shown(p, value);
    }
    set(shown(p, total) + (said.empty() ? "" : said + ")"), 7.5, false, width_ - kPageMargin - x - 4);
    pango_layout_set_height(layout_.get(), -2);
    put(x + 4, y_ + (height - size().second) / 2, kInkSoft);
    y_ += height;
  }

  std::vector<double> widths(const std::vector<std::vector<std::string>>& cells) {
    std::vector<double> want, least;
    for (std::size_t c = 0; c < r_.shown.size(); ++c) {
      double natural = 0, word = 0;
      const auto look = [&](const std::string& text, bool bold) {
        set(text, 8, bold);
        natural = std::max(natural, size().first);
        set(text, 8, bold, 1);
        pango_layout_set_wrap(layout_.get(), PANGO_WRAP_WORD);
        pango_layout_set_ellipsize(layout_.get(), PANGO_ELLIPSIZE_NONE);
        word = std::max(word, size().first);
        pango_layout_set_wrap(layout_.get(), PANGO_WRAP_WORD_CHAR);
      };
      look(r_.shown[c].title, true);
      for (const auto& row : cells) look(row[c], false);
      want.push_back(std::min(natural, kWidestCell) + 2 * kPadX);
      least.push_back(std::min({word, natural, kLeastCell}) + 2 * kPadX);
    }
    const auto sum = [](const std::vector<double>& v) { double s = 0; for (const double one : v) s += one; return s; };
    const double wanted = sum(want), needed = sum(least);
    for (std::size_t c = 0; c < want.size(); ++c) {
      if (wanted <= room()) want[c] *= room() / wanted;
      else if (needed <= room()) want[c] = least[c] + (want[c] - least[c]) * (room() - needed) / (wanted - needed);
      else want[c] = least[c] * room() / needed;
    }
    return want;
  }

  std::vector<std::string> cells_of(const Json& row) const {
    std::vector<std::string> out;
    for (const Column& c : r_.shown) out.push_back(cell(r_, c, row));
    return out;
  }

  double row_height(const std::vector<std::string>& cells, const std::vector<double>& w, bool bold) {
    double height = 0;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      set(cells[c], 8, bold, w[c] - 2 * kPadX);
      height = std::max(height, size().second);
    }
    return height + 2 * kPadY;
  }

  void table_row(const std::vector<std::string>& cells, const std::vector<double>& w, double height, bool is_head) {
    if (is_head) box(kPageMargin, y_, room(), height, kInkHead);
    const Tag line(cr(), "TR");
    double x = kPageMargin;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      set(cells[c], 8, is_head, w[c] - 2 * kPadX, r_.shown[c].number ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
      const Tag mark(cr(), is_head ? "TH" : "TD");
      put(x + kPadX, y_ + kPadY, kInkText);
      x += w[c];
    }
    x = kPageMargin;
    for (std::size_t c = 0; c <= cells.size(); ++c) {
      rule(x, y_, x, y_ + height, kInkLine);
      if (c < cells.size()) x += w[c];
    }
    rule(kPageMargin, y_, kPageMargin + room(), y_, kInkLine);
    rule(kPageMargin, y_ + height, kPageMargin + room(), y_ + height, kInkLine);
    y_ += height;
  }

  void data() {
    paragraph("H2", words({"Số liệu", "Figures"}), 11, true, kInkText, 8, 5, 50);
    if (r_.rows.empty()) return paragraph("P", words({"Không có dòng nào trong kỳ này.", "There are no rows in this period."}), 9, false, kInkText, 0, 6);
    std::vector<std::vector<std::string>> sample;
    for (const Json& row : r_.rows) {
      if (sample.size() == kMeasured) break;
      sample.push_back(cells_of(row));
    }
    const std::vector<double> w = widths(sample);
    std::vector<std::string> heads;
    for (const Column& c : r_.shown) heads.push_back(c.title);
    const double head_height = row_height(heads, w, true);
    auto table = std::make_unique<Tag>(cr(), "Table");
    table_row(heads, w, head_height, true);
    for (const Json& row : r_.rows) {
      const auto cells = cells_of(row);
      const double height = row_height(cells, w, false);
      if (y_ + height > bottom()) {
        table.reset();  // a page's part of the table is a table of its own: its head says what the columns are
        if (page_ >= kMostPages) return void(++page_);
        next_page();
        table = std::make_unique<Tag>(cr(), "Table");
        table_row(heads, w, head_height, true);
      }
      table_row(cells, w, height, false);
    }
  }

  void formulas() {
    bool first = true;
    for (const Column& c : r_.columns) {
      if (c.formula.empty()) continue;
      if (first) paragraph("H2", words({"Công thức", "Formulas"}), 11, true, kInkText, 12, 4, 30);
      first = false;
      paragraph("P", c.title + ": " + c.formula, 8.5, false, kInkText, 0, 3);
    }
    for (const std::string& note : r_.notes) paragraph("P", note, 8.5, false, kInkSoft, 6, 2);
  }

  const Report& r_;
  int pages_, page_ = 1;
  double width_, height_, y_ = kPageMargin;
  std::string bytes_;
  Surface surface_;
  Canvas canvas_;
  Unref<PangoFontMap> fonts_;
  Unref<PangoLayout> layout_;
};

// What cairo leaves out: that the structure is to be used, the language it is read in (PDF/UA 7.1, 7.2), and an id that depends on nothing
// but the bytes.
base::Result<std::string> finished(const std::string& drawn, base::Lang lang) {
  try {
    QPDF pdf;
    pdf.setSuppressWarnings(true);
    pdf.processMemoryFile("report.pdf", drawn.data(), drawn.size());
    QPDFObjectHandle root = pdf.getRoot();
    root.replaceKey("/MarkInfo", QPDFObjectHandle::parse("<< /Marked true >>"));
    root.replaceKey("/ViewerPreferences", QPDFObjectHandle::parse("<< /DisplayDocTitle true >>"));
    root.replaceKey("/Lang", QPDFObjectHandle::newString(lang == base::Lang::vi ? "vi-VN" : "en"));
    QPDFWriter writer(pdf);
    writer.setOutputMemory();
    writer.setDeterministicID(true);
    writer.write();
    const std::shared_ptr<Buffer> out = writer.getBufferSharedPointer();
    return std::string(reinterpret_cast<const char*>(out->getBuffer()), out->getSize());
  } catch (const std::exception& e) {
    return base::fail(base::Errc::internal, e.what());
  }
}

}  // namespace

// Drawn twice: how many pages there are is known at the end.
base::Result<std::string> to_pdf(const Report& r) {
  Paper draft(r, 0);
  if (auto drawn = draft.draw(); !drawn) return drawn.error();
  const auto drawn = Paper(r, draft.pages()).draw();
  if (!drawn) return drawn.error();
  return finished(*drawn, r.lang);
}

}  // namespace report
