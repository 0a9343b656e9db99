// Encrypted domains: no index is kept of them, and what was there goes when encryption begins.
#include "tests/indexer/fixture.hpp"

BOOST_AUTO_TEST_SUITE(index_encrypted)

using namespace index_test;

namespace {

struct WithMaster : Fixture {
  void open_with_master(bool index_encrypted) {
    ix.reset();
    s.reset();
    if (!std::filesystem::exists(dir + "/master.key")) BOOST_REQUIRE(store::make_master_key(dir + "/master.key").has_value());
    Options options;
    options.env.map_size = 1u << 30;
    options.collect = false;
    options.master = need(store::open_master_key(dir + "/master.key"));
    s = need(Store::open(dir + "/store", options));
    indexer::Options o;
    o.directory = dir + "/index";
    o.encrypted = index_encrypted;
    ix = need(indexer::Indexer::open(*s, o));
  }
  bool on_disk(AccountId a) const { return std::filesystem::exists(index_of(a)); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_index_goes_when_encryption_begins, WithMaster) {
  open_with_master(false);
  need(s->run(AddDomain{{{}, "mo.gov.vn", {}}}));
  const AccountId open_one = account("chi@mo.gov.vn");
  for (const AccountId a : {an, open_one}) deliver(a, mail("Kế hoạch", "nội dung kín"));
  catch_up();
  BOOST_TEST((on_disk(an) && on_disk(open_one)));
  need(s->enable_encryption("songla.gov.vn"));
  catch_up();
  BOOST_TEST((!on_disk(an) && !on_disk(binh) && on_disk(open_one)));
  deliver(an, mail("Kế hoạch", "nội dung kín"));
  require_consistent();
  BOOST_TEST((!on_disk(an) && on_disk(open_one)));
  BOOST_TEST(!ix->text_index().propose(an, MailboxId(1), Field::text, "kín").has_value());  // SEARCH scans
  BOOST_TEST((ix->text_index().search(an, "kín").error().code() == base::Errc::denied));
  need(ix->rebuild(std::nullopt));
  BOOST_TEST((!on_disk(an) && on_disk(open_one)));
  need(s->stop_encryption("songla.gov.vn"));  // old mail is sealed still
  deliver(an, mail("Kế hoạch", "nội dung kín"));
  catch_up();
  BOOST_TEST(!on_disk(an));
}

BOOST_FIXTURE_TEST_CASE(a_site_may_choose_a_plain_index, WithMaster) {
  open_with_master(true);
  need(s->enable_encryption("songla.gov.vn"));
  deliver(an, mail("Kế hoạch", "nội dung kín"));
  require_consistent();
  BOOST_TEST(hits(an, "kín").size() == 1u);
  open_with_master(false);
  catch_up();
  BOOST_TEST(!on_disk(an));
}

BOOST_AUTO_TEST_SUITE_END()
