// Backups: generations, what they share, restore of the whole, and every way in which one can be broken.
#include <fstream>
#include <random>

#include "store/backup.hpp"
#include "store/restore.hpp"
#include "tests/store/fixture.hpp"

using namespace store_test;
namespace fs = std::filesystem;

namespace {

// Bytes that nothing packs; the same for the same seed.
std::string large(char seed, std::size_t n = 200'000) {
  std::mt19937 next(static_cast<unsigned char>(seed));
  std::string out = "Subject: to\r\n\r\n";
  for (std::size_t i = 0; i < n; ++i) out.push_back(char(next() >> 24));
  return out;
}

struct Backups : Fixture {
  TempDir out;
  std::string to = out.path + "/sao-luu";
  BackupGeneration take() { return need(backup(*s, {to, {}})); }
  RestoreOptions plan(const std::string& name) {
    RestoreOptions o;
    o.backup = to;
    o.directory = out.path + "/" + name;
    o.env.map_size = 1u << 30;
    return o;
  }
  // Everything that clients and the server can read, as text.
  std::string picture(Store& from) {
    const Snapshot sn = need(from.snapshot());
    std::string all;
    sn.for_each_account([&](const Account& a) {
      all += a.address + "\n";
      for (const Mailbox& m : sn.mailboxes(a.id)) {
        all += "  " + m.name + " " + std::to_string(m.messages) + "\n";
        sn.for_each_message(a.id, m.id, Uid(1), kLastUid, [&](const MessageView& v) {
          all += "    " + std::to_string(raw(v.uid)) + " " + std::to_string(v.hot.flags) + " " + std::to_string(v.hot.internal_date.time_since_epoch().count()) + " " +
                 std::to_string(raw(v.hot.modseq)) + " " + need(sn.read_all(a.id, v)) + "\n";
          return true;
        });
      }
      return true;
    });
    return all;
  }
  std::string picture_of(const std::string& directory) {
    Options o = options;
    const auto other = need(Store::open(directory, o));
    require_clean(*other);
    return picture(*other);
  }
};

std::uint64_t bytes_of(const std::string& directory) {
  std::uint64_t sum = 0;
  for (const auto& e : fs::recursive_directory_iterator(directory))
    if (e.is_regular_file()) sum += e.file_size();
  return sum;
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes; }

}  // namespace

BOOST_AUTO_TEST_SUITE(store_backup)

BOOST_FIXTURE_TEST_CASE(whole_store_comes_back, Backups) {
  for (int i = 0; i < 20; ++i) deliver(an, "Subject: " + std::to_string(i) + "\r\n\r\nnhỏ\r\n");
  deliver(binh, large('x'));
  need(s->run(SetFlags{an, MailboxId(1), {Uid(3)}, FlagMode::add, kFlagged, {"$Forwarded"}, {}}));
  need(s->run(Expunge{an, MailboxId(1), std::vector<Uid>{Uid(5)}, false}));
  SubmitMessage queued = mail(an, large('q'));
  queued.outbound.push_back({"envelope", clock.now(), "Received: x\r\n"});
  need(s->run(queued));
  const BackupGeneration g = take();
  BOOST_TEST(g.generation == 1u);
  BOOST_TEST(g.accounts == 2u);
  BOOST_TEST(g.messages == 21u);
  BOOST_TEST(g.blobs == 2u);
  BOOST_TEST(g.findings.empty());
  const auto verified = need(verify_backups(to));
  BOOST_TEST(verified.problems.empty());
  BOOST_TEST(verified.objects > 2u);

  const std::string before = picture(*s);
  RestoreOptions o = plan("moi");
  o.audit = "restored";
  const RestoreReport r = need(restore(o));
  BOOST_TEST(r.incarnation != s->env().incarnation());
  BOOST_TEST(r.aside == "");
  BOOST_TEST(r.queued == 1u);
  BOOST_TEST(picture_of(o.directory) == before);
  const auto other = need(Store::open(o.directory, options));
  BOOST_TEST(other->env().incarnation() == r.incarnation);
  const Snapshot sn = need(other->snapshot());
  BOOST_TEST(sn.tombstone(an, MailboxId(1), Uid(5)).has_value());
  BOOST_TEST((raw(sn.mailbox(an, MailboxId(1))->uid_validity) > raw(snap().mailbox(an, MailboxId(1))->uid_validity)));
  std::string audited;
  sn.for_each_audit(0, [&](std::uint64_t, std::string_view p) { return audited += p, true; });
  BOOST_TEST(audited == "restored");
}

