#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>

#include "base/ascii.hpp"
#include "base/clock.hpp"
#include "base/unicode.hpp"

namespace base {
namespace {

constexpr std::size_t kMaxValue = 1024;
constexpr std::array<std::string_view, 5> kLevels{"debug", "info", "warn", "error", "off"};

std::atomic<LogLevel> g_level{LogLevel::info};
std::atomic<bool> g_has_sink{false};

struct Sink {
  std::mutex mutex;
  std::function<void(std::string_view)> function;
};
Sink& test_sink() {
  static Sink sink;
  return sink;
}

// Never destroyed: threads may log while statics go away.
spdlog::logger& out() {
  static spdlog::logger* const logger = [] {
    auto* made = new spdlog::logger("congthu", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    made->set_error_handler([](const std::string&) {});  // standard error is gone: there is nobody to tell
    return made;
  }();
  return *logger;
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != '"' && c != '=' && c != '\\' && static_cast<unsigned char>(c) < 0x7f;
}

void append_escape(std::string& line, unsigned char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '\n': line += "\\n"; return;
    case '\r': line += "\\r"; return;
    case '\t': line += "\\t"; return;
    case '"': line += "\\\""; return;
    case '\\': line += "\\\\"; return;
    default: line += "\\x"; line += digits[c >> 4]; line += digits[c & 15];
  }
}

// U+0080..U+009F, U+2028, U+2029 and the bidirectional controls can move or split a line in a terminal or viewer.
bool is_unsafe_sequence(std::string_view s) {
  const auto at = [&](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0u; };
  if (at(0) == 0xC2) return at(1) < 0xA0;
  if (at(0) != 0xE2) return false;
  if (at(1) == 0x80) return at(2) == 0xA8 || at(2) == 0xA9 || (at(2) >= 0xAA && at(2) <= 0xAE) || at(2) == 0x8E || at(2) == 0x8F;
  return at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9;
}

std::size_t sequence_size(unsigned char lead) { return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4; }

void append_quoted(std::string& line, std::string_view value) {
  const bool cut = value.size() > kMaxValue;
  if (cut) {
    std::size_t end = kMaxValue;  // back to the start of the character that the limit would split
    for (int back = 0; back < 3 && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80; ++back) --end;
    value = value.substr(0, end);
  }
  line += '"';
  while (!value.empty()) {
    const auto c = static_cast<unsigned char>(value.front());
    const std::size_t size = sequence_size(c);
    const std::string_view sequence = value.substr(0, size);
    if (c < 0x80) {
      if (is_control(value.front()) || c == '"' || c == '\\') append_escape(line, c);
      else line += value.front();
      value.remove_prefix(1);
    } else if (sequence.size() == size && valid_utf8(sequence) && !is_unsafe_sequence(sequence)) {
      line += sequence;
      value.remove_prefix(size);
    } else {
      append_escape(line, c);
      value.remove_prefix(1);
    }
  }
  if (cut) line += "...";
  line += '"';
}

void append_pair(std::string& line, std::string_view key, std::string_view suffix, std::string_view value) {
  ((line += ' ') += key) += suffix;
  line += '=';
  bool plain = !value.empty() && value.size() <= kMaxValue;
  for (std::size_t i = 0; plain && i < value.size(); ++i) plain = is_plain(value[i]);
  if (plain) line += value;
  else append_quoted(line, value);
}

void write_line(std::string_view line) {
  if (g_has_sink.load(std::memory_order_acquire)) {
    Sink& sink = test_sink();
    const std::lock_guard lock(sink.mutex);
    if (sink.function) return sink.function(line);
  }
  out().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void compose(LogLevel level, std::string_view event, std::string_view bound, Fields fields) {
  std::string line;
  line.reserve(256);
  ((line += "time=") += rfc3339(system_clock().now())) += " level=";
  ((line += to_string(level)) += " event=") += event;
  line += bound;
  for (const Field& field : fields) field.append_to(line);
  write_line(line);
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (name == kLevels[i]) return static_cast<LogLevel>(i);
  }
  return fail(Errc::invalid, "must be one of debug, info, warn, error, off");
}

std::string_view to_string(LogLevel level) { return kLevels[static_cast<std::size_t>(level)]; }
void set_log_level(LogLevel level) { g_level.store(level, std::memory_order_relaxed); }
bool log_enabled(LogLevel level) { return level >= g_level.load(std::memory_order_relaxed) && level != LogLevel::off; }

void Field::append_to(std::string& line) const {
  switch (kind_) {
    case Kind::text: return append_pair(line, key_, "", text_);
    case Kind::number: return append_pair(line, key_, "", std::to_string(number_));
    case Kind::count: return append_pair(line, key_, "", std::to_string(static_cast<unsigned long long>(number_)));
    case Kind::error:
      append_pair(line, key_, "", base::to_string(code_));
      if (!text_.empty()) append_pair(line, key_, "_detail", text_);
  }
}

void log(LogLevel level, std::string_view event, Fields fields) {
  if (log_enabled(level)) compose(level, event, {}, fields);
}

Log::Log(std::string_view key, std::string_view id) { append_pair(bound_, key, "", id); }

Log Log::with(std::string_view key, std::string_view id) const {
  Log more = *this;
  append_pair(more.bound_, key, "", id);
  return more;
}

void Log::write(LogLevel level, std::string_view event, Fields fields) const {
  if (log_enabled(level)) compose(level, event, bound_, fields);
}

void set_log_sink(std::function<void(std::string_view line)> sink) {
  Sink& target = test_sink();
  const std::lock_guard lock(target.mutex);
  target.function = std::move(sink);
  g_has_sink.store(static_cast<bool>(target.function), std::memory_order_release);
}

}  // namespace base
