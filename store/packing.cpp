#include "store/packing.hpp"

#include <lz4.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <vector>

#include "base/handle.hpp"
#include "store/base64_lines.hpp"
#include "store/env.hpp"
#include "store/seal.hpp"

namespace store {
namespace {

// Level 3 gains 2 % of text for a quarter more time; the levels below 1 leave base64 as it is, and so does any targetLength.
// Looking for matches of 7 bytes only, text packs as fast, 1 % smaller, and unpacks a seventh faster.
constexpr int kLevel = 1, kMinMatch = 7;
// Prose of this size and more is packed by LZ4: twice as fast in and out, for twice the room. A body that people wrote is smaller;
// what is larger (logs, dumps) would cost more time to pack than all the rest of its delivery.
constexpr std::size_t kLarge = 256 * 1024;
constexpr std::size_t kPage = 4096, kPageHead = 16;

[[noreturn]] void unpackable(const char* what) { throw Failure(base::fail(base::Errc::corrupt, what)); }

std::size_t pages(std::size_t payload) { return (payload + 1 + kSealing + kPageHead + kPage - 1) / kPage; }

enum class Look { spread, letters, words };

// Chance that two bytes of a sample are the same: 1/256 of random bytes (documents, pictures, archives), 1/64 of base64 over those,
// above 1/30 of text in any language. Words have spaces between them, base64 has none.
Look look_of(std::string_view bytes) {
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
  if (same * 128 <= n * n) return Look::spread;
  return counts[' '] * 32 >= n ? Look::words : Look::letters;
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
ZSTD_CCtx* make_compressor() {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  if (context == nullptr) return nullptr;
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, kMinMatch);
  return context;
}
using Compressor = Borrowed<ZSTD_CCtx, make_compressor, ZSTD_freeCCtx>;
using Decompressor = Borrowed<ZSTD_DCtx, ZSTD_createDCtx, ZSTD_freeDCtx>;

using Room = std::array<char, kChunk>;  // what does not fit is not worth it

std::size_t zstd(std::string_view plain, Room& room) {  // 0: did not fit
  const Compressor compressor;
  const std::size_t size = ZSTD_compress2(compressor.get(), room.data(), room.size(), plain.data(), plain.size());
  return ZSTD_isError(size) ? 0 : size;
}

std::size_t lz4(std::string_view plain, Room& room) {
  return std::size_t(LZ4_compress_default(plain.data(), room.data(), int(plain.size()), int(room.size())));
}

std::string_view unzstd(std::string_view payload, std::string& buffer) {
  const unsigned long long size = ZSTD_getFrameContentSize(payload.data(), payload.size());
  if (size > kChunk) unpackable("packed content names no size, or more than a chunk");  // the error codes are huge numbers
  const Decompressor decompressor;
  if (buffer.size() < size) buffer.resize(size);
  const std::size_t got = ZSTD_decompressDCtx(decompressor.get(), buffer.data(), buffer.size(), payload.data(), payload.size());
  if (ZSTD_isError(got) || got != size) unpackable("packed content does not unpack");
  return std::string_view(buffer).substr(0, got);
}

// Lines of base64 become their bytes; letters that are none are at least counted.
std::size_t letters(std::string_view plain, Room& room, Codec& codec) {
  codec = Codec::base64;
  if (const std::size_t size = pack_base64_lines(plain, room)) return size;
  codec = Codec::zstd;
  return zstd(plain, room);
}

std::size_t words(std::string_view plain, std::size_t whole, Room& room, Codec& codec) {
  codec = whole >= kLarge ? Codec::lz4 : Codec::zstd;
  return codec == Codec::lz4 ? lz4(plain, room) : zstd(plain, room);
}

std::string_view unlz4(std::string_view payload, std::string& buffer) {
  if (payload.size() > kChunk) unpackable("packed content is longer than a chunk");
  if (buffer.size() < kChunk) buffer.resize(kChunk);
  const int got = LZ4_decompress_safe(payload.data(), buffer.data(), int(payload.size()), int(kChunk));
  if (got < 0) unpackable("packed content does not unpack");
  return std::string_view(buffer).substr(0, std::size_t(got));
}

std::string_view unbase64(std::string_view payload, std::string& buffer) {
  if (buffer.size() < kChunk) buffer.resize(kChunk);
  const std::size_t size = unpack_base64_lines(payload, std::span(buffer.data(), kChunk));
  if (size == 0) unpackable("packed base64 does not unpack");
  return std::string_view(buffer).substr(0, size);
}

}  // namespace

Packed pack(std::string_view plain, std::size_t whole) {
  Packed out;
  out.plain = plain;
  if (plain.size() > kChunk || pages(plain.size()) == 1) return out;
  const Look look = look_of(plain);
  if (look == Look::spread) return out;
  Room room;
  Codec codec = Codec::raw;
  const std::size_t size = look == Look::words ? words(plain, whole, room, codec) : letters(plain, room, codec);
  if (size == 0 || pages(size) >= pages(plain.size())) return out;
  out.codec = codec;
  out.packed.assign(room.data(), size);
  return out;
}

std::string_view unpack(Codec codec, std::string_view payload, std::string& buffer) {
  switch (codec) {
    case Codec::raw: return payload;
    case Codec::zstd: return unzstd(payload, buffer);
    case Codec::lz4: return unlz4(payload, buffer);
    case Codec::base64: return unbase64(payload, buffer);
  }
  unpackable("stored content with an unknown codec");
}

}  // namespace store
