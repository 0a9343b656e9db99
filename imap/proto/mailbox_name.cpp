#include "imap/proto/mailbox_name.hpp"

#include "imap/proto/mutf7.hpp"

namespace imap::proto {

base::Result<MailboxName> MailboxName::make(std::string_view utf8) {
  auto text = base::canonical_mailbox_name(utf8);
  if (!text) return base::fail(base::Errc::denied, text.error().detail());
  return MailboxName(*std::move(text));
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
