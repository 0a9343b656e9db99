// One notice in every format that officials send, made here byte by byte, and what is broken about such files.
#include <boost/test/unit_test.hpp>

#include "policy/document/letters.hpp"
#include "policy/inspect/pool.hpp"
#include "samples.hpp"

namespace {

using policy::inspect::Facts;
using policy::inspect::InspectPool;

InspectPool& formats_pool() {
  static InspectPool pool([] {
    policy::inspect::PoolOptions o;
    o.worker_path = INSPECT_PATH;
    o.workers = 1;
    return o;
  }());
  return pool;
}

Facts opened(std::string_view bytes) {
  auto facts = formats_pool().inspect(bytes, "application/octet-stream", "tệp");
  BOOST_REQUIRE_MESSAGE(facts.has_value(), "no worker");
  return *facts;
}

void is_the_notice(const Facts& f, std::string_view format) {
  BOOST_TEST(f.format == format);
  BOOST_REQUIRE_MESSAGE(f.documents.size() == 1, f.reason + ": " + f.text);
  const auto& d = f.documents[0];
  const auto text = [](const policy::document::Field& field) { return field ? field->text : std::string(); };
  BOOST_TEST(text(d.number) == "31/TB-SVD");
  BOOST_TEST(text(d.kind) == "Thông báo");
  BOOST_TEST(text(d.issuer) == "SỞ VÍ DỤ", f.text);
  BOOST_TEST(text(d.date) == "2021-07-07");
  BOOST_TEST(text(d.signer) == "Đặng Thị Vui");
  BOOST_TEST(text(d.signer_authority) == "KT.");
}

// The notice as its author sees it: rows of two cells, and lines. An empty right cell: a line of its own.
struct Row {
  std::vector<std::string> left, right;
};
const std::vector<Row>& notice_rows() {
  static const std::vector<Row> rows{
      {{"UBND TỈNH SÔNG LA", "SỞ VÍ DỤ", "Số: 31/TB-SVD"},
       {"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "Sông La, ngày 07 tháng 7 năm 2021"}},
      {{"THÔNG BÁO"}, {}},
      {{"Lịch tiếp công dân quý III"}, {}},
      {{"Căn cứ Quyết định số 25/QĐ-SVD ngày 01/02/2021, Sở thông báo lịch như sau./."}, {}},
      {{"Nơi nhận:", "- Như trên;", "- Lưu: VT."}, {"KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "", "Đặng Thị Vui"}}};
  return rows;
}

std::string odt_paragraphs(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& l : lines) out += "<text:p>" + l + "</text:p>";
  return out;
}
std::string odt(std::string_view manifest = "") {
  std::string body;
  for (const Row& r : notice_rows())
    body += r.right.empty() ? odt_paragraphs(r.left)
                            : "<table:table><table:table-row><table:table-cell>" + odt_paragraphs(r.left) + "</table:table-cell><table:table-cell>" +
                                  odt_paragraphs(r.right) + "</table:table-cell></table:table-row></table:table>";
  const std::string space = R"( xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0")"
                            R"( xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0")";
  return make_zip({{"mimetype", "application/vnd.oasis.opendocument.text"},
                   {"content.xml", "<office:document-content" + space + "><office:body><office:text><text:tracked-changes><text:p>Số: 99/QĐ-SAI</text:p></text:tracked-changes>" +
                                       body + "</office:text></office:body></office:document-content>"},
                   {"META-INF/manifest.xml", std::string(manifest)}});
}

// \uN with a '?' for readers that know no Unicode, as Word writes it.
std::string rtf_text(std::string_view utf8) {
  std::string out;
  for (const char32_t c : policy::document::decode_utf8(utf8)) {
    if (c < 0x80) out.push_back(char(c));
    else out += "\\u" + std::to_string(c < 0x8000 ? long(c) : long(c) - 65536) + "?";
  }
  return out;
}
std::string rtf() {
  std::string out = "{\\rtf1\\ansi\\ansicpg1252\\uc1{\\fonttbl{\\f0\\froman\\fcharset163 Times New Roman;}}{\\info{\\title S\\u7889?: 99/Q\\u272?-SAI}}"
                    "{\\*\\generator Test;}{\\stylesheet{\\s0 Normal;}}\\pard\\f0 ";
  for (const Row& r : notice_rows()) {
    if (r.right.empty()) {
      for (const std::string& l : r.left) out += "\\pard " + rtf_text(l) + "\\par\n";
      continue;
    }
    out += "\\trowd\\cellx4000\\cellx9000 ";
    for (const auto* cell : {&r.left, &r.right}) {
      out += "\\pard\\intbl ";
      for (std::size_t i = 0; i < cell->size(); ++i) out += rtf_text((*cell)[i]) + (i + 1 < cell->size() ? "\\par " : "\\cell ");
    }
    out += "\\row\n";
  }
  return out + "{\\v hidden S\\u7889?: 98/Q\\u272?-SAI}}";
}

void put16(std::string& s, std::size_t at, std::uint32_t v) {
  s[at] = char(v & 0xFF);
  s[at + 1] = char(v >> 8 & 0xFF);
}
void put32(std::string& s, std::size_t at, std::uint32_t v) {
  put16(s, at, v & 0xFFFF);
  put16(s, at + 2, v >> 16);
}

struct DocMark {
  std::size_t end;  // characters up to and with the mark
  bool in_table, ends_row;
};

// A Word 97 file: one piece of UTF-16, paragraph properties on one page, everything in whole sectors of 512 bytes.
std::string doc(std::uint32_t flags = 0) {
  std::u16string text;
  std::vector<DocMark> marks;
  const auto line = [&](const std::string& l, char16_t mark, bool in_table, bool ends_row) {
    for (const char32_t c : policy::document::decode_utf8(l)) text.push_back(char16_t(c));
    text.push_back(mark);
    marks.push_back({text.size(), in_table, ends_row});
  };
  for (const Row& r : notice_rows()) {
    if (r.right.empty()) {
      for (const std::string& l : r.left) line(l, u'\r', false, false);
      continue;
    }
    for (const auto* cell : {&r.left, &r.right})
      for (std::size_t i = 0; i < cell->size(); ++i) line((*cell)[i], i + 1 < cell->size() ? u'\r' : u'\x07', true, false);
    line("", u'\x07', true, true);
  }
  constexpr std::size_t kText = 1536, kSector = 512;
  const auto padded = [](std::size_t n) { return std::max<std::size_t>((n + kSector - 1) / kSector * kSector, 4096); };  // no mini stream
  const std::size_t page = (kText + 2 * text.size() + kSector - 1) / kSector;
  std::string document(padded((page + 1) * kSector), '\0');
  put16(document, 0, 0xA5EC);
  put16(document, 2, 193);
  put16(document, 10, 0x0200 | flags);
  put32(document, 76, std::uint32_t(text.size()));
  for (std::size_t i = 0; i < text.size(); ++i) put16(document, kText + 2 * i, text[i]);
  const std::size_t fkp = page * kSector, count = marks.size();
  BOOST_REQUIRE(4 * (count + 1) + 13 * count < 440);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    put32(document, fkp + 4 * i, std::uint32_t(kText + 2 * begin));
    begin = marks[i].end;
    document[fkp + 4 * (count + 1) + 13 * i] = char(!marks[i].in_table ? 0 : (marks[i].ends_row ? 496 : 480) / 2);
  }
  put32(document, fkp + 4 * count, std::uint32_t(kText + 2 * begin));
  document[fkp + 480] = 3, put16(document, fkp + 483, 0x2416), document[fkp + 485] = 1;                          // istd 0; in a table
  document[fkp + 496] = 5, put16(document, fkp + 499, 0x2416), document[fkp + 501] = 1, put16(document, fkp + 502, 0x2417), document[fkp + 504] = 1;
  document[fkp + 511] = char(count);

  std::string table(4096, '\0');  // the piece table, then where the page of properties lies
  table[0] = 2;
  put32(table, 1, 16);
  put32(table, 9, std::uint32_t(text.size()));
  put32(table, 15, kText);
  put32(table, 104, std::uint32_t(kText + 2 * text.size()));
  put32(table, 108, std::uint32_t(page));
  put32(document, 418, 0), put32(document, 422, 21);
  put32(document, 258, 100), put32(document, 262, 12);

  const std::uint32_t document_sectors = std::uint32_t(document.size() / kSector), table_sectors = 8;
  std::string ole(512, '\0'), fat(kSector, '\xFF'), directory(kSector, '\0');
  ole.replace(0, 8, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
  put16(ole, 28, 0xFFFE), put16(ole, 30, 9), put16(ole, 32, 6);
  put32(ole, 44, 1), put32(ole, 48, 1), put32(ole, 56, 4096), put32(ole, 60, 0xFFFFFFFE), put32(ole, 68, 0xFFFFFFFE), put32(ole, 76, 0);
  for (std::size_t i = 1; i < 109; ++i) put32(ole, 76 + 4 * i, 0xFFFFFFFF);
  put32(fat, 0, 0xFFFFFFFD), put32(fat, 4, 0xFFFFFFFE);
  const auto chain = [&](std::uint32_t from, std::uint32_t n) {
    for (std::uint32_t i = 0; i < n; ++i) put32(fat, 4 * (from + i), i + 1 < n ? from + i + 1 : 0xFFFFFFFE);
  };
  chain(2, document_sectors);
  chain(2 + document_sectors, table_sectors);
  const auto entry = [&](std::size_t at, std::string_view name, char type, std::uint32_t start, std::size_t size) {
    for (std::size_t i = 0; i < name.size(); ++i) directory[at + 2 * i] = name[i];
    put16(directory, at + 64, std::uint32_t(2 * (name.size() + 1)));
    directory[at + 66] = type;
    put32(directory, at + 116, start), put32(directory, at + 120, std::uint32_t(size));
  };
  entry(0, "Root Entry", 5, 0xFFFFFFFE, 0);
  entry(128, "WordDocument", 2, 2, document.size());
  entry(256, "1Table", 2, 2 + document_sectors, table.size());
  return ole + fat + directory + document + table;
}

std::string utf16(std::string_view utf8, bool big) {
  std::string out;
  for (const char32_t c : policy::document::decode_utf8(utf8)) {
    const char high = char(c >> 8), low = char(c & 0xFF);
    out += big ? std::string{high, low} : std::string{low, high};
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(formats)

BOOST_AUTO_TEST_CASE(opendocument_text) {
  is_the_notice(opened(odt()), "odt");
  BOOST_TEST(opened(odt("<manifest><encryption-data/></manifest>")).reason == "encrypted");
  BOOST_TEST(opened(odt()).text.find("99/") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(rich_text) {
  const std::string whole = rtf();
  is_the_notice(opened(whole), "rtf");
  BOOST_TEST(opened(whole).text.find("98/") == std::string::npos);
  BOOST_TEST(opened(whole.substr(0, whole.size() - 20)).reason == "damaged");
  BOOST_TEST(opened("{\\rtf1" + std::string(100000, '{')).reason == "damaged");
  BOOST_TEST(opened("{\\rtf1 {\\fonttbl{\\f1 .VnTimeH;}}\\f1 S\\'e9: \\u174\\'ae\\'ef\\'af\\'e0\\'e1\\par}").text.find("SỐ: ®ï¯") == std::string::npos);
  BOOST_TEST(opened("{\\rtf1 {\\fonttbl{\\f1 .VnTimeH;}}\\f1 c\\'e9ng h\\'dfa \\'ae\\'e9c l\\'cbp\\par}").text.find("CỘNG") != std::string::npos);
  BOOST_TEST(opened("{\\rtf1 {\\fonttbl{\\f1 VNI-Times;}}\\f1 Co\\'e4ng ho\\'f8a x\\'e3\\par}").text.find("Cộng hòa") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(word_97) {
  const std::string whole = doc();
  is_the_notice(opened(whole), "doc");
  BOOST_TEST(opened(doc(0x0100)).reason == "encrypted");
  BOOST_TEST(opened(whole.substr(0, 700)).reason == "damaged");
  std::string circle = whole;
  for (std::size_t at = 512; at < 1024; at += 4) put32(circle, at, 2);  // every sector is followed by the same one
  (void)opened(circle);
  BOOST_TEST(formats_pool().counters().crashed == 0u);
}

// A row of very many cells and lines costs text, not memory.
BOOST_AUTO_TEST_CASE(endless_rows_end) {
  std::string cells = "{\\rtf1 \\trowd\\intbl ";
  for (int i = 0; i < 300000; ++i) cells += "\\cell ";
  for (int i = 0; i < 300000; ++i) cells += "\\par ";
  BOOST_TEST(opened(cells + "chữ\\cell\\row}").format == "rtf");
  BOOST_TEST(formats_pool().counters().crashed == 0u);
}

BOOST_AUTO_TEST_CASE(plain_text_in_any_encoding) {
  const std::string text = notice_text();
  is_the_notice(opened(text), "txt");
  is_the_notice(opened("\xEF\xBB\xBF" + text), "txt");
  is_the_notice(opened("\xFF\xFE" + utf16(text, false)), "txt");
  is_the_notice(opened(utf16(text, false)), "txt");
  is_the_notice(opened(utf16(text, true)), "txt");
}

BOOST_AUTO_TEST_SUITE_END()
