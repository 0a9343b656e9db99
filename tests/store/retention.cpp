// Retention: what is kept stays until its time, goes along with copies, moves and undeletes, and nothing kept or held expires.
#include "fixture.hpp"

#include "store/hold.hpp"
#include "store/keys.hpp"
#include "store/recovery.hpp"
#include "store/repair.hpp"
#include "store/retention.hpp"

using namespace store_test;

namespace {

constexpr MailboxId kBox = MailboxId(1);
using Days = std::chrono::duration<int, std::ratio<86400>>;

struct Keeping : Fixture {
  Keeping() { need(s->run(SetRetention{"one"})); }
  void days(int n) {
    clock.advance(Days(n));
    need(s->collector().collect_now());
  }
  Time in(int n) { return clock.now() + Days(n); }
  bool keep(Uid uid, Time until, MailboxId box_id = kBox) { return need(s->run(KeepMessages{"one", {{an, box_id, uid, until, "cong-van"}}, {}, {}})); }
  // All there is has been looked at.
  void looked() { need(s->run(KeepMessages{"one", {}, std::string(), snap().journal_end()})); }
  std::size_t graves() {
    std::size_t n = 0;
    const Snapshot sn = snap();
    sn.for_each_tombstone(an, [&](const Tombstone&) { return ++n, true; });
    return n;
  }
  std::size_t rows() {
    std::size_t n = 0;
    for_each_kept(snap().txn(), an, [&](const KeptMessage&) { return ++n, true; });
    return n;
  }
  void expunge(MailboxId m = kBox) { need(s->run(Expunge{an, m, {}, false})); }
  Result<std::uint64_t> expire(std::vector<Uid> uids, bool finish = true, const std::string& label = "rac") {
    ExpireMessages op{"one", label, an, kBox, std::move(uids), snap().journal_end(), finish, {}};
    op.audit = [](std::string_view which, std::uint64_t n) { return std::string(which) + ":" + std::to_string(n); };
    return s->run(op);
  }
  std::vector<std::string> audit() {
    std::vector<std::string> out;
    snap().for_each_audit(0, [&](std::uint64_t, std::string_view row) { return out.emplace_back(row), true; });
    return out;
  }
  std::vector<std::string> check_codes() {
    std::vector<std::string> out;
    const auto report = check(s->env());
    BOOST_REQUIRE(report.has_value());
    for (const Finding& f : report->findings) out.push_back(f.code);
    return out;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(store_retention)

BOOST_AUTO_TEST_CASE(a_kept_message_stays_a_tombstone_until_its_time) {
  Keeping k;
  const Uid kept = k.deliver(k.an), other = k.deliver(k.an);
  (void)other;
  BOOST_TEST(k.keep(kept, k.in(100)));
  k.looked();
  k.expunge();
  k.looked();
  k.days(40);
  BOOST_TEST(k.graves() == 1u);
  const auto refused = k.s->run(Purge{k.an, kBox, kept});
  BOOST_TEST((refused.error().code() == base::Errc::denied));
  BOOST_TEST(refused.error().detail().find("cong-van") != std::string::npos, refused.error().detail());
  const auto removal = k.s->run(RemoveDirectory{RemoveDirectory::What::account, "an@songla.gov.vn"});
  BOOST_TEST((removal.error().code() == base::Errc::denied));
  BOOST_TEST(removal.error().detail().find("disable") != std::string::npos, removal.error().detail());
  k.days(55);
  BOOST_TEST(k.graves() == 1u);
  k.days(6);
  BOOST_TEST(k.graves() == 0u);
  BOOST_TEST(k.rows() == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_is_destroyed_before_it_was_looked_at) {
  Keeping k;
  const Uid uid = k.deliver(k.an);
  k.expunge();
  k.days(40);
  BOOST_TEST(k.graves() == 1u);  // the first walk is not done
  BOOST_TEST((k.s->run(Purge{k.an, kBox, uid}).error().code() == base::Errc::denied));
  k.looked();
  k.deliver(k.an);
  k.expunge();  // younger than what was followed
  k.days(40);
  BOOST_TEST(k.graves() == 1u);
  k.looked();
  k.days(0);
  BOOST_TEST(k.graves() == 0u);
  need(k.s->run(SetRetention{"two"}));  // other classes: all is looked at anew, and what the old ones say is ignored
  const Uid next = k.deliver(k.an);
  BOOST_TEST(!k.keep(next, k.in(100)));
  k.expunge();
  k.days(40);
  BOOST_TEST(k.graves() == 1u);
  need(k.s->run(SetRetention{""}));
  k.days(0);
  BOOST_TEST(k.graves() == 0u);
  BOOST_TEST(k.snap().txn().rows(Table::holds) == 0u);
  BOOST_TEST(k.snap().txn().rows(Table::consumers) == 0u);
}

BOOST_AUTO_TEST_CASE(copies_moves_and_undeletes_carry_the_time_and_it_only_grows) {
  Keeping k;
  const Uid uid = k.deliver(k.an);
  const Time until = k.in(300);
  k.keep(uid, until);
  k.keep(uid, k.in(10));  // shorter: nothing
  const MailboxId trash = k.box(k.an, "Trash"), archive = k.box(k.an, "Archive");
  const Uid copy = need(k.s->run(CopyMessages{k.an, kBox, archive, {uid}, false})).uids[0].second;
  const Uid moved = need(k.s->run(CopyMessages{k.an, kBox, trash, {uid}, true})).uids[0].second;
  BOOST_TEST((kept_until(k.snap().txn(), {k.an, archive, copy}) == until));
  BOOST_TEST((kept_until(k.snap().txn(), {k.an, trash, moved}) == until));
  BOOST_TEST((kept_until(k.snap().txn(), {k.an, kBox, uid}) == Time{}));  // it lives on in Trash
  k.expunge(trash);
  k.looked();
  k.days(60);
  BOOST_TEST(k.graves() == 1u);
  const Uid back = need(k.s->run(Undelete{k.an, trash, kBox, {moved}})).uids[0].second;
  BOOST_TEST((kept_until(k.snap().txn(), {k.an, kBox, back}) == until));
  BOOST_TEST((kept_until(k.snap().txn(), {k.an, trash, moved}) == Time{}));
  k.looked();
  k.days(1);
  BOOST_TEST(k.graves() == 0u);
  BOOST_TEST(k.rows() == 2u);
  k.days(300);
  need(k.s->run(SetRetention{""}));  // nobody follows the journal here
  k.empty_everything();
  BOOST_TEST(k.rows() == 0u);
}

BOOST_AUTO_TEST_CASE(expiring_passes_over_what_is_kept_or_held_and_is_audited_once) {
  Keeping k;
  std::vector<Uid> uids;
  for (int i = 0; i < 5; ++i) uids.push_back(k.deliver(k.an));
  BOOST_TEST((k.expire(uids).error().code() == base::Errc::unavailable));  // not looked at yet
  k.keep(uids[0], k.in(5));
  k.looked();
  Hold row;
  row.name = "vu-1";
  row.scope = HoldScope::document;
  row.text = "1/KH";
  row.reason = "thanh tra";
  need(k.s->run(AddHold{row}));
  BOOST_TEST((k.expire(uids).error().code() == base::Errc::unavailable));  // the hold is not matched yet
  need(k.s->run(HoldMessages{"vu-1", {{k.an, kBox, uids[1]}}, std::string()}));
  need(k.s->run(SetCheckpoint{std::string(kHoldConsumer), k.snap().journal_end(), false}));
  BOOST_TEST(need(k.expire({uids[0], uids[1], uids[2]}, false)) == 1u);
  BOOST_TEST(k.audit().empty());
  BOOST_TEST(unfinished_expiries(k.snap().txn()).size() == 1u);
  k.reopen();
  need(k.s->run(SetCheckpoint{std::string(kHoldConsumer), k.snap().journal_end(), false}));
  BOOST_TEST(need(k.expire({uids[3], uids[4], Uid(99)})) == 2u);
  BOOST_TEST(k.audit() == std::vector<std::string>{"rac:3"}, boost::test_tools::per_element());
  BOOST_TEST(need(k.expire({})) == 0u);
  BOOST_TEST(k.audit().size() == 1u);
  need(k.s->run(LiftHold{"vu-1"}));
  row.name = "vu-2";
  row.scope = HoldScope::account;
  row.account = k.an;
  need(k.s->run(AddHold{row}));
  BOOST_TEST(need(k.expire({uids[1]})) == 0u);
  need(k.s->run(LiftHold{"vu-2"}));
  BOOST_TEST(need(k.expire({uids[1]})) == 1u);
  k.clock.advance(Days(6));
  BOOST_TEST(need(k.expire({uids[0]})) == 1u);  // its time is over
}

BOOST_AUTO_TEST_CASE(a_check_finds_stale_and_damaged_rows_and_a_repair_mends_them) {
  Keeping k;
  const Uid uid = k.deliver(k.an);
  k.keep(uid, k.in(50));
  k.looked();
  const auto put = [&](const std::string& key, const std::string& value) {
    WriteTxn txn = k.s->env().write();
    txn.put(Table::holds, key, value);
    txn.commit();
  };
  const std::string stale = "R" + std::string(message_key(k.an, kBox, Uid(77)).view());
  put(stale, std::string(8, '\1') + "x");
  BOOST_TEST(k.check_codes() == std::vector<std::string>{"hold"}, boost::test_tools::per_element());
  RepairOptions options;
  need(repair(*k.s, options));
  require_clean(*k.s);
  BOOST_TEST(k.rows() == 1u);
  put("R" + std::string(message_key(k.an, kBox, uid).view()), "short");
  BOOST_TEST((k.s->run(Purge{k.an, kBox, uid}).error().code() == base::Errc::denied));  // kept until it is mended
  need(repair(*k.s, options));
  require_clean(*k.s);
  BOOST_TEST(!retention_state(k.snap().txn())->matched);  // what it said is looked for again
}

BOOST_AUTO_TEST_CASE(many_kept_tombstones_do_not_stop_the_others) {
  Keeping k;
  std::vector<KeptMessage> kept;
  for (int i = 0; i < 120; ++i) {
    const Uid uid = k.deliver(k.an);
    if (i % 2 == 0) kept.push_back({k.an, kBox, uid, k.in(1000), "c"});
  }
  need(k.s->run(KeepMessages{"one", kept, {}, {}}));
  k.expunge();
  k.looked();
  k.clock.advance(Days(31));
  CollectSlice slice;
  slice.at_most = 1;
  std::uint64_t gone = 0;
  std::size_t slices = 0;
  for (; gone < 60 && slices < 200; ++slices) gone += need(k.s->run(slice)).tombstones;
  BOOST_TEST(gone == 60u);
  BOOST_TEST(k.graves() == 60u);
}

BOOST_AUTO_TEST_SUITE_END()
