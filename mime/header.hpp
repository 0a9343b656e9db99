// Header fields of a header block, as views, and their text (RFC 5322 2.2, RFC 2047, RFC 6532).
// Tolerant by need: LF-only lines, lines that are no field (skipped), a block without its empty line. Thread rule: pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "mime/range.hpp"

namespace mime {

struct HeaderField {
  std::string_view name;       // as written, without trailing white space
  std::string_view raw_value;  // behind the colon, folding and last line end included
  ByteRange range;             // of the whole field, relative to the block
};

// for (std::optional<HeaderField> f; (f = reader.next());)
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view block) : block_(block) {}
  std::optional<HeaderField> next();

 private:
  std::string_view block_;
  std::size_t pos_ = 0;
};

// The first field of that name (any case).
std::optional<HeaderField> find(std::string_view block, std::string_view name);
std::size_t count(std::string_view block, std::string_view name);

// Removes CR, LF and NUL (RFC 5322 2.2.3 unfolding) and surrounding white space. Nothing is decoded.
std::string unfold(std::string_view raw_value);

// RFC 2047 decoded, unfolded, valid UTF-8 in NFC, without control characters. 8-bit bytes count as UTF-8 when they are
// valid, else as windows-1258. Adjacent encoded-words of one charset are joined before conversion, so that a character cut
// between two words survives (common in Vietnamese mail). Never throws on any input.
std::string decode_text(std::string_view raw_value);

}  // namespace mime
