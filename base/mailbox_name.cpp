#include "base/mailbox_name.hpp"

#include "base/ascii.hpp"
#include "base/unicode.hpp"

namespace base {
namespace {

bool is_control_point(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
         (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

const char* wrong_with(std::string_view name) {
  for (std::size_t i = 0; i < name.size();) {
    const std::uint32_t c = take_utf8(name, i);
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
