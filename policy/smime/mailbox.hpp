// The one mailbox of a From field, strictly (RFC 5322 3.4 without obsolete forms, RFC 6532): the identity that a signer must
// match. Unlike mime/address.hpp nothing is skipped or guessed: what two readers could read differently is `unreadable`.
#pragma once
#include <string>
#include <string_view>

namespace policy::smime {

enum class FromKind : unsigned char { one, missing, several, unreadable };

struct From {
  FromKind kind = FromKind::missing;
  std::string local;         // without quotes
  std::string domain;        // canonical (base::canonical_domain)
  bool name_has_address = false;  // the display name, decoded, shows an '@' that is not this very address (ATTACKS S6)
};

// `header` is the header block of a message. Several From fields, several mailboxes and groups are `several`.
From read_from(std::string_view header);

// Local part byte by byte (NFC), domain by IDNA without case: RFC 5280 7.5, RFC 8550 3.
bool same_mailbox(const From& from, std::string_view address_of_certificate);

}  // namespace policy::smime
