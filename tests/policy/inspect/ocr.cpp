// Scans: a page drawn here, made into grey dots, turned and spoilt as scanners do, inside a PDF or as a picture.
#ifdef CONGTHU_OCR
#include <pango/pangocairo.h>

#include <boost/test/unit_test.hpp>
#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include "policy/inspect/pool.hpp"

using namespace std::string_literals;
using policy::inspect::Facts;
using policy::inspect::InspectPool;

extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig.so\n"; }  // it loses a little once a process

namespace {

constexpr int kWide = 1240, kHigh = 1240;  // the upper part of an A4 page at 150 dots an inch

struct Dots {
  int wide = kWide, high = kHigh;
  std::string grey;
};

void put_words(cairo_t* cairo, double x, double y, double wide, PangoAlignment align, const char* markup) {
  const std::unique_ptr<PangoLayout, decltype(&g_object_unref)> layout(pango_cairo_create_layout(cairo), g_object_unref);
  const std::unique_ptr<PangoFontDescription, decltype(&pango_font_description_free)> font(pango_font_description_from_string("DejaVu Serif 20"), pango_font_description_free);
  pango_layout_set_font_description(layout.get(), font.get());
  pango_layout_set_width(layout.get(), int(wide * PANGO_SCALE));
  pango_layout_set_alignment(layout.get(), align);
  pango_layout_set_markup(layout.get(), markup, -1);
  cairo_move_to(cairo, x, y);
  pango_cairo_show_layout(cairo, layout.get());
}

Dots paper(const std::string& number, const char* stamp = "") {
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, kWide, kHigh), cairo_surface_destroy);
  const std::unique_ptr<cairo_t, decltype(&cairo_destroy)> cairo(cairo_create(surface.get()), cairo_destroy);
  cairo_set_source_rgb(cairo.get(), 1, 1, 1);
  cairo_paint(cairo.get());
  cairo_set_source_rgb(cairo.get(), 0.05, 0.05, 0.05);
  put_words(cairo.get(), 60, 90, 460, PANGO_ALIGN_CENTER, ("ỦY BAN NHÂN DÂN\nTỈNH SÔNG LA\n<b>SỞ VÍ DỤ</b>\nSố: " + number).c_str());
  put_words(cairo.get(), 540, 90, 660, PANGO_ALIGN_CENTER, "<b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</b>\n<b>Độc lập - Tự do - Hạnh phúc</b>\n<i>Sông La, ngày 20 tháng 11 năm 2026</i>");
  put_words(cairo.get(), 60, 330, 1120, PANGO_ALIGN_CENTER, "<b>KẾ HOẠCH\nTrao đổi văn bản điện tử năm 2027</b>");
  put_words(cairo.get(), 120, 460, 1000, PANGO_ALIGN_LEFT,
            "Căn cứ Quyết định số 15/QĐ-UBND ngày 05 tháng 01 năm 2026 của Ủy ban nhân dân tỉnh, Sở Ví dụ ban hành kế hoạch trao đổi văn bản điện tử như sau:\n"
            "1. Mục đích: mọi văn bản không mật được gửi qua hộp thư công vụ, có chữ ký số của cơ quan.\n2. Yêu cầu: các phòng thực hiện nghiêm túc, báo cáo hằng tháng.");
  put_words(cairo.get(), 120, 900, 500, PANGO_ALIGN_LEFT, "<b><i>Nơi nhận:</i></b>\n- Như trên;\n- Lưu: VT.");
  put_words(cairo.get(), 640, 900, 480, PANGO_ALIGN_CENTER, "<b>GIÁM ĐỐC\n\n\n\nNguyễn Văn An</b>");
  put_words(cairo.get(), 60, 20, 300, PANGO_ALIGN_LEFT, stamp);
  cairo_surface_flush(surface.get());
  Dots out;
  const unsigned char* data = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int y = 0; y < kHigh; ++y)
    for (int x = 0; x < kWide; ++x) out.grey.push_back(char(data[y * stride + 4 * x + 1]));
  return out;
}

Dots spoilt(const Dots& clean, double degrees, double noise) {
  std::mt19937 random(7);
  std::normal_distribution<double> grain(0, noise);
  const double angle = degrees * M_PI / 180, c = std::cos(angle), s = std::sin(angle), mx = clean.wide / 2.0, my = clean.high / 2.0;
  Dots out = clean;
  for (int y = 0; y < clean.high; ++y)
    for (int x = 0; x < clean.wide; ++x) {
      const int u = int(c * (x - mx) + s * (y - my) + mx), v = int(-s * (x - mx) + c * (y - my) + my);
      const bool inside = u >= 0 && u < clean.wide && v >= 0 && v < clean.high;
      const double value = (inside ? double(static_cast<unsigned char>(clean.grey[std::size_t(v * clean.wide + u)])) : 250.0) * 0.9 + 12 + grain(random);
      out.grey[std::size_t(y * clean.wide + x)] = char(static_cast<unsigned char>(std::clamp(value, 0.0, 255.0)));
    }
  return out;
}

std::string pdf_of(const Dots& dots) {
  const std::string wide = std::to_string(dots.wide), high = std::to_string(dots.high), draw = "q 595 0 0 595 0 0 cm /I Do Q";
  return "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
         "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 595]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>endobj\n"
         "4 0 obj<</Length " + std::to_string(draw.size()) + ">>stream\n" + draw + "\nendstream endobj\n"
         "5 0 obj<</Type/XObject/Subtype/Image/Width " + wide + "/Height " + high + "/ColorSpace/DeviceGray/BitsPerComponent 8/Length " + std::to_string(dots.grey.size()) + ">>stream\n" +
         dots.grey + "\nendstream endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n";
}

