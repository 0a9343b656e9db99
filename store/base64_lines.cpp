#include "store/base64_lines.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace store {
namespace {

// Packed: u8 characters a line, u8 size of the head, u16 number of lines (low byte first), head, the lines' bytes, tail.
constexpr std::size_t kHeader = 4, kBreak = 2;
constexpr std::uint32_t kBad = 1u << 24;
constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct Decoding {  // four characters are three bytes: the sum of one look-up each; kBad stays visible in it
  std::array<std::array<std::uint32_t, 256>, 4> at;
  constexpr Decoding() : at{} {
    for (auto& table : at) table.fill(kBad);
    for (std::uint32_t value = 0; value < 64; ++value)
      for (std::uint32_t place = 0; place < 4; ++place) at[place][std::uint8_t(kAlphabet[value])] = value << (18 - 6 * place);
  }
};
struct Encoding {  // twelve bits are two characters
  std::array<std::array<char, 2>, 4096> at;
  constexpr Encoding() : at{} {
    for (std::size_t value = 0; value < at.size(); ++value) at[value] = {kAlphabet[value >> 6], kAlphabet[value & 63]};
  }
};
constexpr Decoding kDecoding;
constexpr Encoding kEncoding;

bool ends_line(std::string_view text, std::size_t at) { return text.size() - at >= kBreak && text[at] == '\r' && text[at + 1] == '\n'; }

bool decode_line(const char* from, std::size_t size, char* to) {
  std::uint32_t all = 0;
  for (const char* end = from + size; from < end; from += 4, to += 3) {
    const auto c = [from](int n) { return std::uint8_t(from[n]); };
    const std::uint32_t bits = kDecoding.at[0][c(0)] | kDecoding.at[1][c(1)] | kDecoding.at[2][c(2)] | kDecoding.at[3][c(3)];
    all |= bits;
    to[0] = char(bits >> 16), to[1] = char(bits >> 8), to[2] = char(bits);
  }
  return (all & kBad) == 0;
}

char* encode_line(const char* from, std::size_t size, char* to) {
  for (const char* end = from + size; from < end; from += 3, to += 4) {
    const std::uint32_t bits = std::uint32_t(std::uint8_t(from[0])) << 16 | std::uint32_t(std::uint8_t(from[1])) << 8 | std::uint8_t(from[2]);
    std::memcpy(to, kEncoding.at[bits >> 12].data(), 2);
    std::memcpy(to + 2, kEncoding.at[bits & 4095].data(), 2);
  }
  *to++ = '\r';
  *to++ = '\n';
  return to;
}

}  // namespace

std::size_t pack_base64_lines(std::string_view plain, std::span<char> room) {
  constexpr std::size_t kLongest = 252;  // fits the header's octet; lines of mail have 76, of PEM 64
  const std::size_t first = plain.substr(0, kLongest + kBreak).find("\r\n");
  if (first == std::string_view::npos) return 0;
  const std::size_t head = first + kBreak, second = plain.substr(head, kLongest + kBreak).find("\r\n");
  if (second == std::string_view::npos || second == 0 || second % 4 != 0) return 0;
  const std::size_t line = second, bytes = line / 4 * 3;
  if (kHeader + head > room.size()) return 0;
  char* to = std::copy_n(plain.data(), head, room.data() + kHeader);
  std::size_t at = head, lines = 0;
  for (; at + line + kBreak <= plain.size() && ends_line(plain, at + line); at += line + kBreak, ++lines, to += bytes) {
    if (std::size_t(room.data() + room.size() - to) < bytes || !decode_line(plain.data() + at, line, to)) break;
  }
  const std::string_view tail = plain.substr(at);
  if (lines * (line + kBreak) < plain.size() / 10 * 9 || std::size_t(room.data() + room.size() - to) < tail.size()) return 0;
  to = std::copy(tail.begin(), tail.end(), to);
  const std::array<std::uint8_t, kHeader> header{std::uint8_t(line), std::uint8_t(head), std::uint8_t(lines), std::uint8_t(lines >> 8)};
  std::memcpy(room.data(), header.data(), kHeader);
  return std::size_t(to - room.data());
}

std::size_t unpack_base64_lines(std::string_view packed, std::span<char> room) {
  if (packed.size() < kHeader) return 0;
  const auto octet = [packed](std::size_t n) { return std::size_t(std::uint8_t(packed[n])); };
  const std::size_t line = octet(0), head = octet(1), lines = octet(2) | octet(3) << 8, bytes = line / 4 * 3;
  packed.remove_prefix(kHeader);
  if (line == 0 || line % 4 != 0 || packed.size() < head || (packed.size() - head) / bytes < lines) return 0;
  const std::size_t tail = packed.size() - head - lines * bytes, size = head + lines * (line + kBreak) + tail;
  if (size > room.size()) return 0;
  char* to = std::copy_n(packed.data(), head, room.data());
  packed.remove_prefix(head);
  for (std::size_t n = 0; n < lines; ++n) to = encode_line(packed.data() + n * bytes, bytes, to);
  std::copy_n(packed.data() + lines * bytes, tail, to);
  return size;
}

}  // namespace store
