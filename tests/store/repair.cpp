// store check --repair: each case damages a sound store behind its back; afterwards a check finds nothing and the mail is there.
#include "fixture.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "store/keys.hpp"
#include "store/repair.hpp"
#include "store/rows.hpp"

using namespace store_test;

namespace {

const std::string kBig(100'000, 'b');
const std::string kText = "Subject: Công văn\r\n\r\n" + kBig;

struct Damaged : Fixture {  // `an` has two live messages in INBOX, one in Plans, a tombstone, keywords, a queue entry, audit rows
  Damaged() : Fixture(1u << 26) {
    SubmitMessage op = mail(an, "");
    op.content = make_content(kText, {{kText.find("\r\n\r\n") + 4, kBig.size()}});
    op.thread_keys = {thread_key("1@songla.gov.vn")};
    op.deliveries.resize(3, op.deliveries[0]);
    for (Delivery& d : op.deliveries) d.keywords = {"khan"};
    op.outbound = {{"envelope", Time{}, {}}};
    need(s->run(op));
    need(s->run(CreateMailbox{an, "Plans", SpecialUse::none}));
    plans = box(an, "Plans");
    need(s->run(CopyMessages{an, MailboxId(1), plans, {Uid(1)}, false}));
    need(s->run(Expunge{an, MailboxId(1), std::vector<Uid>{Uid(3)}, false}));
    need(s->run(SetFlags{an, MailboxId(1), {Uid(2)}, FlagMode::add, kSeen, {}, {}}));
    need(s->run(AddAgency{{{}, "svd", {}, "Sở Ví dụ", "SVD", {}, {}, {}}, false}));
    need(s->run(AppendAudit{"one"}));
    need(s->run(SetCheckpoint{"indexer", JournalSeq(3), false}));
  }
  template <class F>
  void damage(F f) {
    WriteTxn txn = s->env().write();
    f(txn);
    txn.commit();
  }
  void erase(Table table, std::string_view key) {
    damage([&](WriteTxn& txn) { BOOST_TEST(txn.erase(table, key), std::string(table_name(table)) + ": nothing to damage"); });
  }
  template <class F>
  void change_box(MailboxId m, F f) {
    damage([&](WriteTxn& txn) {
      Mailbox row = decode_mailbox(m, *txn.get(Table::mailboxes, mailbox_key(an, m)));
      f(row);
      txn.put(Table::mailboxes, mailbox_key(an, m), encode_mailbox(row));
    });
  }
  std::string first(Table table, std::string_view prefix = {}) {
    const Snapshot sn = snap();
    Cursor c = sn.txn().cursor(table);
    BOOST_REQUIRE(c.seek(prefix));
    return std::string(c.key());
  }
  RepairReport mend(AccountId into = {}) {
    BOOST_TEST(!need(check(s->env())).ok(), "the damage is not seen");
    RepairOptions o;
    o.into = into;
    RepairReport report = need(repair(*s, o));
    for (const Finding& f : report.left.findings) BOOST_TEST_ERROR("left: " << f.code << ": " << f.detail);
    require_clean(*s);
    return report;
  }
  // Both live messages of INBOX and the copy are somewhere in the account, whole.
  void mail_is_there(AccountId a, std::size_t copies = 3) {
    const Snapshot sn = snap();
    std::size_t whole = 0;
    for (const Mailbox& m : sn.mailboxes(a))
      sn.for_each_message(a, m.id, Uid(1), kLastUid, [&](const MessageView& v) {
        whole += need(sn.read_all(a, v)).ends_with(kText);
        return true;
      });
    BOOST_TEST(whole == copies);
  }
  MailboxId plans{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(store_repair)

BOOST_AUTO_TEST_CASE(a_row_that_others_mirror_is_made_again) {
  const Table tables[] = {Table::messages,  Table::by_modseq, Table::refs,  Table::keywords,  Table::threads,       Table::names,
                          Table::mailboxes, Table::queue_due, Table::tombstone_due};
  for (const Table table : tables) {
    Damaged d;
    d.erase(table, d.first(table));
    d.mend();
    d.mail_is_there(d.an);
  }
}

BOOST_AUTO_TEST_CASE(every_row_of_a_table_that_is_derived_can_go) {
  for (const Table table : {Table::by_modseq, Table::refs, Table::threads, Table::names, Table::mailboxes, Table::messages, Table::keywords, Table::tombstone_due}) {
    Damaged d;
    d.damage([&](WriteTxn& txn) {
      std::vector<std::string> keys;
      {
        Cursor c = txn.cursor(table);
        for (bool more = c.first(); more; more = c.next()) keys.emplace_back(c.key());
      }
      for (const std::string& key : keys) txn.erase(table, key);
    });
    d.mend();
    d.mail_is_there(d.an);
    BOOST_TEST((d.deliver(d.an) != Uid{}));
    BOOST_TEST((d.snap().mailbox(d.an, "INBOX")->id == MailboxId(1)));
  }
}

BOOST_AUTO_TEST_CASE(counters_and_quota_are_counted_again) {
  Damaged d;
  d.change_box(MailboxId(1), [](Mailbox& m) { m.messages = 77, m.unseen = 0, m.deleted = 9, m.bytes += 5; });
  const RepairReport report = d.mend();
  BOOST_TEST(report.mended.at("counter") == 1u);
  const auto inbox = d.snap().mailbox(d.an, "INBOX");
  BOOST_TEST(inbox->messages == 2u);
  BOOST_TEST(inbox->unseen == 1u);
  d.damage([&](WriteTxn& txn) {
    AccountState state = decode_state(*txn.get(Table::mailboxes, mailbox_key(d.an, {})));
    state.bytes = 1;
    state.next_email = EmailId(1);
    state.next_mailbox = MailboxId(2);
    state.next_validity = UidValidity(5);
    txn.put(Table::mailboxes, mailbox_key(d.an, {}), encode_state(state));
  });
  d.mend();
  d.mail_is_there(d.an);
}

BOOST_AUTO_TEST_CASE(numbers_that_went_back_are_raised) {
  Damaged d;
  d.change_box(MailboxId(1), [](Mailbox& m) { m.uid_next = Uid(1), m.highest_modseq = ModSeq(1); });
  d.mend();
  BOOST_TEST((d.deliver(d.an) == Uid(4)));
}

BOOST_AUTO_TEST_CASE(a_mailbox_without_row_comes_back_under_its_name_with_a_new_validity) {
  Damaged d;
  const auto before = d.snap().mailbox(d.an, "Plans");
  d.erase(Table::mailboxes, mailbox_key(d.an, d.plans));
  d.mend();
  const auto after = d.snap().mailbox(d.an, "Plans");
  BOOST_REQUIRE(after);
  BOOST_TEST((after->uid_validity > before->uid_validity));
  BOOST_TEST(after->messages == 1u);
  d.mail_is_there(d.an);
}

BOOST_AUTO_TEST_CASE(what_lost_mailbox_and_name_is_in_recovered) {
  Damaged d;
  d.erase(Table::mailboxes, mailbox_key(d.an, d.plans));
  d.damage([&](WriteTxn& txn) {
    Key k = account_key(d.an);
    k.blob(base::sha256("Plans"));
    BOOST_TEST(txn.erase(Table::names, k));
  });
  d.mend();
  const auto box = d.snap().mailbox(d.an, "Recovered");
  BOOST_REQUIRE(box);
  BOOST_TEST(box->messages == 1u);
  d.mail_is_there(d.an);
}

BOOST_AUTO_TEST_CASE(an_account_row_is_made_again_from_its_address) {
  Damaged d;
  Key k;
  k.bytes("A").num(d.an);
  d.erase(Table::directory, k);
  d.mend();
  BOOST_TEST((d.snap().account("an@songla.gov.vn")->id == d.an));
  d.mail_is_there(d.an);
}

BOOST_AUTO_TEST_CASE(mail_of_an_account_that_nobody_knows_goes_where_it_is_told) {
  Damaged d;
  Key k;
  k.bytes("A").num(d.an);
  d.erase(Table::directory, k);
  d.erase(Table::directory, "aan@songla.gov.vn");
  const RepairReport left = need(repair(*d.s, {}));
  BOOST_TEST(!left.left.ok());
  BOOST_TEST(left.moved == 0u);
  const RepairReport moved = d.mend(d.binh);
  BOOST_TEST(moved.moved == 3u);
  BOOST_TEST(d.snap().mailbox(d.binh, "Recovered")->messages == 3u);
  d.mail_is_there(d.binh);
  d.an = d.binh;
}

BOOST_AUTO_TEST_CASE(a_hot_row_comes_back_from_the_details) {
  Damaged d;
  d.erase(Table::messages, message_key(d.an, MailboxId(1), Uid(2)));
  d.mend();
  d.mail_is_there(d.an);
  d.damage([&](WriteTxn& txn) { txn.put(Table::messages, message_key(d.an, MailboxId(1), Uid(1)), "too short"); });
  d.mend();
  d.mail_is_there(d.an);
}

BOOST_AUTO_TEST_CASE(half_an_expunge_is_finished_in_favour_of_the_message) {
  Damaged d;
  d.damage([&](WriteTxn& txn) {  // live and dead at once
    const Key key = message_key(d.an, MailboxId(1), Uid(1));
    std::string grave(9, '\0');
    grave.append(*txn.get(Table::messages, key)).append(*txn.get(Table::details, key));
    txn.put(Table::tombstones, key, grave);
    txn.erase(Table::details, key);
  });
  d.mend();
  d.mail_is_there(d.an);
}

BOOST_AUTO_TEST_CASE(strays_go_and_unreferenced_content_is_collected) {
  Damaged d;
  d.damage([&](WriteTxn& txn) {
    txn.put(Table::by_modseq, modseq_key(d.an, MailboxId(1), ModSeq(2), Uid(99)), {});
    Key due;
    due.num(std::uint64_t(7)).bytes(message_key(d.an, MailboxId(1), Uid(88)));
    txn.put(Table::tombstone_due, due, {});
    txn.put(Table::refs, "short", {});
    Key chunk;
    chunk.blob(base::sha256("x")).num(std::uint32_t(0));
    txn.put(Table::blobs, chunk, std::string(1, '\0') + "x");
    txn.put(Table::graveyard, mailbox_key(d.an, MailboxId(1)), {});
    txn.put(Table::expunged, modseq_key(d.an, MailboxId(1), ModSeq(2), Uid(1)), "12345678");
    txn.put(Table::consumers, "lost", "?");
  });
  d.mend();
  d.mail_is_there(d.an);
  BOOST_TEST(d.snap().txn().rows(Table::orphans) == 1u);
}

BOOST_AUTO_TEST_CASE(a_damaged_tombstone_does_not_stop_the_collector) {
  Damaged d;
  need(d.s->run(Expunge{d.an, MailboxId(1), std::vector<Uid>{Uid(2)}, false}));
  const std::string key(message_key(d.an, MailboxId(1), Uid(2)).view());
  std::string sound;
  d.damage([&](WriteTxn& txn) {
    sound = *txn.get(Table::tombstones, key);
    txn.put(Table::tombstones, key, sound.substr(0, 20));
  });
  d.clock.advance(std::chrono::hours(24 * 31));
  BOOST_TEST(need(d.s->collector().collect_now()).tombstones == 1u);
  d.damage([&](WriteTxn& txn) { txn.put(Table::tombstones, key, sound); });
  BOOST_TEST(need(d.s->collector().collect_now()).tombstones == 1u);
}

BOOST_AUTO_TEST_CASE(a_gap_in_the_journal_makes_its_readers_start_over) {
  Damaged d;
  Key k;
  k.num(raw(d.snap().journal_end()) - 3);
  d.erase(Table::journal, k);
  d.mend();
  BOOST_TEST(d.snap().consumers().front().rebuild);
  Damaged e;
  e.damage([&](WriteTxn& txn) {
    Key last;
    last.num(raw(e.snap().journal_end()));
    txn.put(Table::journal, last, "\1");
  });
  const JournalSeq end = e.snap().journal_end();
  e.mend();
  BOOST_TEST((e.snap().journal_end() == end));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_derived_is_listed_and_left) {
  Damaged d;
  std::string blob = d.first(Table::blobs), chunk, audit, detail, details_key = d.first(Table::details);
  d.damage([&](WriteTxn& txn) {
    chunk = *txn.get(Table::blobs, blob);
    txn.erase(Table::blobs, blob);
  });
  RepairReport report = need(repair(*d.s, {}));
  const auto listed = [&](const char* code) {
    return std::any_of(report.left.findings.begin(), report.left.findings.end(), [&](const Finding& f) { return f.code == code; });
  };
  BOOST_TEST(listed("blob_chunk"));
  d.damage([&](WriteTxn& txn) {
    std::string changed = chunk;
    changed.back() = char(changed.back() ^ 1);
    txn.put(Table::blobs, blob, changed);
    detail = *txn.get(Table::details, details_key);
    txn.erase(Table::details, details_key);
  });
  report = need(repair(*d.s, {}));
  BOOST_TEST(listed("digest"));
  BOOST_TEST(listed("message_without_details"));
  d.damage([&](WriteTxn& txn) {
    txn.put(Table::blobs, blob, chunk);
    txn.put(Table::details, details_key, detail);
  });
  need(repair(*d.s, {}));
  d.mail_is_there(d.an);
}

BOOST_AUTO_TEST_CASE(a_repair_beside_deliveries_loses_none) {
  Damaged d;
  d.change_box(MailboxId(1), [](Mailbox& m) { m.messages += 7, m.bytes -= 3; });
  std::atomic<bool> stop = false;
  std::size_t sent = 0;
  std::thread others([&] {
    while (!stop && sent < 500) d.deliver(d.an), ++sent;
  });
  RepairOptions o;
  o.check.slice_rows = 2;
  for (int i = 0; i < 3; ++i) need(repair(*d.s, o));
  stop = true;
  others.join();
  require_clean(*d.s);
  BOOST_TEST(d.snap().mailbox(d.an, "INBOX")->messages == 2 + sent);
}

BOOST_AUTO_TEST_SUITE_END()
