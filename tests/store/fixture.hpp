// A store in a fresh directory with one domain and accounts; every test of the store ends with a full consistency check.
#pragma once
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "store/check.hpp"
#include "store/store.hpp"

namespace store_test {

using namespace store;

struct TempDir {
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "congthu-store-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path); }
  std::string path;
};

inline void require_clean(Store& s) {
  const auto report = check(s.env());
  BOOST_REQUIRE(report.has_value());
  for (const Finding& f : report->findings) BOOST_TEST_ERROR(f.code << ": " << f.detail);
  BOOST_TEST(report->ok());
}

template <class T>
T need(Result<T> r) {
  if (!r) BOOST_FAIL(std::string(base::to_string(r.error().code())) + ": " + r.error().detail());
  return *std::move(r);
}

struct Fixture {
  explicit Fixture(std::uint64_t map = 1u << 30) {
    options.env.map_size = map;
    options.clock = &clock;
    options.collect = false;
    reopen();
    if (map >= (1u << 22)) seed();
  }
  ~Fixture() { require_clean(*s); }
  void reopen() {
    s.reset();
    s = need(Store::open(dir.path, options));
  }
  void seed() {
    need(s->run(AddDomain{{{}, "songla.gov.vn", {}}}));
    an = account("an@songla.gov.vn");
    binh = account("binh@songla.gov.vn");
  }
  AccountId account(const std::string& address, std::uint64_t quota = 0) {
    return need(s->run(AddAccount{{{}, address, "Người Ví dụ", {}, false, false, quota}, {}}));
  }
  SubmitMessage mail(AccountId to, const std::string& text, MailboxId box = {}) {
    SubmitMessage op;
    op.content = make_content(text);
    op.summary = "summary";
    Delivery d;
    d.account = to;
    d.mailbox = box;
    d.prefix = "Received: by mx.songla.gov.vn\r\n";
    op.deliveries.push_back(d);
    return op;
  }
  Uid deliver(AccountId to, const std::string& text = "Subject: thử\r\n\r\nchào\r\n") { return need(s->run(mail(to, text))).deliveries[0].uid; }
  Snapshot snap() { return need(s->snapshot()); }
  MailboxId box(AccountId a, const char* name) { return snap().mailbox(a, name)->id; }
  std::string text(AccountId a, MailboxId m, Uid u) {
    const Snapshot sn = snap();
    return need(sn.read_all(a, *sn.message(a, m, u)));
  }
  // Expunges everything, lets time pass, collects: no table that belongs to accounts or content may keep a row.
  void empty_everything() {
    for (const AccountId a : {an, binh}) {
      const auto row = snap().account(a);
      if (row) need(s->run(RemoveDirectory{RemoveDirectory::What::account, row->address}));
    }
    for (int i = 0; i < 3; ++i) {
      need(s->collector().collect_now());
      clock.advance(std::chrono::hours(24 * 40));
    }
    need(s->collector().collect_now());
    const Snapshot sn = snap();
    for (const Table t : {Table::mailboxes, Table::names, Table::messages, Table::details, Table::inline_bytes, Table::by_modseq, Table::expunged,
                          Table::tombstones, Table::tombstone_due, Table::keywords, Table::threads, Table::blobs, Table::refs, Table::orphans,
                          Table::graveyard, Table::done})
      BOOST_TEST(sn.txn().rows(t) == 0u, std::string(table_name(t)) + " is not empty");
  }

  TempDir dir;
  base::ManualClock clock{base::Time(std::chrono::milliseconds(1'795'000'000'000))};
  Options options;
  std::unique_ptr<Store> s;
  AccountId an{}, binh{};
};

}  // namespace store_test
