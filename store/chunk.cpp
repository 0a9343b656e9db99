#include "store/chunk.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "base/handle.hpp"
#include "store/keyring.hpp"
#include "store/keys.hpp"

namespace store {
namespace {

constexpr int kLevel = 1;  // 3 gains 2 % of text for a quarter more time; the levels below leave base64 as it is
constexpr std::size_t kPage = 4096, kPageHead = 16;

[[noreturn]] void corrupt(const char* what) { throw Failure(base::fail(base::Errc::corrupt, what)); }

std::size_t pages(std::size_t payload) { return (payload + 1 + kSealing + kPageHead + kPage - 1) / kPage; }

// Chance that two bytes of a sample are the same: 1/256 of random bytes (documents, pictures, archives), 1/64 of base64 over
// those, above 1/30 of text in any language. Base64 pays: zstd then only counts letters, packing 960 MB/s by 24 %, unpacking 1,390.
bool looks_like_text(std::string_view bytes) {
  constexpr std::size_t kSample = 1024, kPieces = 4;
  std::array<std::uint32_t, 256> counts{};
  std::uint64_t n = 0;
  const std::size_t each = std::min(kSample / kPieces, bytes.size() / kPieces);
  for (std::size_t piece = 0; piece < kPieces; ++piece) {
    const std::size_t at = (bytes.size() - each) / (kPieces - 1) * piece;
    for (const char c : bytes.substr(at, each)) ++counts[std::uint8_t(c)], ++n;
  }
  std::uint64_t same = 0;
  for (const std::uint64_t count : counts) same += count * count;
  return same * 128 > n * n;
}

// Contexts are large and cost more to make than to use: as many live as threads ever worked at once, the warmest goes out first.
template <class Context, Context* (*Make)(), std::size_t (*Free)(Context*)>
class Borrowed {
 public:
  Borrowed() {
    {
      const std::lock_guard lock(pool().mutex);
      if (!pool().idle.empty()) {
        context_ = std::move(pool().idle.back());
        pool().idle.pop_back();
        return;
      }
    }
    context_.reset(Make());
    if (!context_) throw std::bad_alloc();
  }
  ~Borrowed() {
    const std::lock_guard lock(pool().mutex);
    pool().idle.push_back(std::move(context_));
  }
  Borrowed(const Borrowed&) = delete;
  Context* get() const { return context_.get(); }

 private:
  using Owner = base::Handle<Context, Free>;
  struct Pool {
    std::mutex mutex;
    std::vector<Owner> idle;
  };
  static Pool& pool() {
    static Pool all;
    return all;
  }
  Owner context_;
};
using Compressor = Borrowed<ZSTD_CCtx, ZSTD_createCCtx, ZSTD_freeCCtx>;
using Decompressor = Borrowed<ZSTD_DCtx, ZSTD_createDCtx, ZSTD_freeDCtx>;

std::string_view unzstd(std::string_view payload, std::string& buffer) {
  const unsigned long long size = ZSTD_getFrameContentSize(payload.data(), payload.size());
  if (size > kChunk) corrupt("packed content names no size, or more than a chunk");  // the error codes are huge numbers
  const Decompressor decompressor;
  if (buffer.size() < size) buffer.resize(size);
  const std::size_t got = ZSTD_decompressDCtx(decompressor.get(), buffer.data(), buffer.size(), payload.data(), payload.size());
  if (ZSTD_isError(got) || got != size) corrupt("packed content does not unpack");
  return std::string_view(buffer).substr(0, got);
}

}  // namespace

Packed pack(std::string_view plain) {
  Packed out;
  out.plain = plain;
  if (pages(plain.size()) == 1 || !looks_like_text(plain)) return out;
  std::string packed(plain.size(), '\0');  // no room for more than that: what grows is refused at once
  const Compressor compressor;
  const std::size_t size = ZSTD_compressCCtx(compressor.get(), packed.data(), packed.size(), plain.data(), plain.size(), kLevel);
  if (ZSTD_isError(size) || pages(size) >= pages(plain.size())) return out;
  packed.resize(size);
  packed.shrink_to_fit();
  out.codec = Codec::zstd;
  out.packed = std::move(packed);
  return out;
}

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
  switch (Codec(codec & ~kSealed)) {
    case Codec::raw:
      if (table == Table::blobs && payload.size() > kChunk) corrupt("a chunk of content is too long");
      return payload;
    case Codec::zstd: return unzstd(payload, buffer_);
  }
  corrupt("stored content with an unknown codec");
}

}  // namespace store
