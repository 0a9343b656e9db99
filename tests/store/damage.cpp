// check() must see what it claims to see: each case damages one row of a sound store behind the store's back.
#include "fixture.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "store/keys.hpp"

using namespace store_test;

namespace {

struct Sound {  // one message with an inline part and a blob, one keyword, one tombstone, one queue entry, audit rows
  Sound() {
    options.env.map_size = 1u << 26;
    options.collect = false;
    s = need(Store::open(dir.path, options));
    need(s->run(AddDomain{{{}, "songla.gov.vn", {}}}));
    a = need(s->run(AddAccount{{{}, "an@songla.gov.vn", "An", {}, false, false, 0}, {}}));
    SubmitMessage op;
    op.content = make_content("Subject: x\r\n\r\n" + std::string(100'000, 'b'), {{14, 100'000}});
    op.thread_keys = {thread_key("1@x")};
    op.deliveries.resize(2);
    for (Delivery& d : op.deliveries) d.account = a, d.keywords = {"k"};
    op.outbound = {{"envelope", Time{}, {}}};
    need(s->run(op));
    need(s->run(Expunge{a, MailboxId(1), std::vector<Uid>{Uid(2)}, false}));
    need(s->run(AppendAudit{"one"}));
    need(s->run(AppendAudit{"two"}));
  }
  TempDir dir;
  Options options;
  std::unique_ptr<Store> s;
  AccountId a{};
};

std::string first_key(const Txn& txn, Table table) {
  Cursor c = txn.cursor(table);
  BOOST_REQUIRE(c.first());
  return std::string(c.key());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_damage)

BOOST_AUTO_TEST_CASE(a_missing_row_is_found_in_every_table_that_another_mirrors) {
  const std::pair<Table, const char*> cases[] = {
      {Table::messages, "details_without_message"}, {Table::details, "message_without_details"}, {Table::by_modseq, "missing_by_modseq"},
      {Table::inline_bytes, "inline_bytes"}, {Table::refs, "missing_reference"}, {Table::blobs, "blob_chunk"}, {Table::keywords, "unnamed_keyword"},
      {Table::threads, "missing_thread_row"}, {Table::names, "mailbox_without_name"}, {Table::mailboxes, "account_without_state"},
      {Table::tombstones, "stale_tombstone_due"}, {Table::tombstone_due, "missing_tombstone_due"}, {Table::queue, "stale_queue_due"},
      {Table::queue_due, "missing_queue_due"}, {Table::audit, "audit_gap"}};
  for (const auto& [table, code] : cases) {
    Sound sound;
    require_clean(*sound.s);
    {
      WriteTxn txn = sound.s->env().write();
      txn.erase(table, first_key(txn, table));
      txn.commit();
    }
    const CheckReport report = need(check(sound.s->env()));
    const bool found = std::any_of(report.findings.begin(), report.findings.end(), [&](const Finding& f) { return f.code == code; });
    BOOST_TEST(found, std::string(table_name(table)) + " without a row should give " + code);
  }
}

BOOST_AUTO_TEST_CASE(changed_bytes_are_found) {
  const std::pair<Table, const char*> cases[] = {{Table::blobs, "digest"}, {Table::audit, "audit_chain"}};
  for (const auto& [table, code] : cases) {
    Sound sound;
    {
      WriteTxn txn = sound.s->env().write();
      const std::string key = first_key(txn, table);
      std::string value(*txn.get(table, key));
      value.back() = char(value.back() ^ 1);
      txn.put(table, key, value);
      txn.commit();
    }
    const CheckReport report = need(check(sound.s->env()));
    const bool found = std::any_of(report.findings.begin(), report.findings.end(), [&](const Finding& f) { return f.code == code; });
    BOOST_TEST(found, std::string("changed bytes should give ") + code);
  }
}

BOOST_AUTO_TEST_CASE(what_changes_between_two_snapshots_is_no_damage) {
  Sound sound;
  std::atomic<bool> stop = false;
  std::thread others([&] {  // every kind of row comes, changes and goes while the check walks
    for (int n = 0; !stop && n < 2000; ++n) {
      SubmitMessage op;
      op.content = make_content("Subject: " + std::to_string(n) + "\r\n\r\n" + std::string(20'000, char('a' + n % 26)), {{14, 20'000}});
      op.thread_keys = {thread_key(std::to_string(n) + "@x")};
      op.deliveries.resize(1);
      op.deliveries[0].account = sound.a;
      op.outbound = {{"envelope", Time{}, {}}};
      const Submitted done = need(sound.s->run(op));
      const Uid uid = done.deliveries[0].uid;
      need(sound.s->run(SetFlags{sound.a, MailboxId(1), {uid}, FlagMode::add, kSeen, {"k" + std::to_string(n % 7)}, {}}));
      if (n % 2 == 0) need(sound.s->run(CopyMessages{sound.a, MailboxId(1), MailboxId(3), {uid}, n % 4 == 0}));
      need(sound.s->run(Expunge{sound.a, MailboxId(1), std::vector<Uid>{uid}, false}));
      need(sound.s->run(QueueUpdate{done.queued[0], std::nullopt, std::nullopt, {}, {}}));
      need(sound.s->run(AppendAudit{"row"}));
      if (n % 16 == 0) need(sound.s->run(TrimJournal{5}));
    }
  });
  CheckOptions options;
  options.slice_rows = 3;
  std::uint64_t slices = 0;
  options.progress = [&](const CheckProgress& p) { return ++slices, p.done <= p.total; };
  for (int round = 0; round < 5; ++round) {
    const CheckReport report = need(check(sound.s->env(), options));
    for (const Finding& f : report.findings) BOOST_TEST_ERROR(f.code << ": " << f.detail);
  }
  stop = true;
  others.join();
  BOOST_TEST(slices > 50u);
  require_clean(*sound.s);
}

BOOST_AUTO_TEST_CASE(a_check_can_be_stopped) {
  Sound sound;
  CheckOptions options;
  options.progress = [](const CheckProgress&) { return false; };
  const auto report = check(sound.s->env(), options);
  BOOST_REQUIRE(!report);
  BOOST_TEST((report.error().code() == base::Errc::timed_out));
}

BOOST_AUTO_TEST_CASE(a_newer_format_is_refused) {
  TempDir dir;
  Options o;
  o.env.map_size = 1u << 26;
  {
    auto s = need(Store::open(dir.path, o));
    WriteTxn txn = s->env().write();
    std::string row(*txn.get(Table::meta, "store"));
    row[1 + 7 + 3] = char(kFormat + 1);  // length, "congthu", the last byte of the format
    txn.put(Table::meta, "store", row);
    txn.commit();
  }
  const auto newer = Store::open(dir.path, o);
  BOOST_REQUIRE(!newer);
  BOOST_TEST((newer.error().code() == base::Errc::unsupported));
}

BOOST_AUTO_TEST_SUITE_END()
