#include "mime/charset.hpp"

#include <iconv.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <unordered_map>

#include "base/ascii.hpp"
#include "base/unicode.hpp"

namespace mime {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Names seen in mail that glibc's iconv does not know, or that mean a superset of what they say (WHATWG encoding standard).
std::string iconv_name(std::string_view charset) {
  std::string n = base::lower_ascii(base::trim(charset));
  if (const std::size_t star = n.find('*'); star != n.npos) n.resize(star);  // RFC 2231 5: charset*language
  if (n == "tcvn" || n == "tcvn3" || n == "tcvn-5712" || n == "tcvn5712" || n == "x-viet-tcvn5712" || n == "x-viet-tcvn") return "TCVN5712-1";
  if (n == "x-viscii" || n == "viscii1.1-1") return "VISCII";
  if (n == "cp-1258" || n == "x-cp1258" || n == "windows1258") return "CP1258";
  if (n == "utf8" || n == "unicode-1-1-utf-8") return "UTF-8";
  if (n == "iso-8859-1" || n == "latin1") return "CP1252";
  if (n == "ks_c_5601-1987" || n == "euc-kr") return "CP949";
  if (n == "gb2312" || n == "gbk") return "GB18030";
  for (char c : n) {  // iconv names go to file look-ups: only plain characters
    const bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == ':' || c == '+';
    if (!fine) return {};
  }
  return n.size() > 40 ? std::string() : n;
}

class Converter {
 public:
  explicit Converter(const std::string& from) : cd_(iconv_open("UTF-8", from.c_str())) {}
  ~Converter() { if (valid()) iconv_close(cd_); }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool valid() const { return cd_ != iconv_t(-1); }

  std::string run(std::string_view in, bool cut) {
    iconv(cd_, nullptr, nullptr, nullptr, nullptr);
    std::string out;
    char buffer[4096];
    char* from = const_cast<char*>(in.data());  // iconv's signature; it does not write there
    std::size_t left = in.size();
    while (left > 0) {
      char* to = buffer;
      std::size_t room = sizeof buffer;
      const std::size_t n = iconv(cd_, &from, &left, &to, &room);
      const int error = n == std::size_t(-1) ? errno : 0;
      out.append(buffer, std::size_t(to - buffer));
      if (error == 0 || error == E2BIG) continue;
      if (error == EINVAL && cut) break;
      out.append(kReplacement);
      ++from;
      --left;
    }
    char* to = buffer;
    std::size_t room = sizeof buffer;
    iconv(cd_, nullptr, nullptr, &to, &room);  // stateful charsets and CP1258 hold back a last character
    out.append(buffer, std::size_t(to - buffer));
    return out;
  }

 private:
  iconv_t cd_;
};

Converter* converter(const std::string& name) {
  // iconv_open costs microseconds and file look-ups. The cap keeps invented charset names from growing the table.
  thread_local std::unordered_map<std::string, Converter> known;
  if (const auto it = known.find(name); it != known.end()) return it->second.valid() ? &it->second : nullptr;
  if (known.size() >= 64) known.clear();
  Converter& c = known.try_emplace(name, name).first->second;
  return c.valid() ? &c : nullptr;
}

// True for ASCII, Latin and Vietnamese letters in composed form and general punctuation: text that is valid UTF-8 and NFC
// for sure. Nearly all mail here is; ICU would cost ten times the rest of a summary.
bool surely_nfc(std::string_view s) {
  const auto tail = [&](std::size_t i) { return i < s.size() && (static_cast<unsigned char>(s[i]) & 0xc0) == 0x80; };
  for (std::size_t i = 0; i < s.size();) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (c < 0x80) { ++i; continue; }
    if (c >= 0xc2 && c <= 0xcb && tail(i + 1)) { i += 2; continue; }  // U+0080..U+02FF
    if (!tail(i + 1) || !tail(i + 2)) return false;
    const auto second = static_cast<unsigned char>(s[i + 1]), third = static_cast<unsigned char>(s[i + 2]);
    const bool latin = c == 0xe1 && (second == 0xba || second == 0xbb);  // U+1E80..U+1EFF
    const bool punctuation = c == 0xe2 && second == 0x80 && third >= 0x82;  // not the singletons U+2000 and U+2001
    if (!latin && !punctuation) return false;
    i += 3;
  }
  return true;
}

// Length of a UTF-8 sequence that the end of `s` cuts off, else 0.
std::size_t cut_tail(std::string_view s) {
  for (std::size_t back = 1; back <= 3 && back <= s.size(); ++back) {
    const auto c = static_cast<unsigned char>(s[s.size() - back]);
    if ((c & 0xc0) == 0x80) continue;
    const std::size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    return need > back ? back : 0;
  }
  return 0;
}

}  // namespace

bool is_ascii(std::string_view s) {
  std::uint64_t seen = 0, word = 0;
  std::size_t i = 0;
  for (; i + 8 <= s.size(); i += 8) {
    std::memcpy(&word, s.data() + i, 8);
    seen |= word;
  }
  for (; i < s.size(); ++i) seen |= static_cast<unsigned char>(s[i]);
  return (seen & 0x8080808080808080ULL) == 0;
}

std::string to_utf8(std::string_view bytes, std::string_view charset, bool cut) {
  std::string name = iconv_name(charset);
  const bool undeclared = name.empty() || name == "us-ascii" || name == "ascii" || name == "unknown-8bit" || name == "x-unknown";
  if (undeclared || name == "UTF-8" || name == "utf-8") {
    if (is_ascii(bytes)) return std::string(bytes);
    const std::string_view whole = cut ? bytes.substr(0, bytes.size() - cut_tail(bytes)) : bytes;
    if (surely_nfc(whole)) return std::string(whole);
    if (base::valid_utf8(whole)) return base::nfc(whole);
    name = undeclared ? "CP1258" : "UTF-8";
  }
  Converter* c = converter(name);
  if (!c) return to_utf8(bytes, {}, cut);
  std::string out = c->run(bytes, cut);
  return surely_nfc(out) ? out : base::nfc(out);
}

}  // namespace mime