void put_number(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(char(value >> 8 * i & 0xff));
}

// Baseline TIFF 6.0, little-endian, grey and not packed: one directory and one strip a page.
std::string tiff_of(const std::vector<Dots>& pages) {
  std::string out("II*\0\x08\0\0\0", 8);
  for (std::size_t n = 0; n < pages.size(); ++n) {
    const Dots& d = pages[n];
    constexpr std::uint32_t kFields = 7;
    const auto data = std::uint32_t(out.size() + 2 + 12 * kFields + 4);
    put_number(out, kFields, 2);
    for (const auto& [tag, value] : {std::pair(256, std::uint32_t(d.wide)), std::pair(257, std::uint32_t(d.high)), std::pair(258, 8U), std::pair(262, 1U), std::pair(273, data),
                                     std::pair(278, std::uint32_t(d.high)), std::pair(279, std::uint32_t(d.grey.size()))}) {
      put_number(out, std::uint32_t(tag), 2);
      put_number(out, 4, 2);  // LONG
      put_number(out, 1, 4);
      put_number(out, value, 4);
    }
    put_number(out, n + 1 < pages.size() ? std::uint32_t(data + d.grey.size()) : 0, 4);
    out += d.grey;
  }
  return out;
}

InspectPool& scans() {
  static InspectPool pool = [] {
    policy::inspect::PoolOptions o;
    o.worker_path = INSPECT_PATH;
    o.workers = 1;
    o.ocr_pages = 2;
    o.time_limit = std::chrono::minutes(2);
    return InspectPool(std::move(o));
  }();
  return pool;
}

Facts read_scan(std::string_view bytes) {
  auto facts = scans().inspect(bytes, "application/octet-stream", "quet");
  BOOST_REQUIRE(facts.has_value());
  return *facts;
}

std::string of(const policy::document::Field& f) { return f ? f->text : std::string(); }

// A wrong value is worse than none.
void right_or_nothing(const policy::document::Document& d) {
  for (const auto& [field, right] : {std::pair{of(d.number), "71/KH-SVD"}, std::pair{of(d.kind), "Kế hoạch"}, std::pair{of(d.issuer), "SỞ VÍ DỤ"}, std::pair{of(d.date), "2026-11-20"},
                                     std::pair{of(d.title), "Trao đổi văn bản điện tử năm 2027"}, std::pair{of(d.signer), "Nguyễn Văn An"}})
    BOOST_TEST((field.empty() || field == right), field << " is not " << right);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inspect_ocr)

BOOST_AUTO_TEST_CASE(a_scan_is_read_and_its_stamp_seen) {
  const Facts f = read_scan(pdf_of(paper("71/KH-SVD", "<b>TUYỆT MẬT</b>")));
  BOOST_TEST_INFO_SCOPE(f.text);
  BOOST_TEST(f.reason == "");
  BOOST_TEST((f.scanned && *f.scanned));
  BOOST_TEST_REQUIRE(f.documents.size() == 1u);
  const auto& d = f.documents[0];
  right_or_nothing(d);
  BOOST_TEST(of(d.number) == "71/KH-SVD");
  BOOST_TEST(of(d.date) == "2026-11-20");
  BOOST_TEST(of(d.kind) == "Kế hoạch");
  BOOST_TEST(of(d.secrecy) == "Tuyệt mật");
  BOOST_TEST(d.number->confidence < 0.9);  // less sure than of letters
  BOOST_TEST(f.text.find("trao đổi văn bản điện tử") != std::string::npos);  // for the index
}

BOOST_AUTO_TEST_CASE(a_turned_and_grainy_scan_is_read_rightly_or_left) {
  const Facts f = read_scan(pdf_of(spoilt(paper("71/KH-SVD"), 1.2, 18)));
  BOOST_TEST_INFO_SCOPE(f.text);
  BOOST_TEST_REQUIRE(f.documents.size() == 1u);
  right_or_nothing(f.documents[0]);
  BOOST_TEST(of(f.documents[0].number) == "71/KH-SVD");
}

BOOST_AUTO_TEST_CASE(all_pages_of_a_tiff_are_read) {
  Dots empty;
  empty.grey.assign(std::size_t(empty.wide) * std::size_t(empty.high), char(250));
  const Facts f = read_scan(tiff_of({empty, paper("71/KH-SVD")}));  // as a fax whose first page is a white cover
  BOOST_TEST(f.format == "tiff");
  BOOST_TEST(f.pages == 2u);
  BOOST_TEST_REQUIRE(f.documents.size() == 1u);
  BOOST_TEST(of(f.documents[0].number) == "71/KH-SVD");
}

BOOST_AUTO_TEST_CASE(what_is_no_paper_stays_unread) {
  Dots empty;
  empty.grey.assign(std::size_t(empty.wide) * std::size_t(empty.high), char(250));
  const Facts white = read_scan(pdf_of(empty));
  BOOST_TEST(white.reason == "image_only");
  BOOST_TEST(white.documents.empty());
  BOOST_TEST(read_scan("\xFF\xD8\xFF\xE0 no picture"s).documents.empty());
  BOOST_TEST(read_scan("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF\x08\0\0\0\0"s).documents.empty());  // a bomb by its size
  BOOST_TEST(scans().counters().crashed == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
#endif
