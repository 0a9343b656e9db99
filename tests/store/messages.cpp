#include "fixture.hpp"

using namespace store_test;

BOOST_FIXTURE_TEST_SUITE(store_messages, Fixture)

BOOST_AUTO_TEST_CASE(a_message_comes_back_byte_for_byte_with_its_prefix) {
  const std::string body = std::string("Subject: x\r\n\r\n") + std::string(1, '\0') + "\xff tail\r\n";
  const Uid uid = deliver(an, body);
  BOOST_TEST(text(an, MailboxId(1), uid) == "Received: by mx.songla.gov.vn\r\n" + body);
  const Snapshot sn = snap();
  const Mailbox m = *sn.mailbox(an, "inbox");
  BOOST_TEST((m.messages == 1 && m.unseen == 1 && m.bytes == body.size() + 31));
  std::string piece;
  BOOST_REQUIRE(sn.read(an, *sn.message(an, m.id, uid), {29, 5}, [&](std::string_view p) { piece += p; return true; }));
  BOOST_TEST(piece == "\r\nSub");
  BOOST_REQUIRE(sn.read(an, *sn.message(an, m.id, uid), {1u << 30, 5}, [](std::string_view) { return false; }));
}

BOOST_AUTO_TEST_CASE(one_attachment_in_different_mails_is_stored_once_and_goes_with_the_last) {
  std::string pdf;
  for (int i = 0; i < 200'000; ++i) pdf.push_back(char(i * 7 + i / 251));
  for (int i = 0; i < 3; ++i) {
    const std::string head = "Subject: " + std::to_string(i) + "\r\n\r\n", all = head + pdf + "\r\n--b--\r\n";
    SubmitMessage op = mail(i == 1 ? binh : an, "");
    op.content = make_content(all, {{head.size(), pdf.size()}, {60'000, 30'000}, {1u << 30, 50000}});
    const auto done = need(s->run(op)).deliveries[0];
    BOOST_TEST(text(op.deliveries[0].account, done.mailbox, done.uid) == op.deliveries[0].prefix + all);
  }
  BOOST_TEST(snap().txn().rows(Table::blobs) == (pdf.size() + kChunk - 1) / kChunk + 0u);
  BOOST_TEST(snap().txn().rows(Table::refs) == 3u);
  need(s->run(Expunge{an, MailboxId(1), std::nullopt, false}));
  clock.advance(std::chrono::hours(24 * 31));
  need(s->collector().collect_now());
  BOOST_TEST(snap().txn().rows(Table::blobs) > 0u);  // binh still has it
  empty_everything();
}

BOOST_AUTO_TEST_CASE(a_large_residual_is_a_blob_and_ranges_cross_its_pieces) {
  std::string all;
  for (int i = 0; i < 60'000; ++i) all += char('a' + i % 23);
  SubmitMessage op = mail(an, "");
  op.content = make_content(all, {{20'000, 20'000}});
  const auto done = need(s->run(op)).deliveries[0];
  const Snapshot sn = snap();
  const auto m = *sn.message(an, done.mailbox, done.uid);
  for (const auto& [at, size] : {std::pair{0u, 60u}, {19'990u, 20u}, {39'000u, 2'000u}, {59'999u, 40u}}) {
    std::string got;
    BOOST_REQUIRE(sn.read(an, m, {31 + at, size}, [&](std::string_view p) { got += p; return true; }));
    BOOST_TEST(got == all.substr(at, size));
  }
}

BOOST_AUTO_TEST_CASE(delivery_to_many_is_all_or_nothing) {
  SubmitMessage op = mail(an, "x\r\n");
  op.deliveries.push_back(op.deliveries[0]);
  op.deliveries[1].account = AccountId(99);
  op.outbound.push_back({"env", clock.now(), {}});
  const auto refused = s->run(op);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code() == base::Errc::not_found));
  BOOST_TEST(snap().txn().rows(Table::messages) == 0u);
  BOOST_TEST(snap().txn().rows(Table::queue) == 0u);
  op.deliveries[1].account = binh;
  BOOST_TEST(need(s->run(op)).deliveries.size() == 2u);
  BOOST_TEST(snap().txn().rows(Table::queue) == 1u);
}

BOOST_AUTO_TEST_CASE(an_id_makes_a_replay_harmless) {
  SubmitMessage op = mail(an, "x\r\n");
  op.idempotency_id = "abc";
  const Submitted one = need(s->run(op)), two = need(s->run(op));
  BOOST_TEST((!one.replayed && two.replayed && one.deliveries[0].uid == two.deliveries[0].uid));
  BOOST_TEST(snap().txn().rows(Table::messages) == 1u);
}

BOOST_AUTO_TEST_CASE(append_is_refused_over_quota_and_smtp_may_overshoot) {
  const AccountId chi = account("chi@songla.gov.vn", 100);
  SubmitMessage op = mail(chi, std::string(80, 'x'));
  op.enforce_quota = true;
  const auto refused = s->run(op);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code() == base::Errc::over_quota));
  BOOST_TEST(quota_allows(snap(), chi, 100));
  BOOST_TEST(!quota_allows(snap(), chi, 101));
  op.enforce_quota = false;
  need(s->run(op));
  BOOST_TEST(!quota_allows(snap(), chi, 0));
}

