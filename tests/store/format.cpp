// Stores of every released format open, are sound and hold what they held; a newer format is refused and left alone.
#include <zstd.h>

#include <fstream>
#include <iterator>

#include "store/keyring.hpp"
#include "tests/store/fixture.hpp"
#include "tests/store/sample.hpp"

BOOST_AUTO_TEST_SUITE(store_format)

using namespace store_test;
using base::Errc;

namespace {

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(in.good(), "cannot read " << path);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Released {
  explicit Released(unsigned format) {
    const std::string packed = slurp(std::string(CONGTHU_FIXTURES) + "/format-" + std::to_string(format) + "/data.mdb.zst");
    std::string bytes(ZSTD_getFrameContentSize(packed.data(), packed.size()), '\0');
    const std::size_t size = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
    BOOST_REQUIRE((!ZSTD_isError(size) && size == bytes.size()));
    std::filesystem::create_directory(dir.path + "/store");
    std::ofstream(dir.path + "/store/data.mdb", std::ios::binary) << bytes;
    std::ofstream(dir.path + "/master.key") << store_sample::kMaster;
    std::filesystem::permissions(dir.path + "/master.key", std::filesystem::perms(0600));
    options.env.map_size = 1u << 30;
    options.collect = false;
    options.clock = &clock;
    options.master = need(open_master_key(dir.path + "/master.key"));
  }
  std::unique_ptr<Store> open() { return need(Store::open(dir.path + "/store", options)); }
  TempDir dir;
  base::ManualClock clock{base::Time(std::chrono::milliseconds(1'795'000'200'000))};
  Options options;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_store_of_format_1_is_read_and_goes_on) {
  Released old(1);
  for (int round = 0; round < 2; ++round) {
    auto s = old.open();
    for (const std::string& what : store_sample::differences(*s)) BOOST_TEST_ERROR(what);
    require_clean(*s);
    const auto account = s->snapshot()->account(std::string_view(store_sample::kSealedAddress));
    need(s->run(store_sample::message(store_sample::samples()[0], account->id)));
    require_clean(*s);
  }
}

BOOST_AUTO_TEST_CASE(a_sample_made_today_is_what_it_says) {  // so that a fixture of the next format can be made by the same program
  Released old(1);
  std::filesystem::remove_all(old.dir.path + "/store");
  auto s = old.open();
  BOOST_TEST(store_sample::fill(*s) == "");
  for (const std::string& what : store_sample::differences(*s)) BOOST_TEST_ERROR(what);
  require_clean(*s);
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_refused_and_left_alone) {
  Released old(1);
  {
    auto s = old.open();
    WriteTxn txn = s->env().write();
    txn.put(Table::meta, "store", format_row(kFormat + 1, s->env().incarnation()));
    txn.commit();
  }
  const std::string before = slurp(old.dir.path + "/store/data.mdb");
  const auto refused = Store::open(old.dir.path + "/store", old.options);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code() == Errc::unsupported));
  BOOST_TEST(refused.error().detail().find("newer program") != std::string::npos);
  BOOST_TEST((slurp(old.dir.path + "/store/data.mdb") == before));
}

BOOST_AUTO_TEST_SUITE_END()
