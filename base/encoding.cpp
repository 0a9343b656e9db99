#include "base/encoding.hpp"

#include <array>
#include <cstdint>

namespace base {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kBad = 0xff;

constexpr std::array<std::uint8_t, 256> reverse_alphabet() {
  std::array<std::uint8_t, 256> t{};
  for (auto& v : t) v = kBad;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) t[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return t;
}
constexpr auto kReverse = reverse_alphabet();

std::uint32_t byte_at(std::string_view s, std::size_t i) { return static_cast<unsigned char>(s[i]); }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string base64_encode(std::string_view in) {
  std::string out;
  out.reserve((in.size() + 2) / 3 * 4);
  std::size_t i = 0;
  for (; i + 3 <= in.size(); i += 3) {
    const std::uint32_t v = byte_at(in, i) << 16 | byte_at(in, i + 1) << 8 | byte_at(in, i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) out.push_back(kAlphabet[v >> shift & 63]);
  }
  if (const std::size_t left = in.size() - i; left != 0) {
    const std::uint32_t v = byte_at(in, i) << 16 | (left == 2 ? byte_at(in, i + 1) << 8 : 0);
    out.push_back(kAlphabet[v >> 18 & 63]);
    out.push_back(kAlphabet[v >> 12 & 63]);
    out.push_back(left == 2 ? kAlphabet[v >> 6 & 63] : '=');
    out.push_back('=');
  }
  return out;
}

Result<std::string> base64_decode(std::string_view in) {
  if (in.size() % 4 != 0) return fail(Errc::invalid, "base64: length is not a multiple of four");
  std::size_t padding = 0;
  while (padding < 2 && padding < in.size() && in[in.size() - 1 - padding] == '=') ++padding;
  const std::string_view digits = in.substr(0, in.size() - padding);
  std::string out;
  out.reserve(in.size() / 4 * 3);
  std::uint32_t bits = 0;
  unsigned have = 0;
  for (char c : digits) {
    const std::uint8_t v = kReverse[static_cast<unsigned char>(c)];
    if (v == kBad) return fail(Errc::invalid, "base64: character outside the alphabet");
    bits = (bits << 6 | v) & 0xffffff;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out.push_back(static_cast<char>(bits >> have & 0xff));
  }
  if ((bits & ((1u << have) - 1)) != 0) return fail(Errc::invalid, "base64: trailing bits are not zero");
  return out;
}

std::string hex_encode(std::string_view in) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(in.size() * 2);
  for (char c : in) {
    out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(digits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

Result<std::string> hex_decode(std::string_view in) {
  if (in.size() % 2 != 0) return fail(Errc::invalid, "hex: odd length");
  std::string out;
  out.reserve(in.size() / 2);
  for (std::size_t i = 0; i < in.size(); i += 2) {
    const int high = hex_value(in[i]);
    const int low = hex_value(in[i + 1]);
    if (high < 0 || low < 0) return fail(Errc::invalid, "hex: character outside the alphabet");
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

}  // namespace base
