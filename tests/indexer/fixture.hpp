// A store with two accounts and its index in one fresh directory; every test ends with the index's check against the store.
#pragma once
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "indexer/indexer.hpp"
#include "indexer/words.hpp"
#include "store/check.hpp"
#include "store/store.hpp"

namespace index_test {

using namespace store;
using indexer::Field;

template <class T>
T need(base::Result<T> r) {
  if (!r) BOOST_FAIL(std::string(base::to_string(r.error().code())) + ": " + r.error().detail());
  if constexpr (!std::is_void_v<T>) return *std::move(r);
}

inline std::vector<std::uint32_t> numbers(const std::vector<Uid>& uids) {
  std::vector<std::uint32_t> out;
  for (const Uid u : uids) out.push_back(raw(u));
  return out;
}

using Uids = std::vector<std::uint32_t>;

struct Fixture {
  Fixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "congthu-index-XXXXXX").string();
    dir = ::mkdtemp(pattern.data());
    open();
    need(s->run(AddDomain{{{}, "songla.gov.vn", {}}}));
    an = account("an@songla.gov.vn");
    binh = account("binh@songla.gov.vn");
  }
  ~Fixture() {
    ix.reset();
    s.reset();
    std::filesystem::remove_all(dir);
  }
  void open() {
    ix.reset();
    s.reset();
    Options options;
    options.env.map_size = 1u << 30;
    options.collect = false;
    s = need(Store::open(dir + "/store", options));
    open_index();
  }
  void open_index() {
    ix.reset();
    ix = need(indexer::Indexer::open(*s, {dir + "/index", std::chrono::milliseconds(20), 5000, 500, 32u << 20}));
  }
  AccountId account(const std::string& address) { return need(s->run(AddAccount{{{}, address, "Người Ví dụ", {}, false, false, 0}, {}})); }

  Uid deliver(AccountId to, std::string text, std::vector<std::string> texts = {}, DerivedBits derived = 0) {
    SubmitMessage op;
    op.content = make_content(std::move(text), {}, std::move(texts));
    op.summary = "s";
    Delivery d;
    d.account = to;
    d.prefix = "Received: by mx.songla.gov.vn\r\n";
    d.derived = derived;
    op.deliveries.push_back(d);
    return need(s->run(op)).deliveries[0].uid;
  }
  static std::string mail(const std::string& subject, const std::string& body, const std::string& from = "Phòng Ví dụ <vt@songla.gov.vn>") {
    return "From: " + from + "\r\nTo: an@songla.gov.vn\r\nSubject: " + subject +
           "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body + "\r\n";
  }
  void catch_up() { need(ix->catch_up()); }
  // What SEARCH would go on with: the candidates, and everything above what is indexed.
  Uids candidates(AccountId a, Field f, const std::string& needle, MailboxId m = MailboxId(1)) {
    const auto p = ix->text_index().propose(a, m, f, needle);
    if (!p) BOOST_FAIL("the index cannot say: " + needle);
    Uids out = numbers(p->candidates);
    need(s->snapshot()).for_each_hot(a, m, Uid(raw(p->indexed_up_to) + 1), kLastUid, [&](Uid u, const HotRow&) {
      if (std::find(out.begin(), out.end(), raw(u)) == out.end()) out.push_back(raw(u));
      return true;
    });
    std::sort(out.begin(), out.end());
    return out;
  }
  Uids hits(AccountId a, const std::string& query) {
    Uids out;
    for (const auto& h : need(ix->text_index().search(a, query))) out.push_back(raw(h.uid));
    std::sort(out.begin(), out.end());
    return out;
  }
  void require_consistent() {
    catch_up();
    for (const auto& f : need(ix->check())) BOOST_TEST_ERROR(f.code << " of account " << raw(f.account) << ": " << f.messages);
    const auto report = check(s->env());
    BOOST_REQUIRE(report.has_value());
    for (const Finding& f : report->findings) BOOST_TEST_ERROR(f.code << ": " << f.detail);
  }
  std::string index_of(AccountId a) const { return dir + "/index/" + std::to_string(raw(a)); }

  std::string dir;
  std::unique_ptr<Store> s;
  std::unique_ptr<indexer::Indexer> ix;
  AccountId an{}, binh{};
};

}  // namespace index_test
