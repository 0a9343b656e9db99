#include <algorithm>

#include "base/unicode.hpp"
#include "policy/document/letters.hpp"
#include "policy/document/parts.hpp"

namespace policy::document {
namespace {

// "QUYẾT ĐỊNH:" or "QUYẾT NGHỊ:" between the grounds and Điều 1.
const Kind* operative_kind(const Work& w) {
  for (std::size_t i = w.zone_end; i < std::min(w.size(), w.zone_end + 60); ++i) {
    const std::string s = squeezed(w.line(i).text);
    if (!mostly_upper(w.line(i).text)) continue;
    if (s == "quyetdinh") return kind_named(U"Quyết định");
    if (s == "quyetnghi") return kind_named(U"Nghị quyết");
  }
  return nullptr;
}

bool can_be_segment(const Number& n) { return n.segments > 1 || n.old_form; }

}  // namespace

void settle_kind(Work& w) {
  const Kind* by_number = w.number && can_be_segment(*w.number) ? kind_of_abbrev(w.number->kind_part, w.number->party || w.party) : nullptr;
  const bool letter = w.has_vv && w.has_to;
  if (w.number && w.number->kind_part == U"VBHN") { w.kind = kind_named(U"Văn bản hợp nhất"); by_number = w.kind; }
  double confidence = 0.95;
  if (w.kind) {
    if (by_number && by_number->name != w.kind->name && !(w.kind->families & kOlder)) {
      const bool joint = by_number->name == U"Thông tư liên tịch" && w.kind->name == U"Thông tư";
      if (joint) w.kind = by_number;
      else { w.reason("kind_mismatch"); confidence = 0.6; }
    }
  } else if (by_number && by_number->abbrev == U"CV") {
    w.kind = by_number;
  } else if (letter && (!by_number || w.number->year.empty())) {
    w.kind = kind_named(U"Công văn");  // CT-THNVDT: every other kind would have its name in the header
  } else if (by_number && (w.motto != kNone) && !w.has_vv) {
    w.kind = by_number;
    confidence = 0.75;
  } else if (const Kind* operative = w.number ? operative_kind(w) : nullptr) {
    w.kind = operative;
    confidence = 0.7;
  } else if (w.number && !w.number->symbol.empty() && (w.has_vv || w.has_to)) {
    w.kind = by_number ? nullptr : kind_named(U"Công văn");
    confidence = 0.85;
  }
  if (!w.kind) return w.reason("kind_unknown");
  const std::size_t at = w.kind_line != kNone ? w.kind_line : w.number_line;
  w.set(w.doc.kind, "kind", w.kind->name, confidence, at);
  std::u32string_view abbrev = w.kind->abbrev;
  if (w.number && w.party && by_number && by_number->name == w.kind->name) abbrev = w.number->kind_part;  // QyĐ, QĐi
  if (w.party && w.kind->name == U"Công văn") abbrev = U"CV";
  if (!abbrev.empty()) w.set(w.doc.kind_abbrev, "kind_abbrev", abbrev, confidence, at);
}

// CONTRACT 1: Party; QPPL = year in the number or an old form of a QPPL kind; else one of the 29 kinds.
void find_class(Work& w) {
  const unsigned families = w.kind ? w.kind->families : 0;
  const std::size_t at = w.number_line != kNone ? w.number_line : w.motto;
  const auto give = [&](std::u32string_view v, double c) { w.set(w.doc.doc_class, "doc_class", v, c, at); };
  if (w.party) return give(U"dang", 0.95);
  if (families & kOther) return give(U"khac", 0.8);
  if ((families & kOlder) && !(families & kAdmin) && w.kind->abbrev != U"CV") return give(U"khac", 0.8);
  if (w.kind && w.kind->abbrev == U"CV") return give(U"hanh_chinh", 0.9);
  if ((families & kLegal) && !(families & kAdmin)) return give(U"qppl", 0.95);
  if ((families & kAdmin) && !(families & kLegal)) return give(U"hanh_chinh", 0.95);
  if (!w.number || (w.number->symbol.empty())) return w.reason("class_open");
  if (!w.kind) return w.number->year.empty() ? give(U"hanh_chinh", 0.7) : w.reason("class_open");
  if (!w.number->year.empty()) return give(U"qppl", 0.93);
  if (w.number->old_form) return give(U"qppl", 0.7);
  if (w.number->blank && w.text.pages.size() && w.line(w.number_line).text.find(U"/20") != std::u32string::npos) return give(U"qppl", 0.7);
  give(U"hanh_chinh", 0.95);
}

namespace {

// A page with a kind's name on it is not yet a document: a header, a number of its own or the signs of an issued text decide.
bool is_document(const Work& w) {
  int score = 0;
  score += w.motto != kNone ? 2 : 0;
  score += w.number && !w.number->symbol.empty() ? (w.number->blank ? 2 : 3) : 0;
  score += w.kind && w.kind_line != kNone ? 2 : w.kind ? 1 : 0;
  score += w.doc.place && w.doc.date ? 1 : 0;
  score += w.doc.issuer ? 1 : 0;
  score += w.has_vv && w.has_to ? 1 : 0;
  score += w.kind_line != kNone && w.doc.title && (w.doc.title->text.starts_with("Về việc") || w.doc.title->text.starts_with("VỀ VIỆC")) ? 1 : 0;
  score += w.has_recipients ? 1 : 0;
  score += w.has_close ? 1 : 0;
  score += w.doc.signer_authority ? 1 : 0;
  if (w.form && !w.doc.number) return false;
  if (w.motto == kNone && !(w.number && !w.number->blank) && !(w.kind_line != kNone && w.has_close && w.doc.title)) return false;
  if (!w.kind && !w.doc.symbol && !w.doc.issuer) return false;
  if (w.motto != kNone && !w.kind && !w.doc.symbol && !(w.doc.issuer && w.doc.date)) return false;
  return score >= (w.motto == kNone ? 5 : 4);  // a mail that cites "Số: 204/UBND-KT" in a line of its own is none
}

constexpr double kOcrTrust = 0.7;  // what is read from a picture is never as sure as what is written in the file

// A mark that was misread makes another word: "SƠ" is no "SỞ", "UY" no "ỦY". Whose name that is stays open.
bool is_misread(const Field& name) {
  std::string_view left = name ? std::string_view(name->text) : std::string_view();
  while (!left.empty()) {
    const std::size_t end = std::min(left.find(' '), left.size());
    const std::string word = base::upper(left.substr(0, end)), plain = base::fold_search(word);
    if ((plain == "so" && word != "SỞ") || (plain == "uy" && word != "ỦY" && word != "UỶ")) return true;
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return false;
}

void tell_file_facts(Work& w) {
  const Text& t = w.text;
  Document& d = w.doc;
  d.pages = t.page_count;
  d.scanned = t.scanned;
  d.ocr = t.ocr;
  if (t.page_count) d.evidence.push_back({"pages", std::to_string(t.page_count), 0, 0, 1});
  if (t.scanned) d.evidence.push_back({"scanned", t.scanned_why, 0, 0, 0.95});
  if (!t.ocr) return;
  if (is_misread(d.issuer)) d.issuer.reset();
  if (is_misread(d.issuer_parent)) d.issuer_parent.reset();
  for (Field* f : {&d.doc_class, &d.kind, &d.kind_abbrev, &d.number, &d.symbol, &d.issuer, &d.issuer_parent, &d.place, &d.date, &d.title, &d.signer, &d.signer_authority, &d.urgency, &d.secrecy, &d.copy_form})
    if (*f) (*f)->confidence *= kOcrTrust;
  for (Evidence& e : d.evidence) e.confidence *= kOcrTrust;
}

double overall(const Document& d) {
  double sum = 0;
  int count = 0;
  for (const Field* f : {&d.kind, &d.number, &d.symbol, &d.issuer, &d.date, &d.title, &d.signer, &d.doc_class}) {
    ++count;
    if (*f) sum += (*f)->confidence;
  }
  return sum / count;
}

}  // namespace

std::vector<Document> classify(const Text& text) {
  Work w{.text = text, .lines = make_lines(text), .doc = {}, .number = {}, .kind_rest = {}};
  if (w.size() < 3) return {};
  w.doc.source = text.source;
  find_zone(w);
  find_incoming_stamp(w);
  find_kind(w);
  find_number(w);
  find_kind_prefix(w);
  find_issuer(w);
  find_title(w);
  settle_kind(w);
  find_date(w);
  find_stamps(w);
  find_signature(w);
  find_addressees(w);
  find_distribution(w);
  find_copy(w);
  find_class(w);
  for (std::size_t i = 0; i < w.zone_end && i < w.size(); ++i)
    for (const Cell& c : w.line(i).cells) w.doc.draft |= c.plain.starts_with(U"du thao") && c.text.size() < 30 && !w.doc.number;
  if (!is_document(w)) return {};
  tell_file_facts(w);
  w.doc.confidence = overall(w.doc);
  return {std::move(w.doc)};
}

}  // namespace policy::document
