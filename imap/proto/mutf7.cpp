#include "imap/proto/mutf7.hpp"

#include <cstdint>

#include "base/unicode.hpp"

namespace imap::proto {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

int digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == ',' ? 63 : -1;
}

constexpr bool direct(unsigned char c) { return c >= 0x20 && c <= 0x7e; }  // RFC 3501 5.1.3: these represent themselves

void put_utf8(std::uint32_t c, std::string& out) {
  if (c < 0x80) {
    out += char(c);
  } else if (c < 0x800) {
    out += char(0xc0 | (c >> 6));
    out += char(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += char(0xe0 | (c >> 12));
    out += char(0x80 | ((c >> 6) & 0x3f));
    out += char(0x80 | (c & 0x3f));
  } else {
    out += char(0xf0 | (c >> 18));
    out += char(0x80 | ((c >> 12) & 0x3f));
    out += char(0x80 | ((c >> 6) & 0x3f));
    out += char(0x80 | (c & 0x3f));
  }
}

// The shifted run after '&'. Surrogates are paired here; everything else non-canonical is caught by re-encoding.
bool decode_run(std::string_view run, std::string& out) {
  std::uint32_t bits = 0, high = 0;
  int have = 0;
  for (const char ch : run) {
    const int d = digit(ch);
    if (d < 0) return false;
    bits = (bits << 6) | std::uint32_t(d);
    have += 6;
    if (have < 16) continue;
    have -= 16;
    const std::uint32_t unit = (bits >> have) & 0xffff;
    bits &= (1u << have) - 1;
    const bool is_high = unit >= 0xd800 && unit < 0xdc00, is_low = unit >= 0xdc00 && unit < 0xe000;
    if ((high != 0) != is_low) return false;
    if (is_high) {
      high = unit;
    } else {
      put_utf8(is_low ? 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00) : unit, out);
      high = 0;
    }
  }
  return high == 0;
}

struct Shift {  // base64 of UTF-16 units
  std::string& out;
  std::uint32_t bits = 0;
  int have = 0;
  void unit(std::uint32_t u) {
    bits = (bits << 16) | u;
    for (have += 16; have >= 6; have -= 6) out += kAlphabet[(bits >> (have - 6)) & 0x3f];
    bits &= (1u << have) - 1;
  }
  void end() {
    if (have > 0) out += kAlphabet[(bits << (6 - have)) & 0x3f];
    out += '-';
  }
};

}  // namespace

void encode_mutf7(std::string_view utf8, std::string& out) {
  for (std::size_t i = 0; i < utf8.size();) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (direct(c)) {
      out += char(c);
      if (c == '&') out += '-';
      ++i;
      continue;
    }
    out += '&';
    Shift shift{out};
    while (i < utf8.size() && !direct(static_cast<unsigned char>(utf8[i]))) {
      const std::uint32_t p = base::take_utf8(utf8, i);
      if (p >= 0x10000) shift.unit(0xd800 + (((p - 0x10000) >> 10) & 0x3ff));
      shift.unit(p >= 0x10000 ? 0xdc00 + ((p - 0x10000) & 0x3ff) : p);
    }
    shift.end();
  }
}

std::string encode_mutf7(std::string_view utf8) {
  std::string out;
  encode_mutf7(utf8, out);
  return out;
}

base::Result<std::string> decode_mutf7(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool shifted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!direct(static_cast<unsigned char>(text[i]))) return base::fail(base::Errc::invalid, "8-bit or control character in modified UTF-7");
    if (text[i] != '&') {
      out += text[i];
      continue;
    }
    const std::size_t end = text.find('-', i + 1);
    if (end == std::string_view::npos) return base::fail(base::Errc::invalid, "unterminated shift in modified UTF-7");
    if (end == i + 1) {
      out += '&';
    } else {
      shifted = true;
      if (!decode_run(text.substr(i + 1, end - i - 1), out)) return base::fail(base::Errc::invalid, "bad shift in modified UTF-7");
    }
    i = end;
  }
  // One spelling per name: what does not come back the same was not canonical.
  if (shifted && encode_mutf7(out) != text) return base::fail(base::Errc::invalid, "modified UTF-7 is not canonical");
  return out;
}

}  // namespace imap::proto
