#include "tools/inspect/sheet.hpp"

#include <algorithm>

namespace tools::inspect {

void Sheet::end_line() {
  if (depth_ > 0 && !row_.empty()) row_.back().push_back(std::move(line_)), ++held_;
  else out_ += line_, out_ += '\n';
  line_.clear();
  if (held_ > kMostHeld) put_row();
}

void Sheet::end_row() {
  if (depth_ == 0 || --depth_ > 0) return;
  if (!line_.empty()) {
    if (row_.empty()) row_.emplace_back();
    row_.back().push_back(std::move(line_));
    line_.clear();
  }
  put_row();
}

void Sheet::put_row() {
  held_ = 0;
  while (!row_.empty() && row_.back().empty()) row_.pop_back();
  std::size_t lines = 0;
  for (const auto& cell : row_) lines = std::max(lines, cell.size());
  for (std::size_t i = 0; i < lines; ++i) {
    for (std::size_t k = 0; k < row_.size(); ++k) {
      if (k) out_ += '\t';
      if (i < row_[k].size()) out_ += row_[k][i];
    }
    out_ += '\n';
  }
  row_.clear();
}

std::string Sheet::take() {
  while (in_row()) end_row();
  if (!line_.empty()) end_line();
  return std::move(out_);
}

}  // namespace tools::inspect
