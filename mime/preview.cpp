#include "mime/preview.hpp"

#include "base/ascii.hpp"
#include "mime/decode.hpp"

namespace mime {
namespace {

constexpr std::size_t kCharacters = 200;
constexpr std::size_t kTextPrefix = 2048;   // 200 characters of four bytes, and quoted lines before them
constexpr std::size_t kHtmlPrefix = 16384;  // style sheets stand first

const Part* first_text(const Structure& s, std::string_view subtype) {
  for (const Part& p : s.parts) {
    if (p.type == "text" && p.subtype == subtype && p.disposition != "attachment" && p.body.size > 0) return &p;
  }
  return nullptr;
}

// One line of words; quoted lines ("> ...") of a reply say nothing new and are left out.
std::string collapse(std::string_view text) {
  std::string out;
  std::size_t characters = 0;
  bool line_start = true, quoted = false, gap = false;
  for (char c : text) {
    if (c == '\n') { line_start = true; quoted = false; gap = true; continue; }
    if (line_start && c == '>') quoted = true;
    line_start = false;
    if (quoted) continue;
    if (base::is_space(c) || base::is_control(c)) { gap = true; continue; }
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      const std::size_t blank = gap && !out.empty() ? 1 : 0;
      if (characters + blank + 1 > kCharacters) break;
      if (blank) out.push_back(' ');
      characters += blank + 1;
      gap = false;
    }
    out.push_back(c);
  }
  return out;
}

}  // namespace

std::string preview(std::string_view content, const Structure& structure) {
  if (const Part* plain = first_text(structure, "plain")) return collapse(decoded_text(*plain, content, kTextPrefix));
  if (const Part* html = first_text(structure, "html")) {
    return collapse(html_to_text(decoded_text(*html, content, kHtmlPrefix), kTextPrefix));
  }
  return {};
}

}  // namespace mime
