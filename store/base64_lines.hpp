// Base64 in lines of one length, as mail carries attachments (RFC 2045 6.8), kept as the bytes that it encodes: three quarters of the
// room, at a gigabyte a second and more. What comes back is the same to the byte: only whole lines of the alphabet, without padding,
// are turned; before the first and behind the last of them everything stays as it is.
// Thread rule: free functions from any thread. Internal to the store.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

namespace store {

// The packed bytes' number in `room`; 0: too little of `plain` (at most 65,535 bytes) is such lines, or there is no room.
std::size_t pack_base64_lines(std::string_view plain, std::span<char> room);

// The plain bytes' number in `room`; nothing: the bytes are damaged, or there is no room.
std::size_t unpack_base64_lines(std::string_view packed, std::span<char> room);

}  // namespace store
