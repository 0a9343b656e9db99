// Address fields: RFC 5322 3.4 with its obsolete forms (4.4: routes, empty list members, comments anywhere, dots in phrases)
// and RFC 6532 UTF-8. Tolerant: garbage gives fewer mailboxes, never an error; what cannot be an address is skipped to the
// next comma. One pass, linear, at most `max_mailboxes` results. Identity decisions use local and domain only, never a
// display name (ATTACKS S6). Thread rule: pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mime {

struct Mailbox {
  std::string display_name;  // quotes and folding removed, RFC 2047 words still encoded: decode_text() for people
  std::string local;         // quotes and escapes removed
  std::string domain;        // as written, without comments; empty when there was no '@'
  std::string route;         // obsolete "@a,@b" of RFC 5322 4.4, RFC 9051 addr-adl
  friend bool operator==(const Mailbox&, const Mailbox&) = default;
};

struct Group {  // "name: mailbox, mailbox;" covers mailboxes [first, first + count)
  std::string name;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

struct AddressList {
  std::vector<Mailbox> mailboxes;  // in order; of groups too
  std::vector<Group> groups;       // in order of `first`
  bool truncated = false;          // more than max_mailboxes
};

AddressList parse_addresses(std::string_view raw_value, std::size_t max_mailboxes = 100000);

// Local part byte by byte, domain without ASCII case (RFC 5321 2.4). No IDNA: both sides are in the form they came in.
bool same_address(const Mailbox& a, const Mailbox& b);

// "local@domain", with the local part quoted when RFC 5321 4.1.2 needs it.
std::string addr_spec(const Mailbox& m);

}  // namespace mime