BOOST_AUTO_TEST_CASE(flags_rise_in_modseq_and_derived_keywords_cannot_be_set) {
  const Uid a = deliver(an), b = deliver(an);
  const auto inbox = MailboxId(1);
  const ModSeq start = snap().mailbox(an, inbox)->highest_modseq;
  SetFlags op{an, inbox, {a, b, Uid(77)}, FlagMode::add, kSeen, {"$Forwarded", "$signaturevalid"}, {}};
  const FlagOutcome done = need(s->run(op));
  BOOST_REQUIRE(done.states.size() == 2u);
  BOOST_TEST((done.states[0].modseq > start && done.states[0].keywords == 1 && done.states[0].derived == 0));
  BOOST_TEST(!need(s->run(op)).states[0].changed);  // the same again changes nothing and takes no modseq
  BOOST_TEST((snap().mailbox(an, inbox)->highest_modseq == done.states[0].modseq));
  SetFlags late{an, inbox, {a, b}, FlagMode::set, kDeleted, {}, start};
  const FlagOutcome failed = need(s->run(late));
  BOOST_TEST((failed.states.empty() && failed.modified.size() == 2));
  need(s->run(SetDerived{an, inbox, {a}, kSignatureValid | kDocument, 0, {}}));
  const FlagOutcome cleared = need(s->run(SetFlags{an, inbox, {a}, FlagMode::set, 0, {}, {}}));
  BOOST_TEST((cleared.states[0].derived == (kSignatureValid | kDocument) && cleared.states[0].keywords == 0));
  std::vector<Uid> changed;
  snap().changed_since(an, inbox, done.states[0].modseq, [&](Uid u, ModSeq) { changed.push_back(u); return true; });
  BOOST_TEST((changed == std::vector<Uid>{a}));
}

BOOST_AUTO_TEST_CASE(a_mailbox_takes_64_keywords_and_no_more) {
  const Uid a = deliver(an);
  for (int i = 0; i < 64; ++i) need(s->run(SetFlags{an, MailboxId(1), {a}, FlagMode::add, 0, {"k" + std::to_string(i)}, {}}));
  const auto more = s->run(SetFlags{an, MailboxId(1), {a}, FlagMode::add, 0, {"one-too-many"}, {}});
  BOOST_REQUIRE(!more);
  BOOST_TEST((more.error().code() == base::Errc::limit));
  BOOST_TEST(snap().keywords(an, MailboxId(1)).size() == 64u);
}

BOOST_AUTO_TEST_CASE(expunge_leaves_a_tombstone_that_can_be_read_and_uids_never_return) {
  const auto inbox = MailboxId(1);
  const Uid a = deliver(an, "first\r\n"), b = deliver(an, "second\r\n");
  need(s->run(SetFlags{an, inbox, {b}, FlagMode::add, kDeleted, {}, {}}));
  const ExpungeOutcome gone = need(s->run(Expunge{an, inbox, std::nullopt, true}));
  BOOST_TEST((gone.uids == std::vector<Uid>{b} && !gone.more));
  {
    const Snapshot sn = snap();
    BOOST_TEST((sn.message(an, inbox, a).has_value() && !sn.message(an, inbox, b).has_value()));
    const auto grave = sn.tombstone(an, inbox, b);
    BOOST_REQUIRE(grave.has_value());
    BOOST_TEST(need(sn.read_all(an, grave->message)).ends_with("second\r\n"));
    std::vector<Uid> vanished;
    sn.expunged_since(an, inbox, ModSeq(1), [&](Uid u, ModSeq) { vanished.push_back(u); return true; });
    BOOST_TEST((vanished == std::vector<Uid>{b}));
    BOOST_TEST(sn.account_state(an).messages == 1u);
  }
  BOOST_TEST((deliver(an) > b));
  clock.advance(std::chrono::hours(24 * 31));
  need(s->collector().collect_now());
  BOOST_TEST((!snap().tombstone(an, inbox, b) && snap().mailbox(an, inbox)->expunge_floor == gone.modseq));
}

