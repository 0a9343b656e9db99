// The server's log: one logfmt line per event on standard error, e.g.
//   time=2026-11-22T09:15:00.123+07:00 level=info event=smtp_accept conn=c1f3 from="a b"
// Events and keys are snake_case literals; values come from anywhere, so quotes, backslashes, CR, LF, every other control
// character and broken UTF-8 are escaped: one event is always one line (log injection). Values are cut at 1,024 bytes.
// Thread-safe. A line below the level costs one atomic load. Never log message content or passwords.
#pragma once
#include <concepts>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace base {

enum class LogLevel : unsigned char { debug, info, warn, error, off };

[[nodiscard]] Result<LogLevel> parse_log_level(std::string_view name);  // "debug" | "info" | "warn" | "error" | "off"
std::string_view to_string(LogLevel level);
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);

// One key=value. Text is only viewed: a Field lives inside one log call. Numbers are kept and formatted only when logged.
class Field {
 public:
  Field(std::string_view key, std::string_view text) : key_(key), text_(text), kind_(Kind::text) {}
  Field(std::string_view key, const std::string& text) : Field(key, std::string_view(text)) {}
  Field(std::string_view key, const char* text) : Field(key, std::string_view(text)) {}
  Field(std::string_view key, std::same_as<bool> auto flag) : Field(key, std::string_view(flag ? "true" : "false")) {}
  template <class T>
    requires(std::integral<T> && !std::same_as<T, bool>)
  Field(std::string_view key, T number)
      : key_(key), number_(static_cast<long long>(number)),
        kind_(std::is_signed_v<T> ? Kind::number : Kind::count) {}
  template <class T>
    requires std::is_enum_v<T> && (!std::same_as<T, Errc>)
  Field(std::string_view key, T id) : Field(key, static_cast<std::underlying_type_t<T>>(id)) {}
  Field(std::string_view key, Errc code) : Field(key, base::to_string(code)) {}
  Field(std::string_view key, const Error& error) : key_(key), text_(error.detail()), code_(error.code()), kind_(Kind::error) {}

  void append_to(std::string& line) const;  // " key=value"; an Error gives " key=code key_detail=..."

 private:
  enum class Kind : unsigned char { text, number, count, error };
  std::string_view key_;
  std::string_view text_;
  long long number_ = 0;
  Errc code_ = Errc::internal;
  Kind kind_;
};

using Fields = std::initializer_list<Field>;

void log(LogLevel level, std::string_view event, Fields fields = {});
inline void log_debug(std::string_view event, Fields fields = {}) { log(LogLevel::debug, event, fields); }
inline void log_info(std::string_view event, Fields fields = {}) { log(LogLevel::info, event, fields); }
inline void log_warn(std::string_view event, Fields fields = {}) { log(LogLevel::warn, event, fields); }
inline void log_error(std::string_view event, Fields fields = {}) { log(LogLevel::error, event, fields); }

// A log that names its connection (or account, or queue entry) on every line: Log log("conn", id); log.info("event", {...}).
class Log {
 public:
  Log() = default;  // no bound field
  Log(std::string_view key, std::string_view id);
  Log with(std::string_view key, std::string_view id) const;  // one more bound field

  void debug(std::string_view event, Fields fields = {}) const { write(LogLevel::debug, event, fields); }
  void info(std::string_view event, Fields fields = {}) const { write(LogLevel::info, event, fields); }
  void warn(std::string_view event, Fields fields = {}) const { write(LogLevel::warn, event, fields); }
  void error(std::string_view event, Fields fields = {}) const { write(LogLevel::error, event, fields); }

 private:
  void write(LogLevel level, std::string_view event, Fields fields) const;
  std::string bound_;  // already rendered: " conn=c1f3"
};

// Tests catch lines (without the newline) here; an empty function restores standard error.
void set_log_sink(std::function<void(std::string_view line)> sink);

}  // namespace base
