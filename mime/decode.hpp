// Content of parts for readers that want text or bytes: transfer encodings (RFC 2045 6), charsets, HTML to text, file names.
// Lenient on purpose (it feeds search, preview, BINARY and inspection, never signatures). Linear; never fails on any bytes.
// Thread rule: pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mime/structure.hpp"

namespace mime {

enum class Encoding : std::uint8_t { identity, base64, quoted_printable, unknown };

Encoding encoding_of(std::string_view lower_name);  // unknown names: RFC 2045 6.4, the bytes cannot be decoded

// Incremental: any split of the input gives the same output.
class Decoder {
 public:
  explicit Decoder(Encoding encoding) : encoding_(encoding) {}
  void feed(std::string_view in, std::string& out);
  void finish(std::string& out);

 private:
  enum class State : std::uint8_t { text, equals, hex, soft_break };
  void feed_base64(std::string_view in, std::string& out);
  void feed_quoted(std::string_view in, std::string& out);
  bool escape(char c, std::string& out);

  Encoding encoding_;
  std::uint32_t bits_ = 0;  // base64
  unsigned count_ = 0;
  State state_ = State::text;  // quoted-printable
  char first_hex_ = 0;
  std::string blanks_;  // white space that vanishes if the line ends here
};

inline constexpr std::size_t kNoCap = std::size_t(-1);

// Whole body; stops soon after `cap` output bytes and cuts there. Encoding::unknown copies.
std::string decode(std::string_view body, Encoding encoding, std::size_t cap = kNoCap);

// A text part as UTF-8 (NFC): transfer-decoded, then its charset. HTML stays HTML. `cap` counts decoded bytes before conversion.
std::string decoded_text(const Part& part, std::string_view content, std::size_t cap = kNoCap);

// Visible text: no tags, comments, script, style; entities decoded; block elements end lines.
std::string html_to_text(std::string_view html, std::size_t cap = kNoCap);

// The attachment's name (Content-Disposition filename, else Content-Type name), RFC 2231 and 2047 decoded, safe to show and
// to store: last path component, no controls, no bidirectional overrides, at most 255 bytes. Empty when there is none.
std::string file_name(const Part& part);

}  // namespace mime
