// The name of a mailbox: holding one means that base::canonical_mailbox_name takes it. The store maps it to an id; never a path.
#pragma once
#include <string>
#include <string_view>

#include "base/mailbox_name.hpp"

namespace imap::proto {

inline constexpr char kSeparator = '/';

class MailboxName {
 public:
  static constexpr std::size_t kMaxBytes = base::kMaxMailboxName;

  // From the wire: modified UTF-7, or UTF-8 once UTF8=ACCEPT or IMAP4rev2 is enabled (RFC 9051 5.1, RFC 6855 3).
  // One trailing separator is dropped (RFC 9051 6.3.4). Errc::denied: a name this server does not have: "NO [CANNOT]".
  [[nodiscard]] static base::Result<MailboxName> from_wire(std::string_view text, bool utf8);
  [[nodiscard]] static base::Result<MailboxName> make(std::string_view utf8);
  static MailboxName inbox() { return MailboxName("INBOX"); }

  const std::string& str() const { return text_; }
  bool is_inbox() const { return text_ == "INBOX"; }
  std::string_view parent() const;  // empty at the top
  std::string_view leaf() const;
  bool is_under(const MailboxName& above) const;  // a proper descendant
  friend bool operator==(const MailboxName&, const MailboxName&) = default;
  friend auto operator<=>(const MailboxName&, const MailboxName&) = default;

 private:
  explicit MailboxName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// NFC and the INBOX rule applied to UTF-8 that may hold wildcards: references and patterns of LIST.
inline std::string canonical_name_text(std::string_view utf8) { return base::normal_mailbox_text(utf8); }

}  // namespace imap::proto
