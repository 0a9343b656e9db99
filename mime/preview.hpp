// The first words of a message for lists (RFC 8970): at most 200 characters of its first text part, blanks collapsed.
// Reads a bounded prefix of the part only. Thread rule: pure.
#pragma once
#include <string>
#include <string_view>

#include "mime/structure.hpp"

namespace mime {

std::string preview(std::string_view content, const Structure& structure);

}  // namespace mime
