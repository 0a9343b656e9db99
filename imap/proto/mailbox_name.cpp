#include "imap/proto/mailbox_name.hpp"

#include <algorithm>

#include "base/unicode.hpp"
#include "imap/proto/chars.hpp"
#include "imap/proto/mutf7.hpp"

namespace imap::proto {
namespace {

bool ascii(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](unsigned char c) { return c < 0x80; });
}

bool has_control(std::string_view s) {  // C0, DEL, C1 (U+0080..9F), line and paragraph separators
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (c < 0x20 || c == 0x7f) return true;
    if (c == 0xc2 && i + 1 < s.size() && static_cast<unsigned char>(s[i + 1]) < 0xa0) return true;
    if (c == 0xe2 && (s.substr(i, 3) == "\xe2\x80\xa8" || s.substr(i, 3) == "\xe2\x80\xa9")) return true;
  }
  return false;
}

bool bad_levels(std::string_view s) {
  std::size_t levels = 0;
  for (;;) {
    const std::size_t end = s.find(kSeparator);
    const std::string_view level = s.substr(0, end);
    if (level.empty() || level == "." || level == ".." || ++levels > MailboxName::kMaxLevels) return true;
    if (end == std::string_view::npos) return false;
    s.remove_prefix(end + 1);
  }
}

}  // namespace

std::string canonical_name_text(std::string_view utf8) {
  std::string text = ascii(utf8) ? std::string(utf8) : base::nfc(utf8);
  // RFC 9051 5.1: INBOX is case-insensitive; so is it as the first level of a longer name.
  if (text.size() >= 5 && same_word(std::string_view(text).substr(0, 5), "INBOX") && (text.size() == 5 || text[5] == kSeparator))
    text.replace(0, 5, "INBOX");
  return text;
}

base::Result<MailboxName> MailboxName::make(std::string_view utf8) {
  const auto no = [](const char* why) { return base::fail(base::Errc::denied, why); };
  if (utf8.empty()) return no("empty mailbox name");
  if (utf8.size() > kMaxBytes) return no("mailbox name is too long");
  if (!ascii(utf8) && !base::valid_utf8(utf8)) return no("mailbox name is not UTF-8");
  if (has_control(utf8)) return no("control character in mailbox name");
  if (utf8.find_first_of("*%") != std::string_view::npos) return no("wildcard in mailbox name");
  std::string text = canonical_name_text(utf8);
  if (text.size() > kMaxBytes) return no("mailbox name is too long");
  if (bad_levels(text)) return no("empty, dot or too many levels in mailbox name");
  return MailboxName(std::move(text));
}

base::Result<MailboxName> MailboxName::from_wire(std::string_view text, bool utf8) {
  if (text.size() > kMaxBytes * 4) return base::fail(base::Errc::denied, "mailbox name is too long");
  if (text.size() > 1 && text.back() == kSeparator) text.remove_suffix(1);
  if (utf8) return make(text);
  const auto decoded = decode_mutf7(text);
  if (!decoded) return base::fail(base::Errc::denied, decoded.error().detail());
  return make(*decoded);
}

std::string_view MailboxName::parent() const {
  const std::size_t at = text_.rfind(kSeparator);
  return at == std::string::npos ? std::string_view{} : std::string_view(text_).substr(0, at);
}

std::string_view MailboxName::leaf() const {
  const std::size_t at = text_.rfind(kSeparator);
  return std::string_view(text_).substr(at == std::string::npos ? 0 : at + 1);
}

bool MailboxName::is_under(const MailboxName& above) const {
  return text_.size() > above.text_.size() && text_[above.text_.size()] == kSeparator && text_.starts_with(above.text_);
}

}  // namespace imap::proto
