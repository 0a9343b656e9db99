// What one line of an mbox says: the "From " line that begins a message (RFC 4155), quoting, and the fields in which mail programs
// keep flags. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tools/transfer/message.hpp"

namespace transfer {

struct FromLine {
  std::optional<base::Time> date;
  std::int16_t tz_minutes = 0;
};

// from-line = "From " sender date ; date = day-name month day time [zone] year [zone] (RFC 4155; ctime(3)), or as RFC 5322 has it.
// A time without a zone is of `zone` (minutes east of UTC). `text` without its line end. Nothing: no such line.
// Body lines that begin with "From " are common where programs do not quote: one without a date is a separator only
// for Thunderbird's forms "From " and "From -", which the caller confirms by the header that follows.
std::optional<FromLine> parse_from_line(std::string_view text, int zone);
bool is_bare_from_line(std::string_view text);  // "From", "From " or "From -" with nothing after it
bool is_header_line(std::string_view text);     // ftext ":" (RFC 5322 2.2)

// mboxrd: ">" *">" "From " loses one ">". mboxo: only ">From " does.
enum class MboxQuoting : unsigned char { rd, o, none };
std::string_view unquoted(std::string_view line, MboxQuoting quoting);

// Status, X-Status, X-Keywords (Dovecot, mutt, Pine), X-Mozilla-Status, -Status2, -Keys (Thunderbird).
struct StatusFields {
  store::SystemFlags flags = 0;
  std::vector<std::string> keywords;
  bool expunged = false;  // Thunderbird keeps what was deleted until it compacts the file
  // Takes the field when it is one of these: it is the file's, not the message's, and is left out.
  bool take(std::string_view name, std::string_view value);
};

}  // namespace transfer
