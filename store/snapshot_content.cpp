// Bytes of messages and queue entries: pieces are views of the map's pages, or of one buffer for what is stored packed.
#include <algorithm>

#include "store/content.hpp"
#include "store/snapshot.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

class ContentReader {
 public:
  ContentReader(const Txn& txn, std::string_view inline_key, Snapshot::Sink sink) : chunks_(txn), key_(inline_key), sink_(sink) {}

  // Gives [from, to) of prefix + content. False: the sink has enough.
  Result<bool> give(std::string_view prefix, std::string_view encoded, std::uint64_t from, std::uint64_t to) {
    if (from < prefix.size() && !sink_(prefix.substr(from, to - from))) return false;
    std::uint64_t at = prefix.size();
    if (to <= at) return true;
    auto extents = decode_extents(encoded);
    if (!extents) return extents.error();
    for (const Extent& e : *extents) {
      const std::uint64_t lo = std::max(at, from), hi = std::min(at + e.size, to);
      if (lo < hi) {
        auto more = e.inlined ? inlined(e.offset + lo - at, hi - lo) : blob(e.id, e.offset + lo - at, hi - lo);
        if (!more || !*more) return more;
      }
      at += e.size;
      if (at >= to) return true;
    }
    return damaged("content shorter than its row says");
  }

 private:
  static base::Error damaged(const char* what) { return base::fail(base::Errc::corrupt, what); }

  Result<bool> inlined(std::uint64_t offset, std::uint64_t size) {
    const auto row = chunks_.inlined(key_);
    if (!row || offset + size > row->size()) return damaged("inline bytes of a message");
    return sink_(row->substr(offset, size));
  }

  Result<bool> blob(const BlobId& id, std::uint64_t offset, std::uint64_t size) {
    while (size > 0) {
      const auto chunk = chunks_.chunk(id, std::uint32_t(offset / kChunk));
      const std::uint64_t in = offset % kChunk;
      if (!chunk || in >= chunk->size()) return damaged("a blob is missing or short");
      const std::string_view piece = chunk->substr(in, size);
      if (!sink_(piece)) return false;
      offset += piece.size();
      size -= piece.size();
    }
    return true;
  }

  ChunkReader chunks_;
  std::string_view key_;
  Snapshot::Sink sink_;
};

Result<void> read_range(const Txn& txn, std::string_view key, std::string_view prefix, std::string_view extents, std::uint64_t content,
                        mime::ByteRange range, Snapshot::Sink sink) {
  const std::uint64_t total = prefix.size() + content;
  const std::uint64_t from = std::min(range.offset, total), to = from + std::min(range.size, total - from);
  if (from == to) return {};
  try {
    auto done = ContentReader(txn, key, sink).give(prefix, extents, from, to);
    if (!done) return done.error();
  } catch (const Failure& failure) {  // a chunk that does not open
    return failure.error();
  }
  return {};
}

Result<Snapshot::Texts> read_texts(const Txn& txn, const std::vector<Extent>& extents, std::size_t at_most) {
  Snapshot::Texts out;
  ChunkReader chunks(txn);
  for (const Extent& e : extents) {
    if (e.inlined || e.size != 0) continue;
    std::string text;
    for (std::uint32_t n = 0; text.size() <= at_most; ++n) {
      const auto chunk = chunks.chunk(e.id, n);
      if (!chunk && n == 0) return base::fail(base::Errc::corrupt, "the text of an attachment is missing");
      if (!chunk) break;
      text.append(*chunk);
      if (chunk->size() < kChunk) break;
    }
    out.cut = out.cut || text.size() > at_most;
    if (text.size() > at_most) continue;
    at_most -= text.size();
    out.texts.push_back(std::move(text));
  }
  return out;
}

}  // namespace

Result<void> Snapshot::read(AccountId a, const MessageView& m, mime::ByteRange range, Sink sink) const {
  return read_range(txn_, message_key(a, m.mailbox, m.uid), m.detail.prefix, m.detail.extents, m.detail.content_size, range, sink);
}

Result<std::string> Snapshot::read_all(AccountId a, const MessageView& m) const {
  std::string out;
  out.reserve(m.detail.size());
  auto done = read(a, m, {0, m.detail.size()}, [&](std::string_view piece) { out.append(piece); return true; });
  if (!done) return done.error();
  return out;
}

Result<Snapshot::Texts> Snapshot::texts(const MessageView& m, std::size_t at_most) const {
  auto extents = decode_extents(m.detail.extents);
  if (!extents) return extents.error();
  try {
    return read_texts(txn_, *extents, at_most);
  } catch (const Failure& failure) {
    return failure.error();
  }
}

Result<void> Snapshot::read(const QueueRow& row, mime::ByteRange range, Sink sink) const {
  return read_range(txn_, queue_key(row.id), row.prefix, row.extents, row.content_size, range, sink);
}

}  // namespace store
