#include "indexer/words.hpp"

#include <boost/test/unit_test.hpp>

#include "base/unicode.hpp"

namespace {

std::vector<std::string> words(std::string_view s) {
  std::vector<std::string> out;
  indexer::for_each_word(s, [&](std::string_view w) { out.emplace_back(w); });
  return out;
}
std::string numbers(std::string_view s) {
  std::string out;
  const std::string folded = base::fold_search(s);
  for (const auto n : indexer::document_numbers(folded)) out.append(n).append(" ");
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(words_of_text)

BOOST_AUTO_TEST_CASE(punctuation_separates_also_beyond_ascii) {
  BOOST_TEST(words("so 204/kh-ubnd, ngay") == (std::vector<std::string>{"so", "204", "kh", "ubnd", "ngay"}), boost::test_tools::per_element());
  BOOST_TEST(words("\u201ccong van\u201d \u2013 \u00abhoa\u00bb\u3002x") == (std::vector<std::string>{"cong", "van", "hoa", "x"}), boost::test_tools::per_element());
  BOOST_TEST(words("\u4f1a\u8b70").size() == 1u);
  BOOST_TEST(words("").empty());
  BOOST_TEST(words("\x80\xbf\xff").size() <= 3u);  // never valid after folding, and still no harm
}

BOOST_AUTO_TEST_CASE(document_numbers_are_found_whole) {
  BOOST_TEST(numbers("Kế hoạch số 204/KH-UBND.") == "204/kh-ubnd ");
  BOOST_TEST(numbers("Nghị quyết 18-NQ/TU, 12/2024/NĐ-CP") == "18-nq/tu 12/2024/nd-cp ");
  BOOST_TEST(numbers("ngày 22/11/2026, 10-12, a204/KH, 1234567/QD").empty());
}

BOOST_AUTO_TEST_CASE(a_needle_knows_its_open_ends) {
  const auto lone = indexer::needle_words("van");
  BOOST_TEST((lone.open_head && lone.open_tail && lone.words.size() == 1));
  const auto closed = indexer::needle_words(" cong van ");
  BOOST_TEST((!closed.open_head && !closed.open_tail && closed.words.size() == 2));
  const auto tail = indexer::needle_words("\u201ccong v");
  BOOST_TEST((!tail.open_head && tail.open_tail));
  BOOST_TEST(indexer::needle_words("--").words.empty());
}

BOOST_AUTO_TEST_CASE(whoever_holds_an_odd_word_is_odd) {
  for (const std::string w : {"a1b2c3d4e5", "nghiencuuvatrienkhaicongvandientucap", "2026112217"}) {
    BOOST_TEST(indexer::is_odd(w));
    BOOST_TEST(indexer::is_odd("x" + w));
    BOOST_TEST(indexer::is_odd(w + "9z"));
  }
  BOOST_TEST((!indexer::is_odd("congvan") && !indexer::is_odd("20261122")));
}

BOOST_AUTO_TEST_CASE(holding_follows_diacritics_only_when_asked) {
  BOOST_TEST(indexer::holds("Công văn hoả tốc", "cong van"));
  BOOST_TEST(indexer::holds("Công văn hoả tốc", "HỎA TỐC"));
  BOOST_TEST(!indexer::holds("Cong van", "công văn"));
  BOOST_TEST(!indexer::holds("công ván", "công văn"));
  BOOST_TEST(indexer::holds("đường", "duong"));
}

BOOST_AUTO_TEST_SUITE_END()
