// The master key inside a PKCS#11 token: SoftHSM2 stands for the hardware (package softhsm2).
#include <fstream>
#include <sys/wait.h>

#include "base/encoding.hpp"
#include "tests/store/fixture.hpp"

BOOST_AUTO_TEST_SUITE(store_token)

using namespace store_test;
using base::Errc;

namespace {

const char* const kModule = "/usr/lib/softhsm/libsofthsm2.so";

struct Token {
  Token() {
    std::filesystem::create_directory(dir.path + "/tokens");
    std::ofstream(dir.path + "/softhsm2.conf") << "directories.tokendir = " << dir.path << "/tokens\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", (dir.path + "/softhsm2.conf").c_str(), 1);
    std::ofstream(dir.path + "/key") << base::hex_encode(base::random_bytes(16));  // 32 octets, none that the import takes for an end
    std::ofstream(dir.path + "/pin") << "2468\n";
    std::ofstream(dir.path + "/bad-pin") << "1357";
    run("--init-token --free --label CongThu --pin 2468 --so-pin 13579");
    run("--import " + dir.path + "/key --aes --token CongThu --label master --id 01 --pin 2468");
  }
  ~Token() { ::unsetenv("SOFTHSM2_CONF"); }
  void run(const std::string& arguments) const {
    const int status = std::system(("softhsm2-util " + arguments + " >" + dir.path + "/log 2>&1").c_str());
    BOOST_REQUIRE_MESSAGE(WIFEXITED(status) && WEXITSTATUS(status) == 0, "softhsm2-util " << arguments << " (is the package softhsm2 installed?)");
  }
  std::string uri(const std::string& object = "master", const std::string& pin = "pin", const std::string& token = "CongThu") const {
    return "pkcs11:token=" + token + ";object=" + object + "?module-path=" + kModule + "&pin-source=file:" + dir.path + "/" + pin;
  }
  TempDir dir;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_token_wraps_and_unwraps_what_is_bound_to_it, Token) {
  const auto key = need(open_master_key(uri()));
  BOOST_TEST(key->id() == "pkcs11:CongThu/master");
  const std::string secret = base::random_bytes(32);
  const std::string wrapped = need(key->wrap(secret, "songla.gov.vn"));
  BOOST_TEST(wrapped.find(secret) == std::string::npos);
  BOOST_TEST(need(key->unwrap(wrapped, "songla.gov.vn")) == secret);
  BOOST_TEST((key->unwrap(wrapped, "other.gov.vn").error().code() == Errc::denied));
  for (std::size_t at = 0; at < wrapped.size(); at += 7) {
    std::string bad = wrapped;
    bad[at] = char(bad[at] ^ 4);
    BOOST_TEST(!key->unwrap(bad, "songla.gov.vn"));
  }
  BOOST_TEST(!key->unwrap(wrapped.substr(0, 10), "songla.gov.vn"));
}

BOOST_FIXTURE_TEST_CASE(what_is_wrong_with_a_token_is_said, Token) {
  const auto code = [](const std::string& where) { return open_master_key(where).error().code(); };
  BOOST_TEST((code(uri("nothing")) == Errc::not_found));
  BOOST_TEST((code(uri("master", "pin", "Absent")) == Errc::not_found));
  BOOST_TEST((code(uri("master", "bad-pin")) == Errc::denied));
  BOOST_TEST((code(uri("master", "no-such-pin")) == Errc::not_found));
  BOOST_TEST((code("pkcs11:token=CongThu;object=master") == Errc::invalid));
  BOOST_TEST((code("pkcs11:token=%zz") == Errc::invalid));
  BOOST_TEST((code("pkcs11:slot-id=1") == Errc::invalid));
  BOOST_TEST((code("pkcs11:token=a;object=b?module-path=/nonexistent.so&pin-source=c") == Errc::not_found));
}

BOOST_FIXTURE_TEST_CASE(a_store_opens_with_its_token_only, Token) {
  Fixture f;
  f.options.master = need(open_master_key(uri()));
  f.reopen();
  need(f.s->enable_encryption("songla.gov.vn"));
  const Uid uid = f.deliver(f.an);
  f.reopen();
  BOOST_TEST(f.text(f.an, MailboxId(1), uid).ends_with("chào\r\n"));
  f.s.reset();
  const auto token = std::exchange(f.options.master, nullptr);
  BOOST_TEST((Store::open(f.dir.path, f.options).error().code() == Errc::denied));
  f.options.master = token;
  f.reopen();
}

BOOST_AUTO_TEST_SUITE_END()
