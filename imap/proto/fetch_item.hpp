// What FETCH asks for (RFC 9051 6.4.5, RFC 7162, 8474, 8514, 8970), macros already expanded.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace imap::proto {

// section-spec: which bytes of a message. An empty path means the message itself.
struct Section {
  enum class Kind : unsigned char { all, header, header_fields, header_fields_not, text, mime };
  static constexpr std::size_t kMaxDepth = 64;    // as deep as mime::Limits lets a message be
  static constexpr std::size_t kMaxFields = 256;
  std::vector<std::uint32_t> path;   // part numbers from 1
  Kind kind = Kind::all;             // mime never without a path
  std::vector<std::string> fields;   // header_fields(_not) only, as written, never empty then
  friend bool operator==(const Section&, const Section&) = default;
};

struct Partial {  // <offset.count>; what lies past the end is cut off, not an error
  std::uint64_t offset = 0;
  std::uint64_t count = 0;  // > 0
  friend bool operator==(const Partial&, const Partial&) = default;
};

struct FetchItem {
  enum class Kind : unsigned char {
    flags, internal_date, rfc822, rfc822_header, rfc822_text, rfc822_size, envelope,
    body,            // BODY without a section: BODYSTRUCTURE without its extension data
    body_structure, uid,
    body_section,    // BODY[...] and BODY.PEEK[...]
    binary,          // BINARY[...] and BINARY.PEEK[...], section.kind is all
    binary_size, mod_seq, email_id, thread_id, save_date, preview,
  };
  Kind kind = Kind::flags;
  bool peek = false;  // does not set \Seen
  bool lazy = false;  // PREVIEW (LAZY)
  Section section;
  std::optional<Partial> partial;
  // RFC 9051 6.4.5: BODY[...], BINARY[...], RFC822 and RFC822.TEXT set \Seen; the peeking forms and RFC822.HEADER do not.
  bool sets_seen() const {
    return kind == Kind::rfc822 || kind == Kind::rfc822_text || ((kind == Kind::body_section || kind == Kind::binary) && !peek);
  }
  friend bool operator==(const FetchItem&, const FetchItem&) = default;
};

}  // namespace imap::proto
