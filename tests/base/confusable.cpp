#include "base/confusable.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(confusable)

BOOST_AUTO_TEST_CASE(honest_names_are_not_deceptive) {
  for (const char* name : {"", "Nguyen Van An", "Nguyễn Văn An", "Nguye\xcc\x82\xcc\x83n Va\xcc\x86n An", "Sở Thông tin và Truyền thông (TP. Hồ Chí Minh)",
                           "МВД России", "山田 taro", "nguyen.van.an@songla.gov.vn"})
    BOOST_TEST(!base::deceptive(name), name);
}

BOOST_AUTO_TEST_CASE(mixed_hidden_and_broken_names_are) {
  for (const char* name : {"S\xd0\xbe Vi du", "B\xe1\xbb\x99 \xd0\xa2\xd0\xb5st", "An\xe2\x80\xae vn", "Nguyen\xe2\x80\x8bVan", "\xef\xbb\xbf" "An", "An \xff"})
    BOOST_TEST(base::deceptive(name), name);
}

BOOST_AUTO_TEST_CASE(look_alikes_have_one_key) {
  BOOST_TEST(base::look_alike_key("BO TAI CHINH") == base::look_alike_key("\xce\x92O TAI CHINH"));
  BOOST_TEST(base::look_alike_key("Sở Ví dụ") == base::look_alike_key("SỞ VÍ DỤ"));
  BOOST_TEST(base::look_alike_key("Sở Ví dụ") != base::look_alike_key("Sở Vì dụ"));
  BOOST_TEST(base::look_alike_key("") == "");
}

BOOST_AUTO_TEST_SUITE_END()
