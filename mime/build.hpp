// Messages that the server writes itself: notices to people and delivery status reports (RFC 3464). Built with GMime, which
// encodes headers (RFC 2047) and folds lines; the result has CRLF line ends and only ASCII bytes. init() runs by itself.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace mime {

void init();  // starts GMime once a process; any thread

struct Attachment {
  std::string file_name;   // UTF-8
  std::string type;        // "application/pdf"
  std::string bytes;
};

struct Outgoing {
  std::string from_name, from_address;  // address: local@domain
  std::vector<std::pair<std::string, std::string>> to;  // display name, address
  std::string subject;                  // UTF-8
  std::string date;                     // RFC 5322 date, see base::rfc5322_date()
  std::string message_id;               // without brackets
  std::string in_reply_to;              // without brackets, or empty
  std::vector<std::pair<std::string, std::string>> fields;  // more fields, e.g. {"Auto-Submitted", "auto-replied"}
  std::string text;                     // UTF-8, LF or CRLF
  std::vector<Attachment> attachments;
};

// invalid: CR, LF or NUL inside a header value, a missing address.
[[nodiscard]] base::Result<std::string> build_message(const Outgoing& message);

// RFC 3464 report. One group of fields a recipient.
struct ReportRecipient {
  std::string final_recipient;      // local@domain
  std::string original_recipient;   // ORCPT as given ("rfc822;a@b"), or empty
  std::string action;               // failed | delayed | delivered | relayed | expanded
  std::string status;               // "5.1.1"
  std::string remote_mta;           // host, or empty
  std::string diagnostic;           // SMTP reply, or empty
};

struct Report {
  Outgoing message;                 // `text` is the part for people; attachments are ignored
  std::string reporting_mta;        // host
  std::string arrival_date;         // RFC 5322 date, or empty
  std::string envelope_id;          // ENVID, or empty
  std::vector<ReportRecipient> recipients;
  std::string original_header;      // header block of the returned message (text/rfc822-headers, RFC 6522); or empty
};

[[nodiscard]] base::Result<std::string> build_report(const Report& report);

}  // namespace mime
