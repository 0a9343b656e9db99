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
  std::optional<bool> scanned = {};  // pictures of paper, or born digital; absent = unknown
  std::string scanned_why = {};    // what says so: "pages 2, letters 0, pixels 17400000"
  bool ocr = false;                // the text was read from pictures: every confidence is lowered
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

struct Recipient {
  std::string name;     // "Như trên" is replaced by those of "Kính gửi"
  std::string purpose;  // để biết | để thực hiện | để báo cáo | để phối hợp | lưu ..., several joined by ", "; empty = not said
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
  std::vector<std::string> addressees;  // of "Kính gửi"
  std::vector<Recipient> distribution;  // `recipients` taken apart
  std::uint32_t pages = 0;              // 0 = unknown
  std::optional<bool> scanned;
  bool ocr = false;
  bool draft = false;      // blank number or the word DỰ THẢO
  double confidence = 0;
  std::vector<Evidence> evidence;
  std::vector<std::string> reasons;  // why a field is absent or doubtful: number_blank, number_unreadable, kind_mismatch ...
};

std::vector<Document> classify(const Text& text);  // empty when the text is no official document
std::string to_json(const std::vector<Document>& documents);  // {"schema":"congthu.classify/1","documents":[...]}
std::vector<Document> from_json(std::string_view array);      // the "documents" array of to_json(); what does not fit is left out

}  // namespace policy::document
