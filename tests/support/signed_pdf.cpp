#include "tests/support/signed_pdf.hpp"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>

#include "base/encoding.hpp"
#include "base/handle.hpp"

#include <openssl/evp.h>

namespace test {
namespace {

std::string number(std::size_t n, const char* format) {
  char out[32];
  std::snprintf(out, sizeof out, format, n);
  return out;
}

std::vector<unsigned> code_points(std::string_view s) {  // trusted UTF-8 of the basic plane
  std::vector<unsigned> out;
  for (std::size_t i = 0; i < s.size();) {
    const auto c = static_cast<unsigned char>(s[i]);
    const int more = c < 0x80 ? 0 : c < 0xe0 ? 1 : 2;
    unsigned v = more == 0 ? c : more == 1 ? c & 0x1fu : c & 0x0fu;
    for (int k = 1; k <= more; ++k) v = (v << 6) | (static_cast<unsigned char>(s[i + std::size_t(k)]) & 0x3fu);
    out.push_back(v);
    i += std::size_t(more) + 1;
  }
  return out;
}

std::string to_unicode(const std::vector<PdfLine>& lines) {
  std::map<unsigned, bool> used;
  for (const PdfLine& l : lines)
    for (const unsigned c : code_points(l.text)) used[c] = true;
  std::string map = "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /VN def\n/CMapType 2 def\n"
                    "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n";
  for (const auto& [c, unused] : used)
    map += "1 beginbfchar\n<" + number(c, "%04zX") + "> <" + number(c, "%04zX") + ">\nendbfchar\n";
  return map + "endcmap\nend\nend\n";
}

std::string content_stream(const std::vector<PdfLine>& lines) {
  std::string out;
  for (const PdfLine& l : lines) {
    char head[96];
    std::snprintf(head, sizeof head, "BT /F1 %.1f Tf %.1f %.1f Td <", l.size, l.x, l.y);
    out += head;
    for (const unsigned c : code_points(l.text)) out += number(c, "%04zX");
    out += "> Tj ET\n";
  }
  return out;
}

std::string stream_object(const std::string& data) {
  return "<< /Length " + std::to_string(data.size()) + " >>\nstream\n" + data + "\nendstream";
}

std::string xref_and_trailer(const std::map<int, std::size_t>& offsets, const std::string& trailer, std::size_t at) {
  std::string out = "xref\n";
  for (const auto& [n, offset] : offsets)  // one subsection per object: legal, and simple
    out += std::to_string(n) + " 1\n" + (n == 0 ? "0000000000 65535 f \n" : number(offset, "%010zu") + " 00000 n \n");
  return out + "trailer\n<< " + trailer + " >>\nstartxref\n" + std::to_string(at) + "\n%%EOF\n";
}

long number_behind(const std::string& pdf, const std::string& key) {
  const std::size_t at = pdf.rfind(key);
  if (at == std::string::npos) throw std::runtime_error("no " + key + " in PDF");
  return std::strtol(pdf.c_str() + at + key.size(), nullptr, 10);
}

std::string object_text(const std::string& pdf, long n) {  // the newest definition
  const std::string head = "\n" + std::to_string(n) + " 0 obj\n";
  const std::size_t at = pdf.rfind(head);
  const std::size_t end = pdf.find("\nendobj", at);
  if (at == std::string::npos || end == std::string::npos) throw std::runtime_error("object not found");
  return pdf.substr(at + head.size(), end - at - head.size());
}

// Catalog and AcroForm with the field `field` added.
std::vector<std::pair<int, std::string>> form_objects(const std::string& pdf, int field, int new_form) {
  const long root = number_behind(pdf, "/Root ");
  std::string catalog = object_text(pdf, root);
  const std::string reference = std::to_string(field) + " 0 R";
  if (const std::size_t at = catalog.find("/AcroForm "); at != std::string::npos) {
    const long form = std::strtol(catalog.c_str() + at + 10, nullptr, 10);
    std::string text = object_text(pdf, form);
    text.insert(text.find(']'), " " + reference);
    return {{int(form), text}};
  }
  catalog.insert(catalog.rfind(">>"), "/AcroForm " + std::to_string(new_form) + " 0 R ");
  return {{int(root), catalog}, {new_form, "<< /SigFlags 3 /Fields [" + reference + "] >>"}};
}

std::string doc_mdp(int p) {
  if (p == 0) return {};
  return "/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /P " + std::to_string(p) +
         " /V /1.2 >> >>] ";
}

std::string sha1(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned n = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &n, EVP_sha1(), nullptr);
  return {reinterpret_cast<char*>(digest), n};
}

}  // namespace

