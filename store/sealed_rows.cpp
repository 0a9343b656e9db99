// Rows of which a part is sealed: opened for readers, sealed by the writer, sealed anew when they move to another key.
#include "base/codec.hpp"
#include "store/chunk.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

// Bound to the row's key and to what of it stays legible, so that no content is put under another message's sealed words.
std::string bound(std::string_view row, const DetailView& d) {
  base::Writer w;
  w.raw(row).varint(d.content_size).varint(d.prefix_size).bytes(d.extents).raw(d.thread_keys);
  return w.take();
}
std::string bound(std::string_view row, const QueueBytes& q) {
  base::Writer w;
  w.raw(row).varint(q.content_size).varint(q.prefix_size).raw(q.extents);
  return w.take();
}

// What is sealed of a row is two strings, one behind the other; the row says how long the first is.
DataKeyPtr open_pair(const Txn& txn, Table table, std::string_view row, std::string_view sealed, std::uint64_t first_size, std::string& plain) {
  DataKeyPtr key = txn.keyring().get(sealed_by(sealed));
  unseal(*key, SealPlace{table, row, 0}, sealed, plain);
  if (first_size > plain.size()) throw Failure(base::fail(base::Errc::corrupt, "a sealed row is shorter than it says"));
  return key;
}

}  // namespace

void open_detail(const Txn& txn, std::string_view row, DetailView& d) {
  if (d.sealed.empty()) return;
  auto plain = std::make_shared<std::string>();
  open_pair(txn, Table::details, bound(row, d), d.sealed, d.prefix_size, *plain);
  d.prefix = std::string_view(*plain).substr(0, d.prefix_size);
  d.summary = std::string_view(*plain).substr(d.prefix_size);
  d.opened = std::move(plain);
}

std::string detail_row(const DataKey* key, std::string_view row, DetailView d) {
  if (key == nullptr) return encode_detail(d);
  std::string plain(d.prefix);
  plain.append(d.summary);
  d.prefix_size = d.prefix.size();
  const std::string place = bound(row, d), sealed = seal(*key, SealPlace{Table::details, place, 0}, plain);
  d.sealed = sealed;
  return encode_detail(d);
}

std::shared_ptr<const std::string> open_queue(const Txn& txn, std::string_view row, QueueBytes& q) {
  if (q.sealed.empty()) return nullptr;
  auto plain = std::make_shared<std::string>();
  open_pair(txn, Table::queue, bound(row, q), q.sealed, q.prefix_size, *plain);
  q.prefix = std::string_view(*plain).substr(0, q.prefix_size);
  q.envelope = std::string_view(*plain).substr(q.prefix_size);
  return plain;
}

std::string queue_row(const DataKey* key, std::string_view row, QueueBytes q) {
  q.sealed = {};
  if (key == nullptr) return encode_queue(q);
  std::string plain(q.prefix);
  plain.append(q.envelope);
  q.prefix_size = q.prefix.size();
  const std::string place = bound(row, q), sealed = seal(*key, SealPlace{Table::queue, place, 0}, plain);
  q.sealed = sealed;
  return encode_queue(q);
}

std::string WriteContext::moved_detail(std::string_view detail, std::string_view from, std::string_view to) {
  DetailView d = decode_detail(detail);
  if (d.sealed.empty()) return std::string(detail);
  std::string plain;
  const DataKeyPtr key = open_pair(txn, Table::details, bound(from, d), d.sealed, d.prefix_size, plain);
  const std::string place = bound(to, d), sealed = seal(*key, SealPlace{Table::details, place, 0}, plain);
  d.sealed = sealed;
  return encode_detail(d);
}

std::string WriteContext::moved_inline(std::string stored, std::string_view from, std::string_view to) {
  const auto codec = std::uint8_t(stored.empty() ? 0 : stored[0]);
  if ((codec & kSealed) != 0) {
    const std::string_view payload = std::string_view(stored).substr(1);
    const DataKeyPtr key = txn.keyring().get(sealed_by(payload));
    std::string plain;
    unseal(*key, SealPlace{Table::inline_bytes, from, codec}, payload, plain);
    return char(codec) + seal(*key, SealPlace{Table::inline_bytes, to, codec}, plain);
  }
  return stored;
}

void WriteContext::copy_inline(std::string_view from, std::string_view to) {
  const auto row = txn.get(Table::inline_bytes, from);
  if (row) txn.put(Table::inline_bytes, to, moved_inline(std::string(*row), from, to));
}

}  // namespace store
