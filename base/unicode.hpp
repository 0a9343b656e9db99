// Text for comparing, searching and showing, with Vietnamese in mind. Signed bytes never pass through here.
// Any input is accepted: invalid UTF-8 becomes U+FFFD in every result. ASCII input takes a short path without ICU.
// All functions are pure and may be called from any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace base {

bool valid_utf8(std::string_view s);  // shortest forms only, no surrogates, at most U+10FFFF (RFC 3629)
std::uint32_t take_utf8(std::string_view s, std::size_t& i);  // the code point at i of valid UTF-8; i goes behind it, never far past the end

std::string nfc(std::string_view s);
std::string fold_case(std::string_view s);    // NFC and full case folding: names, addresses, folder names
// For search and loose comparison: NFKC, lower case, every combining mark off, đ (and its look-alikes U+00D0, U+0189) -> d.
std::string fold_search(std::string_view s);
// For people whose channel is ASCII only: fold_search() with the case kept ("Đúng" -> "Dung").
std::string strip_diacritics(std::string_view s);
// A key, not for display: lower case NFC where a syllable's tone mark stands at one place: hoà == hòa, thuỷ == thủy, uỷ == ủy.
// U+00D0 counts as Đ.
std::string fold_tone(std::string_view s);
std::string upper(std::string_view s);        // NFC, upper case
std::string lower_text(std::string_view s);   // NFC, lower case

// Columns that a terminal gives this text: 0 for combining marks and controls, 2 for wide East Asian characters and emoji.
std::size_t display_width(std::string_view s);

}  // namespace base
