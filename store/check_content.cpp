// Content: extents against inline bytes, references and blobs, both ways, in the order of the blobs; digests; the queue.
#include <algorithm>

#include "base/encoding.hpp"
#include "store/check_rows.hpp"
#include "store/chunk.hpp"
#include "store/content.hpp"
#include "store/write_context.hpp"

namespace store {
namespace {

BlobId blob_of(std::string_view bytes) {
  BlobId id;
  std::copy_n(bytes.data(), id.size(), reinterpret_cast<char*>(id.data()));
  return id;
}

}  // namespace

std::optional<std::uint64_t> blob_length(const Txn& txn, const BlobId& id) {
  Cursor c = txn.cursor(Table::blobs);
  if (!c.seek_last(base::view(id)) || c.key().size() != id.size() + 4) return std::nullopt;
  const auto n = load_be<std::uint32_t>(c.key().data() + id.size());
  ChunkReader reader(txn);
  return std::uint64_t(n) * kChunk + reader.open(Table::blobs, c.key(), c.value()).size();
}

std::optional<std::string> extents_of(const Txn& txn, const MessageRef& ref) {
  try {
    if (ref.account == AccountId{}) {
      const auto row = txn.get(Table::queue, ref.key());
      return row ? std::optional(std::string(decode_queue(*row).extents)) : std::nullopt;
    }
    if (const auto row = txn.get(Table::details, ref.key())) return std::string(decode_detail(*row).extents);
    const auto grave = txn.get(Table::tombstones, ref.key());
    if (grave && grave->size() > kGraveHead + kHotSize) return std::string(decode_detail(grave->substr(kGraveHead + kHotSize)).extents);
  } catch (const Failure&) {  // the row has a finding of its own
  }
  return std::nullopt;
}

// Extents cover the content exactly; inline bytes are as long as they say; each blob names its reader in refs.
void RowChecks::content(const MessageRef& ref, std::string_view encoded, std::uint64_t size) {
  const std::string who = describe(ref);
  const auto extents = decode_extents(encoded);
  if (!extents) return find("extents", who);
  std::uint64_t covered = 0, inline_end = 0;
  bool referenced = true;
  for (const Extent& e : *extents) {
    covered += e.size;
    if (e.inlined) {
      inline_end = std::max(inline_end, e.offset + e.size);
      continue;
    }
    Key k;
    k.blob(e.id).bytes(ref.key());
    referenced = referenced && txn_->has(Table::refs, k);
  }
  need(referenced, "missing_reference", who);
  need(covered == size, "extents_size", who);
  const auto stored = txn_->get(Table::inline_bytes, ref.key());
  if (inline_end == 0 && !stored) return;
  ChunkReader reader(*txn_);
  need(stored && reader.open(Table::inline_bytes, ref.key(), *stored).size() == inline_end, "inline_bytes", who);
}

void RowChecks::inline_row(std::string_view key, std::string_view) {
  const Table owner = tail_ref(key).account == AccountId{} ? Table::queue : Table::messages;
  need(txn_->has(owner, key) || txn_->has(Table::tombstones, key), "inline_without_owner", describe(tail_ref(key)));
}

void RowChecks::queue_row(std::string_view key, std::string_view value) {
  const QueueBytes q = decode_queue(value);
  Key due;
  due.time(q.due).bytes(key.substr(8));
  need(txn_->has(Table::queue_due, due), "missing_queue_due", "queue " + base::hex_encode(key.substr(8)));
  content(tail_ref(key), q.extents, q.content_size);
}

void RowChecks::queue_due_row(std::string_view key, std::string_view) {
  const auto row = txn_->get(Table::queue, queue_key(QueueId(load_be<std::uint64_t>(key.data() + 8))));
  Key due;
  if (row) due.time(decode_queue(*row).due);
  need(row && due.view() == key.substr(0, 8), "stale_queue_due", "queue " + base::hex_encode(key.substr(8)));
}

// refs and blobs have the same order: one walk joins them.
void RowChecks::ref_row(std::string_view key, std::string_view) {
  const BlobId id = blob_of(key);
  const MessageRef ref = tail_ref(key);
  const auto encoded = extents_of(*txn_, ref);
  if (!encoded) {
    const bool there = txn_->has(ref.account == AccountId{} ? Table::queue : Table::details, ref.key()) || txn_->has(Table::tombstones, ref.key());
    return need(there, "reference_without_owner", describe(ref));  // an unreadable owner has a finding of its own
  }
  const auto extents = decode_extents(*encoded);
  if (!extents) return;
  bool named = false;
  std::uint64_t reach = 0;
  for (const Extent& e : *extents)
    if (!e.inlined && e.id == id) named = true, reach = std::max(reach, e.offset + e.size);
  if (!named) return find("stale_reference", describe(ref));
  if (!sized_ || sized_->first != id) {
    sized_.emplace(id, std::nullopt);
    sized_->second = blob_length(*txn_, id);
  }
  if (!sized_->second) return find("missing_blob", base::hex_encode(base::view(id)) + " of " + describe(ref));
  need(*sized_->second >= reach, "short_blob", base::hex_encode(base::view(id)) + " of " + describe(ref));
}

// All rows of the blob at the cursor.
bool RowChecks::blob(Cursor& c) {
  const BlobId id = blob_of(c.key());
  const std::string first(c.key());
  key_ = first;
  const std::string who = base::hex_encode(base::view(id));
  ChunkReader reader(*txn_);
  BlobHash hash(*txn_);
  std::uint64_t n = 0;
  bool whole = true, readable = true, more = true, full = true;
  for (; more && c.key().starts_with(base::view(id)); more = c.next(), ++n) {
    ++rows_;
    if (c.key().size() != first.size() || load_be<std::uint32_t>(c.key().data() + id.size()) != n || !full) whole = false;
    try {
      const std::string_view plain = reader.open(Table::blobs, c.key(), c.value());
      full = plain.size() == kChunk;
      if (!options_.digests) continue;
      if (n == 0) hash.start(c.value());
      hash.update(plain);
      bytes_ += plain.size();
      ++chunks_;
    } catch (const Failure& f) {
      if (std::exchange(readable, false)) find("digest", who + " chunk " + std::to_string(n) + ": " + f.error().detail());
    }
  }
  const bool referenced = is_referenced(*txn_, id);
  need(referenced || is_orphan(id), "blob_without_reference", who);
  if (!whole) find("blob_chunk", who);
  else if (readable && options_.digests) need(hash.finish() == id, "digest", who);
  return more;
}

bool RowChecks::is_orphan(const BlobId& id) {
  if (!orphans_) {
    orphans_.emplace();
    Cursor c = txn_->cursor(Table::orphans);
    for (bool more = c.first(); more; more = c.next())
      if (c.key().size() == 8 + id.size()) orphans_->push_back(blob_of(c.key().substr(8)));
    std::sort(orphans_->begin(), orphans_->end());
  }
  return std::binary_search(orphans_->begin(), orphans_->end(), id);
}

}  // namespace store
