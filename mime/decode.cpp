#include "mime/decode.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "mime/charset.hpp"
#include "mime/header.hpp"

namespace mime {
namespace {

constexpr std::uint8_t kSkip = 0xff, kPad = 0xfe;

constexpr std::array<std::uint8_t, 256> base64_table() {
  std::array<std::uint8_t, 256> t{};
  for (auto& v : t) v = kSkip;
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i) t[static_cast<unsigned char>(alphabet[i])] = std::uint8_t(i);
  t['='] = kPad;
  return t;
}
constexpr auto kBase64 = base64_table();

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;  // RFC 2045 6.7 (1): robust decoders accept lower case
  return -1;
}

// U+202A..202E, U+2066..2069, U+200E/F, U+061C: they make "exe.pdf" out of "fdp.exe" (ATTACKS M9).
bool bidi_control(std::string_view s, std::size_t i) {
  const auto at = [&](std::size_t k) { return i + k < s.size() ? static_cast<unsigned char>(s[i + k]) : 0u; };
  if (at(0) != 0xe2) return false;
  if (at(1) == 0x80) return (at(2) >= 0xaa && at(2) <= 0xae) || at(2) == 0x8e || at(2) == 0x8f;
  return at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9;
}

std::string sanitised(std::string_view name) {
  if (const std::size_t slash = name.find_last_of("/\\"); slash != name.npos) name.remove_prefix(slash + 1);
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (bidi_control(name, i)) { i += 2; continue; }
    const unsigned next = i + 1 < name.size() ? static_cast<unsigned char>(name[i + 1]) : 0u;
    if ((c == 0xd8 && next == 0x9c) || (c == 0xc2 && next < 0xa0)) { ++i; continue; }  // U+061C; C1 controls
    if (c >= 0x20 && c != 0x7f) out.push_back(name[i]);
  }
  if (out.size() > 255) {
    std::size_t end = 255;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
    out.resize(end);
  }
  const std::string_view trimmed = base::trim(out);
  return trimmed == "." || trimmed == ".." ? std::string() : std::string(trimmed);
}

}  // namespace

Encoding encoding_of(std::string_view name) {
  if (name == "base64") return Encoding::base64;
  if (name == "quoted-printable") return Encoding::quoted_printable;
  return name == "7bit" || name == "8bit" || name == "binary" ? Encoding::identity : Encoding::unknown;
}

void Decoder::feed(std::string_view in, std::string& out) {
  switch (encoding_) {
    case Encoding::base64: return feed_base64(in, out);
    case Encoding::quoted_printable: return feed_quoted(in, out);
    default: out.append(in);
  }
}

void Decoder::feed_base64(std::string_view in, std::string& out) {
  std::size_t at = out.size();
  out.resize(at + in.size() / 4 * 3 + 6);
  for (char c : in) {
    const std::uint8_t v = kBase64[static_cast<unsigned char>(c)];
    if (v < 64) {
      bits_ = (bits_ << 6) | v;
      if (++count_ == 4) {
        out[at++] = char(bits_ >> 16);
        out[at++] = char(bits_ >> 8);
        out[at++] = char(bits_);
        count_ = 0;
        bits_ = 0;
      }
    } else if (v == kPad && count_ > 0) {  // what follows begins a new quantum: concatenated base64 decodes
      if (count_ >= 2) out[at++] = char(bits_ >> (count_ == 3 ? 10 : 4));
      if (count_ == 3) out[at++] = char(bits_ >> 2);
      count_ = 0;
      bits_ = 0;
    }
  }
  out.resize(at);
}

// The character after "=" or "=X". False: it has to be read as ordinary text.
bool Decoder::escape(char c, std::string& out) {
  if (state_ == State::equals) {
    if (hex_digit(c) >= 0) {
      first_hex_ = c;
      state_ = State::hex;
      return true;
    }
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') {
      state_ = c == '\n' ? State::text : State::soft_break;
      return true;
    }
    out.push_back('=');
    state_ = State::text;
    return false;
  }
  if (state_ == State::hex) {
    state_ = State::text;
    if (hex_digit(c) >= 0) {
      out.push_back(char(hex_digit(first_hex_) * 16 + hex_digit(c)));
      return true;
    }
    out.push_back('=');
    out.push_back(first_hex_);
    return false;
  }
  if (c == '\r' || c == ' ' || c == '\t') return true;  // padding behind "="
  state_ = State::text;
  return c == '\n';
}

void Decoder::feed_quoted(std::string_view in, std::string& out) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    const char c = in[i];
    if (state_ != State::text && escape(c, out)) continue;
    if (c == ' ' || c == '\t') {
      blanks_.push_back(c);
      continue;
    }
    if (c == '\r' || c == '\n') blanks_.clear();  // RFC 2045 6.7 (3)
    if (!blanks_.empty()) {
      out.append(blanks_);
      blanks_.clear();
    }
    if (c == '=') state_ = State::equals;
    else out.push_back(c);
  }
}

void Decoder::finish(std::string& out) {
  if (encoding_ == Encoding::base64 && count_ > 0) feed_base64("=", out);
  if (encoding_ != Encoding::quoted_printable) return;
  out.append(blanks_);
  if (state_ == State::equals || state_ == State::hex) out.push_back('=');
  if (state_ == State::hex) out.push_back(first_hex_);
  blanks_.clear();
  state_ = State::text;
}

std::string decode(std::string_view body, Encoding encoding, std::size_t cap) {
  if (encoding == Encoding::identity || encoding == Encoding::unknown) return std::string(body.substr(0, cap));
  std::string out;
  Decoder decoder(encoding);
  constexpr std::size_t kStep = 65536;
  for (std::size_t pos = 0; pos < body.size() && out.size() < cap; pos += kStep) decoder.feed(body.substr(pos, kStep), out);
  decoder.finish(out);
  if (out.size() > cap) out.resize(cap);
  return out;
}

std::string decoded_text(const Part& part, std::string_view content, std::size_t cap) {
  // No encoding grows a text by more than white space; 4x of the cap plus a line is always enough input.
  std::string_view body = part.body.of(content);
  if (cap < body.size() / 4) body = body.substr(0, cap * 4 + 1024);
  const bool cut = cap != kNoCap;
  return to_utf8(decode(body, encoding_of(part.encoding), cap), param(part.params, "charset"), cut);
}

std::string file_name(const Part& part) {
  std::string_view raw = param(part.disposition_params, "filename");
  if (raw.empty()) raw = param(part.params, "name");
  if (raw.empty()) return {};
  // RFC 2047 5 forbids encoded-words in parameters; Outlook and many web mailers write them all the same.
  return sanitised(raw.find("=?") == raw.npos ? std::string(raw) : decode_text(raw));
}

}  // namespace mime
