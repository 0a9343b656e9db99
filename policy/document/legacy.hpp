// Text of the years before TCVN 6909:2001 made Unicode mandatory, and of fonts that still pretend: one byte per letter or per mark,
// which readers of PDF and DOC hand over as Latin-1 letters. Pure.
#pragma once
#include <string>
#include <string_view>

namespace policy::document {

enum class Legacy : unsigned char {
  none,
  tcvn3,   // TCVN 5712:1993 (ABC fonts, .VnTime): one byte per letter; capitals by another font
  vni,     // VNI fonts: a letter and a byte for its marks ("CoäNG hoøa")
  cp1258,  // Windows: letters with their shape, a combining tone behind
};

// Of a page. Unicode text with Vietnamese letters is never taken for one of them.
Legacy legacy_encoding(std::u32string_view latin1);
std::u32string decode_legacy(std::u32string_view latin1, Legacy encoding);  // some letters come out composed, some with combining tones

}  // namespace policy::document
