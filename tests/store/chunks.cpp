// How content is stored: packed where that saves pages, read by ranges, damage told from content.
#include "base/encoding.hpp"
#include "store/base64_lines.hpp"
#include "store/chunk.hpp"
#include "tests/store/fixture.hpp"

BOOST_AUTO_TEST_SUITE(store_chunks)

using namespace store_test;
using base::Errc;

namespace {

std::string prose(std::size_t size) {
  std::string out;
  for (unsigned i = 0; out.size() < size; ++i) out += "Kính gửi các đơn vị: kế hoạch số " + std::to_string(i * 7919 % 1013) + "/KH-UBND\r\n";
  out.resize(size);
  return out;
}

std::string stored_content(const Snapshot& sn, Table table) {  // of all rows
  std::string out;
  Cursor c = sn.txn().cursor(table);
  for (bool more = c.first(); more; more = c.next()) out.append(c.value());
  return out;
}

std::string base64_lines(const std::string& bytes) {
  const std::string text = base::base64_encode(bytes);
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 76) out += text.substr(at, 76) + "\r\n";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(packing_never_makes_anything_bigger) {
  for (const std::size_t size : {std::size_t(1), std::size_t(3000), std::size_t(4000), kMaxInline, kChunk - 1, kChunk})
    for (const std::size_t whole : {size, size_t(1) << 20})
      for (const std::string& plain : {prose(size), base::random_bytes(size), std::string(size, '\0'), std::string(size, ' ')}) {
        const Packed packed = pack(plain, whole);
        BOOST_TEST(packed.stored_size() <= size + 1);
        if (packed.codec != Codec::raw) BOOST_TEST(packed.stored_size() + 4000 < size);  // at least a page
        std::string room;
        BOOST_TEST((unpack(packed.codec, packed.payload(), room) == plain));
      }
}

BOOST_AUTO_TEST_CASE(the_codec_follows_what_the_bytes_look_like_and_how_many_they_are) {
  const std::string encoded = base64_lines(base::random_bytes(60'000)).substr(0, kChunk);
  BOOST_TEST((pack(prose(kChunk), kChunk).codec == Codec::zstd));
  BOOST_TEST((pack(prose(kChunk), 1 << 20).codec == Codec::lz4));
  BOOST_TEST((pack(encoded, kChunk).codec == Codec::base64));
  BOOST_TEST(pack(encoded, kChunk).stored_size() < encoded.size() * 3 / 4);
  BOOST_TEST((pack(encoded.substr(40), 1 << 20).codec == Codec::base64));  // a chunk begins anywhere in a line
  std::string bare = encoded;
  std::erase(bare, '\r');
  BOOST_TEST((pack(bare, 1 << 20).codec == Codec::zstd));
  BOOST_TEST((pack(base::random_bytes(kChunk), 1 << 20).codec == Codec::raw));
}

BOOST_AUTO_TEST_CASE(lines_of_base64_come_back_to_the_byte_whatever_stands_between_them) {
  std::vector<std::string> all;
  for (const std::size_t cut : {0u, 1u, 38u, 75u, 76u, 77u, 78u}) all.push_back(base64_lines(base::random_bytes(30'000)).substr(cut));
  for (const std::size_t size : {12u, 64u, 252u, 256u}) {  // 256 does not fit the header
    std::string lines;
    while (lines.size() < 30'000) lines += std::string(size - 4, 'k') + "Zz+/\r\n";
    all.push_back(lines);
  }
  std::string odd = base64_lines(base::random_bytes(30'000));
  for (const char c : {'=', '-', '\0', '\n', ' ', '\x80'}) all.emplace_back(odd).at(35'000) = c;
  all.push_back(odd + "====\r\n" + std::string(200, 'A'));
  all.push_back(odd.substr(0, 100));
  all.push_back("\r\n" + odd);
  all.push_back("\r\n\r\n" + odd);
  for (const std::string& plain : all) {
    std::vector<char> packed(plain.size()), back(plain.size());
    const std::size_t size = pack_base64_lines(plain, packed);
    if (size == 0) continue;
    BOOST_TEST(size < plain.size() * 9 / 10);
    BOOST_TEST(unpack_base64_lines({packed.data(), size}, back) == plain.size());
    BOOST_TEST((std::string(back.begin(), back.end()) == plain));
    BOOST_TEST(unpack_base64_lines({packed.data(), size}, std::span(back).first(plain.size() - 1)) == 0u);
    for (std::size_t less = 0; less < size; less += 13) unpack_base64_lines({packed.data(), less}, back);  // ASan looks on
  }
  std::vector<char> room(all[0].size());
  BOOST_TEST(pack_base64_lines(all[0], room) != 0u);
  BOOST_TEST(pack_base64_lines(all[0], std::span(room).first(20'000)) == 0u);
  BOOST_TEST(pack_base64_lines("\r\n\r\n", room) == 0u);
}

BOOST_AUTO_TEST_CASE(packed_bytes_that_were_changed_are_corrupt_or_other_bytes_but_never_more_than_a_chunk) {
  for (const std::size_t whole : {kChunk, std::size_t(1) << 20}) {
    const Packed packed = pack(prose(kChunk), whole);
    std::string room;
    for (std::size_t at = 0; at < packed.packed.size(); at += 97)
      for (const char c : {'\0', '\xff'}) {
        std::string changed = packed.packed;
        changed[at] = c;
        try {
          BOOST_TEST(unpack(packed.codec, changed, room).size() <= kChunk);
        } catch (const Failure& f) {
          BOOST_TEST((f.error().code() == Errc::corrupt));
        }
      }
    BOOST_CHECK_THROW(unpack(packed.codec, packed.packed.substr(0, packed.packed.size() / 2), room), Failure);
    BOOST_CHECK_THROW(unpack(packed.codec, {}, room), Failure);
    BOOST_CHECK_THROW(unpack(Codec(7), packed.packed, room), Failure);
  }
}

BOOST_FIXTURE_TEST_CASE(every_range_of_packed_and_raw_content_is_the_same_bytes, Fixture) {
  const std::string head = "Subject: x\r\n\r\n" + prose(5'000);
  const std::string text = prose(3 * kChunk + 17), raw = base::random_bytes(2 * kChunk), encoded = base64_lines(base::random_bytes(100'000));
  const std::string all = head + text + raw + encoded;
  SubmitMessage op = mail(an, "");
  op.content = make_content(all, {{head.size(), text.size()}, {head.size() + text.size(), raw.size()}, {head.size() + text.size() + raw.size(), encoded.size()}});
  op.deliveries[0].prefix = "P: 1\r\n";
  const Uid uid = need(s->run(op)).deliveries[0].uid;
  const std::string whole = "P: 1\r\n" + all;
  const Snapshot sn = snap();
  const auto m = *sn.message(an, MailboxId(1), uid);
  BOOST_TEST((need(sn.read_all(an, m)) == whole));
  BOOST_TEST(stored_content(sn, Table::blobs).size() < all.size() * 3 / 4);
  const std::uint64_t edges[] = {0, 5, 6, head.size(), head.size() + 6, head.size() + 6 + kChunk, head.size() + 6 + text.size(),
                                 head.size() + 6 + text.size() + kChunk, whole.size() - 1, whole.size()};
  for (const std::uint64_t from : edges)
    for (const std::uint64_t size : {std::uint64_t(0), std::uint64_t(1), std::uint64_t(2), std::uint64_t(kChunk), std::uint64_t(kChunk) + 1, ~std::uint64_t(0)})
      for (const std::uint64_t shift : {0u, 1u}) {
        std::string got;
        const std::uint64_t at = from >= shift ? from - shift : 0;
        need(sn.read(an, m, {at, size}, [&](std::string_view piece) { got.append(piece); return true; }));
        BOOST_TEST((got == whole.substr(at, size)));
      }
}

BOOST_FIXTURE_TEST_CASE(a_range_unpacks_only_the_chunks_that_it_touches, Fixture) {
  const std::string all = prose(4 * kChunk);
  SubmitMessage op = mail(an, "");
  op.content = make_content(all, {{0, all.size()}});
  op.deliveries[0].prefix.clear();
  const Uid uid = need(s->run(op)).deliveries[0].uid;
  std::string good, key;
  {  // chunk 1 is damaged: what lies in the others is still read
    WriteTxn txn = s->env().write();
    {  // LMDB ends the cursors of a write transaction with it
      Cursor c = txn.cursor(Table::blobs);
      BOOST_REQUIRE((c.first() && c.next()));
      key = c.key();
      good = c.value();
      std::string bad = good;
      bad.resize(bad.size() / 2);
      c.put_current(bad);
    }
    txn.commit();
  }
  {
    const Snapshot sn = snap();
    const auto m = *sn.message(an, MailboxId(1), uid);
    std::string got;
    const auto add = [&](std::string_view piece) { got.append(piece); return true; };
    need(sn.read(an, m, {2 * kChunk + 5, kChunk}, add));
    BOOST_TEST((got == all.substr(2 * kChunk + 5, kChunk)));
    const auto broken = sn.read(an, m, {kChunk + 5, 1}, add);
    BOOST_REQUIRE(!broken);
    BOOST_TEST((broken.error().code() == Errc::corrupt));
  }
  const auto report = need(check(s->env()));
  BOOST_TEST(!report.ok());
  WriteTxn txn = s->env().write();
  txn.put(Table::blobs, key, good);
  txn.commit();
}

BOOST_FIXTURE_TEST_CASE(one_document_in_many_mails_is_stored_once, Fixture) {
  const std::string document = base64_lines(base::random_bytes(200'000));
  for (int i = 0; i < 10; ++i) {
    const std::string head = "Subject: " + std::to_string(i) + "\r\n\r\n" + prose(std::size_t(i) * 1000);
    SubmitMessage op = mail(i % 2 == 0 ? an : binh, "");
    op.content = make_content(head + document, {{head.size(), document.size()}});
    need(s->run(op));
  }
  const StoreStats stats = s->stats();
  BOOST_TEST(stats.logical_bytes > 10 * document.size());
  BOOST_TEST(stats.content_bytes < document.size() + 10 * 16'384);
}

BOOST_AUTO_TEST_SUITE_END()
