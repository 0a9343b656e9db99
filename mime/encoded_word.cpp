// decode_text(): RFC 2047. Own decoder because names must survive words cut inside a character, charset names that only
// Vietnamese software uses, and hostile input, in linear time.
//   encoded-word = "=?" charset ["*" language] "?" ("B"/"Q") "?" encoded-text "?="
#include "base/ascii.hpp"
#include "mime/charset.hpp"
#include "mime/decode.hpp"
#include "mime/header.hpp"

namespace mime {
namespace {

struct Word {
  std::string_view charset;
  char encoding = 0;  // 'b' or 'q'
  std::string_view text;
  std::size_t end = 0;  // behind "?="
};

constexpr std::size_t kMaxCharset = 60;

// REQUIRES: s at pos begins with "=?". The text ends at the first "?=" behind; a Q text that begins with '=' is legal
// ("?Q?=E1?="), so the search starts behind the third '?'.
bool read_word(std::string_view s, std::size_t pos, std::size_t& no_end_before, Word& w) {
  const std::size_t first = s.substr(pos + 2, kMaxCharset + 1).find('?');
  if (first == s.npos || first == 0) return false;
  const std::size_t q = pos + 2 + first;
  if (q + 3 > s.size() || s[q + 2] != '?') return false;
  w.encoding = char(s[q + 1] | 0x20);
  if (w.encoding != 'b' && w.encoding != 'q') return false;
  if (no_end_before == s.npos) return false;  // a former search saw that no "?=" follows: keeps the whole linear
  const std::size_t end = s.find("?=", q + 3);
  if (end == s.npos) {
    no_end_before = s.npos;
    return false;
  }
  w.charset = s.substr(pos + 2, first);
  w.text = s.substr(q + 3, end - q - 3);
  w.end = end + 2;
  return true;
}

void append_q(std::string_view text, std::string& out) {
  std::string spaced(text);
  for (char& c : spaced) {
    if (c == '_') c = ' ';
  }
  Decoder decoder(Encoding::quoted_printable);
  decoder.feed(spaced, out);
  decoder.finish(out);
}

// Controls would break lines of whoever prints this: TAB becomes a blank, the rest vanishes.
std::string printable(std::string s) {
  std::erase_if(s, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'; });
  for (char& c : s) {
    if (c == '\t' || c == '\n' || c == '\r' || c == 0x7f) c = ' ';
  }
  return s;
}

class TextDecoder {
 public:
  explicit TextDecoder(std::string_view s) : in_(s) {}

  std::string run() {
    std::size_t pos = 0, plain = 0, no_end_before = 0;
    bool after_word = false;
    while (pos < in_.size()) {
      const std::size_t at = in_.find("=?", pos);
      Word w;
      if (at == in_.npos) break;
      if (!read_word(in_, at, no_end_before, w)) {
        pos = at + 2;
        continue;
      }
      const std::string_view between = in_.substr(plain, at - plain);
      // RFC 2047 6.2: white space between adjacent encoded-words is not shown.
      if (!after_word || between.find_first_not_of(" \t") != between.npos) {
        flush();
        literal(between);
      }
      word(w);
      after_word = true;
      pos = plain = w.end;
    }
    flush();
    literal(in_.substr(plain));
    return printable(std::move(out_));
  }

 private:
  void word(const Word& w) {
    if (!base::iequals(w.charset, charset_)) flush();
    charset_ = w.charset;
    // A B word that was cut inside a quantum continues in the next one; padding resets the decoder.
    if (w.encoding == 'b') base64_.feed(w.text, bytes_);
    else {
      base64_.finish(bytes_);
      append_q(w.text, bytes_);
    }
  }
  void flush() {
    base64_.finish(bytes_);
    if (!bytes_.empty()) out_ += to_utf8(bytes_, charset_);
    bytes_.clear();
    charset_ = {};
  }
  void literal(std::string_view s) {
    if (is_ascii(s)) out_.append(s); else out_ += to_utf8(s, {});
  }

  std::string_view in_, charset_;
  Decoder base64_{Encoding::base64};
  std::string bytes_, out_;
};

}  // namespace

std::string decode_text(std::string_view raw_value) {
  const std::string flat = unfold(raw_value);
  if (is_ascii(flat) && flat.find("=?") == flat.npos) return printable(flat);
  return TextDecoder(flat).run();
}

}  // namespace mime
