#include "tools/cli/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace cli {
namespace {

void say(const std::string& line) { (void)!::write(STDERR_FILENO, line.data(), line.size()); }

std::string duration(double seconds) {
  const auto s = std::uint64_t(seconds + 0.5);
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double amount = double(bytes);
  std::size_t unit = 0;
  while (amount >= 1024 && unit + 1 < std::size(units)) amount /= 1024, ++unit;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", amount, units[unit]);
}

ProgressBar::ProgressBar(const Console& con) : con_(con), terminal_(is_terminal(STDERR_FILENO)) {}

void ProgressBar::clear() {
  if (told_ != Steady::time_point{}) say("\r\033[K");
  told_ = {};
}

void ProgressBar::update(base::Text what, std::uint64_t done, std::uint64_t total, std::uint64_t bytes, std::uint64_t messages) {
  if (!terminal_) return;
  const auto now = Steady::now();
  const std::string_view step = what.in(con_.lang);
  if (step != step_ || done < last_done_) {  // or the next round of the same
    step_ = step;
    started_ = now;
    first_done_ = done;
    first_bytes_ = bytes;
  } else if (now - told_ < std::chrono::milliseconds(200)) {
    return;
  }
  told_ = now;
  last_done_ = done;
  constexpr std::size_t kWidth = 24;
  const double part = total == 0 ? 1.0 : double(std::min(done, total)) / double(total);
  const auto full = std::size_t(part * kWidth);
  std::string line = fmt::format("\r\033[K{} [{}{}] {:3.0f}%", step, std::string(full, '#'), std::string(kWidth - full, '.'), part * 100);
  if (messages > 0) line += con_.text({"  {} thư", "  {} messages"}, messages);
  const double seconds = std::chrono::duration<double>(now - started_).count();
  if (seconds >= 1 && done > first_done_) {
    const double rate = double(done - first_done_) / seconds;
    line += bytes > first_bytes_ ? "  " + size_text(std::uint64_t(double(bytes - first_bytes_) / seconds)) + "/s" : fmt::format("  {:.0f}/s", rate);
    if (total > done) line += con_.text({"  còn {}", "  {} left"}, duration(double(total - done) / rate));
  }
  say(line);
}

}  // namespace cli
