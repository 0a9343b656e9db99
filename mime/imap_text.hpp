// IMAP wire text of a message's data: ENVELOPE, BODYSTRUCTURE, strings (RFC 9051 7.5.2, 4.3). Used by summary.cpp; imap uses
// append_string(). Everything that a quoted string cannot hold (8-bit, CR, LF, very long) becomes a literal with its exact
// byte count and NUL is dropped, so that mail content can never break a response (ATTACKS I10). Thread rule: pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mime/structure.hpp"

namespace mime {

void append_string(std::string& out, std::string_view s);   // quoted or literal
void append_nstring(std::string& out, std::string_view s);  // NIL when s is empty

// The fields that an ENVELOPE needs, raw values; empty data() means that the field is absent.
struct EnvelopeFields {
  std::string_view date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id;
};
EnvelopeFields envelope_fields(std::string_view header_block);

void append_envelope(std::string& out, const EnvelopeFields& fields);

// BODYSTRUCTURE of parts[0]. `extension` receives the ranges of `out` that BODY (without extension data) leaves out.
void append_body_structure(std::string& out, std::string_view content, const Structure& structure,
                           std::vector<std::pair<std::uint32_t, std::uint32_t>>& extension);

}  // namespace mime