BOOST_FIXTURE_TEST_CASE(uid_validity_is_kept_when_asked, Backups) {
  deliver(an);
  take();
  RestoreOptions o = plan("giu");
  o.keep_uid_validity = true;
  need(restore(o));
  const auto other = need(Store::open(o.directory, options));
  BOOST_TEST((need(other->snapshot()).mailbox(an, MailboxId(1)) == snap().mailbox(an, MailboxId(1))));
}

BOOST_FIXTURE_TEST_CASE(second_backup_copies_only_what_is_new, Backups) {
  for (int i = 0; i < 300; ++i) deliver(an, "Subject: " + std::to_string(i) + large(char(i), 4000));
  deliver(an, large('y', 2'000'000));
  const BackupGeneration first = take();
  BOOST_TEST(first.copied > 3'000'000u);
  const std::string old = picture(*s);
  deliver(binh, large('z', 100'000));
  const BackupGeneration second = take();
  BOOST_TEST(second.generation == 2u);
  BOOST_TEST(second.copied < 100'000u + 700'000u);
  BOOST_TEST(second.copied > 100'000u);
  const BackupGeneration third = take();  // nothing changed
  BOOST_TEST(third.copied == 0u);
  const auto all = need(list_backups(to));
  BOOST_REQUIRE(all.size() == 3u);
  BOOST_TEST(all[0].messages == 301u);
  BOOST_TEST(all[1].messages == 302u);
  RestoreOptions o = plan("cu");
  o.generation = 1;
  need(restore(o));
  BOOST_TEST(picture_of(o.directory) == old);
  RestoreOptions newest = plan("moi");
  need(restore(newest));
  BOOST_TEST(picture_of(newest.directory) == picture(*s));
}

BOOST_FIXTURE_TEST_CASE(collection_waits_for_a_backup_that_reads, Backups) {
  options.collector.blob_grace = std::chrono::minutes(0);
  options.collector.undelete = std::chrono::hours(0);
  reopen();
  const Uid uid = deliver(an, large('c'));
  bool expunged = false;
  const auto interfere = [&](const BackupProgress& p) {
    if (p.stage != BackupProgress::Stage::content || expunged) return true;
    expunged = true;  // after the snapshot, before its blob is read: it goes, and the collector runs
    need(s->run(Expunge{an, MailboxId(1), std::vector<Uid>{uid}, false}));
    for (int i = 0; i < 3; ++i) clock.advance(std::chrono::hours(2)), need(s->collector().collect_now());
    BOOST_TEST(snap().txn().rows(Table::refs) == 0u);
    return true;
  };
  const BackupGeneration g = need(backup(*s, {to, interfere}));
  BOOST_TEST(expunged);
  BOOST_TEST(g.findings.empty());
  RestoreOptions o = plan("giu-lai");
  need(restore(o));
  const auto other = need(Store::open(o.directory, options));
  const Snapshot sn = need(other->snapshot());
  BOOST_TEST(need(sn.read_all(an, *sn.message(an, MailboxId(1), uid))).size() > 200'000u);
  need(s->collector().collect_now());  // and afterwards it goes on
  BOOST_TEST(snap().txn().rows(Table::blobs) == 0u);
}

BOOST_FIXTURE_TEST_CASE(purged_content_is_not_kept_by_a_running_backup, Backups) {
  const Uid uid = deliver(an, large('p'));
  bool purged = false;
  const auto interfere = [&](const BackupProgress& p) {
    if (p.stage == BackupProgress::Stage::content && !purged) purged = true, need(s->run(Purge{an, MailboxId(1), uid}));
    return true;
  };
  const BackupGeneration g = need(backup(*s, {to, interfere}));
  BOOST_TEST(purged);
  BOOST_TEST(g.messages == 0u);
  BOOST_TEST(g.findings.empty());
}

BOOST_FIXTURE_TEST_CASE(stopped_backup_leaves_the_earlier_one, Backups) {
  deliver(an, large('1'));
  take();
  deliver(an, large('2'));
  const auto r = backup(*s, {to, [](const BackupProgress& p) { return p.stage != BackupProgress::Stage::content; }});
  BOOST_REQUIRE(!r.has_value());
  BOOST_TEST((r.error().code() == base::Errc::unavailable));
  BOOST_TEST(need(list_backups(to)).size() == 1u);
  BOOST_TEST(need(verify_backups(to)).problems.empty());
  BOOST_TEST(take().generation == 2u);
  BOOST_TEST(need(verify_backups(to)).problems.empty());
}

BOOST_FIXTURE_TEST_CASE(wrong_directories_are_refused, Backups) {
  deliver(an);
  fs::create_directories(out.path + "/khac");
  write(out.path + "/khac/thu.txt", "x");
  const auto foreign = backup(*s, {out.path + "/khac", {}});
  BOOST_REQUIRE(!foreign.has_value());
  BOOST_TEST((foreign.error().code() == base::Errc::conflict));
  BOOST_TEST(foreign.error().detail().find("not empty") != std::string::npos);
  BOOST_TEST(!fs::exists(out.path + "/khac/packs"));

  BOOST_TEST((list_backups(out.path + "/khac").error().code() == base::Errc::not_found));
  BOOST_TEST((verify_backups(out.path + "/khong-co").error().code() == base::Errc::not_found));
  RestoreOptions o = plan("x");
  o.backup = out.path + "/khac";
  BOOST_TEST((restore(o).error().code() == base::Errc::not_found));
  BOOST_TEST(!fs::exists(o.directory));

  take();
  o.backup = to;
  o.generation = 7;
  BOOST_TEST((restore(o).error().code() == base::Errc::not_found));

  TempDir another;  // a store of another site
  const auto other = need(Store::open(another.path, options));
  const auto mixed = backup(*other, {to, {}});
  BOOST_REQUIRE(!mixed.has_value());
  BOOST_TEST((mixed.error().code() == base::Errc::conflict));
}

BOOST_FIXTURE_TEST_CASE(store_is_replaced_only_when_asked_and_kept_aside, Backups) {
  deliver(an, "Subject: một\r\n\r\n");
  take();
  const std::string saved = picture(*s);
  deliver(an, "Subject: hai\r\n\r\n");
  const std::string later = picture(*s);
  const std::string directory = dir.path;
  RestoreOptions o = plan("x");
  o.directory = directory;
  o.replace = true;
  BOOST_TEST((restore(o).error().code() == base::Errc::unavailable));  // a server runs
  s.reset();
  o.replace = false;
  const auto refused = restore(o);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST((refused.error().code() == base::Errc::exists));
  BOOST_TEST(refused.error().detail().find("--replace") != std::string::npos);
  o.replace = true;
  const RestoreReport r = need(restore(o));
  BOOST_TEST(picture_of(directory) == saved);
  BOOST_REQUIRE(r.aside != "");
  BOOST_TEST(picture_of(r.aside) == later);
  BOOST_TEST(!fs::exists(directory + "/restoring"));
  reopen();
  BOOST_TEST(take().generation == 2u);  // the restored store goes on in the same directory
}

BOOST_FIXTURE_TEST_CASE(every_file_cut_or_flipped_is_named_and_changes_nothing, Backups) {
  deliver(an, large('k'));
  deliver(an);
  take();
  const std::string sound = picture(*s);
  std::vector<fs::path> files;
  for (const auto& e : fs::recursive_directory_iterator(to))
    if (e.is_regular_file() && e.path().filename() != "lock") files.push_back(e.path());
  BOOST_TEST(files.size() == 6u);  // marker, manifest, two packs with their indexes
  unsigned refused = 0;
  for (const fs::path& file : files) {
    const std::string whole = contents(file);
    std::vector<std::string> broken{"", whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 1)};
    for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 16) {
      broken.push_back(whole);
      broken.back()[at] = char(broken.back()[at] ^ 0x20);
    }
    for (const std::string& b : broken) {
      write(file, b);
      RestoreOptions o = plan("thu");
      const auto r = restore(o);
      BOOST_TEST(!r.has_value(), "restored from a damaged " << file);
      if (!r) {
        BOOST_TEST(r.error().detail().find(to) != std::string::npos, r.error().detail());
        const auto code = r.error().code();
        BOOST_TEST((code == base::Errc::corrupt || code == base::Errc::not_found || code == base::Errc::unsupported), r.error().detail());
        ++refused;
      }
      BOOST_TEST(!fs::exists(o.directory + "/data.mdb"));
      BOOST_TEST(!fs::exists(o.directory + "/restoring"));
      const auto verified = verify_backups(to);
      BOOST_TEST((!verified || !verified->problems.empty()), "verified a damaged " << file);
    }
    write(file, whole);
    fs::rename(file, file.string() + ".xa");
    BOOST_TEST(!restore(plan("thu")).has_value());
    fs::rename(file.string() + ".xa", file);
  }
  BOOST_TEST(refused > 60u);
  need(restore(plan("lanh")));
  BOOST_TEST(picture_of(plan("lanh").directory) == sound);
}

BOOST_FIXTURE_TEST_CASE(damaged_pack_is_copied_anew_once_its_index_is_gone, Backups) {
  deliver(an, large('m'));
  take();
  fs::remove(to + "/packs/000002.index");
  const BackupGeneration g = take();
  BOOST_TEST(g.copied > 200'000u);
  need(restore(plan("x")));
}

BOOST_FIXTURE_TEST_CASE(old_generations_are_forgotten_with_what_only_they_named, Backups) {
  const Uid uid = deliver(an, large('o', 3'000'000));
  take();
  need(s->run(Purge{an, MailboxId(1), uid}));
  deliver(an);
  take();
  take();
  BOOST_TEST(bytes_of(to) > 3'000'000u);
  BOOST_TEST(need(prune_backups(to, 5)) == 0u);
  BOOST_TEST(need(prune_backups(to, 2)) == 1u);
  BOOST_TEST(bytes_of(to) < 1'000'000u);
  const auto left = need(list_backups(to));
  BOOST_REQUIRE(left.size() == 2u);
  BOOST_TEST(left[0].generation == 2u);
  BOOST_TEST(need(verify_backups(to)).problems.empty());
  BOOST_TEST(take().generation == 4u);
}

BOOST_FIXTURE_TEST_CASE(damaged_store_is_backed_up_and_told, Backups) {
  deliver(an, large('d'));
  s.reset();
  const std::string data = dir.path + "/data.mdb";
  std::string bytes = contents(data);
  const std::string sample = large('d').substr(100'000, 64);
  for (std::size_t at = bytes.find(sample); at != std::string::npos; at = bytes.find(sample, at)) bytes[at] = char(bytes[at] ^ 1);
  const std::string sound = contents(data);
  write(data, bytes);
  reopen();
  const BackupGeneration g = take();
  BOOST_REQUIRE(g.findings.size() == 1u);
  BOOST_TEST(g.findings[0].starts_with("damaged_blob "));
  RestoreOptions o = plan("x");
  const auto refused = restore(o);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().detail().find("digest") != std::string::npos);
  o.check = false;
  need(restore(o));
  s.reset();
  write(data, sound);
  reopen();
}

BOOST_AUTO_TEST_SUITE_END()
