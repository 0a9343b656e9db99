// Word 97-2003 ([MS-DOC]): the text by its piece table; Word 6 and 95: the text as it lies. No formatting, no macros, no objects.
#include <algorithm>
#include <utility>
#include <vector>

#include "tools/inspect/charset.hpp"
#include "tools/inspect/extract.hpp"
#include "tools/inspect/ole.hpp"
#include "tools/inspect/sheet.hpp"

namespace tools::inspect {
namespace {

constexpr std::size_t kPapx = 258, kClx = 418;  // FibRgFcLcb97: fcPlcfBtePapx, fcClx

// What the paragraph that a mark ends is.
struct Paragraph {
  bool in_table = false, ends_row = false;
};

// Paragraph properties by file offset (PlcBtePapx, 512-byte pages; [MS-DOC] 2.8.6, 2.9.174): only whether it stands in a table.
class Paragraphs {
 public:
  Paragraphs() = default;
  Paragraphs(std::string_view document, std::string_view plc) {
    const std::size_t count = plc.size() < 12 ? 0 : (plc.size() - 4) / 8;
    for (std::size_t i = 0; i < count && runs_.size() < kMostRuns; ++i) {
      const std::size_t page = std::size_t(le32(plc, 4 * (count + 1) + 4 * i) & 0x3FFFFF) * kPage;
      if (page + kPage <= document.size()) read_page(document.substr(page, kPage));
    }
    std::sort(runs_.begin(), runs_.end(), [](const Run& a, const Run& b) { return a.begin < b.begin; });
  }
  bool empty() const { return runs_.empty(); }
  Paragraph at(std::size_t offset) const {
    const auto next = std::upper_bound(runs_.begin(), runs_.end(), offset, [](std::size_t o, const Run& r) { return o < r.begin; });
    return next == runs_.begin() ? Paragraph{} : std::prev(next)->paragraph;
  }

 private:
  struct Run {
    std::size_t begin;
    Paragraph paragraph;
  };
  static constexpr std::size_t kPage = 512, kMostRuns = 500000;

  void read_page(std::string_view page) {
    const std::size_t count = std::uint8_t(page[kPage - 1]);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t box = 4 * (count + 1) + 13 * i;
      if (box >= kPage) return;
      const std::size_t at = 2 * std::size_t(std::uint8_t(page[box]));
      runs_.push_back({le32(page, 4 * i), at == 0 ? Paragraph{} : properties(page, at)});
    }
  }

  static Paragraph properties(std::string_view page, std::size_t at) {
    if (at + 1 >= page.size()) return {};
    const std::size_t words = std::uint8_t(page[at]);
    const std::size_t begin = words != 0 ? at + 1 : at + 2, size = words != 0 ? 2 * words - 1 : 2 * std::size_t(std::uint8_t(page[at + 1]));
    const std::string_view list = begin + 2 <= page.size() && size >= 2 ? page.substr(begin + 2, size - 2) : std::string_view();
    Paragraph out;
    for (std::size_t i = 0; i + 2 < list.size();) {
      const std::uint32_t sprm = le16(list, i);
      if (sprm == 0x2416) out.in_table = list[i + 2] != 0;
      if (sprm == 0x2417) out.ends_row = list[i + 2] != 0;
      constexpr std::size_t kOperand[8] = {1, 1, 2, 4, 2, 2, 0, 3};
      const std::size_t operand = kOperand[sprm >> 13];
      if (operand == 0 && (sprm == 0xD608 || sprm == 0xC615)) break;  // sizes of their own; what is looked for stands before
      i += 2 + (operand != 0 ? operand : 1 + std::size_t(std::uint8_t(list[i + 2])));
    }
    return out;
  }

  std::vector<Run> runs_;
};

// Characters as they lie in the file to lines. Marks are control characters ([MS-DOC] 2.4.1).
class DocText {
 public:
  DocText(std::size_t limit, const Paragraphs& paragraphs) : sheet_(limit), paragraphs_(paragraphs) {}
  bool full() const { return sheet_.full(); }
  std::string take() {
    if (!pending_.empty()) end_line({});
    return sheet_.take();
  }

  void put(char32_t c, std::size_t offset) {
    const bool after_cell = std::exchange(cell_ended_, false);
    switch (c) {
      case 0x07: return end_cell(offset, after_cell);
      case 0x13: return void(++instructions_);  // a field: its instructions end at 0x14, its result at 0x15
      case 0x14:
      case 0x15: return void(instructions_ -= instructions_ > 0);
      case 0x1E: return letter(U'-');
      case 0x0D:
      case 0x0B:
      case 0x0C: return end_line(known(offset));
      case 0x09: return letter(U'\t');
      default: break;
    }
    if (c >= 0x20) letter(c);
  }

 private:
  Paragraph known(std::size_t offset) const { return paragraphs_.empty() ? Paragraph{sheet_.in_row(), false} : paragraphs_.at(offset); }

