// Packing of stored content, a chunk at a time, each unpacked without the others. The writer thread never packs.
// Thread rule: free functions from any thread. Internal to the store, but for the two constants of sizes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace store {

// Sealing adds 33 bytes and the codec is one: 65,456 fill their sixteen pages of LMDB, 8,142 their two, packed, sealed or not.
inline constexpr std::size_t kChunk = 65'456;
inline constexpr std::size_t kMaxInline = 8'142;

enum class Codec : std::uint8_t { raw = 0, zstd = 1, lz4 = 4, base64 = 8 };
inline constexpr std::uint8_t kSealed = 2;  // added to the codec: the payload is sealed (seal.hpp), bound to its row and codec

struct Packed {
  Codec codec = Codec::raw;
  std::string packed;      // empty while raw
  std::string_view plain;  // as given
  std::string_view payload() const { return codec == Codec::raw ? plain : std::string_view(packed); }
  std::size_t stored_size() const { return 1 + payload().size(); }
};

// Packs what looks like text and becomes a page (4 KiB) smaller; everything else stays as it is, a view of `plain` (a chunk at most).
// `whole`: the size of the content that the chunk is of, by which speed or room is chosen.
Packed pack(std::string_view plain, std::size_t whole);

// The plain bytes: `payload` itself or a view of `buffer`. Throws Failure(corrupt).
std::string_view unpack(Codec codec, std::string_view payload, std::string& buffer);

}  // namespace store
