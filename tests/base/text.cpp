#include <boost/test/unit_test.hpp>

#include "base/ascii.hpp"
#include "base/domain_name.hpp"
#include "base/encoding.hpp"
#include "base/unicode.hpp"
#include "base/units.hpp"

using namespace base;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(ascii_words_compare_without_case_and_bytes_above_127_stay) {
  BOOST_TEST(iequals("EHLO", "ehlo"));
  BOOST_TEST(!iequals("EHLO", "ehl"));
  BOOST_TEST(!iequals("\xC3", "\xE3"));  // would be equal with Latin-1 case rules
  BOOST_TEST(!iequals("[", "{"));        // one bit apart, like letters
  BOOST_TEST(istarts_with("From: x", "FROM:"));
  BOOST_TEST(!istarts_with("Fr", "FROM"));
  BOOST_TEST(iends_with("a.PDF", ".pdf"));
  BOOST_TEST(lower_ascii("Đ-ABC\xC9") == "Đ-abc\xC9");
  BOOST_TEST(trim(" \t a b \r\n") == "a b");
  BOOST_TEST(trim(" \r\n").empty());
  BOOST_TEST(IHash{}("Seen") == IHash{}("sEEN"));
}

BOOST_AUTO_TEST_CASE(is_ascii_looks_at_every_position) {
  for (std::size_t size = 0; size < 20; ++size) {
    BOOST_TEST(is_ascii(std::string(size, 'a')));
    for (std::size_t i = 0; i < size; ++i) {
      std::string s(size, 'a');
      s[i] = '\x80';
      BOOST_TEST(!is_ascii(s));
    }
  }
}

BOOST_AUTO_TEST_CASE(split_keeps_empty_pieces) {
  BOOST_TEST((split("a,,b,", ',') == std::vector<std::string_view>{"a", "", "b", ""}));
  BOOST_TEST((split("", ',') == std::vector<std::string_view>{""}));
}

BOOST_AUTO_TEST_CASE(base64_gives_the_vectors_of_rfc_4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    BOOST_TEST(base64_encode(plain) == coded);
    BOOST_TEST(base64_decode(coded).value() == plain);
  }
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  BOOST_TEST(base64_decode(base64_encode(all)).value() == all);
}

BOOST_AUTO_TEST_CASE(base64_refuses_what_is_not_canonical) {
  for (std::string_view bad : {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "=", "Zg==Zg==", "Zm 9", "Zm9v\r\n", "Zm-_", "Z=g=", "*"}) {
    BOOST_TEST(!base64_decode(bad).has_value(), bad);
  }
  BOOST_TEST(!base64_decode("Zm9\0"sv).has_value());
}

BOOST_AUTO_TEST_CASE(hex_round_trips_and_refuses_junk) {
  BOOST_TEST(hex_encode("\x00\xff\x1a"sv) == "00ff1a");
  BOOST_TEST(hex_decode("00FF1a").value() == "\x00\xff\x1a"sv);
  BOOST_TEST(!hex_decode("0").has_value());
  BOOST_TEST(!hex_decode("0g").has_value());
}

BOOST_AUTO_TEST_CASE(utf8_is_valid_only_in_its_shortest_form) {
  BOOST_TEST(valid_utf8("Sở Ví dụ 🙂"));
  for (std::string_view bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\x80", "\xE1\xBB", "a\xC3"}) {
    BOOST_TEST(!valid_utf8(bad));
  }
}

BOOST_AUTO_TEST_CASE(nfd_and_nfc_read_alike) {
  const std::string_view nfd = "Nguye\xCC\x82\xCC\x83n Va\xCC\x86n";  // Nguyễn Văn, decomposed
  BOOST_TEST(nfc(nfd) == "Nguyễn Văn");
  BOOST_TEST(nfc("Nguyễn Văn") == "Nguyễn Văn");
  BOOST_TEST(fold_case(nfd) == fold_case("NGUYỄN VĂN"));
  BOOST_TEST(nfc("a\xFF" "b") == "a\xEF\xBF\xBD" "b");
  BOOST_TEST(fold_case("INBOX") == "inbox");
}

BOOST_AUTO_TEST_CASE(search_folding_takes_every_mark_off) {
  BOOST_TEST(fold_search("QUYẾT ĐỊNH số 12/2026/NĐ-CP") == "quyet dinh so 12/2026/nd-cp");
  BOOST_TEST(fold_search("N\xC3\x90-CP") == "nd-cp");   // U+00D0 in place of Đ
  BOOST_TEST(fold_search("\xC6\x89") == "d");             // U+0189
  BOOST_TEST(fold_search("đường") == "duong");
  BOOST_TEST(fold_search("\xEF\xBC\xA1\xEF\xAC\x81") == "afi");  // full-width A, ligature fi
  BOOST_TEST(fold_search("Plain ASCII") == "plain ascii");
}

