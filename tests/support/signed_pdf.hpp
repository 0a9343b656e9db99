// Small real PDFs for tests and the demo: A4, Vietnamese text that readers can extract (Type 0 font with ToUnicode), signed by
// incremental updates as ISO 32000-2 12.8 asks.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/pki.hpp"

namespace test {

struct PdfLine {
  double x = 72, y = 780, size = 13;  // points, origin at the lower left corner
  std::string text;                   // UTF-8, characters of the basic plane
};

std::string build_pdf(const std::vector<PdfLine>& lines);
// The usual first page of an official letter: agency, national motto, number, place and date, subject, signer.
std::vector<PdfLine> official_letter(const std::string& number = "12/SVD-VP");

struct PdfSignSpec {
  std::string sub_filter = "adbe.pkcs7.detached";
  CmsSpec cms;
  std::string field = "Signature1";
  int doc_mdp = 0;               // 1..3: a certification signature
  std::size_t room = 8192;       // bytes reserved for the CMS
  std::string dictionary_extra;  // raw PDF text added to the signature dictionary
  std::string field_extra;       // and to its field
  // Gives the value for the covered bytes instead of a CMS by `signer`, e.g. a time-stamp token.
  std::function<std::string(const std::string& covered)> value;
};

// Appends one revision with a signature over the whole file. Needs a PDF with a cross-reference table, as build_pdf makes.
std::string sign_pdf(const std::string& pdf, const Identity& signer, const PdfSignSpec& spec = {});
// Appends one revision that redefines or adds objects: {number, "<< ... >>"}; nothing is signed.
std::string append_revision(const std::string& pdf, const std::vector<std::pair<int, std::string>>& objects);

}  // namespace test