  void letter(char32_t c) {
    if (instructions_ > 0) return;
    if (c >= 0xD800 && c < 0xDC00) return void(high_ = c);
    if (c >= 0xDC00 && c < 0xE000) c = high_ ? 0x10000 + ((std::exchange(high_, 0) - 0xD800) << 10) + (c - 0xDC00) : 0xFFFD;
    append_utf8(pending_, c);
  }
  void end_line(const Paragraph& paragraph) {
    if (paragraph.in_table && !sheet_.in_row()) sheet_.begin_row(), sheet_.begin_cell();
    else if (!paragraph.in_table && sheet_.in_row()) sheet_.end_row();
    sheet_.line() += pending_;
    pending_.clear();
    sheet_.end_line();
  }
  void end_cell(std::size_t offset, bool after_cell) {
    const bool row_ends = paragraphs_.empty() ? after_cell : paragraphs_.at(offset).ends_row;
    if (row_ends) return pending_.clear(), sheet_.end_row();
    end_line({true, false});
    sheet_.begin_cell();
    cell_ended_ = true;
  }

  Sheet sheet_;
  const Paragraphs& paragraphs_;
  std::string pending_;
  char32_t high_ = 0;
  unsigned instructions_ = 0;
  bool cell_ended_ = false;
};

struct Piece {
  std::size_t characters, offset;
  bool bytes;  // one byte a character, Windows-1252
};

// Of the table stream, as a pair of offset and size in the FIB says.
std::string_view part_of(std::string_view table, std::string_view document, std::size_t pair) {
  const std::size_t at = le32(document, pair);
  return at < table.size() ? table.substr(at, le32(document, pair + 4)) : std::string_view();
}

std::vector<Piece> pieces_of(std::string_view clx) {
  std::vector<Piece> out;
  for (std::size_t i = 0; i + 5 <= clx.size();) {
    if (clx[i] == 1) {  // properties
      i += 3 + le16(clx, i + 1);
      continue;
    }
    if (clx[i] != 2) break;
    const std::string_view plc = clx.substr(i + 5, le32(clx, i + 1));
    const std::size_t count = plc.size() < 16 ? 0 : (plc.size() - 4) / 12;
    for (std::size_t k = 0; k < count; ++k) {
      const std::uint32_t from = le32(plc, 4 * k), to = le32(plc, 4 * (k + 1)), fc = le32(plc, 4 * (count + 1) + 8 * k + 2);
      if (to < from) return {};
      const bool bytes = (fc & 0x40000000) != 0;
      out.push_back({to - from, bytes ? (fc & 0x3FFFFFFF) / 2 : fc & 0x3FFFFFFF, bytes});
    }
    break;
  }
  return out;
}

void read_piece(std::string_view document, const Piece& piece, std::size_t most, DocText& text) {
  const std::size_t wanted = std::min(piece.characters, most);
  for (std::size_t i = 0; i < wanted && !text.full(); ++i) {
    const std::size_t at = piece.offset + (piece.bytes ? i : 2 * i);
    if (at + (piece.bytes ? 1 : 2) > document.size()) return;
    text.put(piece.bytes ? of_1252(std::uint8_t(document[at])) : char32_t(le16(document, at)), at);
  }
}

}  // namespace

Extracted extract_doc(std::string_view bytes, const ExtractLimits& limits) {
  Extracted out;
  const Ole ole(bytes);
  const auto document = ole.good() ? ole.stream("WordDocument", limits.total_bytes) : std::nullopt;
  if (!document) return out.reason = ole.good() ? "unsupported_ole" : "damaged", out;
  out.format = "doc";
  const std::uint32_t ident = le16(*document, 0), version = le16(*document, 2), flags = le16(*document, 10);
  if (flags & 0x0100) return out.reason = "encrypted", out;
  const bool old = ident == 0xA5DC && version < 193;  // Word 6, 95
  const auto table = old ? std::nullopt : ole.stream(flags & 0x0200 ? "1Table" : "0Table", limits.total_bytes);
  const Paragraphs paragraphs = table ? Paragraphs(*document, part_of(*table, *document, kPapx)) : Paragraphs();
  DocText text(limits.text_bytes, paragraphs);
  if (old) {
    const std::size_t from = le32(*document, 24), to = le32(*document, 28);
    if (to > from) read_piece(*document, {to - from, from, true}, to - from, text);
  } else if (table) {
    // Main text, footnotes, headers: one behind the other. A secrecy stamp may stand in a header.
    std::size_t left = std::size_t(le32(*document, 76)) + le32(*document, 80) + le32(*document, 84);
    for (const Piece& piece : pieces_of(part_of(*table, *document, kClx))) {
      read_piece(*document, piece, left, text);
      left -= std::min(left, piece.characters);
    }
  }
  if (text.full()) out.reason = "text_limit";
  std::string page = text.take();
  if (page.empty() && out.reason.empty()) out.reason = "damaged";
  finish_one_page(std::move(page), out);
  return out;
}

}  // namespace tools::inspect
