// Stored content: one chunk of a blob, or the inline bytes of a message, as `u8 codec, payload`. What is given to a reader is
// always the plain bytes; every chunk but a blob's last holds kChunk of them, so that a position gives its chunk by division and
// a range unpacks only the chunks that it touches. Packing is done by the caller of make_content, never by the writer thread.
// Thread rule: free functions from any thread; a ChunkReader belongs to one. Internal to the store, but for its two constants.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/env.hpp"
#include "store/packing.hpp"
#include "store/seal.hpp"
#include "store/types.hpp"

namespace store {

// What is put into the row: codec and payload, sealed under the key where there is one. `own` keeps the bytes of a sealed payload.
struct StoredContent {
  char codec = 0;
  std::string_view payload;
};
StoredContent stored_content(const DataKey* key, Table table, std::string_view row, const Packed& packed, std::string& own);
std::string stored_value(const DataKey* key, Table table, std::string_view row, std::string_view plain);  // both in one, not packed

// Reads stored content within one transaction. A view lives until the next call (or with the transaction, if that is sooner).
// Throws Failure(corrupt) on bytes that break the format.
class ChunkReader {
 public:
  explicit ChunkReader(const Txn& txn) : txn_(txn) {}
  std::optional<std::string_view> chunk(const BlobId& id, std::uint32_t n);
  std::optional<std::string_view> inlined(std::string_view message_key);
  std::string_view open(Table table, std::string_view key, std::string_view stored);  // of a row that the caller has read

 private:
  const Txn& txn_;
  std::string buffer_, unsealed_;
};

// The id that a blob's plain bytes should have. start() with its first stored chunk says how ids are made there.
class BlobHash {
 public:
  explicit BlobHash(const Txn& txn) : txn_(txn) {}
  void start(std::string_view first_stored);
  void update(std::string_view plain) { hash_.update(plain); }
  BlobId finish() { return hash_.finish(); }  // starts over

 private:
  const Txn& txn_;
  BlobHasher hash_;
};

}  // namespace store
