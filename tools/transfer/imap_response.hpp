// One response of an IMAP server as values (RFC 9051 7, 9; RFC 3501 for older servers). Pure. Unknown responses and items parse too, so
// that extensions do no harm; what breaks the grammar is Errc::invalid. Depth and counts are bounded.
#pragma once
#include "tools/transfer/imap_frame.hpp"

namespace transfer {

struct ImapValue {
  enum class Kind : unsigned char { atom, string, nil, list } kind = Kind::atom;  // NIL as a word is nil; "" is a string
  std::string text;
  std::vector<ImapValue> items;
  bool dropped = false;  // a literal that was longer than the limit; text is empty
  bool is(std::string_view word) const;  // an atom, ignoring case
};

struct ImapResponse {
  enum class Kind : unsigned char { tagged, untagged, more } kind = Kind::untagged;
  std::string tag;
  std::string name;                  // upper case: "OK", "LIST", "FETCH"
  std::optional<std::uint32_t> number;  // "* 12 FETCH"
  std::vector<ImapValue> code;       // of [CODE ...]: the words of it
  std::vector<ImapValue> values;     // what follows the name, but for status responses
  std::string text;                  // of a status response or of "+ "
};

[[nodiscard]] Result<ImapResponse> parse_response(ImapFrame frame);

// What a FETCH response says of its message.
struct ImapFetch {
  std::uint32_t uid = 0;
  bool has_flags = false;
  store::SystemFlags flags = 0;
  std::vector<std::string> keywords;
  std::optional<base::Time> date;
  std::int16_t tz_minutes = 0;
  std::optional<std::uint64_t> size;
  std::optional<std::string> body;    // of BODY[] or BODY[HEADER], whichever came
  bool too_large = false;             // it came and was longer than the limit
};
[[nodiscard]] Result<ImapFetch> parse_fetch(ImapResponse response);

struct ImapListed {
  std::string wire_name;  // as the server writes it
  std::string name;       // UTF-8, '/' between levels; empty: it cannot be read as modified UTF-7
  store::SpecialUse special = store::SpecialUse::none;
  bool selectable = true;
  bool is_virtual = false;  // \Flagged: shows messages of other mailboxes
};
[[nodiscard]] Result<ImapListed> parse_list(const ImapResponse& response);

}  // namespace transfer
