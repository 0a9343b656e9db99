// Encodings from before Unicode, as their fonts' text comes out of a PDF or DOC: Latin-1 letters.
#include <boost/test/unit_test.hpp>

#include "policy/document/document.hpp"
#include "policy/document/legacy.hpp"
#include "policy/document/letters.hpp"
#include "policy/document/lines.hpp"

using namespace policy::document;

namespace {

std::string shown(std::u32string_view latin1) { return to_utf8(clean(decode_legacy(latin1, legacy_encoding(latin1)))); }

// A notice in VNI, letter by letter as its fonts store it.
constexpr std::u32string_view kVniNotice =
    U"UÛY BAN NHAÂN DAÂN TÆNH SOÂNG LA              COÄNG HOØA XAÕ HOÄI CHUÛ NGHÓA VIEÄT NAM\n"
    U"   SÔÛ VÍ DUÏ                       Ñoäc laäp - Töï do - Haïnh phuùc\n"
    U"Soá: 31/TB-SVD                  Soâng La, ngaøy 07 thaùng 7 naêm 2001\n\n"
    U"                          THOÂNG BAÙO\n"
    U"                Lòch tieáp coâng daân quyù III\n\n"
    U"Caên cöù Quyeát ñònh soá 25/QÑ-SVD ngaøy 01/02/2001, Sôû thoâng baùo lòch nhö sau./.\n\n"
    U"Nôi nhaän:                      GIAÙM ÑOÁC\n"
    U"- Nhö treân;\n"
    U"- Löu: VT.                      Ñaëng Thò Vui\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(legacy)

BOOST_AUTO_TEST_CASE(vni_marks_join_their_letters) {
  BOOST_CHECK_EQUAL(shown(kVniNotice.substr(0, kVniNotice.find(U'\n'))), "ỦY BAN NHÂN DÂN TỈNH SÔNG LA              CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
  const auto all = shown(kVniNotice);
  for (const char* words : {"Độc lập - Tự do - Hạnh phúc", "Số: 31/TB-SVD", "ngày 07 tháng 7 năm 2001", "Quyết định", "Đặng Thị Vui", "Lưu", "SỞ VÍ DỤ", "Lịch tiếp"})
    BOOST_CHECK_MESSAGE(all.find(words) != std::string::npos, words);
}

BOOST_AUTO_TEST_CASE(a_vni_document_is_read) {
  Text text;
  text.pages.push_back(to_utf8(kVniNotice));
  const auto found = classify(text);
  BOOST_REQUIRE_EQUAL(found.size(), 1u);
  BOOST_CHECK_EQUAL(found[0].number ? found[0].number->text : "", "31/TB-SVD");
  BOOST_CHECK_EQUAL(found[0].kind ? found[0].kind->text : "", "Thông báo");
  BOOST_CHECK_EQUAL(found[0].date ? found[0].date->text : "", "2001-07-07");
  BOOST_CHECK_EQUAL(found[0].issuer ? found[0].issuer->text : "", "SỞ VÍ DỤ");
  BOOST_CHECK_EQUAL(found[0].signer ? found[0].signer->text : "", "Đặng Thị Vui");
  BOOST_CHECK(readable(text.pages[0]).find("Căn cứ Quyết định") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(windows_1258_has_its_tones_behind) {
  // "Cộng hòa xã hội chủ nghĩa Việt Nam. Độc lập. Số: Quyết định này đã được ký"
  const std::u32string text =
      U"C\u00F4\u00F2ng ho\u00CCa xa\u00DE h\u00F4\u00F2i chu\u00D2 nghi\u00DEa Vi\u00EA\u00F2t Nam. \u00D0\u00F4\u00F2c l\u00E2\u00F2p. "
      U"S\u00F4\u00EC: Quy\u00EA\u00ECt \u00F0i\u00F2nh na\u00CCy \u00F0a\u00DE \u00F0\u00FD\u00F5\u00F2c ky\u00EC";
  BOOST_CHECK((legacy_encoding(text) == Legacy::cp1258));
  BOOST_CHECK_EQUAL(shown(text), "Cộng hòa xã hội chủ nghĩa Việt Nam. Độc lập. Số: Quyết định này đã được ký");
}

BOOST_AUTO_TEST_CASE(unicode_and_other_languages_stay) {
  for (const std::u32string_view text : {std::u32string_view(U"Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập - Tự do - Hạnh phúc"),
                                         std::u32string_view(U"Le préfet a décidé : l'école sera fermée à Noël, même où l'été dure, là et là"),
                                         std::u32string_view(U"Die Behörde möchte prüfen, ob Größe und Höhe für die Gebäude ausreichend wären")})
    BOOST_CHECK_EQUAL(to_utf8(decode_legacy(text, legacy_encoding(text))), to_utf8(text));
}

BOOST_AUTO_TEST_SUITE_END()
