// The steps of classify(), each reading the lines and filling its fields; internal to this folder.
#pragma once
#include <optional>
#include <string>

#include "policy/document/kinds.hpp"
#include "policy/document/lines.hpp"
#include "policy/document/number.hpp"

namespace policy::document {

inline constexpr std::size_t kNone = std::size_t(-1);

struct Work {
  const Text& text;
  Lines lines;
  Document doc;
  // Places in lines.all
  std::size_t motto = kNone;        // line of the quốc hiệu, or of the Party's header
  bool party = false;
  std::size_t zone_begin = 0, zone_end = 0;  // the header zone
  std::size_t number_line = kNone, number_cell = 0;
  std::size_t number_end = 0;        // index in the cell after the number
  std::optional<Number> number;
  std::size_t kind_line = kNone, kind_cell = 0;
  std::u32string kind_rest;         // what follows the kind's name in its own line
  const Kind* kind = nullptr;
  bool has_vv = false, has_to = false, has_close = false, has_recipients = false, form = false;

  const Line& line(std::size_t i) const { return lines.all[i]; }
  std::size_t size() const { return lines.all.size(); }
  void set(Field& field, std::string_view name, std::u32string_view value, double confidence, std::size_t at);
  void reason(std::string code) { doc.reasons.push_back(std::move(code)); }
};

bool starts_word(std::u32string_view plain, std::u32string_view words);  // plain begins with words at a word boundary
bool is_body_start(const Line& line);        // "Căn cứ", "Kính gửi", "Điều 1" ...
bool is_date_cell(const Cell& cell);         // "..., ngày .. tháng .. năm .."
bool is_motto_cell(const Cell& cell);        // quốc hiệu, tiêu ngữ
std::size_t upper_words(std::u32string_view s);  // length of the words in capitals that s begins with: columns run into one another
bool shown_upper(const Work& w, std::u32string_view s);  // upper case, or a TCVN3 text where case is lost

void find_zone(Work& w);
void find_incoming_stamp(Work& w);
void find_number(Work& w);
void find_kind(Work& w);         // a line that is a kind's name
void find_kind_prefix(Work& w);  // a line that begins with one; after find_number
void settle_kind(Work& w);       // decision order, mismatch, abbreviation
void find_date(Work& w);
void find_title(Work& w);
void find_issuer(Work& w);
void find_stamps(Work& w);
void find_signature(Work& w);
void find_addressees(Work& w);    // "Kính gửi"
void find_distribution(Work& w);  // after find_signature and find_addressees
void find_copy(Work& w);
void find_class(Work& w);

}  // namespace policy::document
