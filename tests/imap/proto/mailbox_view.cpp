// The view of a selected mailbox against a naive model, and the rules of RFC 9051 7.5.1 and 6.4.4.1.
#include "imap/proto/mailbox_view.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>

using namespace imap::proto;

namespace {
NumberSet set(std::vector<Range> r) { return NumberSet::of(std::move(r)); }
SequenceSet seq(std::string_view s) { return SequenceSet::make(s).value(); }
std::vector<std::uint32_t> told(MailboxView& v) {
  std::vector<std::uint32_t> out;
  v.take_expunges([&](std::uint32_t s) { out.push_back(s); });
  return out;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(mailbox_view_suite)

BOOST_AUTO_TEST_CASE(expunges_are_held_then_told_from_the_top) {
  MailboxView v(set({{10, 14}, {20, 21}}));
  v.mark_expunged(set({{11, 11}, {13, 14}, {99, 99}}));
  BOOST_TEST(v.exists() == 7u);
  BOOST_TEST(v.seq_of(base::Uid{20}) == 6u);
  BOOST_TEST(v.is_expunged(base::Uid{13}));
  BOOST_TEST((told(v) == std::vector<std::uint32_t>{5, 4, 2}));
  BOOST_TEST(v.exists() == 4u);
  BOOST_TEST(v.seq_of(base::Uid{20}) == 3u);
  BOOST_TEST((v.uid_of(2) == base::Uid{12}));
  BOOST_TEST(v.seq_of(base::Uid{13}) == 0u);
  BOOST_TEST(told(v).empty());
}

BOOST_AUTO_TEST_CASE(new_messages_appear_when_told) {
  MailboxView v(set({{1, 3}}));
  v.add_new({4, 6});
  v.add_new({5, 7});  // heard twice in part
  BOOST_TEST(v.seq_of(base::Uid{4}) == 0u);
  v.mark_expunged(set({{5, 5}}));  // gone before it was announced
  BOOST_TEST(!v.has_pending_expunges());
  BOOST_TEST(v.take_exists().value() == 6u);
  BOOST_TEST(!v.take_exists().has_value());
  BOOST_TEST((v.uid_of(5) == base::Uid{6}));
}

BOOST_AUTO_TEST_CASE(sets_resolve_to_what_is_there) {
  MailboxView v(set({{10, 14}, {20, 21}}));
  BOOST_TEST((v.resolve_seq(seq("2,5:6")).value() == set({{11, 11}, {14, 14}, {20, 20}})));
  BOOST_TEST((v.resolve_seq(seq("*")).value() == set({{21, 21}})));
  BOOST_TEST((v.resolve_seq(seq("9:*")).value() == set({{21, 21}})));
  BOOST_TEST((v.resolve_seq(seq("8")).error().code() == base::Errc::invalid));
  BOOST_TEST((v.resolve_uid(seq("1:12,21,500")) == set({{10, 12}, {21, 21}})));
  BOOST_TEST((v.resolve_uid(seq("500:*")) == set({{21, 21}})));
  BOOST_TEST((v.to_seqs(set({{13, 20}})) == set({{4, 6}})));
  BOOST_TEST(MailboxView().resolve_seq(seq("1:*")).value().empty());
  BOOST_TEST(!MailboxView().resolve_seq(seq("1")).has_value());
  BOOST_TEST(MailboxView().resolve_uid(seq("1:*")).empty());
}

BOOST_AUTO_TEST_CASE(the_saved_result_loses_what_is_expunged) {
  MailboxView v(set({{1, 10}}));
  v.save_search(set({{2, 4}, {9, 9}}));
  v.mark_expunged(set({{3, 3}}));
  BOOST_TEST((v.resolve_seq(SequenceSet::saved()).value() == set({{2, 4}, {9, 9}})));
  told(v);
  BOOST_TEST((v.saved_search() == set({{2, 2}, {4, 4}, {9, 9}})));
  BOOST_TEST((v.resolve_uid(SequenceSet::saved()) == v.saved_search()));
}

BOOST_AUTO_TEST_CASE(random_changes_agree_with_a_plain_list) {
  std::mt19937 rng(2026);
  for (int round = 0; round < 60; ++round) {
    MailboxView v;
    std::vector<std::uint32_t> client, server;  // what the client was told; what is there
    std::uint32_t next = 1;
    for (int step = 0; step < 120; ++step) {
      switch (rng() % 4) {
        case 0: {
          next += rng() % 3;
          const std::uint32_t n = 1 + rng() % 5;
          v.add_new({next, next + n - 1});
          for (std::uint32_t i = 0; i < n; ++i) server.push_back(next++);
          break;
        }
        case 1: {
          std::vector<Range> gone;
          for (unsigned k = rng() % 4; k > 0 && !server.empty(); --k) {
            const auto at = server.begin() + std::ptrdiff_t(rng() % server.size());
            gone.push_back({*at, *at});
            server.erase(at);
          }
          v.mark_expunged(set(gone));
          break;
        }
        case 2:
          // The client renumbers by every response, as RFC 9051 7.5.1 tells it to.
          for (const std::uint32_t s : told(v)) {
            BOOST_REQUIRE(s >= 1 && s <= client.size());
            client.erase(client.begin() + (s - 1));
          }
          break;
        default:
          if (const auto n = v.take_exists()) {
            const std::uint32_t known = client.empty() ? 0 : client.back();
            const std::uint32_t told_up_to = std::max(known, v.last_uid());
            for (const std::uint32_t u : server)
              if (u > known && u <= told_up_to && v.seq_of(base::Uid{u}) > client.size()) client.push_back(u);
            BOOST_REQUIRE_EQUAL(*n, client.size());
          }
      }
      BOOST_REQUIRE_EQUAL(v.exists(), client.size());
      for (std::uint32_t s = 1; s <= client.size(); ++s) {
        BOOST_REQUIRE(v.uid_of(s) == base::Uid{client[s - 1]});
        BOOST_REQUIRE_EQUAL(v.seq_of(base::Uid{client[s - 1]}), s);
      }
      if (!client.empty()) {
        const std::uint32_t a = 1 + rng() % std::uint32_t(client.size()), b = 1 + rng() % std::uint32_t(client.size());
        const auto got = v.resolve_seq(seq(std::to_string(a) + ":" + std::to_string(b))).value();
        NumberSet want;
        for (std::uint32_t s = std::min(a, b); s <= std::max(a, b); ++s) want.append(client[s - 1]);
        BOOST_REQUIRE(got == want);
      }
    }
    told(v);
    v.take_exists();
    NumberSet all;
    for (const std::uint32_t u : server) all.append(u);
    BOOST_REQUIRE(v.uids() == all);
  }
}

BOOST_AUTO_TEST_CASE(a_fragmented_million_is_handled) {
  NumberSet odd;
  for (std::uint32_t u = 1; u < 2000000; u += 2) odd.append(u);
  MailboxView v(odd);
  BOOST_TEST(v.exists() == 1000000u);
  BOOST_TEST((v.uid_of(500000) == base::Uid{999999}));
  v.mark_expunged(set({{1, 1000000}}));
  std::uint64_t n = 0;
  v.take_expunges([&](std::uint32_t) { ++n; });
  BOOST_TEST(n == 500000u);
  BOOST_TEST(v.seq_of(base::Uid{1000001}) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
