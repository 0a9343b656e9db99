// What an official document says about itself, read from its extracted text by fixed rules and tables.
// classify() is pure: no I/O, no state, any thread, time linear in the text. Called by congthu-inspect and by tests.
// A field that is not certain is absent: a wrong answer is worse than none. A cited number is never the own number.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace policy::document {

// Extracted text: one string per page, lines ended by '\n'; columns kept apart by a tab or at least three spaces.
struct Text {
  std::string source;              // name of the file or part, copied to the result
  std::vector<std::string> pages;  // UTF-8; text of TCVN3 fonts as Latin-1 letters is recognised and decoded
  std::uint32_t page_count = 0;    // of the file; 0 = unknown
};

struct Value {
  std::string text;
  double confidence = 0;  // 0..1
};
using Field = std::optional<Value>;

struct Evidence {
  std::string field, text;  // the span of text the field was read from
  std::uint32_t page = 0, line = 0;  // counted from 1, lines without the empty ones
  double confidence = 0;
};

struct Incoming {  // the receiver's stamp "ĐẾN Số: ... Ngày: ...": never mixed with the document's own number and date
  std::string number, date;
};

struct Document {
  std::string source;
  Field doc_class;         // hanh_chinh | qppl | dang | khac
  Field kind, kind_abbrev;
  Field number, symbol;    // 204/KH-UBND and KH-UBND
  Field issuer, issuer_parent;
  Field place, date;       // date: YYYY-MM-DD
  Field title;
  Field signer, signer_authority;  // "TM. / KT."
  Field urgency, secrecy;
  Field copy_form;         // Sao y | Trích sao | Sao lục
  std::optional<Incoming> incoming;
  std::vector<std::string> recipients;  // lines of "Nơi nhận"
  bool draft = false;      // blank number or the word DỰ THẢO
  double confidence = 0;
  std::vector<Evidence> evidence;
  std::vector<std::string> reasons;  // why a field is absent or doubtful: number_blank, number_unreadable, kind_mismatch ...
};

std::vector<Document> classify(const Text& text);  // empty when the text is no official document
std::string to_json(const std::vector<Document>& documents);  // {"schema":"congthu.classify/1","documents":[...]}
std::vector<Document> from_json(std::string_view array);      // the "documents" array of to_json(); what does not fit is left out

}  // namespace policy::document
