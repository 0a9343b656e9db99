// Legal holds: whatever is done below one, the content stays.
#include "fixture.hpp"

#include "store/hold.hpp"
#include "store/keys.hpp"

using namespace store_test;

namespace {

struct Held : Fixture {
  Held() {
    agency = need(s->run(AddAgency{{{}, "svd", {}, "Sở Ví dụ", "SVD", {}, {}, {}}, false}));
    below = need(s->run(AddAgency{{{}, "ttvd", agency, "Trung tâm Ví dụ", "TTVD", {}, {}, {}}, false}));
  }
  Hold hold(HoldScope scope) {
    Hold h;
    h.name = "vu-1";
    h.scope = scope;
    h.reason = "thanh tra";
    h.case_number = "12/2026";
    return h;
  }
  void months(int n) {
    clock.advance(std::chrono::hours(24 * 31 * n));
    need(s->collector().collect_now());
  }
  std::size_t kept(AccountId a) {
    std::size_t n = 0;
    const Snapshot sn = snap();
    sn.for_each_tombstone(a, [&](const Tombstone&) { return ++n, true; });
    return n;
  }
  void move_to(AccountId a, AgencyId g) {
    Account row = *snap().account(a);
    row.agency = g;
    need(s->run(UpdateAccount{row}));
  }
  AgencyId agency{}, below{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(store_holds)

BOOST_AUTO_TEST_CASE(an_account_hold_keeps_what_is_expunged_purged_deleted_and_removed) {
  Held h;
  Hold row = h.hold(HoldScope::account);
  row.account = h.an;
  BOOST_TEST(need(h.s->run(AddHold{row})));
  BOOST_TEST(!need(h.s->run(AddHold{row})));  // identical
  row.reason = "khác";
  BOOST_TEST((h.s->run(AddHold{row}).error().code() == base::Errc::conflict));
  const Uid uid = h.deliver(h.an), other = h.deliver(h.binh);
  BOOST_TEST((h.s->run(Purge{h.an, MailboxId(1), uid}).error().code() == base::Errc::denied));
  need(h.s->run(Expunge{h.an, MailboxId(1), {}, false}));
  need(h.s->run(Expunge{h.binh, MailboxId(1), {}, false}));
  need(h.s->run(CreateMailbox{h.an, "Plans", SpecialUse::none}));
  need(h.s->run(h.mail(h.an, "Subject: b\r\n\r\n", h.box(h.an, "Plans"))));
  need(h.s->run(DeleteMailbox{h.an, "Plans"}));
  BOOST_TEST((h.s->run(RemoveDirectory{RemoveDirectory::What::account, "an@songla.gov.vn"}).error().code() == base::Errc::denied));
  h.months(2), h.months(2);
  BOOST_TEST(h.kept(h.an) == 2u);
  BOOST_TEST(h.kept(h.binh) == 0u);
  (void)other;
  need(h.s->run(LiftHold{"vu-1"}));
  BOOST_TEST((h.s->run(LiftHold{"vu-1"}).error().code() == base::Errc::not_found));
  h.months(2);
  BOOST_TEST(h.kept(h.an) == 0u);
  BOOST_TEST(h.snap().txn().rows(Table::holds) == 0u);
}

BOOST_AUTO_TEST_CASE(an_agency_hold_covers_those_below_and_follows_an_account_that_leaves) {
  Held h;
  h.move_to(h.an, h.below);
  Hold row = h.hold(HoldScope::agency);
  row.agency = h.agency;
  need(h.s->run(AddHold{row}));
  h.deliver(h.an), h.deliver(h.binh);
  need(h.s->run(Expunge{h.an, MailboxId(1), {}, false}));
  need(h.s->run(Expunge{h.binh, MailboxId(1), {}, false}));
  h.move_to(h.an, {});
  BOOST_TEST((h.s->run(RemoveDirectory{RemoveDirectory::What::agency, "ttvd"}).error().code() == base::Errc::denied));
  h.months(2);
  BOOST_TEST(h.kept(h.an) == 1u);
  BOOST_TEST(h.kept(h.binh) == 0u);
  need(h.s->run(LiftHold{"vu-1"}));
  h.months(1);
  BOOST_TEST(h.kept(h.an) == 0u);
}

BOOST_AUTO_TEST_CASE(a_search_hold_keeps_its_matches_and_their_copies) {
  Held h;
  const Uid a = h.deliver(h.an, "Subject: 204/KH-UBND\r\n\r\n"), b = h.deliver(h.an);
  Hold row = h.hold(HoldScope::document);
  row.text = "204/KH-UBND";
  need(h.s->run(AddHold{row}));
  need(h.s->run(Expunge{h.an, MailboxId(1), std::vector<Uid>{b}, false}));
  h.months(2);
  BOOST_TEST(h.kept(h.an) == 1u);  // nobody has said yet that b does not match
  BOOST_TEST((h.s->run(Purge{h.an, MailboxId(1), b}).error().code() == base::Errc::denied));
  need(h.s->run(HoldMessages{"vu-1", {{h.an, MailboxId(1), a}}, std::string()}));
  need(h.s->run(SetCheckpoint{std::string(kHoldConsumer), h.snap().journal_end(), false}));
  h.months(1);
  BOOST_TEST(h.kept(h.an) == 0u);
  const auto moved = need(h.s->run(CopyMessages{h.an, MailboxId(1), h.box(h.an, "Archive"), {a}, true}));
  need(h.s->run(Expunge{h.an, h.box(h.an, "Archive"), {}, false}));
  need(h.s->run(SetCheckpoint{std::string(kHoldConsumer), h.snap().journal_end(), false}));
  h.months(2);
  BOOST_TEST(h.kept(h.an) == 2u);  // the move's and the copy's
  std::size_t held = 0;
  for_each_held(h.snap().txn(), "vu-1", [&](const HeldMessage&) { return ++held, true; });
  BOOST_TEST(held == 2u);
  BOOST_TEST((h.s->run(RemoveDirectory{RemoveDirectory::What::account, "an@songla.gov.vn"}).error().code() == base::Errc::denied));
  need(h.s->run(LiftHold{"vu-1"}));
  h.months(2);
  BOOST_TEST(h.kept(h.an) == 0u);
  BOOST_TEST(h.snap().txn().rows(Table::holds) == 0u);
  BOOST_TEST(h.snap().txn().rows(Table::consumers) == 0u);
}

BOOST_AUTO_TEST_CASE(many_held_tombstones_do_not_stop_the_others) {
  Held h;
  for (int i = 0; i < 60; ++i) h.deliver(h.an), h.deliver(h.binh);
  Hold row = h.hold(HoldScope::account);
  row.account = h.an;
  need(h.s->run(AddHold{row}));
  need(h.s->run(Expunge{h.an, MailboxId(1), {}, false}));
  need(h.s->run(Expunge{h.binh, MailboxId(1), {}, false}));
  h.clock.advance(std::chrono::hours(24 * 31));
  CollectSlice slice;
  slice.at_most = 3;
  std::uint64_t gone = 0;
  std::size_t slices = 0;
  for (; gone < 60 && slices < 100; ++slices) gone += need(h.s->run(slice)).tombstones;
  BOOST_TEST(gone == 60u);
  BOOST_TEST(slices < 100u);
  BOOST_TEST(h.kept(h.an) == 60u);
}

BOOST_AUTO_TEST_CASE(what_makes_no_hold_is_refused) {
  Held h;
  const auto code = [&](Hold row) { return h.s->run(AddHold{row}).error().code(); };
  Hold row = h.hold(HoldScope::account);
  BOOST_TEST((code(row) == base::Errc::invalid));
  row.account = AccountId(999);
  BOOST_TEST((code(row) == base::Errc::not_found));
  row = h.hold(HoldScope::agency);
  BOOST_TEST((code(row) == base::Errc::not_found));
  row = h.hold(HoldScope::search);
  BOOST_TEST((code(row) == base::Errc::invalid));
  row = h.hold(HoldScope::everything);
  row.reason.clear();
  BOOST_TEST((code(row) == base::Errc::invalid));
  row = h.hold(HoldScope::everything);
  row.name.assign(101, 'x');
  BOOST_TEST((code(row) == base::Errc::invalid));
}

BOOST_AUTO_TEST_SUITE_END()
