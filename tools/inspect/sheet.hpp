// Text as the reader of a page sees it: one line under the other, the cells of a table row side by side, kept apart by tabs.
#pragma once
#include <string>
#include <vector>

namespace tools::inspect {

class Sheet {
 public:
  explicit Sheet(std::size_t limit) : limit_(limit) {}
  std::string& line() { return line_; }  // the one being written
  void end_line();
  // A table inside a cell is part of that cell's text.
  void begin_row() { if (depth_++ == 0) row_.clear(); }
  void begin_cell() { if (depth_ == 1 && row_.size() < kMostCells) row_.emplace_back(); }
  void end_row();
  bool in_row() const { return depth_ > 0; }
  bool full() const { return out_.size() + line_.size() > limit_; }
  std::string take();

 private:
  std::string out_, line_;
  std::vector<std::vector<std::string>> row_;  // lines by cell
  std::size_t limit_;
  int depth_ = 0;
  std::size_t held_ = 0;  // lines in row_

  void put_row();
  // Of one row; what comes beyond goes to its last cell, or under it. Each costs memory, however little it says.
  static constexpr std::size_t kMostCells = 1000, kMostHeld = 100000;
};

}  // namespace tools::inspect