BOOST_AUTO_TEST_CASE(move_keeps_ids_flags_and_keywords_in_one_commit) {
  SubmitMessage op = mail(an, "x\r\n");
  op.deliveries[0].flags = kSeen | kFlagged;
  op.deliveries[0].keywords = {"alpha", "beta"};
  op.deliveries[0].derived = kSignatureInvalid;
  const Delivered d = need(s->run(op)).deliveries[0];
  const MailboxId archive = box(an, "Archive");
  const CopyOutcome moved = need(s->run(CopyMessages{an, d.mailbox, archive, {d.uid, Uid(50)}, true}));
  BOOST_REQUIRE(moved.uids.size() == 1u);
  const HotRow row = *snap().hot(an, archive, moved.uids[0].second);
  BOOST_TEST((row.flags == (kSeen | kFlagged) && row.derived == kSignatureInvalid && row.email == d.email && row.thread == d.thread));
  BOOST_TEST(snap().keywords(an, archive).size() == 2u);
  BOOST_TEST((!snap().hot(an, d.mailbox, d.uid) && snap().tombstone(an, d.mailbox, d.uid)->moved));
  BOOST_TEST(snap().account_state(an).messages == 1u);
  need(s->run(CopyMessages{an, archive, archive, {moved.uids[0].second}, false}));
  need(s->run(CopyMessages{an, archive, archive, {moved.uids[0].second}, true}));
  BOOST_TEST(snap().mailbox(an, archive)->messages == 2u);
}

BOOST_AUTO_TEST_CASE(replies_share_a_thread_whichever_comes_first) {
  const auto send = [&](std::vector<ThreadKey> keys) {
    SubmitMessage op = mail(an, "x\r\n");
    op.thread_keys = std::move(keys);
    return need(s->run(op)).deliveries[0].thread;
  };
  const ThreadKey one = thread_key("1@a"), two = thread_key("2@a"), other = thread_key("9@a");
  const ThreadId reply = send({two, one});
  BOOST_TEST((send({one}) == reply));
  BOOST_TEST((send({other}) != reply));
  BOOST_TEST(snap().by_thread_key(an, one).size() == 2u);
  empty_everything();
}

BOOST_AUTO_TEST_CASE(more_than_5000_messages_need_slices) {
  std::vector<Uid> all;
  SubmitMessage op = mail(an, "x\r\n");
  op.deliveries.resize(2501, op.deliveries[0]);
  for (int i = 0; i < 2; ++i)
    for (const Delivered& d : need(s->run(op)).deliveries) all.push_back(d.uid);
  BOOST_REQUIRE(all.size() == 5002u);
  BOOST_TEST((s->run(SetFlags{an, MailboxId(1), all, FlagMode::add, kDeleted, {}, {}}).error().code() == base::Errc::limit));
  BOOST_TEST(slices(all).size() == 2u);
  for (const auto& slice : slices(all)) need(s->run(SetFlags{an, MailboxId(1), slice, FlagMode::add, kDeleted, {}, {}}));
  const ExpungeOutcome first = need(s->run(Expunge{an, MailboxId(1), std::nullopt, true}));
  BOOST_TEST((first.more && first.uids.size() == kMaxSlice));
  BOOST_TEST(!need(s->run(Expunge{an, MailboxId(1), std::nullopt, true})).more);
  BOOST_TEST(snap().mailbox(an, MailboxId(1))->messages == 0u);
  empty_everything();
}

BOOST_AUTO_TEST_CASE(texts_of_attachments_live_as_long_as_their_message) {
  const std::string content = "Subject: x\r\n\r\n" + std::string(20'000, 'y'), longer(2 * kChunk, 'l');
  SubmitMessage op = mail(an, "");
  op.content = make_content(content, {}, {"Quyết định", longer, "", "Quyết định"});
  op.deliveries.push_back(op.deliveries[0]);
  op.deliveries[1].account = binh;
  const Submitted sent = need(s->run(op));
  BOOST_TEST(snap().txn().rows(Table::blobs) == 4u);  // content, one text of one chunk and one of two, each once for both
  const Uid copy = need(s->run(CopyMessages{an, MailboxId(1), MailboxId(1), {sent.deliveries[0].uid}, false})).uids[0].second;
  BOOST_TEST(need(s->run(Purge{an, MailboxId(1), sent.deliveries[0].uid})));
  {
    const Snapshot sn = snap();
    const auto m = *sn.message(an, MailboxId(1), copy);
    BOOST_TEST(need(sn.read_all(an, m)).ends_with(content));
    const auto all = need(sn.texts(m, 1u << 20));
    BOOST_TEST((!all.cut && all.texts == std::vector<std::string>{"Quyết định", longer}));
    const auto some = need(sn.texts(m, 100));
    BOOST_TEST((some.cut && some.texts.size() == 1));
  }
  require_clean(*s);
  empty_everything();
}

BOOST_AUTO_TEST_CASE(a_hold_stops_purge_and_collection) {
  const Uid a = deliver(an);
  need(s->run(PlaceHold{an, "case-1", "inquiry"}));
  BOOST_TEST((s->run(Purge{an, MailboxId(1), a}).error().code() == base::Errc::denied));
  need(s->run(Expunge{an, MailboxId(1), std::nullopt, false}));
  clock.advance(std::chrono::hours(24 * 60));
  need(s->collector().collect_now());
  BOOST_TEST(snap().tombstone(an, MailboxId(1), a).has_value());
  need(s->run(PlaceHold{an, "case-1", ""}));
  BOOST_TEST(need(s->run(Purge{an, MailboxId(1), a})));
  BOOST_TEST(!snap().tombstone(an, MailboxId(1), a).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
