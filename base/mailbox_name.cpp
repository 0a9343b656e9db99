#include "base/mailbox_name.hpp"

#include "base/ascii.hpp"
#include "base/unicode.hpp"

namespace base {
namespace {

// One code point of valid UTF-8; never reads past the end.
std::uint32_t take(std::string_view s, std::size_t& i) {
  const auto at = [&](std::size_t k) { return k < s.size() ? std::uint32_t(static_cast<unsigned char>(s[k])) : 0; };
  const std::uint32_t b = at(i++);
  const int more = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : b >= 0xc0 ? 1 : 0;
  std::uint32_t c = more == 3 ? b & 0x07 : more == 2 ? b & 0x0f : more == 1 ? b & 0x1f : b;
  for (int k = 0; k < more; ++k) c = (c << 6) | (at(i++) & 0x3f);
  return c;
}

bool is_control_point(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
         (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

const char* wrong_with(std::string_view name) {
  for (std::size_t i = 0; i < name.size();) {
    const std::uint32_t c = take(name, i);
    if (is_control_point(c)) return "a control character";
    if (c == '*' || c == '%') return "a wildcard (* or %)";
  }
  std::size_t levels = 0;
  for (const std::string_view level : split(name, '/')) {
    if (level.empty()) return "an empty level";
    if (level.size() > kMaxMailboxLevel) return "a level longer than 255 bytes";
    if (level == "." || level == "..") return "a level that is a dot name";
    if (++levels > kMaxMailboxLevels) return "more than 32 levels";
  }
  return nullptr;
}

}  // namespace

std::string normal_mailbox_text(std::string_view utf8) {
  std::string text = is_ascii(utf8) ? std::string(utf8) : nfc(utf8);
  // RFC 9051 5.1: INBOX means the same in any case; as a first level too, or "inbox/x" and "INBOX/x" would be twins.
  if (istarts_with(text, "INBOX") && (text.size() == 5 || text[5] == '/')) text.replace(0, 5, "INBOX");
  return text;
}

Result<std::string> canonical_mailbox_name(std::string_view given) {
  const auto bad = [](std::string why) { return fail(Errc::invalid, "mailbox name: " + why); };
  if (given.empty()) return bad("empty");
  // Before anything that costs time with its length.
  if (given.size() > kMaxMailboxName) return bad("longer than 1000 bytes");
  if (!valid_utf8(given)) return bad("not UTF-8");
  std::string name = normal_mailbox_text(given);
  if (name.size() > kMaxMailboxName) return bad("longer than 1000 bytes");
  if (const char* why = wrong_with(name); why != nullptr) return bad(std::string("holds ") + why);
  return name;
}

}  // namespace base