std::string build_pdf(const std::vector<PdfLine>& lines) {
  const std::vector<std::string> objects{
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
      stream_object(content_stream(lines)),
      "<< /Type /Font /Subtype /Type0 /BaseFont /TimesNewRoman /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
      "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /TimesNewRoman /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) "
      "/Supplement 0 >> /DW 500 /FontDescriptor 8 0 R >>",
      stream_object(to_unicode(lines)),
      "<< /Type /FontDescriptor /FontName /TimesNewRoman /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 900 "
      "/Descent -200 /CapHeight 700 /StemV 80 >>"};
  std::string pdf = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
  std::map<int, std::size_t> offsets{{0, 0}};
  for (std::size_t i = 0; i < objects.size(); ++i) {
    offsets[int(i) + 1] = pdf.size();
    pdf += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  return pdf + xref_and_trailer(offsets, "/Size " + std::to_string(objects.size() + 1) + " /Root 1 0 R", pdf.size());
}

std::vector<PdfLine> official_letter(const std::string& number_and_symbol) {
  return {{60, 790, 12, "ỦY BAN NHÂN DÂN TỈNH SÔNG LA"},
          {330, 790, 12, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"},
          {110, 774, 12, "SỞ VÍ DỤ"},
          {370, 774, 13, "Độc lập - Tự do - Hạnh phúc"},
          {90, 750, 13, "Số: " + number_and_symbol},
          {340, 750, 13, "Sông La, ngày 22 tháng 11 năm 2026"},
          {70, 732, 12, "V/v sử dụng thư điện tử công vụ"},
          {150, 690, 14, "Kính gửi: Các đơn vị trực thuộc"},
          {80, 650, 14, "Sở Ví dụ đề nghị các đơn vị sử dụng thư điện tử công vụ."},
          {60, 520, 12, "Nơi nhận:"},
          {60, 504, 11, "- Như trên;"},
          {60, 490, 11, "- Lưu: VT."},
          {380, 520, 13, "GIÁM ĐỐC"},
          {370, 430, 13, "Nguyễn Văn An"}};
}

std::string append_revision(const std::string& pdf, const std::vector<std::pair<int, std::string>>& objects) {
  const long previous = number_behind(pdf, "startxref\n"), root = number_behind(pdf, "/Root ");
  long size = number_behind(pdf, "/Size ");
  std::string out = pdf;
  std::map<int, std::size_t> offsets;
  for (const auto& [n, text] : objects) {
    offsets[n] = out.size();
    out += std::to_string(n) + " 0 obj\n" + text + "\nendobj\n";
    size = std::max(size, long(n) + 1);
  }
  return out + xref_and_trailer(offsets, "/Size " + std::to_string(size) + " /Root " + std::to_string(root) + " 0 R /Prev " +
                                             std::to_string(previous), out.size());
}

std::string sign_pdf(const std::string& pdf, const Identity& signer, const PdfSignSpec& spec) {
  const int size = int(number_behind(pdf, "/Size ")), value = size, field = size + 1;
  const std::string blank = "[0 0000000000 0000000000 0000000000]";
  const std::string hole(spec.room * 2, '0');
  std::vector<std::pair<int, std::string>> objects = form_objects(pdf, field, size + 2);
  objects.emplace_back(value, "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /" + spec.sub_filter + " " + doc_mdp(spec.doc_mdp) +
                                  spec.dictionary_extra + "/M (D:20261122090000+07'00') /ByteRange " + blank + " /Contents <" + hole + "> >>");
  objects.emplace_back(field, "<< /Type /Annot /Subtype /Widget /FT /Sig /Rect [0 0 0 0] /F 132 /P 3 0 R /T (" + spec.field + ") /V " +
                                  std::to_string(value) + " 0 R " + spec.field_extra + ">>");
  std::string out = append_revision(pdf, objects);
  const std::size_t open = out.find("<" + hole, pdf.size()), close = open + hole.size() + 2;
  const std::string range = "[0 " + number(open, "%010zu") + " " + number(close, "%010zu") + " " + number(out.size() - close, "%010zu") + "]";
  out.replace(out.find(blank, pdf.size()), blank.size(), range);
  const std::string covered = out.substr(0, open) + out.substr(close);
  CmsSpec cms = spec.cms;
  cms.detached = spec.sub_filter != "adbe.pkcs7.sha1";
  const std::string der = spec.value ? spec.value(covered) : sign_cms(cms.detached ? covered : sha1(covered), {signer}, cms);
  if (der.size() > spec.room) throw std::runtime_error("no room for the signature");
  const std::string hex = base::hex_encode(der);
  out.replace(open + 1, hex.size(), hex);
  return out;
}

}  // namespace test
