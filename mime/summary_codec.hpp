// The bytes of a stored summary (internal to summary.cpp and summary_view.cpp):
//   summary   = version(1 byte) sent(8) message-id(8) defects(2) varint(attachments) varint(part count) 10 * section
//   section   = varint(length) bytes, in the order envelope, body structure, extension, parts, fields, subject, from,
//               from address, preview, references
//   extension = *(varint(gap since the last end) varint(length))
//   parts     = *(varint(parent + 1) flags(1 byte) varint(header offset - parent's body offset) varint(header size)
//                 varint(body size) [bytes(type)])    the body follows the header at once
//   fields    = *(hash(2) varint(size))               references = *hash(8)
// flags: bit 0 multipart, bit 1 message, bits 2-3 encoding, bits 4-7 index of a common type (15: the type is spelled out).
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "base/ascii.hpp"

namespace mime {

inline constexpr std::uint8_t kSummaryVersion = 1;

inline constexpr std::array<std::string_view, 15> kCommonTypes = {
    "text/plain", "text/html", "multipart/mixed", "multipart/alternative", "multipart/related", "multipart/signed",
    "application/pdf", "application/octet-stream", "application/pkcs7-signature", "application/pkcs7-mime", "message/rfc822",
    "image/png", "image/jpeg", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "text/calendar"};

inline std::uint16_t name_hash(std::string_view name) {  // case-insensitive; never 0
  std::uint32_t h = 0x811c9dc5u;
  for (char c : name) h = (h ^ static_cast<unsigned char>(base::lower(c))) * 0x01000193u;
  const auto folded = std::uint16_t(h ^ (h >> 16));
  return folded == 0 ? 1 : folded;
}

}  // namespace mime