BOOST_AUTO_TEST_CASE(tone_placement_does_not_matter) {
  const std::pair<std::string_view, std::string_view> same[] = {
      {"hoà", "hòa"}, {"HOẢ TỐC", "hỏa tốc"}, {"thuỷ", "thủy"}, {"UỶ BAN", "ủy ban"}, {"khoẻ", "khỏe"}, {"N\xC3\x90-CP", "NĐ-CP"},
      {"Hoa\xCC\x80", "hòa"}, {"Đại hội", "đại hội"}};
  for (const auto& [a, b] : same) BOOST_TEST(fold_tone(a) == fold_tone(b), a);
  const std::pair<std::string_view, std::string_view> different[] = {
      {"hoà", "hoá"}, {"hòa", "hoa"}, {"ủy", "uy"}, {"đa", "da"}, {"mơ", "mo"}, {"hóa đơn", "hoa đớn"}, {"tiến", "tiên"}};
  for (const auto& [a, b] : different) BOOST_TEST(fold_tone(a) != fold_tone(b), a);
  BOOST_TEST(fold_tone(fold_tone("Uỷ ban nhân dân tỉnh Hòa Bình")) == fold_tone("Ủy ban nhân dân tỉnh Hoà Bình"));
  BOOST_TEST(fold_tone("ABC def") == "abc def");
}

BOOST_AUTO_TEST_CASE(case_changes_reach_vietnamese_letters) {
  BOOST_TEST(upper("đường ưu tiên") == "ĐƯỜNG ƯU TIÊN");
  BOOST_TEST(lower_text("ĐƯỜNG") == "đường");
}

BOOST_AUTO_TEST_CASE(columns_are_counted_as_a_terminal_shows_them) {
  BOOST_TEST(display_width("") == 0u);
  BOOST_TEST(display_width("Sở Ví dụ") == 8u);
  BOOST_TEST(display_width("So\xCC\x9B\xCC\x89") == 2u);  // Sở, decomposed
  BOOST_TEST(display_width("漢字") == 4u);
  BOOST_TEST(display_width("a\xE2\x80\x8B" "b\n") == 2u);   // zero width space, control
}

BOOST_AUTO_TEST_CASE(domains_have_one_spelling) {
  BOOST_TEST(canonical_domain("SongLa.Gov.VN.").value() == "songla.gov.vn");
  BOOST_TEST(canonical_domain("tỉnh.vn").value() == canonical_domain("TI\xCC\x89NH.VN").value());
  BOOST_TEST(canonical_domain("faß.de").value() == "xn--fa-hia.de");
  BOOST_TEST(display_domain(canonical_domain("tỉnh.vn").value()) == "tỉnh.vn");
  BOOST_TEST(display_domain("xn--99999999999") == "xn--99999999999");
  BOOST_TEST(canonical_domain("songla\xE3\x80\x82gov.vn").value() == "songla.gov.vn");  // ideographic full stop
  BOOST_TEST(canonical_domain(std::string(63, 'a') + ".vn").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_domain_is_refused) {
  const std::string long_name = [] { std::string s; for (int i = 0; i < 64; ++i) s += "abc."; return s + "vn"; }();
  for (std::string_view bad : {""sv, "."sv, "a..b"sv, ".a"sv, "-a.vn"sv, "a-.vn"sv, "a_b.vn"sv, "a b.vn"sv, "127.0.0.1"sv, "[127.0.0.1]"sv,
                               "a\0b.vn"sv, "a\r\n.vn"sv, "us@evil"sv, "xn--\xFF"sv, "a.vn.."sv, std::string_view(long_name)}) {
    BOOST_TEST(!canonical_domain(bad).has_value(), bad);
  }
  BOOST_TEST(!canonical_domain(std::string(64, 'a') + ".vn").has_value());
  BOOST_TEST(!canonical_domain(std::string(100'000, 'a')).has_value());
}

BOOST_AUTO_TEST_CASE(a_subdomain_ends_at_a_dot) {
  BOOST_TEST(is_subdomain("so.songla.gov.vn", "songla.gov.vn"));
  BOOST_TEST(is_subdomain("songla.gov.vn", "songla.gov.vn"));
  BOOST_TEST(!is_subdomain("xsongla.gov.vn", "songla.gov.vn"));
  BOOST_TEST(!is_subdomain("songla.gov.vn.evil", "songla.gov.vn"));
  BOOST_TEST(!is_subdomain("songla.gov.vn", ""));
}

BOOST_AUTO_TEST_CASE(durations_and_sizes_read_as_people_write_them) {
  BOOST_TEST(parse_duration("30s").value().count() == 30'000);
  BOOST_TEST(parse_duration(" 5 m ").value().count() == 300'000);
  BOOST_TEST(parse_duration("5d").value().count() == 432'000'000);
  BOOST_TEST(parse_duration("0").value().count() == 0);
  for (std::string_view bad : {"", "5", "-1s", "5x", "1.5h", "99999999999999999999s", "9999999999w", "s"}) {
    BOOST_TEST(!parse_duration(bad).has_value(), bad);
  }
  BOOST_TEST(parse_size("50MiB").value() == 52'428'800u);
  BOOST_TEST(parse_size("1TiB").value() == 1ULL << 40);
  BOOST_TEST(parse_size("5G").value() == 5ULL << 30);
  BOOST_TEST(parse_size("7").value() == 7u);
  for (std::string_view bad : {"", "MiB", "1.5G", "1XB", "-5", "99999999TiB", "1 MiB x"}) BOOST_TEST(!parse_size(bad).has_value(), bad);
  for (std::string_view text : {"1500ms", "90s", "2h", "5d", "2w"}) BOOST_TEST(format_duration(parse_duration(text).value()) == text);
  for (std::string_view text : {"1025B", "50MiB", "1TiB", "0B"}) BOOST_TEST(format_size(parse_size(text).value()) == text);
}

BOOST_AUTO_TEST_SUITE_END()
