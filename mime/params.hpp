// Values of structured MIME fields: Content-Type, Content-Disposition and their parameters (RFC 2045 5.1, RFC 2183, RFC 2231).
// Input is the raw, still folded field value. Tolerant: comments anywhere, unquoted values with spaces, missing values.
// Work is linear in the value; at most `max_params` parameters are kept.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mime/structure.hpp"

namespace mime {

struct FieldValue {
  std::string main;           // "text/plain", "attachment": lower case, empty when malformed
  std::vector<Param> params;  // in order of first appearance
  bool too_many_params = false;
};

FieldValue parse_field_value(std::string_view raw, std::size_t max_params);

// Skips folding white space and (nested) comments from `pos`.
std::size_t skip_cfws(std::string_view s, std::size_t pos);

bool is_token_char(char c);  // RFC 2045 5.1 token, and 8-bit bytes

}  // namespace mime
