#include "samples.hpp"

#include <zip.h>

#include <cstdio>
#include <stdexcept>

#include "policy/document/letters.hpp"

namespace {
std::string hex4(char32_t c) {
  char buffer[8];
  std::snprintf(buffer, sizeof buffer, "%04X", unsigned(c) & 0xFFFF);
  return buffer;
}

std::string content(const std::string& page) {
  std::string out = "BT /F 11 Tf 13 TL 40 800 Td\n";
  std::string line = "<";
  for (const char32_t c : policy::document::decode_utf8(page)) {
    if (c == '\n') { out += line + "> Tj T*\n"; line = "<"; }
    else line += hex4(c);
  }
  return out + line + "> Tj ET\n";
}

std::string stream(const std::string& body) { return "<</Length " + std::to_string(body.size()) + ">>stream\n" + body + "\nendstream"; }
}  // namespace

std::string make_pdf(const std::vector<std::string>& pages) {
  std::vector<std::string> objects(6);
  std::string kids;
  for (std::size_t i = 0; i < pages.size(); ++i) {
    const std::size_t page = 6 + 2 * i;
    kids += std::to_string(page) + " 0 R ";
    objects.push_back("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents " + std::to_string(page + 1) + " 0 R>>");
    objects.push_back(stream(content(pages[i])));
  }
  objects[1] = "<</Type/Catalog/Pages 2 0 R>>";
  objects[2] = "<</Type/Pages/Kids[" + kids + "]/Count " + std::to_string(pages.size()) + ">>";
  objects[3] = "<</Type/Font/Subtype/Type0/BaseFont/Sample/Encoding/Identity-H/DescendantFonts[4 0 R]/ToUnicode 5 0 R>>";
  objects[4] = "<</Type/Font/Subtype/CIDFontType2/BaseFont/Sample/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 500>>";
  objects[5] = stream("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n/CMapName /S def /CMapType 2 def\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
                      "3 beginbfrange\n<0020> <00FF> <0020>\n<0100> <01FF> <0100>\n<1E00> <1EFF> <1E00>\nendbfrange\nendcmap end end");
  std::string out = "%PDF-1.7\n";
  std::string xref = "xref\n0 " + std::to_string(objects.size()) + "\n0000000000 65535 f \n";
  for (std::size_t i = 1; i < objects.size(); ++i) {
    char row[24];
    std::snprintf(row, sizeof row, "%010zu 00000 n \n", out.size());
    xref += row;
    out += std::to_string(i) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  const std::size_t at = out.size();
  return out + xref + "trailer<</Root 1 0 R/Size " + std::to_string(objects.size()) + ">>\nstartxref\n" + std::to_string(at) + "\n%%EOF\n";
}

std::string make_zip(const std::vector<std::pair<std::string, std::string>>& entries) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  if (!zip) throw std::runtime_error("zip_open_from_source");
  for (const auto& [name, data] : entries) zip_file_add(zip, name.c_str(), zip_source_buffer(zip, data.data(), data.size(), 0), ZIP_FL_ENC_UTF_8);
  if (zip_close(zip) != 0) throw std::runtime_error("zip_close");
  zip_source_open(target);
  zip_source_seek(target, 0, SEEK_END);
  std::string out(std::size_t(zip_source_tell(target)), '\0');
  zip_source_seek(target, 0, SEEK_SET);
  zip_source_read(target, out.data(), out.size());
  zip_source_close(target);
  zip_source_free(target);
  return out;
}

std::string paragraph(std::string_view text) { return "<w:p><w:r><w:t xml:space=\"preserve\">" + std::string(text) + "</w:t></w:r></w:p>"; }

std::string make_docx(std::string_view body) {
  return make_zip({{"[Content_Types].xml", "<Types/>"},
                   {"word/document.xml", "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>" + std::string(body) + "</w:body></w:document>"}});
}

std::string notice_text() {
  return "UBND TỈNH SÔNG LA              CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n"
         "   SỞ VÍ DỤ                       Độc lập - Tự do - Hạnh phúc\n"
         "Số: 31/TB-SVD                  Sông La, ngày 07 tháng 7 năm 2021\n\n"
         "                          THÔNG BÁO\n"
         "                Lịch tiếp công dân quý III\n\n"
         "Căn cứ Quyết định số 25/QĐ-SVD ngày 01/02/2021, Sở thông báo lịch như sau./.\n\n"
         "Nơi nhận:                      KT. GIÁM ĐỐC\n"
         "- Như trên;                    PHÓ GIÁM ĐỐC\n"
         "- Lưu: VT.\n\n"
         "                               Đặng Thị Vui\n";
}
