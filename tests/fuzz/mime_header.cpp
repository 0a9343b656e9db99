// Header fields, RFC 2047 text, dates; the text is always valid UTF-8.
#include <cstdint>

#include "base/unicode.hpp"
#include "mime/date.hpp"
#include "mime/header.hpp"
#include "mime/params.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view block(reinterpret_cast<const char*>(data), size);
  mime::HeaderReader reader(block);
  for (auto f = reader.next(); f; f = reader.next()) {
    if (f->range.end() > size) __builtin_trap();
    (void)mime::parse_field_value(f->raw_value, 16);
    (void)mime::parse_date(f->raw_value);
  }
  const std::string text = mime::decode_text(block);
  if (!base::valid_utf8(text) || text.find_first_of("\r\n") != text.npos) __builtin_trap();
  return 0;
}
