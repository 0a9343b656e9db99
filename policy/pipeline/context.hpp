// What a rule may look at. Filled stage by stage by the caller (SMTP session, APPEND, import, dry run); rules never do I/O
// themselves: what they need to know of the site comes through Site, what they need of attachments is in `content`.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "mime/address.hpp"
#include "mime/structure.hpp"
#include "policy/core/signature_report.hpp"
#include "policy/document/document.hpp"

namespace policy {

// How the message came: it decides who is bound. Duty rules bind the site's own officials at submission; on mail from
// outside, duty rules and verdicts only annotate (CONTRACT 3).
enum class Channel : std::uint8_t { inbound, submission, append, import };

// What policy needs to know of the site; implemented over the store in tools, and by tables in tests.
class Site {
 public:
  virtual ~Site() = default;
  virtual bool is_local_domain(std::string_view domain) const = 0;
  virtual std::vector<std::string> domains() const = 0;  // the local ones, canonical
  // May this login send as this address (its own, an alias that leads to it, a functional mailbox it works for)?
  virtual bool may_send_as(std::string_view login, std::string_view address) const = 0;
  // The code of the agency that an address belongs to, or empty.
  virtual std::string agency_of(std::string_view address) const = 0;
  // The agency above, or empty.
  virtual std::string agency_above(std::string_view agency) const = 0;
  // Its name and its other and former ones, as documents write them; empty when the site keeps none.
  virtual std::vector<std::string> agency_names(std::string_view) const { return {}; }
  // An agency's mailbox (true) or a person's; none for an address that is not a mailbox of the site.
  virtual std::optional<bool> is_agency_mailbox(std::string_view) const { return std::nullopt; }
};

struct AttachmentFacts {  // of one attachment, as congthu-inspect found them
  std::uint32_t part = 0;  // index into Structure::parts
  std::string file_name;
  std::string digest;  // SHA-256, hex
  std::vector<document::Document> documents;
  std::vector<SignatureReport> signatures;  // empty when the format can carry none
  std::string covers;  // of a detached signature: the digest of the file that it signs
  std::string text;    // for the index, capped
  std::optional<bool> scanned = {};  // pictures of paper; false: born digital; absent: unknown
  std::string reason;  // why there are no facts (damaged, encrypted, timed out), or empty
};

struct ContentFacts {
  std::string_view content;                   // the bytes as received
  const mime::Structure* structure = nullptr;  // of content
  std::vector<mime::Mailbox> from;             // all mailboxes of all From fields
  std::size_t from_fields = 0;
  std::vector<mime::Mailbox> sender, reply_to;
  VerifyReport smime;  // the message's own verdict (CONTRACT 2: nothing else makes it)
  std::vector<AttachmentFacts> attachments;
};

struct Context {
  Channel channel = Channel::inbound;
  base::Time now{};
  std::string client_address;
  std::string login;   // authenticated address, empty on the MX port
  std::string sender;  // reverse-path without <>, empty for <>
  bool sender_known = false;  // MAIL has been given
  std::vector<std::string> recipients;
  const ContentFacts* content = nullptr;  // at stage content and later
  std::string policy;    // for a duty: the policy file that asks for it; the pipeline sets it
  bool explain = false;  // a dry run: duties also tell what they find met or cannot judge (Action::accept)
};

}  // namespace policy
