// Names that look like what they are not (Unicode TR 39): for names in certificates, which others read as an identity.
// Pure, any thread. ASCII takes a short path without ICU.
#pragma once
#include <string>
#include <string_view>

namespace base {

// Letters of several scripts in one name (TR 39 5.2, "highly restrictive": Latin with East Asian scripts is usual and allowed),
// invisible or bidirectional controls, the same mark twice: no honest name has them. Invalid UTF-8 is deceptive too.
bool deceptive(std::string_view utf8);

// Equal for names that people cannot tell apart (TR 39 4 skeleton, without case); not for display.
std::string look_alike_key(std::string_view utf8);

}  // namespace base
