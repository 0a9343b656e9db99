#include "store/chunk.hpp"

#include "store/keyring.hpp"
#include "store/keys.hpp"

namespace store {
namespace {

[[noreturn]] void corrupt(const char* what) { throw Failure(base::fail(base::Errc::corrupt, what)); }

}  // namespace

StoredContent stored_content(const DataKey* key, Table table, std::string_view row, const Packed& packed, std::string& own) {
  if (key == nullptr) return {char(packed.codec), packed.payload()};
  const auto codec = std::uint8_t(std::uint8_t(packed.codec) | kSealed);
  own = seal(*key, SealPlace{table, row, codec}, packed.payload());
  return {char(codec), own};
}

std::string stored_value(const DataKey* key, Table table, std::string_view row, std::string_view plain) {
  Packed as_it_is;
  as_it_is.plain = plain;
  std::string own;
  const StoredContent stored = stored_content(key, table, row, as_it_is, own);
  return stored.codec + std::string(stored.payload);
}

void BlobHash::start(std::string_view first_stored) {
  const bool sealed = !first_stored.empty() && (std::uint8_t(first_stored[0]) & kSealed) != 0;
  hash_.start(sealed ? txn_.keyring().get(sealed_by(first_stored.substr(1))).get() : nullptr);
}

std::optional<std::string_view> ChunkReader::chunk(const BlobId& id, std::uint32_t n) {
  Key key;
  key.blob(id).num(n);
  const auto row = txn_.get(Table::blobs, key);
  if (!row) return std::nullopt;
  return open(Table::blobs, key, *row);
}

std::optional<std::string_view> ChunkReader::inlined(std::string_view message_key) {
  const auto row = txn_.get(Table::inline_bytes, message_key);
  if (!row) return std::nullopt;
  return open(Table::inline_bytes, message_key, *row);
}

std::string_view ChunkReader::open(Table table, std::string_view key, std::string_view stored) {
  if (stored.empty()) corrupt("stored content without a codec");
  std::string_view payload = stored.substr(1);
  const auto codec = std::uint8_t(stored[0]);
  if ((codec & kSealed) != 0) {
    unseal(*txn_.keyring().get(sealed_by(payload)), SealPlace{table, key, codec}, payload, unsealed_);
    payload = unsealed_;
  }
  const std::string_view plain = unpack(Codec(codec & ~kSealed), payload, buffer_);
  if (table == Table::blobs && plain.size() > kChunk) corrupt("a chunk of content is too long");
  return plain;
}

}  // namespace store
