// A half-open range of bytes [offset, offset + size) of a message's content. Value type shared by mime, store, imap, policy.
#pragma once
#include <cstdint>
#include <string_view>

namespace mime {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t end() const { return offset + size; }
  // REQUIRES: the range lies inside bytes.
  std::string_view of(std::string_view bytes) const { return bytes.substr(offset, size); }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

}  // namespace mime
