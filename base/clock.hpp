// Time in code: UTC milliseconds, and a Clock that tests turn by hand. Used by everything that stamps or compares times.
// Vietnam has had +07:00 without daylight saving since 1975, so its days need no time zone database (and TZ does not matter).
#pragma once
#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"

namespace base {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;
inline constexpr int kVietnamOffset = 420;  // minutes east of UTC

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;  // any thread
};

const Clock& system_clock();

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start.time_since_epoch().count()) {}
  Time now() const override { return Time(std::chrono::milliseconds(now_.load())); }
  void set(Time t) { now_ = t.time_since_epoch().count(); }
  void advance(std::chrono::milliseconds d) { now_ += d.count(); }

 private:
  std::atomic<std::int64_t> now_;
};

// "2026-11-22T09:15:00+07:00"; milliseconds only when they are not zero (RFC 3339 5.6). Years 0..9999 only.
std::string rfc3339(Time t, int offset_minutes = kVietnamOffset);
[[nodiscard]] Result<Time> parse_rfc3339(std::string_view s);  // seconds = 60 counts as the next minute (leap second)

// "2026-11-22" of Asia/Ho_Chi_Minh -> [start, end), end is the start of the next day.
[[nodiscard]] Result<std::pair<Time, Time>> vietnam_day(std::string_view day);
std::string vietnam_date(Time t);  // "2026-11-22"

// "Sun, 22 Nov 2026 09:15:00 +0700" (RFC 5322 3.3).
std::string rfc5322_date(Time t, int offset_minutes = kVietnamOffset);

// "22-Nov-2026 09:15:00 +0700", day padded with a space (RFC 9051 date-time, without the quotes).
std::string imap_date_time(Time t, int offset_minutes = kVietnamOffset);
// Takes it back, with or without the space padding.
[[nodiscard]] Result<Time> parse_imap_date_time(std::string_view s);

}  // namespace base
