// The text as lines of cells: columns that a wide gap, a tab or a table bar keeps apart. Rules (-----, ****) are no lines.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/document/document.hpp"

namespace policy::document {

struct Cell {
  std::u32string text;    // trimmed, cleaned, single spaces
  std::u32string plain;   // its skeleton, same length
  std::size_t column = 0; // where it began in the line
};

struct Line {
  std::vector<Cell> cells;
  std::u32string text;    // all cells joined by one space
  std::u32string plain;
  std::uint32_t page = 1, number = 1;
  bool gap = false;       // an empty line or a rule stood before
  bool rule = false;      // a rule stood before
  bool stamp = false;     // belongs to the receiver's incoming stamp
};

struct Lines {
  std::vector<Line> all;
  bool tcvn3 = false;
};

Lines make_lines(const Text& text);

// A page as Unicode, whatever it was written in: for the index.
std::string readable(std::string_view page);

}  // namespace policy::document
