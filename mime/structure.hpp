// The structure of a message, found by one pass over its raw bytes (a boundary stack, no copies of bodies, no decoding).
// Made once at ingest; policy verifies over these ranges, store cuts content at them, imap renders from the Summary made of them.
// Thread rule: pure. Limits: a message beyond Limits still scans; what is past the limit becomes part of its enclosing
// part's body and the defect is recorded, so every consumer takes the same decision on the same bytes (ATTACKS M8).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mime/range.hpp"

namespace mime {

struct Limits {
  std::uint32_t max_depth = 64;             // nesting of multipart and message/rfc822
  std::uint32_t max_parts = 1000;           // all parts together
  std::uint32_t max_header_bytes = 262144;  // of one part
  std::uint32_t max_params = 128;           // parameters of one field
};

enum class Defect : std::uint16_t {  // bits; several may hold
  none = 0,
  too_deep = 1 << 0,
  too_many_parts = 1 << 1,
  header_too_long = 1 << 2,
  too_many_params = 1 << 3,
  duplicate_field = 1 << 4,     // more than one Content-Type or Content-Transfer-Encoding: the first counts
  missing_boundary = 1 << 5,    // multipart without a usable boundary: treated as one opaque body
  unterminated = 1 << 6,        // the closing delimiter never came
  bare_newline = 1 << 7,        // CR or LF alone (only imported or appended mail can have it)
  no_header_end = 1 << 8,
  eight_bit_header = 1 << 9,
};
constexpr Defect operator|(Defect a, Defect b) { return Defect(std::uint16_t(a) | std::uint16_t(b)); }
constexpr bool has(Defect set, Defect one) { return (std::uint16_t(set) & std::uint16_t(one)) != 0; }

struct Param {  // RFC 2231 continuations joined and decoded to UTF-8; name in lower case
  std::string name;
  std::string value;
};

inline constexpr std::uint32_t kNoPart = 0xffffffff;

struct Part {
  std::uint32_t parent = kNoPart;        // kNoPart for the root only
  std::uint32_t first_child = kNoPart;   // of multipart: its first part; of message/rfc822: the embedded root
  std::uint32_t next_sibling = kNoPart;
  ByteRange header;                      // with the empty line that ends it
  ByteRange body;                        // without the CRLF that belongs to the next delimiter (RFC 2046 5.1.1)
  std::uint32_t body_lines = 0;
  std::string type = "text";             // lower case; RFC 2045 5.2 default text/plain
  std::string subtype = "plain";
  std::vector<Param> params;             // of Content-Type
  std::string encoding = "7bit";         // lower case
  std::string id, description, location, md5, language;  // raw field values, unfolded
  std::string disposition;               // lower case, empty when absent
  std::vector<Param> disposition_params;
  bool is_multipart() const { return type == "multipart"; }
  bool is_message() const { return type == "message" && (subtype == "rfc822" || subtype == "global"); }
  // The range from the first header byte to the last body byte: what RFC 8551 signs.
  ByteRange whole() const { return {header.offset, body.end() - header.offset}; }
};

struct Structure {
  std::vector<Part> parts;  // pre-order; parts[0] is the root and always exists
  Defect defects = Defect::none;
  const Part& root() const { return parts.front(); }
};

// `content` is the message as received (CRLF). Never fails: a byte string that is no message is one text/plain part.
Structure scan(std::string_view content, const Limits& limits = {});

// RFC 9051 6.4.5.1 part number of a part of `s` ("2.1"); empty for the root. `part` must be an element of s.parts.
std::string section_number(const Structure& s, const Part& part);

// The value of a parameter, or an empty view.
std::string_view param(const std::vector<Param>& params, std::string_view lower_name);

}  // namespace mime
