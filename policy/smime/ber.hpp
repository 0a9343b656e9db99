// A reader of BER/DER (X.690) that looks before OpenSSL does: limits on depth and count, and the raw shape of a CMS that
// OpenSSL's own objects hide (double attributes, trailing bytes). Views into the input, no allocation, never reads outside it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace policy::smime {

struct Tlv {
  std::uint8_t tag = 0;      // the identifier byte; tag numbers above 30 do not occur in CMS and are refused
  std::string_view content;  // of an indefinite length without the end-of-contents bytes
  std::string_view whole;
  bool constructed() const { return (tag & 0x20) != 0; }
};

// Takes one value off the front of `in`; nothing when it is damaged or nested deeper than kMaxBerDepth.
std::optional<Tlv> take(std::string_view& in);
// The same, but only if it has this identifier byte; `in` is left as it was otherwise.
std::optional<Tlv> take(std::string_view& in, std::uint8_t tag);

inline constexpr int kMaxBerDepth = 32;                // ATTACKS S18
inline constexpr std::size_t kMaxBerElements = 200000; // chunks of a large opaque content included

enum class BerCheck : unsigned char { ok, malformed, too_large };
// Walks everything once. `used` is the length of the first value; whatever follows is the caller's to judge.
BerCheck check_ber(std::string_view in, std::size_t& used);

// The bytes of an OCTET STRING, primitive or in chunks (X.690 8.7).
std::optional<std::string> octets(const Tlv& value);

inline constexpr std::uint8_t kInteger = 0x02, kOctets = 0x04, kOid = 0x06, kSequence = 0x30, kSet = 0x31, kContext0 = 0xa0,
                              kContext1 = 0xa1;

}  // namespace policy::smime
