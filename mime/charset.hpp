// Bytes of a declared charset to UTF-8 in NFC. Never fails: what cannot be converted becomes U+FFFD.
// Undeclared or wrong declarations: valid UTF-8 is kept, everything else is read as windows-1258, the old Vietnamese default.
// Vietnamese names that iconv does not know (TCVN, VISCII spellings) are mapped. Thread rule: pure (one iconv handle a thread and charset).
#pragma once
#include <string>
#include <string_view>

namespace mime {

bool is_ascii(std::string_view s);  // no byte above 0x7f

// `cut` says that the bytes may end inside a character (a prefix was read): an incomplete tail is dropped silently.
std::string to_utf8(std::string_view bytes, std::string_view charset, bool cut = false);

}  // namespace mime
