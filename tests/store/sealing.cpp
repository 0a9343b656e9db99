// Encryption at rest: what the file holds, what a lost, wrong or exchanged key does, and that everything else works as before.
#include <fstream>
#include <iterator>

#include "store/chunk.hpp"
#include "store/keys.hpp"
#include "tests/store/fixture.hpp"

BOOST_AUTO_TEST_SUITE(store_sealing)

using namespace store_test;
using base::Errc;

namespace {

struct Sealed : Fixture {
  Sealed() {
    need(s->run(AddDomain{{{}, "mat.songla.gov.vn", {}}}));
    path = dir.path + "/master.key";
    need(make_master_key(path));
    options.master = need(open_master_key(path));
    reopen();
    need(s->enable_encryption("mat.songla.gov.vn"));
    chi = account("chi@mat.songla.gov.vn");
    dung = account("dung@mat.songla.gov.vn");
  }
  std::string file() const {
    std::ifstream in(dir.path + "/data.mdb", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  bool on_disk(std::string_view text) const { return file().find(text) != std::string::npos; }
  std::string head(Table table, std::string_view key) { return std::string(*snap().txn().get(table, key)); }
  void rewrite(Table table, std::string_view key, std::string_view value) {
    WriteTxn txn = s->env().write();
    txn.put(table, key, value);
    txn.commit();
  }
  Errc read_error(AccountId a, Uid uid) {
    const Snapshot sn = snap();
    try {
      const auto m = sn.message(a, MailboxId(1), uid);
      BOOST_REQUIRE(m.has_value());
      const auto all = sn.read_all(a, *m);
      return all ? Errc::internal : all.error().code();
    } catch (const Failure& failure) {
      return failure.error().code();
    }
  }
  std::string path;
  AccountId chi{}, dung{};
};

SubmitMessage marked(AccountId to, const std::string& mark, std::size_t size = 100) {
  SubmitMessage op;
  const std::string body(size, '.');
  std::string bytes = "Subject: content-" + mark + "\r\n\r\n" + body;
  const std::string part = "part-" + mark + base::random_bytes(30'000);
  const std::uint64_t at = bytes.size();
  bytes += part;
  op.content = make_content(std::move(bytes), {{at, part.size()}}, {"text-" + mark + std::string(5'000, 't')});
  op.summary = "summary-" + mark;
  op.thread_keys = {thread_key(mark)};
  op.puts = {{RecordTable::documents, "document " + mark, "register-" + mark}};
  Delivery d;
  d.account = to;
  d.prefix = "X-Trace: prefix-" + mark + "\r\n";
  op.deliveries = {d};
  return op;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(nothing_of_a_mail_is_legible_in_the_file, Sealed) {
  need(s->run(marked(an, "OPENLY")));
  SubmitMessage op = marked(chi, "HIDDEN");
  op.outbound = {{"envelope-HIDDEN", clock.now(), "prefix-queued-HIDDEN", {}}, {"envelope-HIDDEN", clock.now(), {}, "mat.songla.gov.vn"}};
  const Submitted sent = need(s->run(op));
  Put refused{RecordTable::decisions, "refused", "decision-HIDDEN", "mat.songla.gov.vn"};
  need(s->run(PutRecords{{refused}}));
  for (const char* what : {"content-", "part-", "text-", "summary-", "prefix-", "register-"}) BOOST_TEST(on_disk(std::string(what) + "OPENLY"), what);
  for (const char* what : {"content-", "part-", "text-", "summary-", "prefix-", "prefix-queued-", "register-", "envelope-", "decision-"})
    BOOST_TEST(!on_disk(std::string(what) + "HIDDEN"), what);
  const Snapshot sn = snap();
  const auto m = *sn.message(chi, MailboxId(1), sent.deliveries[0].uid);
  BOOST_TEST(m.detail.summary == "summary-HIDDEN");
  BOOST_TEST(m.detail.prefix == "X-Trace: prefix-HIDDEN\r\n");
  BOOST_TEST((need(sn.read_all(chi, m)) == std::string(m.detail.prefix) + std::string(op.content->bytes())));
  BOOST_TEST(need(sn.texts(m, 1u << 20)).texts.at(0).starts_with("text-HIDDEN"));
  BOOST_TEST(*sn.record(RecordTable::documents, "document HIDDEN") == "register-HIDDEN");
  BOOST_TEST(*sn.record(RecordTable::decisions, "refused") == "decision-HIDDEN");
  int records = 0;
  sn.for_each_record(RecordTable::documents, "", "", [&](auto, std::string_view value) { return records += value.starts_with("register-"), true; });
  BOOST_TEST(records == 2);
}

BOOST_FIXTURE_TEST_CASE(every_operation_works_on_sealed_mail, Sealed) {
  const Uid first = need(s->run(marked(chi, "one"))).deliveries[0].uid;
  const std::string text_of_it = text(chi, MailboxId(1), first);
  const MailboxId sent = box(chi, "Sent");
  const Uid copied = need(s->run(CopyMessages{chi, MailboxId(1), sent, {first}, false})).uids.at(0).second;
  const Uid moved = need(s->run(CopyMessages{chi, MailboxId(1), sent, {first}, true})).uids.at(0).second;
  BOOST_TEST((text(chi, sent, copied) == text_of_it));
  BOOST_TEST((text(chi, sent, moved) == text_of_it));
  need(s->run(SetFlags{chi, sent, {moved}, FlagMode::add, kDeleted, {}, {}}));
  need(s->run(Expunge{chi, sent, std::nullopt, true}));
  {
    const Snapshot sn = snap();
    const auto grave = *sn.tombstone(chi, sent, moved);
    BOOST_TEST(grave.message.detail.summary == "summary-one");
    BOOST_TEST((need(sn.read_all(chi, grave.message)) == text_of_it));
  }
  need(s->run(Purge{chi, sent, copied}));
  require_clean(*s);
  for (const AccountId a : {chi, dung}) need(s->run(RemoveDirectory{RemoveDirectory::What::account, snap().account(a)->address}));
  empty_everything();
}

BOOST_FIXTURE_TEST_CASE(a_queue_entry_keeps_its_seal, Sealed) {
  SubmitMessage op = marked(an, "relay");
  op.deliveries.clear();
  op.outbound = {{"envelope-1-relay", clock.now(), "prefix-out-relay", "mat.songla.gov.vn"}};
  const QueueId id = need(s->run(op)).queued.at(0);
  need(s->run(QueueUpdate{id, Outbound{"envelope-2-relay", clock.now() + std::chrono::minutes(5), {}, {}}, std::nullopt, {}, {}}));
  for (const char* what : {"envelope-1-relay", "envelope-2-relay", "prefix-out-relay", "content-relay"}) BOOST_TEST(!on_disk(what), what);
  {
    const Snapshot sn = snap();
    const QueueRow row = *sn.queue_entry(id);
    BOOST_TEST(row.envelope == "envelope-2-relay");
    BOOST_TEST(row.prefix == "prefix-out-relay");
    std::string all;
    need(sn.read(row, {0, ~std::uint64_t(0)}, [&](std::string_view piece) { all.append(piece); return true; }));
    BOOST_TEST((all == "prefix-out-relay" + std::string(op.content->bytes())));
  }
  need(s->run(QueueUpdate{id, std::nullopt, std::nullopt, {}, {}}));
}

BOOST_FIXTURE_TEST_CASE(a_document_is_shared_inside_a_domain_and_not_across, Sealed) {
  const std::string document = base::random_bytes(150'000);
  const auto send = [&](AccountId to, const std::string& subject) {
    SubmitMessage op = mail(to, "");
    const std::string text_before = "Subject: " + subject + "\r\n\r\n";
    op.content = make_content(text_before + document, {{text_before.size(), document.size()}});
    need(s->run(op));
    return snap().txn().rows(Table::blobs);
  };
  BOOST_TEST(send(chi, "1") == 3u);
  BOOST_TEST(send(dung, "2") == 3u);
  BOOST_TEST(send(an, "3") == 6u);
  BOOST_TEST(send(binh, "4") == 6u);
  SubmitMessage both = mail(an, "");
  both.content = make_content(document, {{0, document.size()}});
  both.deliveries.push_back(both.deliveries[0]);
  both.deliveries[1].account = chi;
  need(s->run(both));
  BOOST_TEST(snap().txn().rows(Table::blobs) == 6u);
  BOOST_TEST(snap().txn().get(Table::blobs, std::string(base::view(base::sha256(document))) + std::string(4, '\0')).has_value());
  need(s->rotate_key("mat.songla.gov.vn"));
  BOOST_TEST(send(chi, "5") == 9u);
}

BOOST_FIXTURE_TEST_CASE(rows_cannot_be_exchanged_and_a_changed_bit_is_told, Sealed) {
  const Uid one = need(s->run(marked(chi, "one"))).deliveries[0].uid, two = need(s->run(marked(chi, "two"))).deliveries[0].uid;
  const Key first = message_key(chi, MailboxId(1), one), second = message_key(chi, MailboxId(1), two);
  for (const Table table : {Table::details, Table::inline_bytes}) {
    const std::string good = head(table, first);
    rewrite(table, first, head(table, second));
    BOOST_TEST((read_error(chi, one) == Errc::corrupt), std::string(table_name(table)));
    for (const std::size_t at : {good.size() - 1, good.size() - 20, good.size() / 2}) {
      std::string bad = good;
      bad[at] = char(bad[at] ^ 1);
      rewrite(table, first, bad);
      BOOST_TEST((read_error(chi, one) == Errc::corrupt));
    }
    rewrite(table, first, good);
    BOOST_TEST((read_error(chi, one) == Errc::internal));
  }
  std::vector<std::pair<std::string, std::string>> chunks;
  {
    const Snapshot sn = snap();
    Cursor c = sn.txn().cursor(Table::blobs);
    for (bool more = c.first(); more; more = c.next()) chunks.emplace_back(c.key(), c.value());
  }
  BOOST_REQUIRE(chunks.size() == 4u);
  for (std::size_t i = 0; i < chunks.size(); ++i) rewrite(Table::blobs, chunks[i].first, chunks[(i + 1) % chunks.size()].second);
  BOOST_TEST((read_error(chi, one) == Errc::corrupt));
  BOOST_TEST(!need(check(s->env())).ok());
  for (const auto& [key, value] : chunks) rewrite(Table::blobs, key, value);
}

BOOST_FIXTURE_TEST_CASE(a_lost_or_wrong_master_key_is_a_clear_error_and_changes_nothing, Sealed) {
  const Uid uid = need(s->run(marked(chi, "one"))).deliveries[0].uid;
  const Uid open = deliver(an);
  s.reset();
  const auto right = options.master;
  for (const bool wrong : {false, true}) {
    options.master = nullptr;
    if (wrong) {
      need(make_master_key(dir.path + "/other.key"));
      options.master = need(open_master_key(dir.path + "/other.key"));
    }
    const auto refused = Store::open(dir.path, options);
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code() == Errc::denied));
    BOOST_TEST(refused.error().detail().find("mat.songla.gov.vn") != std::string::npos);
    BOOST_TEST(refused.error().detail().find(right->id()) != std::string::npos);
  }
  options.allow_locked = true;
  reopen();
  BOOST_TEST((read_error(chi, uid) == Errc::unavailable));
  BOOST_TEST((read_error(an, open) == Errc::internal));
  const auto denied = s->run(marked(chi, "two"));
  BOOST_REQUIRE(!denied);
  BOOST_TEST((denied.error().code() == Errc::unavailable));
  BOOST_TEST(!need(s->keys()).at(0).loaded);
  options.allow_locked = false;
  options.master = right;
  reopen();
  BOOST_TEST((read_error(chi, uid) == Errc::internal));
}

BOOST_FIXTURE_TEST_CASE(rotation_keeps_old_mail_and_a_new_master_wraps_all_keys, Sealed) {
  const Uid old = need(s->run(marked(chi, "old"))).deliveries[0].uid;
  BOOST_TEST((s->enable_encryption("mat.songla.gov.vn").error().code() == Errc::exists));
  BOOST_TEST((s->rotate_key("songla.gov.vn").error().code() == Errc::not_found));
  BOOST_TEST((s->enable_encryption("khac.songla.gov.vn").error().code() == Errc::not_found));
  const KeyId second = need(s->rotate_key("MAT.songla.gov.vn"));
  const Uid fresh = need(s->run(marked(chi, "new"))).deliveries[0].uid;
  BOOST_TEST(need(s->keys()).size() == 2u);
  BOOST_TEST((need(s->keys()).at(1).id == second && need(s->keys()).at(1).current && !need(s->keys()).at(0).current));
  need(make_master_key(dir.path + "/next.key"));
  options.previous_master = options.master;
  options.master = need(open_master_key(dir.path + "/next.key"));
  reopen();
  BOOST_TEST(need(s->rewrap_keys()) == 2u);
  BOOST_TEST(need(s->rewrap_keys()) == 0u);
  options.previous_master = nullptr;
  reopen();
  for (const Uid uid : {old, fresh}) BOOST_TEST((read_error(chi, uid) == Errc::internal));
  need(s->stop_encryption("mat.songla.gov.vn"));
  need(s->run(marked(chi, "AFTERWARDS")));
  BOOST_TEST(on_disk("content-AFTERWARDS"));
  BOOST_TEST((read_error(chi, fresh) == Errc::internal));
}

BOOST_FIXTURE_TEST_CASE(mail_submitted_before_a_key_came_is_sealed_by_the_writer, Sealed) {
  SubmitMessage op = marked(an, "LATE");
  op.prepare(s->env());
  need(s->enable_encryption("songla.gov.vn"));
  need(s->run(op));
  BOOST_TEST(!on_disk("part-LATE"));
}

BOOST_AUTO_TEST_CASE(a_master_key_file_is_private_and_whole) {
  TempDir dir;
  const std::string path = dir.path + "/k";
  need(make_master_key(path));
  BOOST_TEST((make_master_key(path).error().code() == Errc::exists));
  const std::string id = need(open_master_key("file:" + path))->id();
  std::filesystem::permissions(path, std::filesystem::perms(0640));
  BOOST_TEST((open_master_key(path).error().code() == Errc::denied));
  std::filesystem::permissions(path, std::filesystem::perms(0600));
  ::setenv("CREDENTIALS_DIRECTORY", dir.path.c_str(), 1);
  BOOST_TEST(need(open_master_key("credential:k"))->id() == id);
  BOOST_TEST((open_master_key("credential:../k").error().code() == Errc::invalid));
  ::unsetenv("CREDENTIALS_DIRECTORY");
  BOOST_TEST((open_master_key("credential:k").error().code() == Errc::not_found));
  BOOST_TEST((open_master_key(path + "x").error().code() == Errc::not_found));
  BOOST_TEST((open_master_key(dir.path).error().code() != Errc::internal));
  for (const char* content : {"", "short", "zz"}) {
    std::ofstream(path, std::ios::trunc) << content;
    BOOST_TEST((open_master_key(path).error().code() == Errc::invalid));
  }
  BOOST_TEST((open_master_key("").error().code() == Errc::invalid));
}

BOOST_AUTO_TEST_SUITE_END()
