#include <boost/test/unit_test.hpp>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/password.hpp"

using namespace base;

namespace {
std::string hex(const Digest& d) { return hex_encode(view(d)); }
constexpr PasswordCost kCheap{64, 1, 1};
}  // namespace

BOOST_AUTO_TEST_SUITE(crypto)

BOOST_AUTO_TEST_CASE(sha256_gives_the_vectors_of_fips_180) {
  BOOST_TEST(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 h;
  for (char c : std::string_view("abc")) h.update({&c, 1});
  BOOST_TEST(hex(h.finish()) == hex(sha256("abc")));
  BOOST_TEST(hex(h.finish()) == hex(sha256("")));  // starts over
}

BOOST_AUTO_TEST_CASE(hmac_gives_the_vectors_of_rfc_4231) {
  BOOST_TEST(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  BOOST_TEST(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  BOOST_TEST(hex(hmac_sha256("", "")) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

BOOST_AUTO_TEST_CASE(pbkdf2_gives_the_vectors_of_rfc_7914) {
  BOOST_TEST(hex(pbkdf2_sha256("passwd", "salt", 1)) == "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc");
  BOOST_CHECK_THROW(pbkdf2_sha256("p", "s", 0), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(random_bytes_differ_and_have_the_size_asked_for) {
  BOOST_TEST(random_bytes(0).empty());
  BOOST_TEST(random_bytes(32).size() == 32u);
  BOOST_TEST(random_bytes(32) != random_bytes(32));
}

BOOST_AUTO_TEST_CASE(secrets_compare_whole) {
  BOOST_TEST(constant_time_equal("", ""));
  BOOST_TEST(constant_time_equal("abc", "abc"));
  BOOST_TEST(!constant_time_equal("abc", "abd"));
  BOOST_TEST(!constant_time_equal("abc", "ab"));
  std::string secret = "x";
  wipe(secret);
  BOOST_TEST(secret.empty());
}

BOOST_AUTO_TEST_CASE(a_password_verifies_against_its_own_hash_only) {
  const std::string a = hash_password("mật khẩu", kCheap);
  BOOST_TEST(a.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
  BOOST_TEST(a != hash_password("mật khẩu", kCheap));  // another salt
  BOOST_TEST(verify_password(a, "mật khẩu"));
  BOOST_TEST(!verify_password(a, "mat khau"));
  BOOST_TEST(!verify_password(a, ""));
}

BOOST_AUTO_TEST_CASE(a_damaged_or_greedy_hash_never_verifies) {
  const std::string good = hash_password("x", kCheap);
  for (std::size_t n = 0; n < good.size(); ++n) BOOST_TEST(!verify_password(std::string_view(good).substr(0, n), "x"));
  const std::string tail = good.substr(good.find('$', 20));
  BOOST_TEST(verify_password("$argon2id$v=19$m=64,t=1,p=1" + tail, "x"));
  BOOST_TEST(!verify_password("$argon2id$v=19$m=4294967295,t=1,p=1" + tail, "x"));
  BOOST_TEST(!verify_password("$argon2id$v=19$m=64,t=999999999,p=1" + tail, "x"));
  BOOST_TEST(!verify_password("$argon2i$v=19$m=64,t=1,p=1" + tail, "x"));
  BOOST_TEST(!verify_password(good + std::string(1, '\0'), "x"));
  BOOST_TEST(!verify_password("x", "x"));
}

BOOST_AUTO_TEST_SUITE_END()
