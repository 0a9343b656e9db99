// Files made in the test: PDFs with a Vietnamese text layer (Type0 font, ToUnicode, no font program), DOCX by libzip.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

std::string make_pdf(const std::vector<std::string>& pages);  // each page: lines ended by '\n', one glyph per code point
std::string make_zip(const std::vector<std::pair<std::string, std::string>>& entries);
std::string make_docx(std::string_view body_xml);
std::string paragraph(std::string_view text);
std::string notice_text();  // a small "Thông báo" of an invented agency
