// One line on standard error that says how far long work is: percent, rate, time left. Only on a terminal; otherwise silent.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "tools/cli/console.hpp"

namespace cli {

class ProgressBar {
 public:
  explicit ProgressBar(const Console& con);
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  bool shown() const { return terminal_; }
  // `what` names the step: a new one starts the clock again. bytes 0: the rate is told in steps of `done`.
  void update(base::Text what, std::uint64_t done, std::uint64_t total, std::uint64_t bytes = 0, std::uint64_t messages = 0);
  void clear();  // the line goes; before other lines are written
  double seconds() const { return std::chrono::duration<double>(Steady::now() - made_).count(); }

 private:
  using Steady = std::chrono::steady_clock;
  const Console& con_;
  const bool terminal_;
  std::string_view step_;
  const Steady::time_point made_ = Steady::now();
  Steady::time_point started_, told_{};
  std::uint64_t first_done_ = 0, first_bytes_ = 0, last_done_ = 0;
};

std::string size_text(std::uint64_t bytes);  // "1.5 MiB"

}  // namespace cli
